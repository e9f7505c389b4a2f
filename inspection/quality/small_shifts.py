"""EWMA and CUSUM charts: they see small lasting shifts (lens dirt, tool wear) that p charts miss.

Sources: Roberts (1959) for EWMA, Page (1954) for CUSUM, Reynolds and Stoumbos (1999) for the
Bernoulli CUSUM and its likelihood-ratio reference value.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import spsolve

from inspection.quality.values import Floats, Numbers, Unknown, counts, number, same_length, series

Flags = NDArray[np.bool_]
TOLERANCE = 1e-9
LARGEST_H = 200_000


@dataclass(frozen=True)
class Ewma:
    """z_i with its limits, a point a subgroup that had units: `at` names the subgroups (from 0)."""

    at: NDArray[np.int64]
    z: Floats
    lcl: Floats
    ucl: Floats
    out: Flags


def ewma(
    values: Numbers, target: float, sigma: float, weight: float = 0.2, width: float = 3.0
) -> Ewma:
    """EWMA of individual values around `target`: z = weight x + (1 - weight) z before.

    Limits target +- width sigma sqrt(weight / (2 - weight) [1 - (1 - weight)^(2 i)]). No value: no
    point.
    """
    x = series("values", values)
    variance = np.full(len(x), number("sigma", sigma, 0) ** 2)
    return _ewma(np.arange(len(x)), x, variance, target, weight, width, (-np.inf, np.inf))


def ewma_of_proportion(
    defective: Numbers,
    inspected: Numbers,
    p0: float,
    weight: float = 0.2,
    width: float = 3.0,
    sigma_z: float = 1.0,
) -> Ewma:
    """EWMA of the share of defective units around p0, exact variance for varying n.

    V_i = weight^2 p0 (1 - p0) / n_i + (1 - weight)^2 V_(i-1); limits are widened by Laney's
    `sigma_z` and clipped to 0..1. n = 0: there is no point, and z and V go on from the one before.
    """
    d, n = counts("defective", defective), counts("inspected", inspected)
    same_length(defective=d, inspected=n)
    if (d > n).any():
        raise ValueError("defective is more than inspected in a subgroup")
    rate, at = number("p0", p0, 0, 1), np.flatnonzero(n > 0)
    variance = rate * (1 - rate) / n[at] * number("sigma_z", sigma_z, 0) ** 2
    return _ewma(at, d[at] / n[at], variance, rate, weight, width, (0.0, 1.0))


def _ewma(
    at: NDArray[np.int64],
    x: Floats,
    variance: Floats,
    target: float,
    weight: float,
    width: float,
    within: tuple[float, float],
) -> Ewma:
    lam, centre = number("weight", weight, 1e-9, 1), number("target", target)
    z = lfilter([lam], [1, lam - 1], x - centre) + centre
    half = number("width", width, 0) * np.sqrt(lfilter([lam**2], [1, -((1 - lam) ** 2)], variance))
    low, high = np.maximum(centre - half, within[0]), np.minimum(centre + half, within[1])
    return Ewma(at, z, low, high, (z > high + TOLERANCE) | (z < low - TOLERANCE))


@dataclass(frozen=True)
class Cusum:
    """The upper and lower sums, and where each is above h."""

    high: Floats
    low: Floats
    out_high: Flags
    out_low: Flags


def cusum(values: Numbers, target: float, k: float, h: float) -> Cusum:
    """Tabular CUSUM of individuals, in the values' unit: S+ = max(0, S+ + x - target - k), and S-
    with target - k - x. A signal is above h; no value, no sum.
    """
    x = series("values", values)
    slack, limit = number("k", k, 0), number("h", h, 0)
    off = x - number("target", target)
    high, low = _sums(off - slack), _sums(-off - slack)
    return Cusum(high, low, high > limit + TOLERANCE, low > limit + TOLERANCE)


def reference_value(p0: float, p1: float) -> float:
    """k, defectives per unit: ln((1-p0)/(1-p1)) / ln(p1 (1-p0) / (p0 (1-p1)))."""
    a, b = number("p0", p0, 1e-12, 1 - 1e-12), number("p1", p1, 1e-12, 1 - 1e-12)
    if a == b:
        raise ValueError("p1 must differ from p0")
    return float(np.log((1 - a) / (1 - b)) / np.log(b * (1 - a) / (a * (1 - b))))


def binomial_cusum(
    defective: Numbers, inspected: Numbers, p0: float, p1: float, h: float
) -> tuple[Floats, Flags]:
    """S = max(0, S + D - n k), signal where S > h; for p1 < p0 mirrored (improvement).

    n = 0 adds nothing. Nothing resets it: that is a person's act, with a reason.
    """
    d, n = counts("defective", defective), counts("inspected", inspected)
    same_length(defective=d, inspected=n)
    if (d > n).any():
        raise ValueError("defective is more than inspected in a subgroup")
    step = d - n * reference_value(p0, p1)
    sums = _sums(step if p1 > p0 else -step)
    return sums, sums > number("h", h, 0) + TOLERANCE


def _sums(steps: Floats) -> Floats:
    """max(0, S + step) along the array: the running sum less its least value so far (or 0)."""
    total = np.cumsum(steps)
    return total - np.minimum(np.minimum.accumulate(total), 0) if len(total) else total


@dataclass(frozen=True)
class BernoulliDesign:
    """A unit-by-unit CUSUM: +(g - 1) for a defective, -1 for a good one, signal at S >= h.

    `false_alarm_every` and `detects_in` are average units to a signal at p0 and at p1.
    """

    g: int
    h: int
    false_alarm_every: float
    detects_in: float


def bernoulli_design(p0: float, p1: float, tolerated: float) -> BernoulliDesign | Unknown:
    """The least h with at most one false alarm in `tolerated` units, by an exact Markov chain.

    Unknown where no h up to 200,000 suffices (p1 is too close to p0 for so few false alarms).
    """
    if not 0 < p0 < p1 < 1:
        raise ValueError("p0 must be above 0 and less than p1, and p1 less than 1")
    number("tolerated", tolerated, 1)
    g = max(2, round(1 / reference_value(p0, p1)))
    low, high = 1, g
    while average_run_length(p0, g, high) < tolerated:
        low, high = high, 2 * high
        if high > LARGEST_H:
            return Unknown("no_design", "p1 is too close to p0 for so few false alarms")
    while low < high:
        middle = (low + high) // 2
        if average_run_length(p0, g, middle) < tolerated:
            low = middle + 1
        else:
            high = middle
    every = average_run_length(p0, g, high)
    return BernoulliDesign(g, high, every, average_run_length(p1, g, high))


def average_run_length(p: float, g: int, h: int) -> float:
    """Average units until S >= h from S = 0: L = 1 + (1 - p) L(s - 1) + p L(s + g - 1)."""
    states = np.arange(h)
    below, above = np.maximum(states - 1, 0), states + g - 1
    stays = above < h
    rows = np.concatenate([states, states, states[stays]])
    columns = np.concatenate([states, below, above[stays]])
    weights = np.concatenate([np.ones(h), np.full(h, p - 1), np.full(int(stays.sum()), -p)])
    return float(spsolve(csc_matrix((weights, (rows, columns)), (h, h)), np.ones(h))[0])


def bernoulli_cusum(defective: Numbers, design: BernoulliDesign) -> tuple[Floats, Flags]:
    """The sums after each unit (1 defective, 0 good), and where they are at h or above."""
    units = counts("defective", defective)
    if units.size and units.max() > 1:
        raise ValueError("defective must be 0 or 1 for each unit")
    sums = _sums(np.where(units > 0, design.g - 1.0, -1.0))
    return sums, sums >= design.h
