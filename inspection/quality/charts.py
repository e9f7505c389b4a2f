"""Control charts for attributes and individuals (Montgomery, Introduction to SQC; Laney 2002).

Every chart takes arrays over subgroups and returns a `Chart`. A subgroup with n = 0 is a gap: its
figures are NaN *inside the arrays* only as "no point", with `shown` False there. Excluded points
stay on the chart and out of the limits. Limits may be frozen: pass the stage's own `centre`.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from inspection.quality.values import (
    Floats,
    Numbers,
    Unknown,
    counts,
    number,
    same_length,
    series,
)

Flags = NDArray[np.bool_]

TOLERANCE = 1e-9  # a point on the limit does not signal
D2 = 1.128  # mean moving range of two / sigma
D4 = 3.267  # upper limit of the moving range / its mean
FEWEST_SUBGROUPS = 20  # below, trial limits are provisional
FALSE_ALARM = 0.0027  # per point, of 3-sigma limits under normality


@dataclass(frozen=True)
class Chart:
    """A chart's points and limits, all arrays of one length.

    `z` are the standardised values that run rules read; `out` marks points strictly outside.
    `sigma_z` is Laney's factor (1 for the plain charts). `provisional`: fewer than 20 subgroups in
    the base.
    """

    kind: str
    value: Floats
    centre: Floats
    lcl: Floats
    ucl: Floats
    z: Floats
    out: Flags
    shown: Flags
    excluded: Flags
    sigma_z: float = 1.0
    provisional: bool = False


@dataclass(frozen=True)
class Dispersion:
    """Pearson's X2 of binomial or Poisson counts: ratio = X2 / df, about 1 when they behave."""

    chi2: float
    df: int
    ratio: float
    p_value: float
    advise_laney: bool


def p_chart(
    defective: Numbers,
    inspected: Numbers,
    *,
    centre: float | None = None,
    exclude: Numbers | None = None,
    laney: bool = False,
    keep_below_one: bool = False,
    exact: bool | None = None,
) -> Chart | Unknown:
    """Share of defective units, limits p +- 3 sqrt(p (1 - p) / n), stepwise for varying n.

    p = sum D / sum n of the base, or `centre` frozen. `laney`: limits times sigma_z (p' chart);
    sigma_z < 1 counts as 1 unless `keep_below_one`. `exact`: binomial probability limits; None
    takes them where the base's mean n p is under 5 and the chart is not Laney's. Unknown when the
    base holds no unit.
    """
    d, n, base, skipped = _attributes(defective, inspected, exclude)
    if (d > n).any():
        raise ValueError("defective is more than inspected in a subgroup")
    mean = _pooled(d, n, base, centre)
    if isinstance(mean, Unknown):
        return mean
    if mean > 1:
        raise ValueError("centre must be a share")
    sigma = _sigma(mean * (1 - mean), n)
    chart = _chart("p", d, n, mean, sigma, skipped, base, upper=1.0)
    if laney:
        return _laney(chart, sigma, base, keep_below_one, upper=1.0)
    few = _mean_count(n, base) * mean < 5
    return _exact(chart, stats.binom, n, mean) if (few if exact is None else exact) else chart


def np_chart(
    defective: Numbers, inspected: Numbers, *, exclude: Numbers | None = None
) -> Chart | Unknown:
    """Number of defective units, n p +- 3 sqrt(n p (1 - p)); ValueError when n varies."""
    n = counts("inspected", inspected)
    if n.size and (n != n[0]).any():
        raise ValueError("inspected varies: an np chart needs equal subgroups, use a p chart")
    chart = p_chart(defective, inspected, exclude=exclude, exact=False)
    if isinstance(chart, Unknown):
        return chart
    size = float(n[0])
    scaled = {name: getattr(chart, name) * size for name in ("value", "centre", "lcl", "ucl")}
    return replace(chart, kind="np", **scaled)


def u_chart(
    defects: Numbers,
    area: Numbers,
    *,
    centre: float | None = None,
    exclude: Numbers | None = None,
    laney: bool = False,
    keep_below_one: bool = False,
    exact: bool | None = None,
) -> Chart | Unknown:
    """Defects per inspection unit (part, m2): u +- 3 sqrt(u / a); a may be fractional.

    u = sum c / sum a. Options as `p_chart`; exact limits are Poisson's.
    """
    c, a, base, skipped = _attributes(defects, area, exclude, whole=False)
    mean = _pooled(c, a, base, centre)
    if isinstance(mean, Unknown):
        return mean
    sigma = _sigma(mean, a)
    chart = _chart("u", c, a, mean, sigma, skipped, base, upper=np.inf)
    if laney:
        return _laney(chart, sigma, base, keep_below_one, upper=np.inf)
    few = _mean_count(a, base) * mean < 5
    return _exact(chart, stats.poisson, a, mean) if (few if exact is None else exact) else chart


def c_chart(
    defects: Numbers,
    *,
    centre: float | None = None,
    exclude: Numbers | None = None,
    exact: bool | None = None,
) -> Chart | Unknown:
    """Defects per subgroup of constant area: c +- 3 sqrt(c)."""
    c = counts("defects", defects)
    chart = u_chart(c, np.ones(len(c)), centre=centre, exclude=exclude, exact=exact)
    return chart if isinstance(chart, Unknown) else replace(chart, kind="c")


def standardised(chart: Chart) -> Chart:
    """The same points as z = (value - centre) / (sigma sigma_z), limits at -3 and 3."""
    three = np.full(len(chart.value), 3.0)
    return replace(
        chart,
        kind="z",
        value=chart.z,
        centre=three * 0,
        lcl=-three,
        ucl=three,
        out=chart.shown & (np.abs(np.nan_to_num(chart.z)) > 3 + TOLERANCE),
    )


def individuals(
    values: Numbers, *, exclude: Numbers | None = None, centre: float | None = None
) -> tuple[Chart, Chart] | Unknown:
    """I-MR: x +- 3 MR / 1.128, and the moving range with its limit 3.267 MR.

    An excluded point is in neither mean. Unknown with fewer than two points in the base.
    """
    x = series("values", values)
    skipped = _excluded(exclude, len(x))
    pairs = ~(skipped[1:] | skipped[:-1])
    moved = np.abs(np.diff(x))
    if not pairs.any():
        return Unknown("too_few_points", "two points in a row are needed for limits")
    mean = float(x[~skipped].mean()) if centre is None else number("centre", centre)
    mean_range = float(moved[pairs].mean())
    sigma = np.full(len(x), mean_range / D2)
    first = _chart("I", x, np.ones(len(x)), mean, sigma, skipped, ~skipped, np.inf, -np.inf)
    ranges = np.concatenate([[np.nan], moved])
    shown = np.concatenate([[False], np.ones(len(moved), bool)])
    level = np.full(len(x), mean_range)
    high = D4 * level
    z = np.where(shown, (ranges - level) / np.where(high > level, (high - level) / 3, 1), np.nan)
    out = shown & (np.nan_to_num(ranges) > high + TOLERANCE)
    second = Chart("MR", ranges, level, level * 0, high, z, out, shown, skipped)
    return first, replace(second, provisional=first.provisional)


def sigma_z(z: Numbers) -> float | Unknown:
    """Laney's factor: mean |z_i - z_(i-1)| / 1.128, and not SD(z). Unknown under two points."""
    values = series("z", z)
    if len(values) < 2:
        return Unknown("too_few_points", "two points are needed")
    return float(np.abs(np.diff(values)).mean() / D2)


def dispersion(defective: Numbers, inspected: Numbers) -> Dispersion | Unknown:
    """X2 = sum (D - n p)^2 / (n p (1 - p)), df = k - 1; p' is advised if p < .01 or sigma_z > 1.2.

    Unknown with fewer than two subgroups, or when none or all are defective.
    """
    d, n, base, _ = _attributes(defective, inspected, None)
    if (d > n).any():
        raise ValueError("defective is more than inspected in a subgroup")
    d, n = d[base], n[base]
    if len(d) < 2:
        return Unknown("too_few_points", "two subgroups are needed")
    mean = d.sum() / n.sum()
    if mean in (0, 1):
        return Unknown("no_variation", "none or all are defective")
    z = (d - n * mean) / np.sqrt(n * mean * (1 - mean))
    chi2, df = float((z**2).sum()), len(d) - 1
    p_value = float(stats.chi2.sf(chi2, df))
    factor = sigma_z(z)
    over = not isinstance(factor, Unknown) and factor > 1.2
    return Dispersion(chi2, df, chi2 / df, p_value, p_value < 0.01 or over)


def smallest_n_for_lower_limit(p: float) -> int:
    """The least n for which the lower 3-sigma limit is above 0: n > 9 (1 - p) / p."""
    share = number("p", p, 1e-12, 1)
    return int(np.floor(9 * (1 - share) / share)) + 1


def _attributes(
    numerator: Numbers, size: Numbers, exclude: Numbers | None, whole: bool = True
) -> tuple[Floats, Floats, Flags, Flags]:
    top = counts("defective" if whole else "defects", numerator)
    n = counts("inspected", size) if whole else series("area", size, 0)
    same_length(defects=top, size=n)
    if ((n == 0) & (top > 0)).any():
        raise ValueError("a subgroup has defects but no inspected units")
    skipped = _excluded(exclude, len(top))
    return top, n, (n > 0) & ~skipped, skipped


def _excluded(exclude: Numbers | None, length: int) -> Flags:
    flags = np.zeros(length, bool)
    for position in counts("exclude", exclude if exclude is not None else []):
        if position >= length:
            raise ValueError(f"exclude names point {position:.0f}, there are {length}")
        flags[int(position)] = True
    return flags


def _pooled(top: Floats, n: Floats, base: Flags, centre: float | None) -> float | Unknown:
    if centre is not None:
        return number("centre", centre, 0)
    if not base.any():
        return Unknown("no_units", "nothing was inspected in the base of the limits")
    return float(top[base].sum() / n[base].sum())


def _mean_count(n: Floats, base: Flags) -> float:
    used = n[base] if base.any() else n[n > 0]
    return float(used.mean()) if used.size else 0.0


def _sigma(variance: float, n: Floats) -> Floats:
    return np.sqrt(variance / np.where(n > 0, n, np.nan))


def _chart(
    kind: str,
    top: Floats,
    n: Floats,
    mean: float,
    sigma: Floats,
    skipped: Flags,
    base: Flags,
    upper: float,
    lower: float = 0.0,
) -> Chart:
    shown = n > 0
    value = np.divide(top, n, out=np.full(len(top), np.nan), where=shown)
    lcl, ucl = np.maximum(mean - 3 * sigma, lower), np.minimum(mean + 3 * sigma, upper)
    off = value - mean
    z = np.divide(off, sigma, out=np.where(shown, 0.0, np.nan), where=shown & (sigma > 0))
    few = bool(base.sum() < FEWEST_SUBGROUPS)
    centre = np.full(len(top), mean)
    chart = Chart(kind, value, centre, lcl, ucl, z, shown, shown, skipped, 1.0, few)
    return replace(chart, out=_outside(chart))


def _outside(chart: Chart) -> Flags:
    value = np.where(chart.shown, chart.value, 0)
    low, high = np.nan_to_num(chart.lcl, nan=0), np.nan_to_num(chart.ucl, nan=np.inf)
    return chart.shown & ((value > high + TOLERANCE) | (value < low - TOLERANCE))


def _laney(chart: Chart, sigma: Floats, base: Flags, below_one: bool, upper: float) -> Chart:
    factor = sigma_z(chart.z[base])
    if isinstance(factor, Unknown):
        return replace(chart, kind=chart.kind + "'")
    used = factor if below_one else max(1.0, factor)
    lcl = np.maximum(chart.centre - 3 * sigma * used, 0)
    ucl = np.minimum(chart.centre + 3 * sigma * used, upper)
    z = chart.z / used if used else chart.z
    wide = replace(chart, kind=chart.kind + "'", lcl=lcl, ucl=ucl, z=z, sigma_z=factor)
    return replace(wide, out=_outside(wide))


def _exact(chart: Chart, law: stats.rv_discrete, n: Floats, mean: float) -> Chart:
    """Probability limits: signal only beyond counts that are less likely than alpha / 2 a side."""
    tail = FALSE_ALARM / 2
    shape = (np.where(n > 0, n, 1), mean) if law is stats.binom else (n * mean,)
    high = law.isf(tail, *shape)
    low = law.ppf(tail, *shape)
    low = np.where(law.cdf(low, *shape) > tail, low - 1, low)
    size = np.where(n > 0, n, np.nan)
    bounded = replace(chart, lcl=np.maximum(low + 1, 0) / size, ucl=high / size)
    return replace(bounded, out=_outside(bounded))
