"""What a threshold costs: how sure the curve is, what a move does to a shift, and class by class.

Bands answer how much of a cost curve is chance of the samples. Wilson's limits (1927) stand for the
rates; the cost's come from the bootstrap (Efron 1979) of good and of bad parts apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from inspection.quality.thresholds import FEWEST_NG, Choice, CostCurve, choose, cost_curve
from inspection.quality.values import Floats, Numbers, Unknown, count, number, series

Band = tuple[Floats, Floats]  # lower and upper limit at each threshold
RESAMPLES, POINTS = 2000, 200


@dataclass(frozen=True)
class Bands:
    """The curve at up to 200 of its thresholds, and between which limits it lies there.

    `cheapest` is between which thresholds the cheapest one falls, and `least_cost` what it costs
    there; `too_few`: fewer than 30 NG samples, too few to choose by.
    """

    threshold: Floats
    miss_rate: Band
    overkill_rate: Band
    cost: Band
    cheapest: tuple[float, float]
    least_cost: tuple[float, float]
    confidence: float
    too_few: bool


def bands(
    good_scores: Numbers,
    bad_scores: Numbers,
    prevalence: float,
    cost_escape: float,
    cost_overkill: float,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> Bands | Unknown:
    """Percentile bands of `thresholds.cost_curve`, a threshold at a time (not of the whole curve).

    Each resample draws as many good and as many bad parts again, with replacement. It knows of no
    escape where none was missed, so the cost's band is never narrower than Wilson's limits of both
    rates make it, joined as Newcombe (1998) joins those of a difference. The same `seed`, the same
    bands. Unknown without good or without bad samples.
    """
    curve = cost_curve(good_scores, bad_scores, prevalence, cost_escape, cost_overkill)
    level = number("confidence", confidence, 0.5, 1 - 1e-12)
    times = count("resamples", resamples, 1)
    if isinstance(curve, Unknown):
        return curve
    at = _spread(len(curve.threshold))
    threshold, miss, kill = curve.threshold[at], curve.miss_rate[at], curve.overkill_rate[at]
    n, m = len(bad_scores), len(good_scores)
    weights = prevalence * cost_escape, (1 - prevalence) * cost_overkill
    rng = np.random.default_rng(seed)
    drawn = weights[0] * _redrawn(rng, miss, n, times)
    drawn += weights[1] * (1 - _redrawn(rng, 1 - kill, m, times))
    missed, killed = _wilson(miss, n, level), _wilson(kill, m, level)
    low, high = _joined(weights, (miss, kill), (missed, killed))
    tails = [(1 - level) / 2, (1 + level) / 2]
    drawn_low, drawn_high = np.quantile(drawn, tails, axis=0)
    least = np.quantile(drawn.min(axis=1), tails)
    best = np.quantile(threshold[drawn.argmin(axis=1)], tails, method="nearest")
    return Bands(
        threshold,
        missed,
        killed,
        (np.minimum(drawn_low, low), np.maximum(drawn_high, high)),
        (float(best[0]), float(best[1])),
        (float(least[0]), float(least[1])),
        level,
        too_few=n < FEWEST_NG,
    )


def _spread(many: int) -> NDArray[np.int64]:
    """At most 200 places of so many, evenly, with the first and the last."""
    return np.unique(np.linspace(0, many - 1, min(many, POINTS)).round().astype(np.int64))


def _redrawn(rng: np.random.Generator, below: Floats, n: int, times: int) -> Floats:
    """The share of n redrawn parts that lie below each threshold, a row a resample.

    Only how many fall between two thresholds matters, and those counts are multinomial.
    """
    cells = np.diff(below, prepend=0.0, append=1.0)
    drawn = rng.multinomial(n, np.maximum(cells, 0) / np.maximum(cells, 0).sum(), size=times)
    return np.cumsum(drawn, axis=1)[:, :-1] / n


def _wilson(share: Floats, n: int, level: float) -> Band:
    """`intervals.wilson` of many shares of n at once."""
    z2 = float(ndtri((1 - level) / 2)) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return (np.where(share > 0, centre - half, 0.0), np.where(share < 1, centre + half, 1.0))


def _joined(
    weights: tuple[float, float], rates: tuple[Floats, Floats], limits: tuple[Band, Band]
) -> Band:
    """Limits of a weighted sum of two rates: roots of the sum of their distances squared."""
    (a, b), (first, second), (of_first, of_second) = weights, rates, limits
    middle = a * first + b * second
    down, up = (
        np.hypot(a * (first - of_first[side]), b * (second - of_second[side])) for side in (0, 1)
    )
    return middle - down, middle + up


@dataclass(frozen=True)
class Move:
    """What another threshold changes among so many units: a minus is fewer of them."""

    rejects: float
    false_rejects: float
    escapes: float


def move(
    good_scores: Numbers,
    bad_scores: Numbers,
    before: float,
    after: float,
    prevalence: float,
    units: int,
) -> Move | Unknown:
    """Expected rejects, false rejects and escapes among `units` (a shift's) at `after` less those
    at `before`, at the line's `prevalence` of defects.

    Escapes = units pi (share of bad scores under the threshold). Unknown without samples.
    """
    good, bad = series("good_scores", good_scores), series("bad_scores", bad_scores)
    old, new = number("before", before), number("after", after)
    pi, many = number("prevalence", prevalence, 0, 1), count("units", units)
    if not good.size or not bad.size:
        return Unknown("no_samples", "scores of good and of bad parts are needed")
    killed = many * (1 - pi) * float((good >= new).mean() - (good >= old).mean())
    missed = many * pi * float((bad < new).mean() - (bad < old).mean())
    return Move(killed - missed, killed, missed)


def precision_recall(curve: CostCurve, prevalence: float) -> tuple[Floats, Floats]:
    """(precision, recall) at each threshold of the curve at which anything is rejected, at the
    line's defect rate: recall = 1 - miss, precision = pi recall / (pi recall + (1 - pi) overkill).

    Nothing rejected at any threshold: two empty arrays.
    """
    pi = number("prevalence", prevalence, 0, 1)
    true, false = pi * (1 - curve.miss_rate), (1 - pi) * curve.overkill_rate
    any_rejected = true + false > 0
    true, false = true[any_rejected], false[any_rejected]
    return true / (true + false), 1 - curve.miss_rate[any_rejected]


@dataclass(frozen=True)
class ClassCosts:
    """Of one defect class: its share of units on the line, what an escape and an overkill of it
    cost, and the escape rate that must be kept.
    """

    prevalence: float
    escape: float
    overkill: float
    escape_limit: float = 1.0


@dataclass(frozen=True)
class PerClass:
    """A threshold for each class, and what all of them cost per unit."""

    choices: dict[str, Choice | Unknown]
    cost: float | Unknown


def choose_per_class(
    scores: Mapping[str, tuple[Numbers, Numbers]],
    costs: Mapping[str, ClassCosts],
    confidence: float = 0.95,
) -> PerClass:
    """`thresholds.choose` for each class with costs of its own; `scores` are (good, bad) a class,
    good being the parts without that class.

    `cost` is the sum: at most what the recipe costs, for a part that two classes reject counts
    twice. A class without scores or costs is unknown and named, and so the cost; no class: unknown.
    """
    choices: dict[str, Choice | Unknown] = {}
    for name in dict.fromkeys([*scores, *costs]):
        if name not in scores:
            choices[name] = Unknown("no_samples", "scores of good and of bad parts are needed")
        elif name not in costs:
            choices[name] = Unknown("no_costs", "what an escape and an overkill cost is not set")
        else:
            of = costs[name]
            good, bad = scores[name]
            choices[name] = choose(
                good, bad, of.prevalence, of.escape, of.overkill, of.escape_limit, confidence
            )
    return PerClass(choices, _sum(choices))


def _sum(choices: Mapping[str, Choice | Unknown]) -> float | Unknown:
    if not choices:
        return Unknown("no_classes", "no class")
    total = 0.0
    for name, choice in choices.items():
        if isinstance(choice, Unknown):
            return Unknown("class_unknown", f"class {name}: {choice.reason}")
        total += choice.cost
    return total
