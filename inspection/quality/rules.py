"""Run rules on standardised values, exactly as tabled by Nelson (1984) and Western Electric (1956).

A signal is placed on the last point of its pattern. NaN is a gap: it neither breaks nor extends a
run, and rules never cross a stage or use an excluded point: pass one stage's points, with NaN for
the excluded ones.
"""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from inspection.quality.values import Floats, Numbers

Flags = NDArray[np.bool_]

ATTRIBUTE_DEFAULT = (1, 2)  # zone rules give excess false alarms on skewed attribute data
ATTRIBUTE_ALLOWED = (1, 2, 3, 4)
IN_CONTROL_ARL = {"rule 1": 370.4, "all four Western Electric rules": 91.75}
TOLERANCE = 1e-9


def nelson(z: Numbers, rules: Iterable[int] = ATTRIBUTE_DEFAULT) -> dict[int, NDArray[np.int64]]:
    """{rule: positions (from 0) of the points that signal}, for the rules asked, 1 to 8."""
    return _signals(z, rules, NELSON, "Nelson")


def western_electric(
    z: Numbers, rules: Iterable[int] = (1, 2, 3, 4)
) -> dict[int, NDArray[np.int64]]:
    """{rule: positions (from 0)} for the four rules: 1 beyond 3, 2 of 3, 4 of 5, 8 on one side."""
    return _signals(z, rules, WESTERN_ELECTRIC, "Western Electric")


def _signals(
    z: Numbers, rules: Iterable[int], table: dict[int, Callable[[Floats], Flags]], name: str
) -> dict[int, NDArray[np.int64]]:
    values = np.asarray(z, dtype=float)
    if values.ndim != 1 or np.isinf(values).any():
        raise ValueError("z must be one-dimensional and finite; NaN marks a gap")
    places = np.flatnonzero(~np.isnan(values))
    found = {}
    for rule in rules:
        if rule not in table:
            raise ValueError(f"rules holds {rule!r}; {name} has {min(table)} to {max(table)}")
        found[rule] = places[table[rule](values[places])]
    return found


def _beyond(z: Floats) -> Flags:
    return np.abs(z) > 3 + TOLERANCE


def _runs(flags: Flags, length: int) -> Flags:
    """True where the last `length` flags are all set."""
    hit = np.zeros(len(flags), bool)
    if len(flags) >= length:
        hit[length - 1 :] = sliding_window_view(flags, length).all(axis=1)
    return hit


def _one_side(length: int) -> Callable[[Floats], Flags]:
    def rule(z: Floats) -> Flags:
        return _runs(z > 0, length) | _runs(z < 0, length)

    return rule


def _trend(z: Floats) -> Flags:
    step = np.diff(z)
    return _shifted(_runs(step > 0, 5) | _runs(step < 0, 5), 1, len(z))


def _alternating(z: Floats) -> Flags:
    turn = np.sign(np.diff(z))
    flips = (turn[1:] * turn[:-1]) < 0
    return _shifted(_runs(flips, 12), 2, len(z))


def _shifted(hit: Flags, by: int, length: int) -> Flags:
    return np.concatenate([np.zeros(min(by, length), bool), hit])[:length]


def _zone(need: int, of: int, sigma: float) -> Callable[[Floats], Flags]:
    """`need` of the last `of` points beyond `sigma` on the side on which the last one is, too."""

    def side(far: Flags) -> Flags:
        hit = np.zeros(len(far), bool)
        if len(far) >= of:
            hit[of - 1 :] = sliding_window_view(far, of).sum(axis=1) >= need
        return hit & far

    def rule(z: Floats) -> Flags:
        return side(z > sigma + TOLERANCE) | side(z < -sigma - TOLERANCE)

    return rule


def _hugging(z: Floats) -> Flags:
    return _runs(np.abs(z) <= 1 + TOLERANCE, 15)


def _avoiding(z: Floats) -> Flags:
    away = _runs(np.abs(z) > 1 + TOLERANCE, 8)
    return away & ~_runs(z > 0, 8) & ~_runs(z < 0, 8)


NELSON: dict[int, Callable[[Floats], Flags]] = {
    1: _beyond,
    2: _one_side(9),
    3: _trend,
    4: _alternating,
    5: _zone(2, 3, 2.0),
    6: _zone(4, 5, 1.0),
    7: _hugging,
    8: _avoiding,
}
WESTERN_ELECTRIC: dict[int, Callable[[Floats], Flags]] = {
    1: _beyond,
    2: _zone(2, 3, 2.0),
    3: _zone(4, 5, 1.0),
    4: _one_side(8),
}
