"""Rare events: mean time between defectives, g charts of units and t charts of hours between them.

Sources: Benneyan (2001) for the g chart, Nelson (1994) for the 1/3.6 power of the t chart.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri

from inspection.quality.charts import Chart, individuals
from inspection.quality.values import Floats, Numbers, Unknown, count, counts, number, series

POWER = 3.6  # makes exponential times nearly normal
FALSE_ALARM = 0.0027


@dataclass(frozen=True)
class TimeBetween:
    """Mean time between defectives with its interval; `mean` and `upper` unknown without one."""

    mean: float | Unknown
    lower: float
    upper: float | Unknown
    confidence: float


def mean_time_between(
    running_time: float, defectives: int, confidence: float = 0.95
) -> TimeBetween | Unknown:
    """T / r of running time (hours of the line, or units), not of the calendar.

    Interval [2T / chi2(1-a/2; 2r+2), 2T / chi2(a/2; 2r)]; r = 0: only "more than" the one-sided
    bound 2T / chi2(1-a; 2). T = 0: unknown.
    """
    time, r = number("running_time", running_time, 0), count("defectives", defectives)
    level = number("confidence", confidence, 0.5, 1 - 1e-12)
    if not time:
        return Unknown("no_running_time", "the line did not run")
    if not r:
        none = Unknown("no_defectives", "no defective in the running time")
        return TimeBetween(none, float(2 * time / chdtri(2, 1 - level)), none, level)
    tail = (1 - level) / 2
    low, high = 2 * time / chdtri(2 * r + 2, tail), 2 * time / chdtri(2 * r, 1 - tail)
    return TimeBetween(time / r, float(low), float(high), level)


@dataclass(frozen=True)
class GChart:
    """Good units between defectives: centre, 3-sigma limits and the preferred probability limits.

    A point above `probability_ucl` says the process got better, below `probability_lcl` worse.
    """

    values: Floats
    centre: float
    p: float
    sigma: float
    lcl: float
    ucl: float
    probability_lcl: float
    probability_ucl: float


def g_chart(units_between: Numbers) -> GChart | Unknown:
    """p = 1 / (mean + 1); sigma = sqrt(mean (mean + 1)); limits ln(1 - q) / ln(1 - p).

    Unknown without a value, or when no good unit ever lay between two defectives.
    """
    gaps = counts("units_between", units_between)
    if not gaps.size or not gaps.any():
        return Unknown("no_gaps", "no good units between defectives")
    mean = float(gaps.mean())
    p, sigma = 1 / (mean + 1), float(np.sqrt(mean * (mean + 1)))
    low, high = (float(np.log1p(-q) / np.log1p(-p)) for q in (FALSE_ALARM / 2, 1 - FALSE_ALARM / 2))
    return GChart(gaps, mean, p, sigma, max(0.0, mean - 3 * sigma), mean + 3 * sigma, low, high)


@dataclass(frozen=True)
class TChart:
    """Times between defectives in their own unit, from an I chart of time^(1/3.6)."""

    values: Floats
    centre: float
    lcl: float
    ucl: float
    transformed: Chart


def t_chart(times: Numbers) -> TChart | Unknown:
    """I chart of y = x^(1/3.6), limits raised back to the power 3.6, LCL clipped at 0.

    Under two times: unknown.
    """
    x = series("times", times, 0)
    charts = individuals(x ** (1 / POWER))
    if isinstance(charts, Unknown):
        return charts
    chart = charts[0]
    low, centre, high = (max(0.0, float(v[0])) for v in (chart.lcl, chart.centre, chart.ucl))
    return TChart(x, centre**POWER, low**POWER, high**POWER, chart)
