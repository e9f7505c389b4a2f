"""Choosing a threshold by cost, under a limit on escapes, at the line's own defect rate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from inspection.quality.values import Floats, Numbers, Unknown, number, same_length, series

FEWEST_NG = 30


@dataclass(frozen=True)
class CostCurve:
    """Rates and cost per unit at each candidate threshold (a score at or above it is NG).

    `escape_upper` is the one-sided exact bound of the miss rate.
    """

    threshold: Floats
    miss_rate: Floats
    overkill_rate: Floats
    escape_upper: Floats
    cost: Floats


@dataclass(frozen=True)
class Choice:
    """The chosen threshold, what it costs per unit, and whether too few NG samples back it."""

    threshold: float
    miss_rate: float
    escape_upper: float
    overkill_rate: float
    cost: float
    too_few: bool


def cost_curve(
    good_scores: Numbers,
    bad_scores: Numbers,
    prevalence: float,
    cost_escape: float,
    cost_overkill: float,
    confidence: float = 0.95,
) -> CostCurve | Unknown:
    """C(t) = pi C_esc FNR(t) + (1 - pi) C_ovk FPR(t) at every score and just above the highest.

    `prevalence` pi is the line's, not that of the (enriched) test set. Unknown without good or
    without bad samples.
    """
    good = np.sort(series("good_scores", good_scores))
    bad = np.sort(series("bad_scores", bad_scores))
    pi = number("prevalence", prevalence, 0, 1)
    escape, kill = number("cost_escape", cost_escape, 0), number("cost_overkill", cost_overkill, 0)
    level = number("confidence", confidence, 0.5, 1 - 1e-12)
    if not good.size or not bad.size:
        return Unknown("no_samples", "scores of good and of bad parts are needed")
    scores = np.unique(np.concatenate([good, bad]))
    at = np.append(scores, np.nextafter(scores[-1], np.inf))
    missed = np.searchsorted(bad, at, side="left")
    miss, kills = missed / bad.size, 1 - np.searchsorted(good, at, side="left") / good.size
    return CostCurve(
        at,
        miss,
        kills,
        _upper(missed, bad.size, level),
        pi * escape * miss + (1 - pi) * kill * kills,
    )


def _upper(missed: NDArray[np.int64], n: int, level: float) -> Floats:
    left = n - missed
    bound = betaincinv(missed + 1, np.maximum(left, 1), level)
    return np.where(left > 0, bound, 1.0)


def choose(
    good_scores: Numbers,
    bad_scores: Numbers,
    prevalence: float,
    cost_escape: float,
    cost_overkill: float,
    escape_limit: float = 1.0,
    confidence: float = 0.95,
) -> Choice | Unknown:
    """The cheapest threshold whose escape bound keeps the limit (ties: the lowest).

    Unknown when no threshold keeps it: more NG samples, or a better model, are needed.
    """
    curve = cost_curve(good_scores, bad_scores, prevalence, cost_escape, cost_overkill, confidence)
    if isinstance(curve, Unknown):
        return curve
    allowed = curve.escape_upper <= number("escape_limit", escape_limit, 0, 1) + 1e-12
    if not allowed.any():
        return Unknown("limit_not_shown", "no threshold shows so few escapes with these samples")
    best = int(np.argmin(np.where(allowed, curve.cost, np.inf)))
    return Choice(
        float(curve.threshold[best]),
        float(curve.miss_rate[best]),
        float(curve.escape_upper[best]),
        float(curve.overkill_rate[best]),
        float(curve.cost[best]),
        too_few=len(bad_scores) < FEWEST_NG,
    )


def calibrated(cost_escape: float, cost_overkill: float) -> float:
    """For a calibrated probability: t* = C_ovk / (C_ovk + C_esc) (Elkan 2001)."""
    escape, kill = number("cost_escape", cost_escape, 0), number("cost_overkill", cost_overkill, 0)
    if not escape + kill:
        raise ValueError("cost_escape and cost_overkill are both 0")
    return kill / (escape + kill)


def two_thresholds_cost(
    good_scores: Numbers,
    bad_scores: Numbers,
    review_from: float,
    ng_from: float,
    prevalence: float,
    cost_escape: float,
    cost_overkill: float,
    cost_review: float,
) -> float | Unknown:
    """Cost per unit with a REVIEW band: escapes below `review_from`, kills from `ng_from` on,
    and C_review for every unit between.
    """
    good, bad = series("good_scores", good_scores), series("bad_scores", bad_scores)
    low, high = number("review_from", review_from), number("ng_from", ng_from)
    if low > high:
        raise ValueError("review_from is above ng_from")
    if not good.size or not bad.size:
        return Unknown("no_samples", "scores of good and of bad parts are needed")
    pi = number("prevalence", prevalence, 0, 1)
    between = [((s >= low) & (s < high)).mean() for s in (bad, good)]
    review = pi * between[0] + (1 - pi) * between[1]
    return float(
        pi * number("cost_escape", cost_escape, 0) * (bad < low).mean()
        + (1 - pi) * number("cost_overkill", cost_overkill, 0) * (good >= high).mean()
        + number("cost_review", cost_review, 0) * review
    )


def normal_quantile(normal_scores: Numbers, false_alarm_rate: float) -> float | Unknown:
    """The threshold that this share of normal scores reaches; unknown with fewer than 1 / rate."""
    scores = series("normal_scores", normal_scores)
    rate = number("false_alarm_rate", false_alarm_rate, 1e-9, 1)
    if scores.size * rate < 1:
        return Unknown("too_few_normals", f"at least {int(np.ceil(1 / rate))} scores are needed")
    return float(np.quantile(scores, 1 - rate, method="higher"))


def best_f1(scores: Numbers, bad: Numbers) -> tuple[float, float] | Unknown:
    """(threshold, F1) with the highest F1 = 2 TP / (2 TP + FP + FN); `bad` is 1 or 0 per score.

    No bad sample: unknown.
    """
    s, truth = series("scores", scores), series("bad", bad, 0)
    same_length(scores=s, bad=truth)
    if not np.isin(truth, (0, 1)).all():
        raise ValueError("bad must be 0 or 1")
    if not truth.any():
        return Unknown("no_samples", "no bad part among the samples")
    order = np.argsort(-s, kind="stable")
    s, hits = s[order], np.cumsum(truth[order])
    last = np.append(s[1:] != s[:-1], True)
    f1 = 2 * hits / (np.arange(1, len(s) + 1) + truth.sum())
    best = int(np.argmax(np.where(last, f1, -1)))
    return float(s[best]), float(f1[best])
