"""What a threshold on image scores would do to the images of a held-out split."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inspection.quality.intervals import Interval, wilson
from inspection.quality.values import Unknown, series

STEPS = 200  # of the scale from 0 to 1


@dataclass(frozen=True)
class Step:
    """A threshold (a score at it is called): counts, rates with their 95 % limits by Wilson.

    `called` is of the clean images, `nuisances` of those with nuisances alone, `missed` of the
    defective ones; a share of none is None.
    """

    at: float
    called: int
    nuisances: int
    missed: int
    false_calls: float | None
    false_calls_limits: Interval | None
    nuisance_calls: float | None
    nuisance_calls_limits: Interval | None
    misses: float | None
    misses_limits: Interval | None


def curve(good: Sequence[float], bad: Sequence[float], dusty: Sequence[float] = ()) -> list[Step]:
    """A step for each of the STEPS + 1 thresholds from 0 to 1, evenly apart."""
    places = np.arange(STEPS + 1) / STEPS
    named = (("good", good), ("dusty", dusty), ("bad", bad))
    clean, other, low = (np.sort(series(name, of)) for name, of in named)
    called, nuisances = (len(of) - np.searchsorted(of, places) for of in (clean, other))
    missed = np.searchsorted(low, places)
    n, m, k = len(clean), len(other), len(low)
    return [
        Step(float(at), x, y, z, *_rate(x, n), *_rate(y, m), *_rate(z, k))
        for at, x, y, z in zip(
            places, called.tolist(), nuisances.tolist(), missed.tolist(), strict=True
        )
    ]


def _rate(x: int, n: int) -> tuple[float | None, Interval | None]:
    limits = wilson(x, n)
    return (None, None) if isinstance(limits, Unknown) else (x / n, limits)
