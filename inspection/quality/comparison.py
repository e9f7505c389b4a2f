"""Comparing lines, shifts and models fairly: like for like, with limits, on the same images."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, chdtrc, ndtri

from inspection.quality.values import (
    NO_UNITS,
    Floats,
    Numbers,
    Unknown,
    count,
    counts,
    number,
    part_of,
    same_length,
)

Counts = Mapping[Hashable, tuple[int, int]]  # stratum -> (defective, inspected)


@dataclass(frozen=True)
class Adjusted:
    """Crude rates of two groups, and the rates both would have with the same product mix."""

    crude: tuple[float, float]
    adjusted: tuple[float, float]
    mantel_haenszel_ratio: float | Unknown
    left_out: tuple[Hashable, ...]


def same_mix(first: Counts, second: Counts) -> Adjusted | Unknown:
    """Direct standardisation to the pooled mix of the strata that both groups have.

    Strata that one group lacks are left out and named. The Mantel-Haenszel (1959) risk ratio is
    sum(a n2 / N) / sum(b n1 / N). Unknown when no stratum is common.
    """
    for group in (first, second):
        for key, (bad, n) in group.items():
            part_of(f"defective of {key}", bad, f"inspected of {key}", n)
    common = [k for k in first if k in second and first[k][1] and second[k][1]]
    if not common:
        return Unknown("nothing_in_common", "the two have no product in common")
    seen = {k for group in (first, second) for k in group if group[k][1]}
    a, n1 = np.array([first[k] for k in common], dtype=float).T
    b, n2 = np.array([second[k] for k in common], dtype=float).T
    weight = (n1 + n2) / (n1 + n2).sum()
    below = float((b * n1 / (n1 + n2)).sum())
    above = float((a * n2 / (n1 + n2)).sum())
    ratio = above / below if below else Unknown("no_defects", "the second has no defect")
    return Adjusted(
        (_crude(first), _crude(second)),
        (float((weight * a / n1).sum()), float((weight * b / n2).sum())),
        ratio,
        tuple(k for k in [*first, *second] if k in seen and k not in common),
    )


def _crude(group: Counts) -> float:
    bad = sum(defective for defective, _ in group.values())
    return bad / sum(inspected for _, inspected in group.values())


@dataclass(frozen=True)
class Funnel:
    """Rates of groups against p +- 3 sigma / sqrt(n). `at`: which groups (from 0; one without units
    is no point). `grey`: n p < 5, too small to judge.
    """

    at: NDArray[np.int64]
    rate: Floats
    centre: float
    lcl: Floats
    ucl: Floats
    grey: NDArray[np.bool_]
    out: NDArray[np.bool_]


def funnel(defective: Numbers, inspected: Numbers) -> Funnel | Unknown:
    """Funnel limits p +- 3 sqrt(p (1 - p) / n), clipped to 0..1, p pooled over all groups.

    Unknown when no group has a unit.
    """
    d, n = counts("defective", defective), counts("inspected", inspected)
    same_length(defective=d, inspected=n)
    if (d > n).any():
        raise ValueError("defective is more than inspected in a group")
    if not n.sum():
        return Unknown("no_units", "nothing was inspected")
    p = float(d.sum() / n.sum())
    at = np.flatnonzero(n > 0)
    d, n = d[at], n[at]
    rate, half = d / n, 3 * np.sqrt(p * (1 - p) / n)
    low, high = np.maximum(p - half, 0), np.minimum(p + half, 1)
    grey = n * p < 5
    out = ~grey & ((rate > high + 1e-9) | (rate < low - 1e-9))
    return Funnel(at, rate, p, low, high, grey, out)


@dataclass(frozen=True)
class McNemar:
    """Two models on the same images: where exactly one of them is right."""

    only_first: int
    only_second: int
    p_value: float
    exact: bool


def mcnemar(only_first: int, only_second: int) -> McNemar | Unknown:
    """McNemar (1947): exact binomial under 25 disagreements, else chi2 with Edwards' correction.

    No disagreement: unknown, for there is nothing to tell them apart by.
    """
    b, c = count("only_first", only_first), count("only_second", only_second)
    if not b + c:
        return Unknown("no_disagreement", "the two agree on every image")
    if b + c < 25:
        return McNemar(b, c, min(2 * float(bdtr(min(b, c), b + c, 0.5)), 1.0), True)
    statistic = max(0, abs(b - c) - 1) ** 2 / (b + c)
    return McNemar(b, c, float(chdtrc(1, statistic)), False)


def matched(
    gained: int, lost: int, n: int, confidence: float = 0.95
) -> tuple[float, float, float] | Unknown:
    """(difference, lower, upper) of two shares right on the same n units, of which the second is
    right on `gained` that the first is wrong on, and the reverse on `lost`.

    Wald's limits after 0.5 is added to each of the four cells (Agresti and Min 2005), within -1..1.
    No unit: unknown.
    """
    b, c = part_of("gained", gained, "n", n)[0], part_of("lost", lost, "n", n)[0]
    level = number("confidence", confidence, 1e-9, 1 - 1e-12)
    if b + c > n:
        raise ValueError("gained and lost are more than n together")
    if not n:
        return NO_UNITS
    d, m = (b - c) / (n + 2), n + 2
    half = -float(ndtri((1 - level) / 2)) * sqrt((b + c + 1) / m - d * d) / sqrt(m)
    return (b - c) / n, max(d - half, -1.0), min(d + half, 1.0)
