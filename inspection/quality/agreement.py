"""Agreement of people and models: Cohen's and Fleiss' kappa, and the AIAG attribute study (MSA 4).

A table is k x k counts, rows one rater and columns the other (or the reference), same class order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspection.quality.values import Floats, Unknown, number, part_of

KAPPA_BANDS = (0.75, 0.40)  # AIAG: good above, poor below; others take (0.9, 0.7)


@dataclass(frozen=True)
class Agreement:
    """Observed and chance agreement with kappa; for two classes also by class (class 0 is bad)."""

    observed: float
    by_chance: float
    kappa: float | Unknown
    positive: float | Unknown
    negative: float | Unknown


def cohen(table: Sequence[Sequence[float]] | NDArray[np.float64]) -> Agreement | Unknown:
    """kappa = (p_o - p_e) / (1 - p_e), p_e from the marginals (Cohen 1960).

    Undefined where p_e = 1 (everything one class): the agreement still stands. Positive agreement
    2a / (2a + b + c) and negative 2d / (2d + b + c) for 2 x 2 tables, unknown otherwise. Nothing
    rated: unknown.
    """
    cells = _table("table", table)
    if cells.shape[0] != cells.shape[1]:
        raise ValueError("table must be square")
    total = cells.sum()
    if not total:
        return Unknown("nothing_rated", "nothing was rated by both")
    observed = float(np.trace(cells) / total)
    chance = float((cells.sum(axis=0) * cells.sum(axis=1)).sum() / total**2)
    positive, negative = _by_class(cells)
    return Agreement(observed, chance, _kappa(observed, chance), positive, negative)


def _by_class(cells: Floats) -> tuple[float | Unknown, float | Unknown]:
    if cells.shape != (2, 2):
        only = Unknown("not_two_classes", "defined for two classes")
        return only, only
    apart = cells[0, 1] + cells[1, 0]
    shares = []
    for both in (cells[0, 0], cells[1, 1]):
        whole = 2 * both + apart
        shares.append(float(2 * both / whole) if whole else Unknown("no_such_class", "never used"))
    return shares[0], shares[1]


def _kappa(observed: float, chance: float) -> float | Unknown:
    if chance >= 1 - 1e-12:
        return Unknown("kappa_undefined", "everything is of one class, so kappa is not defined")
    return (observed - chance) / (1 - chance)


def kappa_verdict(kappa: float | Unknown, bands: tuple[float, float] = KAPPA_BANDS) -> str:
    """ "good" above the higher band, "poor" under the lower, "fair" between; else "unknown"."""
    good, poor = number("bands", bands[0], -1, 1), number("bands", bands[1], -1, bands[0])
    if isinstance(kappa, Unknown):
        return "unknown"
    value = number("kappa", kappa, -1, 1)
    return "good" if value > good else "poor" if value < poor else "fair"


def fleiss(table: Sequence[Sequence[float]] | NDArray[np.float64]) -> Agreement | Unknown:
    """Fleiss (1971): rows are subjects, columns classes, cells how many of m >= 2 raters chose it.

    P_i = (sum n_ij^2 - m) / (m (m - 1)), p_e = sum p_j^2. Nothing rated: unknown; everything of one
    class: kappa is not defined, the agreement stands. ValueError when m varies.
    """
    cells = _table("table", table)
    if not cells.sum():
        return Unknown("nothing_rated", "nothing was rated")
    raters = cells.sum(axis=1)
    if (raters != raters[0]).any() or raters[0] < 2:
        raise ValueError("table must have the same number of raters, two or more, in every row")
    m = raters[0]
    observed = float((((cells**2).sum(axis=1) - m) / (m * (m - 1))).mean())
    chance = float(((cells.sum(axis=0) / cells.sum()) ** 2).sum())
    only = Unknown("not_two_raters", "defined for two raters")
    return Agreement(observed, chance, _kappa(observed, chance), only, only)


@dataclass(frozen=True)
class Bands:
    """Limits of AIAG's attribute study; editable."""

    effectiveness: tuple[float, float] = (0.90, 0.80)
    miss: tuple[float, float] = (0.02, 0.05)
    false_alarm: tuple[float, float] = (0.05, 0.10)


@dataclass(frozen=True)
class Appraiser:
    """One appraiser (or station) against the reference; `verdict` is the worst of the three."""

    effectiveness: float | Unknown
    miss_rate: float | Unknown
    false_alarm_rate: float | Unknown
    verdict: str  # acceptable | marginal | unacceptable | unknown


def appraise(
    parts_right: int,
    parts: int,
    misses: int,
    bad_decisions: int,
    false_alarms: int,
    good_decisions: int,
    bands: Bands | None = None,
) -> Appraiser:
    """Effectiveness = parts right in all trials / parts; miss rate = misses / bad decisions; false
    alarm rate = false alarms / good decisions. A rate over nothing is unknown, and so the verdict.
    """
    rates = [
        _rate("parts_right", parts_right, "parts", parts),
        _rate("misses", misses, "bad_decisions", bad_decisions),
        _rate("false_alarms", false_alarms, "good_decisions", good_decisions),
    ]
    limits = bands or Bands()
    known = [rate for rate in rates if not isinstance(rate, Unknown)]
    verdict = "unknown"
    if len(known) == len(rates):
        at_least = _band(-known[0], -limits.effectiveness[0], -limits.effectiveness[1])
        worst = max(at_least, _band(known[1], *limits.miss), _band(known[2], *limits.false_alarm))
        verdict = ("acceptable", "marginal", "unacceptable")[worst]
    return Appraiser(rates[0], rates[1], rates[2], verdict)


def _rate(name: str, part: int, whole_name: str, whole: int) -> float | Unknown:
    part, whole = part_of(name, part, whole_name, whole)
    return part / whole if whole else Unknown("nothing_rated", f"{whole_name} is 0")


def _band(value: float, acceptable: float, marginal: float) -> int:
    return 0 if value <= acceptable else 1 if value <= marginal else 2


def _table(name: str, table: Sequence[Sequence[float]] | NDArray[np.float64]) -> Floats:
    cells = np.asarray(table, dtype=float)
    if cells.ndim != 2:
        raise ValueError(f"{name} must have rows and columns")
    if not np.isfinite(cells).all() or (cells < 0).any():
        raise ValueError(f"{name} must hold counts, 0 or more")
    return cells
