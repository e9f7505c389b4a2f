"""Run rules on standardised values, exactly as tabled by Nelson (1984) and Western Electric (1956).

A signal is placed on the last point of its pattern. Gaps and excluded points neither break nor
extend a run, and no run crosses a stage: `signals` reads the points of one stage's chart.
"""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from inspection.quality.charts import Chart
from inspection.quality.values import Floats, Numbers, series

Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

ATTRIBUTE_DEFAULT = (1, 2)  # zone rules give excess false alarms on skewed attribute data
ATTRIBUTE_ALLOWED = (1, 2, 3, 4)
IN_CONTROL_ARL = {"rule 1": 370.4, "all four Western Electric rules": 91.75}
TOLERANCE = 1e-9


def nelson(z: Numbers, rules: Iterable[int] = ATTRIBUTE_DEFAULT) -> dict[int, Places]:
    """{rule: positions (from 0) of the points that signal}, for the rules asked, 1 to 8.

    No point: no signal. ValueError for a rule that is not in the table, or a z that is not finite.
    """
    return _found(series("z", z), rules, NELSON, "Nelson")


def western_electric(z: Numbers, rules: Iterable[int] = (1, 2, 3, 4)) -> dict[int, Places]:
    """{rule: positions (from 0)} for the four rules: 1 beyond 3, 2 of 3, 4 of 5, 8 on one side."""
    return _found(series("z", z), rules, WESTERN_ELECTRIC, "Western Electric")


def signals(
    chart: Chart,
    rules: Iterable[int] = ATTRIBUTE_DEFAULT,
    table: Callable[[Numbers, Iterable[int]], dict[int, Places]] = nelson,
) -> dict[int, Places]:
    """{rule: subgroups that signal} of one stage's chart, without its excluded points.

    Rule 1 is the chart's own limits, which may be exact ones.
    """
    used = ~chart.excluded
    at = chart.at[used]
    found = {rule: at[places] for rule, places in table(chart.z[used], rules).items()}
    return found | {1: at[chart.out[used]]} if 1 in found else found


def _found(
    z: Floats, rules: Iterable[int], table: dict[int, Callable[[Floats], Flags]], name: str
) -> dict[int, Places]:
    asked = list(rules)
    for rule in asked:
        if rule not in table:
            raise ValueError(f"rules holds {rule!r}; {name} has {min(table)} to {max(table)}")
    return {rule: np.flatnonzero(table[rule](z)) for rule in asked}


def _beyond(z: Floats) -> Flags:
    far: Flags = np.abs(z) > 3 + TOLERANCE
    return far


def _runs(flags: Flags, length: int) -> Flags:
    """True where the last `length` flags are all set."""
    whole: Flags = _of_last(flags, length) == length
    return whole


def _of_last(flags: Flags, length: int) -> Places:
    """How many of the last `length` flags are set; 0 before there are so many."""
    total = np.concatenate([[0], np.cumsum(flags)])
    hits = np.zeros_like(total[1:])
    hits[length - 1 :] = total[length:] - total[:-length]
    return hits


def _one_side(length: int, z: Floats) -> Flags:
    return _runs(z > 0, length) | _runs(z < 0, length)


def _trend(z: Floats) -> Flags:
    step = _steps(z)
    return _runs(step > 0, 5) | _runs(step < 0, 5)


def _alternating(z: Floats) -> Flags:
    turn = np.sign(_steps(z))
    flips = turn * np.roll(turn, 1) < 0
    return _runs(flips, 12)


def _steps(z: Floats) -> Floats:
    """How each point differs from the one before; the first has none before it, so 0."""
    return np.diff(z, prepend=z[:1])


def _zone(need: int, of: int, sigma: float, z: Floats) -> Flags:
    """`need` of the last `of` points beyond `sigma` on the side on which the last one is, too."""
    above, below = z > sigma + TOLERANCE, z < -sigma - TOLERANCE
    return (above & (_of_last(above, of) >= need)) | (below & (_of_last(below, of) >= need))


def _hugging(z: Floats) -> Flags:
    return _runs(np.abs(z) <= 1 + TOLERANCE, 15)


def _avoiding(z: Floats) -> Flags:
    away = _runs(np.abs(z) > 1 + TOLERANCE, 8)
    return away & ~_one_side(8, z)


NELSON: dict[int, Callable[[Floats], Flags]] = {
    1: _beyond,
    2: partial(_one_side, 9),
    3: _trend,
    4: _alternating,
    5: partial(_zone, 2, 3, 2.0),
    6: partial(_zone, 4, 5, 1.0),
    7: _hugging,
    8: _avoiding,
}
WESTERN_ELECTRIC: dict[int, Callable[[Floats], Flags]] = {
    1: _beyond,
    2: partial(_zone, 2, 3, 2.0),
    3: partial(_zone, 4, 5, 1.0),
    4: partial(_one_side, 8),
}
