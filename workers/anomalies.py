"""What an anomaly engine is worth on a held-out split: by image, by pixel, by region. No torch.

Pixels are counted in bins of the told value, so that any number of images fits in memory. PRO is
the per-region overlap of Bergmann et al. (MVTec AD, IJCV 2021), averaged over false-positive rates
up to 0.3.
"""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from workers import data, nuisances
from workers.contract import (
    Answer,
    EvaluationReport,
    ImageScore,
    Manifest,
    ManifestSample,
    SplitName,
)

AT = 0.5  # the told value at the threshold
BINS, MOST_FALSE = 4096, 0.3
NAME = "anomaly"
POINTS = 200
MOST_SCORES = 2000  # images whose scores are kept
Values = dict[str, float | None]
Map = NDArray[np.float32]


def anomaly(
    samples: Sequence[ManifestSample],
    answers: Sequence[Answer],
    maps: Iterable[Map],
    manifest: Manifest,
    split: SplitName,
) -> EvaluationReport:
    """Image AUROC and average precision, pixel AUROC, PRO; rates at the threshold.

    An image with nuisances alone counts as good; false calls on such are told apart as well.

    `maps` are told maps (0..1) of any size, one a sample. Figures that need good or bad images, or
    annotated pixels, are None without them.
    """
    bad = np.array([bool(data.defects(sample, manifest)) for sample in samples])
    scores = np.array([answer.image_score or 0.0 for answer in answers])
    pixels = Pixels()
    for sample, plane in zip(samples, maps, strict=True):
        pixels.add(sample, plane, manifest)
    told = scores >= AT
    matrix = [[int((bad & told).sum()), int((bad & ~told).sum())],
              [int((~bad & told).sum()), int((~bad & ~told).sum())]]  # fmt: skip
    curve = _curve(scores, bad)
    row = _rates(matrix)
    return EvaluationReport(
        split=split,
        metrics=_images(scores, bad, matrix)
        | nuisances.figures(samples, told.tolist(), manifest)
        | pixels.values()
        | {"images": float(len(samples))},
        per_class={NAME: {"n": float(bad.sum())} | row},
        confusion={"classes": [NAME, "background"], "matrix": matrix},
        curves={NAME: curve} if curve else {},
        scores=kept_scores(samples, scores, bad, manifest),
        scored=len(samples),
    )


def kept_scores(
    samples: Sequence[ManifestSample],
    scores: NDArray[np.float64],
    bad: NDArray[np.bool_],
    manifest: Manifest,
) -> list[ImageScore]:
    """At most MOST_SCORES: the good ones, those with nuisances alone, the bad; from low to high.

    Of more images every so many is kept, so that each kind keeps its share and its spread.
    """
    dusty = np.array([data.only_nuisances(sample, manifest) for sample in samples], bool)
    order = np.lexsort((scores, dusty, bad))
    chosen = np.linspace(0, len(order) - 1, min(MOST_SCORES, len(order))).round().astype(int)
    return [
        ImageScore(
            sample=samples[at].id,
            score=float(scores[at]),
            defective=bool(bad[at]),
            nuisance=bool(dusty[at]),
        )
        for at in order[chosen]
    ]


def image_figures(scores: Sequence[float], bad: Sequence[bool]) -> Values:
    """AUROC and average precision by image; None without both kinds."""
    return _ranked(np.asarray(scores, np.float64), np.asarray(bad, bool))


def _images(scores: NDArray[np.float64], bad: NDArray[np.bool_], matrix: list[list[int]]) -> Values:
    rates = _rates(matrix)
    good = matrix[1][0] + matrix[1][1]
    return (
        _ranked(scores, bad)
        | rates
        | {
            "image_recall": rates["recall"],
            "image_false_alarms": matrix[1][0] / good if good else None,
        }
    )


def _ranked(scores: NDArray[np.float64], bad: NDArray[np.bool_]) -> Values:
    from sklearn.metrics import average_precision_score, roc_auc_score

    if not bad.any() or bad.all():
        return {"image_auroc": None, "average_precision": None}
    return {
        "image_auroc": float(roc_auc_score(bad, scores)),
        "average_precision": float(average_precision_score(bad, scores)),
    }


def _rates(matrix: list[list[int]]) -> Values:
    (hit, missed), (alarm, _) = matrix
    return {
        "precision": hit / (hit + alarm) if hit + alarm else None,
        "recall": hit / (hit + missed) if hit + missed else None,
        "f1": 2 * hit / (2 * hit + missed + alarm) if hit + missed + alarm else None,
    }


def _curve(scores: NDArray[np.float64], bad: NDArray[np.bool_]) -> list[list[float]]:
    """[recall, precision, score] down the scores."""
    if not bad.any():
        return []
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(bad[order])
    rows = np.stack([hits / bad.sum(), hits / np.arange(1, len(order) + 1), scores[order]], axis=1)
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(POINTS, len(rows))).astype(int))
    return [[round(float(value), 5) for value in rows[i]] for i in chosen]


class Pixels:
    """Counts of told values over the pixels of good ground, and over each annotated region."""

    def __init__(self) -> None:
        self._good, self._bad = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
        self._regions: list[NDArray[np.int32]] = []

    def add(self, sample: ManifestSample, plane: Map, manifest: Manifest) -> None:
        """One image; one that is known to be bad and has no outline tells nothing of pixels."""
        height, width = plane.shape
        harmless = data.harmless(manifest)
        kinds = [name for name in manifest.classes if name not in harmless]
        true = data.labels(sample, kinds, width, height) < len(kinds)
        if data.defects(sample, manifest) and not true.any():
            return
        bins = np.minimum((plane * BINS).astype(np.int64), BINS - 1)
        self._good += np.bincount(bins[~true], minlength=BINS)
        self._bad += np.bincount(bins[true], minlength=BINS)
        count, places = cv2.connectedComponents(true.astype(np.uint8), connectivity=8)
        for number in range(1, count):
            own = np.bincount(bins[places == number], minlength=BINS)
            self._regions.append(own.astype(np.int32))

    def values(self) -> Values:
        """Pixel AUROC and PRO; None without regions or without good ground."""
        if not self._regions or not self._good.sum():
            return {"pixel_auroc": None, "pro": None}
        false = _from_above(self._good) / self._good.sum()
        true = _from_above(self._bad) / self._bad.sum()
        overlaps = [_from_above(region) / region.sum() for region in self._regions]
        return {
            "pixel_auroc": float(np.trapezoid(true, false)),
            "pro": _area(false, np.mean(overlaps, axis=0), MOST_FALSE),
        }


def _from_above(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """How many lie at or above each bin, from none to all."""
    return np.concatenate([[0], np.cumsum(counts[::-1])]).astype(np.float64)


def _area(x: NDArray[np.float64], y: NDArray[np.float64], end: float) -> float:
    """The mean of y over x from 0 to `end`."""
    at_end = float(np.interp(end, x, y))
    inside = x < end
    return float(np.trapezoid([*y[inside], at_end], [*x[inside], end]) / end)
