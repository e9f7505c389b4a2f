"""Control charts for attributes and individuals (Montgomery, Introduction to SQC; Laney 2002).

A chart is made over subgroups and holds its points alone: a subgroup without units is a gap and has
none, `at` says which subgroups the points are. Excluded points stay on the chart and out of the
limits. A stage's limits are frozen by passing the `Limits` of the chart that set them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from inspection.quality.subgroups import average_size
from inspection.quality.values import (
    Floats,
    Numbers,
    Unknown,
    count,
    counts,
    flags,
    number,
    same_length,
    series,
)

Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

TOLERANCE = 1e-9  # a point on the limit does not signal
D2 = 1.128  # mean moving range of two / sigma
D4 = 3.267  # upper limit of the moving range / its mean
FEWEST_SUBGROUPS = 20  # below, trial limits are provisional
FALSE_ALARM = 0.0027  # per point, of 3-sigma limits under normality
SMALL = 5  # mean count under which 3-sigma limits mislead and exact ones are drawn
OVERDISPERSED = 1.2  # sigma_z above which Laney's chart is advised


@dataclass(frozen=True)
class Limits:
    """What a stage's limits follow from, and what freezing keeps: the centre, Laney's factor
    `sigma_z`, for individuals their `sigma`, in the unit of the values, and the mean `size` of
    subgroups where it stands for all of them.
    """

    centre: float
    sigma_z: float = 1.0
    sigma: float | None = None
    size: float | None = None


@dataclass(frozen=True)
class Chart:
    """A chart's points and limits, arrays of one length, in the unit of `value`.

    `at` are the points' subgroups (from 0), `z` the standardised values that run rules read, `out`
    the points strictly outside. `limits` sets them; `provisional`: fewer than 20 subgroups did.
    `exact`: probability limits of the binomial or Poisson law instead of 3 sigma.
    """

    kind: str
    at: Places
    value: Floats
    centre: Floats
    lcl: Floats
    ucl: Floats
    z: Floats
    out: Flags
    excluded: Flags
    limits: Limits
    provisional: bool = False
    exact: bool = False


@dataclass(frozen=True)
class Dispersion:
    """Pearson's X2 of binomial counts: ratio = X2 / df, about 1 when they behave."""

    chi2: float
    df: int
    ratio: float
    p_value: float
    sigma_z: float
    advise_laney: bool


@dataclass(frozen=True)
class Stage:
    """The subgroups from `start` on, until the next stage; `frozen` limits or its own."""

    start: int
    frozen: Limits | None = None


def p_chart(
    defective: Numbers,
    inspected: Numbers,
    *,
    frozen: Limits | None = None,
    exclude: Numbers = (),
    laney: bool = False,
    keep_below_one: bool = False,
    exact: bool | None = None,
    average: bool = False,
) -> Chart | Unknown:
    """Share of defective units, limits p +- 3 sqrt(p (1 - p) / n), stepwise for varying n.

    p = sum D / sum n of the base. `laney`: limits times sigma_z (p' chart); sigma_z < 1 counts as 1
    unless `keep_below_one`. `exact`: binomial probability limits; None takes them where the base's
    mean n p is under 5 and the chart is not Laney's. n = 0: a gap. None or all defective: limits
    at the centre, no signal. One subgroup: provisional limits. Unknown when the base has no unit.

    `average`: one n, the base's mean, for the 3-sigma limits of all (ValueError unless every n is
    within 25 % of it). A point near such a limit has to be judged by the limit of its own n.
    """
    d, n, skipped = _attributes("inspected", counts("inspected", inspected), defective, exclude)
    if (d > n).any():
        raise ValueError("defective is more than inspected in a subgroup")
    mean = _pooled(d, n, skipped, frozen)
    if isinstance(mean, Unknown):
        return mean
    if mean > 1:
        raise ValueError("frozen must have a centre that is a share")
    size = _size("inspected", n, skipped, frozen) if average else None
    made = _points("p", d, n, Limits(mean, size=size), mean * (1 - mean), skipped, upper=1.0)
    if laney:
        return _laney(made, frozen, keep_below_one, upper=1.0)
    small = made.size * mean < SMALL if exact is None else exact
    return _exact(made, stats.binom) if small else made.chart


def np_chart(
    defective: Numbers,
    inspected: Numbers,
    *,
    frozen: Limits | None = None,
    exclude: Numbers = (),
    exact: bool | None = None,
) -> Chart | Unknown:
    """Number of defective units, n p +- 3 sqrt(n p (1 - p)); ValueError when n varies.

    Options as `p_chart`; `limits` hold the share p, and so does what is frozen.
    """
    n = counts("inspected", inspected)
    if n.size and (n != n[0]).any():
        raise ValueError("inspected varies: an np chart needs equal subgroups, use a p chart")
    chart = p_chart(defective, inspected, frozen=frozen, exclude=exclude, exact=exact)
    if isinstance(chart, Unknown):
        return chart
    size = float(n[0])
    scaled = {name: getattr(chart, name) * size for name in ("value", "centre", "lcl", "ucl")}
    return replace(chart, kind="np", **scaled)


def u_chart(
    defects: Numbers,
    area: Numbers,
    *,
    frozen: Limits | None = None,
    exclude: Numbers = (),
    laney: bool = False,
    keep_below_one: bool = False,
    exact: bool | None = None,
    average: bool = False,
) -> Chart | Unknown:
    """Defects per inspection unit (part, m2): u +- 3 sqrt(u / a); a may be fractional.

    u = sum c / sum a. Options as `p_chart`; exact limits are Poisson's. No defect: limits at 0.
    Area 0: a gap. Unknown when the base holds no area.
    """
    c, a, skipped = _attributes("area", series("area", area, 0), defects, exclude)
    mean = _pooled(c, a, skipped, frozen)
    if isinstance(mean, Unknown):
        return mean
    size = _size("area", a, skipped, frozen) if average else None
    made = _points("u", c, a, Limits(mean, size=size), mean, skipped, upper=np.inf)
    if laney:
        return _laney(made, frozen, keep_below_one, upper=np.inf)
    small = made.size * mean < SMALL if exact is None else exact
    return _exact(made, stats.poisson) if small else made.chart


def c_chart(
    defects: Numbers,
    *,
    frozen: Limits | None = None,
    exclude: Numbers = (),
    exact: bool | None = None,
) -> Chart | Unknown:
    """Defects per subgroup of constant area: c +- 3 sqrt(c). Else as `u_chart`, without Laney."""
    c = counts("defects", defects)
    chart = u_chart(c, np.ones(len(c)), frozen=frozen, exclude=exclude, exact=exact)
    return chart if isinstance(chart, Unknown) else replace(chart, kind="c")


def standardised(chart: Chart) -> Chart:
    """The same points as z = (value - centre) / (sigma sigma_z), limits at -3 and 3.

    A point without spread (none or all defective) has z = 0.
    """
    three = np.full(len(chart.at), 3.0)
    return replace(
        chart,
        kind="z",
        value=chart.z,
        centre=three * 0,
        lcl=-three,
        ucl=three,
        out=np.abs(chart.z) > 3 + TOLERANCE,
        exact=False,
    )


def individuals(
    values: Numbers, *, frozen: Limits | None = None, exclude: Numbers = ()
) -> tuple[Chart, Chart] | Unknown:
    """I-MR: x +- 3 MR / 1.128, and the moving range with its limit 3.267 MR, in the values' unit.

    An excluded point is in neither mean; the moving range begins with the second value. Unknown
    with fewer than two values in a row in the base.
    """
    x = series("values", values)
    skipped = flags("exclude", exclude, len(x))
    pairs = ~(skipped[1:] | skipped[:-1])
    moved = np.abs(np.diff(x))
    limits = frozen
    if limits is None:
        if not pairs.any():
            return Unknown("too_few_points", "two points in a row are needed for limits")
        limits = Limits(float(x[~skipped].mean()), sigma=float(moved[pairs].mean()) / D2)
    if limits.sigma is None:
        raise ValueError("frozen must have a sigma")
    mean, sigma = number("frozen", limits.centre), number("frozen", limits.sigma, 0)
    at, level = np.arange(len(x)), sigma * D2
    first = _between("I", at, x, np.full_like(x, mean), np.full_like(x, sigma), skipped, limits)
    middle, third = np.full_like(moved, level), np.full_like(moved, (D4 - 1) * level / 3)
    second = _between("MR", at[1:], moved, middle, third, ~pairs, limits, lower=0.0)
    few = frozen is None and first.provisional
    return replace(first, provisional=few), replace(second, provisional=few)


def staged(
    chart: Callable[..., Chart | Unknown],
    data: Sequence[Numbers],
    stages: Sequence[Stage],
    exclude: Numbers = (),
    **options: bool | None,
) -> list[Chart | Unknown]:
    """One chart a stage, `at` counted from the first subgroup of all; limits never cross a stage.

    `chart` is p_chart, u_chart, ...; `data` its arrays. ValueError unless the stages begin at 0 and
    each later than the one before.
    """
    arrays = [np.asarray(values) for values in data]
    length = len(arrays[0])
    starts = [count("start", stage.start) for stage in stages]
    if not starts or starts[0] or any(a >= b for a, b in pairwise([*starts, length])):
        raise ValueError("stages must begin at 0, rise, and hold a subgroup each")
    places = np.flatnonzero(flags("exclude", exclude, length))
    made = []
    for stage, end in zip(stages, [*starts[1:], length], strict=True):
        mine = places[(places >= stage.start) & (places < end)] - stage.start
        parts = [values[stage.start : end] for values in arrays]
        found = chart(*parts, frozen=stage.frozen, exclude=mine, **options)
        if not isinstance(found, Unknown):
            found = replace(found, at=found.at + stage.start)
        made.append(found)
    return made


def sigma_z(z: Numbers) -> float | Unknown:
    """Laney's factor: mean |z_i - z_(i-1)| / 1.128, and not SD(z). Unknown under two points."""
    values = series("z", z)
    if len(values) < 2:
        return Unknown("too_few_points", "two points are needed")
    return float(np.abs(np.diff(values)).mean() / D2)


def dispersion(defective: Numbers, inspected: Numbers) -> Dispersion | Unknown:
    """X2 = sum (D - n p)^2 / (n p (1 - p)), df = k - 1; p' is advised if p < .01 or sigma_z > 1.2.

    Subgroups without units are in none of it.
    Unknown with fewer than two subgroups, or when none or all are defective.
    """
    chart = p_chart(defective, inspected, exact=False)
    if isinstance(chart, Unknown):
        return chart
    factor = sigma_z(chart.z)
    if isinstance(factor, Unknown):
        return factor
    if chart.limits.centre in (0, 1):
        return Unknown("no_variation", "none or all are defective")
    chi2, df = float((chart.z**2).sum()), len(chart.z) - 1
    p_value = float(stats.chi2.sf(chi2, df))
    advised = p_value < 0.01 or factor > OVERDISPERSED
    return Dispersion(chi2, df, chi2 / df, p_value, factor, advised)


@dataclass(frozen=True)
class _Made:
    """A chart with what Laney's factor and exact limits need: sizes n, sigma, mean size of base."""

    chart: Chart
    n: Floats
    sigma: Floats
    size: float


def _attributes(
    name: str, n: Floats, numerator: Numbers, exclude: Numbers
) -> tuple[Floats, Floats, Flags]:
    of = "defective" if name == "inspected" else "defects"
    top = counts(of, numerator)
    same_length(**{of: top, name: n})
    if ((n == 0) & (top > 0)).any():
        raise ValueError(f"{of} is more than 0 in a subgroup whose {name} is 0")
    return top, n, flags("exclude", exclude, len(top))


def _pooled(top: Floats, n: Floats, skipped: Flags, frozen: Limits | None) -> float | Unknown:
    if frozen is not None:
        return number("frozen", frozen.centre, 0)
    base = (n > 0) & ~skipped
    if not base.any():
        return Unknown("no_units", "nothing was inspected in the base of the limits")
    return float(top[base].sum() / n[base].sum())


def _size(name: str, n: Floats, skipped: Flags, frozen: Limits | None) -> float:
    if frozen is not None and frozen.size is None:
        raise ValueError("frozen must have a size: its stage was drawn with limits in steps")
    return average_size(name, n, skipped, None if frozen is None else frozen.size)


def _points(
    kind: str, top: Floats, n: Floats, limits: Limits, variance: float, skipped: Flags, upper: float
) -> _Made:
    at = np.flatnonzero(n > 0)
    top, n, skipped = top[at], n[at], skipped[at]
    sizes = n if limits.size is None else np.full(len(at), limits.size)
    sigma, centre = np.sqrt(variance / sizes), np.full(len(at), limits.centre)
    chart = _between(kind, at, top / n, centre, sigma, skipped, limits, 0.0, upper)
    base = n[~skipped] if (~skipped).any() else n
    return _Made(chart, n, sigma, float(base.sum()) / max(1, len(base)))


def _between(
    kind: str,
    at: Places,
    value: Floats,
    centre: Floats,
    sigma: Floats,
    skipped: Flags,
    limits: Limits,
    lower: float = -np.inf,
    upper: float = np.inf,
) -> Chart:
    """The chart with limits at centre +- 3 sigma, clipped to what the value can be."""
    lcl, ucl = np.maximum(centre - 3 * sigma, lower), np.minimum(centre + 3 * sigma, upper)
    z = np.divide(value - centre, sigma, out=np.zeros(len(value)), where=sigma > 0)
    few = bool((~skipped).sum() < FEWEST_SUBGROUPS)
    chart = Chart(kind, at, value, centre, lcl, ucl, z, skipped, skipped, limits, few)
    return _marked(chart)


def _marked(chart: Chart) -> Chart:
    high, low = chart.value > chart.ucl + TOLERANCE, chart.value < chart.lcl - TOLERANCE
    return replace(chart, out=high | low)


def _laney(made: _Made, frozen: Limits | None, below_one: bool, upper: float) -> Chart:
    chart = replace(made.chart, kind=made.chart.kind + "'")
    factor = frozen.sigma_z if frozen is not None else sigma_z(chart.z[~chart.excluded])
    if isinstance(factor, Unknown):
        return chart
    used = factor if below_one else max(1.0, factor)
    half = 3 * made.sigma * used
    wide = replace(
        chart,
        lcl=np.maximum(chart.centre - half, 0),
        ucl=np.minimum(chart.centre + half, upper),
        z=chart.z / used if used else chart.z,
        limits=replace(chart.limits, sigma_z=factor),
    )
    return _marked(wide)


def _exact(made: _Made, law: stats.rv_discrete) -> Chart:
    """Probability limits: signal only beyond counts that are less likely than alpha / 2 a side."""
    tail, mean, n = FALSE_ALARM / 2, made.chart.limits.centre, made.n
    shape = (n, mean) if law is stats.binom else (n * mean,)
    low, high = law.ppf(tail, *shape), law.isf(tail, *shape)
    return _marked(replace(made.chart, lcl=low / n, ucl=high / n, exact=True))
