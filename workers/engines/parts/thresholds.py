"""Thresholds of anomaly scores that nobody types: from good images alone, or from labelled ones.

Scores are of images, higher for less normal. ENGINES: from normal scores by the false alarms that
are allowed; from labelled ones by F1, or by the least cost of escapes and overkill under a limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Chosen:
    """A threshold (a score at it counts as anomalous), how it came, and what it does on the data.

    `false_alarms` is the share of good images at or above it, `escapes` of bad ones below it; None
    without bad ones. `n_good` and `n_bad` are how many that rests on.
    """

    threshold: float
    way: str
    false_alarms: float
    escapes: float | None
    n_good: int
    n_bad: int


def from_normal(scores: Sequence[float], rate: float) -> Chosen:
    """The score that a new good image exceeds with a chance of `rate` at most.

    By split conformal prediction: the ceil((n + 1)(1 - rate))-th smallest of n scores (Vovk et al.
    2005). With fewer than 1 / rate - 1 of them no score does it: a tenth above the largest.
    """
    good = np.sort(np.asarray(scores, np.float64))
    if not len(good):
        raise ValueError("a threshold needs at least one score of a good image")
    rank = int(np.ceil((len(good) + 1) * (1 - rate)))
    value = good[rank - 1] if rank <= len(good) else good[-1] * 1.1
    return _chosen(float(np.nextafter(value, np.inf)), "normal", good, np.empty(0))


def from_labelled(
    good: Sequence[float],
    bad: Sequence[float],
    cost_escape: float | None = None,
    cost_overkill: float = 1.0,
    most_escapes: float = 1.0,
) -> Chosen:
    """The best F1; or, with `cost_escape`, the least cost where the escapes are `most_escapes` or
    fewer (share of the bad images). Of equally good ones the middle of the widest gap.
    """
    a, b = np.sort(np.asarray(good, np.float64)), np.sort(np.asarray(bad, np.float64))
    if not len(a) or not len(b):
        raise ValueError("labelled thresholds need scores of good and of bad images")
    places = _between(np.concatenate([a, b]))
    caught = len(b) - np.searchsorted(b, places, side="left")
    alarms = len(a) - np.searchsorted(a, places, side="left")
    if cost_escape is None:
        worth, way = 2 * caught / (len(b) + caught + alarms), "f1"
    else:
        worth, way = -(cost_escape * (len(b) - caught) + cost_overkill * alarms), "cost"
        allowed = (len(b) - caught) / len(b) <= most_escapes
        worth = np.where(allowed, worth, -np.inf)
    best = np.flatnonzero(worth == worth.max())
    return _chosen(float(places[best[len(best) // 2]]), way, a, b)


def of_pixels(good: NDArray[np.integer], bad: NDArray[np.integer]) -> float:
    """The probability from which a pixel counts as defective, for the best F1 over all pixels.

    `good` and `bad` count the pixels of each kind by bins of 0..1. The overlap (IoU) is F1 / (2 -
    F1), so it is best there too. Of equally good thresholds the middle; 0.5 without bad pixels.
    """
    if not bad.sum():
        return 0.5
    caught, alarms = (np.cumsum(each[::-1])[::-1] for each in (bad, good))
    worth = 2 * caught / (bad.sum() + caught + alarms)
    best = np.flatnonzero(worth[1:] == worth[1:].max()) + 1
    return float(best[len(best) // 2] / len(good))


def _between(scores: Scores) -> Scores:
    """The lowest score, and the middle between each two neighbours: all that can be told apart."""
    distinct = np.unique(scores)
    return np.concatenate([distinct[:1], (distinct[:-1] + distinct[1:]) / 2])


def _chosen(threshold: float, way: str, good: Scores, bad: Scores) -> Chosen:
    escapes = float((bad < threshold).mean()) if len(bad) else None
    alarms = float((good >= threshold).mean())
    return Chosen(threshold, way, alarms, escapes, len(good), len(bad))
