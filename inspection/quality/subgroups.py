"""How large subgroups of a chart should be, and when one size may stand for all of them.

Sources: Montgomery, Introduction to Statistical Quality Control, section 7.3.
"""

import numpy as np
from numpy.typing import NDArray

from inspection.quality.values import Floats, Numbers, number, series

ALIKE = 0.25  # sizes may differ from their mean by this share of it, and still be averaged
FEWEST_DEFECTIVE = 5  # a subgroup should hold so many on average, else 3-sigma limits mislead
TOLERANCE = 1e-9


def may_average(sizes: Numbers) -> bool:
    """Whether every size lies within 25 % of their mean; those of 0 are gaps, and in none of it.

    No size at all: false, for there is nothing to average.
    """
    n = series("sizes", sizes, 0)
    used = n[n > 0]
    return bool(used.size) and _alike(used, float(used.mean()))


def average_size(
    name: str, sizes: Floats, left_out: NDArray[np.bool_], frozen: float | None
) -> float:
    """The mean size of the base, or the `frozen` one, if every size is within 25 % of it.

    `left_out` flags what is not in the base; sizes of 0 are gaps. ValueError, by `name`, where a
    size is further away: its own limits would lie visibly elsewhere.
    """
    used = sizes > 0
    mean = float(sizes[used & ~left_out].mean()) if frozen is None else frozen
    if not _alike(sizes[used], mean):
        raise ValueError(f"{name} differs by more than 25 % from its mean: draw limits in steps")
    return mean


def _alike(sizes: Floats, mean: float) -> bool:
    return bool((np.abs(sizes - mean) <= ALIKE * mean + TOLERANCE).all())


def suggested_n(p: float) -> int:
    """The least n with n p >= 5, units a subgroup, so that 3-sigma limits may be believed."""
    return int(np.ceil(FEWEST_DEFECTIVE / number("p", p, 1e-12, 1) - TOLERANCE))


def smallest_n_for_lower_limit(p: float) -> int:
    """The least n for which the lower 3-sigma limit is above 0: n > 9 (1 - p) / p."""
    share = number("p", p, 1e-12, 1)
    return int(np.floor(9 * (1 - share) / share + TOLERANCE)) + 1
