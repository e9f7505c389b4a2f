"""What outlines are worth on a held-out split: overlap by class, and components that were found.

An image's findings are painted, the best on top, and compared with its annotated pixels: what is
measured is what is answered. No torch.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from workers import data, evaluation
from workers.contract import Answer, EvaluationReport, ManifestSample, SplitName

LONGEST = 2048  # pixels: larger images are compared at this size
COVERED = 0.5  # of its pixels, and a component counts as found
Plane = NDArray[np.uint8]
Values = dict[str, float | None]


def segment(
    samples: Sequence[ManifestSample],
    answers: Sequence[Answer],
    classes: list[str],
    split: SplitName,
) -> EvaluationReport:
    """The figures of `evaluation.detect`, and of each class IoU, Dice and component recall.

    IoU = shared / (true + told - shared), Dice = 2 shared / (true + told), over all pixels of the
    split; None for a class that is neither annotated nor told. The mean is over the others.
    """
    counts = np.zeros((len(classes), 5), np.int64)  # shared, true, told, components, found
    for sample, answer in zip(samples, answers, strict=True):
        width, height = _size(sample)
        true = data.labels(sample, classes, width, height)
        told = painted(answer, classes, width, height)
        for index in range(len(classes)):
            counts[index] += _count(true == index, told == index)
    report = evaluation.detect(samples, answers, classes, split)
    rows = [_values(row) for row in counts]
    per_class = {
        name: report.per_class.get(name, {}) | row for name, row in zip(classes, rows, strict=True)
    }
    metrics = report.metrics | {key: _mean([row[key] for row in rows]) for key in rows[0]}
    return report.model_copy(update={"metrics": metrics, "per_class": per_class})


def painted(answer: Answer, classes: Sequence[str], width: int, height: int) -> Plane:
    """The class of each pixel by the findings that count; the number of classes: none."""
    plane = np.full((height, width), len(classes), np.uint8)
    for finding in sorted(answer.findings, key=lambda finding: finding.score):
        if finding.score < evaluation.SCORE or finding.class_name not in classes:
            continue
        index = classes.index(finding.class_name)
        if finding.polygon:
            corners = np.array(finding.polygon) * (width, height)
            cv2.fillPoly(plane, [corners.round().astype(np.int32)], (index,))
        elif finding.box:
            x0, y0, x1, y1 = (
                (np.array(finding.box) * (width, height, width, height)).round().astype(int)
            )
            plane[y0:y1, x0:x1] = index
    return plane


def _size(sample: ManifestSample) -> tuple[int, int]:
    factor = min(LONGEST / max(sample.width, sample.height, 1), 1.0)
    return max(round(sample.width * factor), 1), max(round(sample.height * factor), 1)


def _count(true: NDArray[np.bool_], told: NDArray[np.bool_]) -> list[int]:
    shared = true & told
    count, places = cv2.connectedComponents(true.astype(np.uint8), connectivity=8)
    pixels = np.bincount(places.ravel(), minlength=count)[1:]
    covered = np.bincount(places[shared], minlength=count)[1:]
    found = int((covered >= COVERED * pixels).sum())
    return [int(shared.sum()), int(true.sum()), int(told.sum()), count - 1, found]


def _values(row: NDArray[np.int64]) -> Values:
    shared, true, told, components, found = (int(value) for value in row)
    return {
        "iou": shared / (true + told - shared) if true + told else None,
        "dice": 2 * shared / (true + told) if true + told else None,
        "component_recall": found / components if components else None,
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
