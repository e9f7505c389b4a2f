"""What is told apart from the product's own figures: those that a method without classes has too.

Each keeps counts by image, so that one run has an interval: 95 % of resamplings of the images.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers import anomalies, data, evaluation, masks
from workers.contract import Answer, Manifest, ManifestSample

IOU = 0.33  # of a found box with a true one: what DeepPCB's paper asks for
RESAMPLED = 1000
Values = dict[str, float | None]
Counts = NDArray[np.float64]  # a row an image


@dataclass(frozen=True)
class Figures:
    """Values by name, the one that methods are compared by, and its interval over images."""

    main: str
    values: Values
    interval: tuple[float, float] | None = None


def boxes(
    samples: Sequence[ManifestSample], found: Sequence[NDArray[Any]], manifest: Manifest
) -> Figures:
    """Recall, precision and F1 at IoU 0.33 whatever the class; `found` are n x 4 in shares."""
    counts = np.array([_paired(data.boxes(sample, manifest.classes)[:, 1:5], rows)
                       for sample, rows in zip(samples, found, strict=True)])  # fmt: skip
    hit, true, made = counts.sum(axis=0)
    values: Values = {
        "f1_33": _f1(counts),
        "recall_33": hit / true if true else None,
        "precision_33": hit / made if made else None,
    }
    return Figures("f1_33", values, resampled(counts, _f1))


def _f1(counts: Counts) -> float:
    hit, true, made = counts.sum(axis=0)
    return float(2 * hit / (true + made)) if true + made else 0.0


def _paired(true: NDArray[Any], rows: NDArray[Any]) -> tuple[int, int, int]:
    """Hits, true and found boxes of an image; each pairs once, the largest overlap first."""
    shared = evaluation.overlaps(true, rows)
    hits, open_true, open_rows = 0, set(range(len(true))), set(range(len(rows)))
    for place in np.argsort(-shared, axis=None):
        i, j = divmod(int(place), len(rows))
        if shared[i, j] < IOU:
            break
        if i in open_true and j in open_rows:
            hits += 1
            open_true.discard(i)
            open_rows.discard(j)
    return hits, len(true), len(rows)


def told_boxes(answers: Sequence[Answer], score: float) -> list[NDArray[Any]]:
    """The boxes of at least this score, an array an answer."""
    return [
        np.array([f.box for f in answer.findings if f.box and f.score >= score]).reshape(-1, 4)
        for answer in answers
    ]


def best_score(
    samples: Sequence[ManifestSample], answers: Sequence[Answer], manifest: Manifest
) -> float:
    """The score from which findings count, by the best F1 on these samples."""
    grid = np.linspace(0.02, 0.9, 45)
    truth = [data.boxes(sample, manifest.classes)[:, 1:5] for sample in samples]

    def worth(score: float) -> float:
        found = told_boxes(answers, score)
        return _f1(np.array([_paired(t, f) for t, f in zip(truth, found, strict=True)]))

    return float(max(grid, key=worth))


def pixels(
    samples: Sequence[ManifestSample], told: Sequence[NDArray[Any]], manifest: Manifest
) -> Figures:
    """IoU of defective pixels whatever the class, over all pixels; `told` at the images' sizes."""
    counts = np.array([_shared(true_pixels(sample, manifest), plane > 0)
                       for sample, plane in zip(samples, told, strict=True)])  # fmt: skip
    return Figures("iou", {"iou": _iou(counts)}, resampled(counts, _iou))


def true_pixels(sample: ManifestSample, manifest: Manifest) -> NDArray[np.bool_]:
    """The annotated pixels at the image's size."""
    n = len(manifest.classes)
    return data.labels(sample, manifest.classes, sample.width, sample.height) < n


def told_pixels(
    samples: Sequence[ManifestSample], answers: Sequence[Answer], classes: Sequence[str]
) -> list[NDArray[Any]]:
    """The pixels that findings cover, at the images' sizes."""
    return [
        masks.painted(answer, classes, sample.width, sample.height) < len(classes)
        for sample, answer in zip(samples, answers, strict=True)
    ]


def _shared(true: NDArray[np.bool_], told: NDArray[np.bool_]) -> tuple[int, int]:
    return int((true & told).sum()), int((true | told).sum())


def _iou(counts: Counts) -> float:
    shared, either = counts.sum(axis=0)
    return float(shared / either) if either else 0.0


def classes(true: Sequence[str], told: Sequence[str]) -> Figures:
    """Accuracy, and the mean of the classes' recalls."""
    right = np.array([a == b for a, b in zip(true, told, strict=True)], float)
    recalls = [right[np.array(true) == name].mean() for name in sorted(set(true))]
    values: Values = {"accuracy": float(right.mean()), "balanced_accuracy": float(np.mean(recalls))}
    return Figures("accuracy", values, resampled(right[:, None], lambda c: float(c.mean())))


def ranked(scores: Sequence[float], bad: Sequence[bool]) -> Figures:
    """AUROC and average precision by image."""
    values = anomalies.image_figures(scores, bad)
    counts = np.stack([np.array(scores, float), np.array(bad, float)], axis=1)
    return Figures("image_auroc", values, resampled(counts, _auroc))


def _auroc(counts: Counts) -> float:
    found = anomalies.image_figures(counts[:, 0].tolist(), (counts[:, 1] > 0).tolist())
    value = found["image_auroc"]
    return np.nan if value is None else value


def resampled(counts: Counts, of: Callable[[Counts], float]) -> tuple[float, float]:
    """95 % of what the figure is on images drawn anew with replacement."""
    rng = np.random.default_rng(0)
    draws = rng.integers(0, len(counts), (RESAMPLED, len(counts)))
    values = [of(counts[rows]) for rows in draws]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
