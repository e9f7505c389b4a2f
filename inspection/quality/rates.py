"""Yields and rates of DOMAIN terms: FPY, RTY, DPU, DPMO, PPM, sigma level, overkill and escape.

N counts inspected units, D defective ones, d defects; a rate over nothing is `Unknown`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, prod

from scipy.special import ndtr, ndtri

from inspection.quality.intervals import clopper_pearson, upper_bound
from inspection.quality.values import NO_UNITS, NOT_MEASURED, Unknown, count, number, part_of

SHIFT = 1.5  # the customary long-term shift of the sigma level (Motorola)


def share(part: int, whole: int) -> float | Unknown:
    """part / whole; unknown when whole = 0."""
    part, whole = part_of("part", part, "whole", whole)
    return part / whole if whole else NO_UNITS


def first_pass_yield(inspected: int, defective: int) -> float | Unknown:
    """FPY = (N - D) / N on first attempts, 0..1. All defective: 0. N = 0: unknown, never 0 or 1."""
    defective, inspected = part_of("defective", defective, "inspected", inspected)
    return (inspected - defective) / inspected if inspected else NO_UNITS


def final_yield(started: int, finally_ok: int, still_open: int = 0) -> float | Unknown:
    """Units finally OK / units started, 0..1; units still open are left out of both.

    None started, or all still open: unknown.
    """
    still_open, started = part_of("still_open", still_open, "started", started)
    finally_ok, closed = part_of("finally_ok", finally_ok, "closed units", started - still_open)
    return finally_ok / closed if closed else NO_UNITS


def throughput_yield(dpu: float) -> float:
    """exp(-DPU): the share of units without a defect if defects fall at random (Poisson)."""
    return exp(-number("dpu", dpu, 0))


def rolled_throughput_yield(yields: Mapping[str, float | Unknown]) -> float | Unknown:
    """RTY: the product of the stations' yields; unknown, naming the station, where one is."""
    for station, value in yields.items():
        if isinstance(value, Unknown):
            return Unknown("station_unknown", f"station {station}: {value.reason}")
        number(f"yield of {station}", value, 0, 1)
    if not yields:
        return Unknown("no_stations", "no station")
    return prod(float(value) for value in yields.values() if not isinstance(value, Unknown))


def normalised_yield(rty: float, steps: int) -> float:
    """RTY^(1/m): the yield that each of m equal steps would have."""
    return float(number("rty", rty, 0, 1) ** (1 / count("steps", steps, 1)))


def defects_per_unit(defects: int, inspected: int) -> float | Unknown:
    """DPU = d / N; may exceed 1. N = 0: unknown."""
    inspected, defects = count("inspected", inspected), count("defects", defects)
    if defects and not inspected:
        raise ValueError("defects on no inspected unit")
    return defects / inspected if inspected else NO_UNITS


def defects_per_opportunity(
    defects: int, inspected: int, opportunities: int | None
) -> float | Unknown:
    """DPO = d / (N O), O opportunities a unit. O not configured: unknown, never guessed."""
    if opportunities is None:
        return Unknown("no_opportunities", "opportunities per unit are not configured")
    per_unit = defects_per_unit(defects, inspected)
    if isinstance(per_unit, Unknown):
        return per_unit
    dpo = per_unit / count("opportunities", opportunities, 1)
    if dpo > 1:
        raise ValueError("defects are more than inspected x opportunities")
    return dpo


def defects_per_million(defects: int, inspected: int, opportunities: int | None) -> float | Unknown:
    """DPMO = 1e6 DPO, 0..1e6. Unknown where DPO is."""
    dpo = defects_per_opportunity(defects, inspected, opportunities)
    return dpo if isinstance(dpo, Unknown) else 1e6 * dpo


@dataclass(frozen=True)
class Ppm:
    """Defective parts per million, with the one-sided upper bound at `confidence`."""

    value: float
    upper: float
    confidence: float


def parts_per_million(defective: int, inspected: int, confidence: float = 0.95) -> Ppm | Unknown:
    """PPM = 1e6 D / N, with the exact one-sided upper bound (Clopper and Pearson 1934).

    D = 0: 0 with the bound 1e6 (1 - (1 - confidence)^(1/N)), about 3e6 / N at 95 %. All defective:
    1e6, and so the bound. N = 0: unknown.
    """
    defective, inspected = part_of("defective", defective, "inspected", inspected)
    level = number("confidence", confidence, 0.5)
    upper = upper_bound(defective, inspected, level)
    if isinstance(upper, Unknown):
        return upper
    return Ppm(1e6 * defective / inspected, 1e6 * upper, level)


def sigma_level(dpmo: float, shift: float = SHIFT) -> float | Unknown:
    """Phi^-1(1 - DPMO / 1e6) + shift; unknown at 0 and at 1e6, where the bound must serve."""
    dpmo = number("dpmo", dpmo, 0, 1e6)
    if dpmo in (0, 1e6):
        return Unknown("no_sigma", "none or all are defective: use the bound of the rate")
    return float(number("shift", shift) - ndtri(dpmo / 1e6))


def dpmo_of_sigma(level: float, shift: float = SHIFT) -> float:
    """The DPMO that a sigma level stands for: 1e6 (1 - Phi(level - shift))."""
    return float(1e6 * ndtr(number("shift", shift) - number("level", level)))


@dataclass(frozen=True)
class Confusion:
    """Verified calls of a model: defects called NG (tp) or OK (fn), good parts so (fp, tn)."""

    tp: int
    fn: int
    fp: int
    tn: int

    def __post_init__(self) -> None:
        for name in ("tp", "fn", "fp", "tn"):
            count(name, getattr(self, name))

    @property
    def overkill(self) -> float | Unknown:
        """FP / (FP + TN): rejected of the good parts."""
        return share(self.fp, self.fp + self.tn)

    @property
    def false_share_of_rejects(self) -> float | Unknown:
        """FP / (TP + FP) = 1 - precision: good of the rejected parts."""
        return share(self.fp, self.tp + self.fp)

    @property
    def escape(self) -> float | Unknown:
        """FN / (FN + TP): missed of the bad parts. Only as good as the search for the missed."""
        return share(self.fn, self.fn + self.tp)

    @property
    def precision(self) -> float | Unknown:
        """TP / (TP + FP)."""
        return share(self.tp, self.tp + self.fp)

    @property
    def outgoing_ppm(self) -> float | Unknown:
        """1e6 FN / (TN + FN): bad among the parts let through."""
        rate = share(self.fn, self.tn + self.fn)
        return rate if isinstance(rate, Unknown) else 1e6 * rate


@dataclass(frozen=True)
class Escape:
    """Escape estimated from an audit of OK parts: `missed` parts, `rate` and its interval."""

    missed: float
    rate: float
    lower: float
    upper: float
    confidence: float


def escape_by_audit(
    ok_total: int,
    audited: int,
    audit_defective: int,
    confirmed_ng: int,
    confidence: float = 0.95,
) -> Escape | Unknown:
    """Escape = missed / (missed + confirmed NG), missed = OK total x defective share of the audit.

    The interval puts the exact (Clopper-Pearson) interval of the audit's share through the same
    formula; confirmed NG is taken as known. No audit: "not measured", never 0. Nothing found and
    nothing confirmed: unknown, for there was no bad part to miss.
    """
    audited, ok_total = part_of("audited", audited, "ok_total", ok_total)
    found, audited = part_of("audit_defective", audit_defective, "audited", audited)
    confirmed = count("confirmed_ng", confirmed_ng)
    level = number("confidence", confidence, 0.5)
    interval = clopper_pearson(found, audited, level)
    if isinstance(interval, Unknown):
        return NOT_MEASURED
    if not found and not confirmed:
        return Unknown("no_bad_parts", "no bad part was found, so none can be said to be missed")
    low, high = interval

    def rate(missed_share: float) -> float:
        missed = ok_total * missed_share
        return missed / (missed + confirmed)

    centre = found / audited
    return Escape(ok_total * centre, rate(centre), rate(low), rate(high), level)


def true_rate(called_rate: float, sensitivity: float, specificity: float) -> float | Unknown:
    """Rogan and Gladen (1978): the defect rate behind a called NG rate, clipped to 0..1.

    p = (called + TNR - 1) / (TPR + TNR - 1); unknown where TPR + TNR <= 1 (no better than chance).
    """
    called = number("called_rate", called_rate, 0, 1)
    tpr, tnr = number("sensitivity", sensitivity, 0, 1), number("specificity", specificity, 0, 1)
    if tpr + tnr <= 1:
        return Unknown("no_better_than_chance", "sensitivity + specificity is not above 1")
    return min(1.0, max(0.0, (called + tnr - 1) / (tpr + tnr - 1)))
