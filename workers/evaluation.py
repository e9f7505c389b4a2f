"""What a model is worth on a held-out split: the same figures for every engine. No torch.

Detection is measured by pycocotools (COCO's mean average precision) and, at one operating point
(score >= 0.25, IoU >= 0.5), by precision, recall and a confusion matrix with background last; and
by the recall at a fixed number of false calls an image.
"""

import contextlib
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.contract import Answer, EvaluationReport, ManifestSample, SplitName
from workers.data import boxes, class_of

SCORE, IOU = 0.25, 0.5
FLOOR = 0.01  # findings from here up make the curves
POINTS = 200  # points kept of a curve
FALSE_CALLS = (0.1, 0.5, 1)  # an image, at which recall is told
Matrix = NDArray[np.int64]
Values = dict[str, float | None]


def detect(
    samples: Sequence[ManifestSample],
    answers: Sequence[Answer],
    classes: list[str],
    split: SplitName,
) -> EvaluationReport:
    """Figures of findings against annotated boxes, one answer a sample."""
    truth = [boxes(sample, classes) for sample in samples]
    found = [_rows(answer, classes) for answer in answers]
    matrix = confusion(truth, found, len(classes))
    curves = {name: _curve(truth, found, index) for index, name in enumerate(classes)}
    mean, by_class = mean_precision(samples, truth, found, classes)
    per_class = {
        name: _of_class(matrix, index) | by_class[index] | _best(curves[name])
        for index, name in enumerate(classes)
    }
    return EvaluationReport(
        split=split,
        metrics=mean
        | _overall(matrix)
        | recall_at_false_calls(truth, found, len(classes))
        | _of_images(truth, found),
        per_class=per_class,
        confusion={"classes": [*classes, "background"], "matrix": matrix.tolist()},
        curves={name: _thinned(curve) for name, curve in curves.items() if curve},
    )


def _rows(answer: Answer, classes: list[str]) -> NDArray[np.float64]:
    """n x 6: class index, x0, y0, x1, y1, score; best first."""
    rows = [
        [classes.index(f.class_name), *f.box, f.score]
        for f in answer.findings
        if f.box is not None and f.class_name in classes
    ]
    table = np.array(rows, np.float64).reshape(-1, 6)
    return np.asarray(table[np.argsort(-table[:, 5], kind="stable")])


def overlaps(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float64]:
    """IoU of each box of `a` (n x 4) with each of `b` (m x 4)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = (high - low).clip(0).prod(axis=2)
    areas = [(side[:, 2:] - side[:, :2]).prod(axis=1) for side in (a, b)]
    return np.asarray(shared / np.maximum(areas[0][:, None] + areas[1] - shared, 1e-12))


def confusion(truth: Sequence[NDArray[Any]], found: Sequence[NDArray[Any]], n: int) -> Matrix:
    """Rows are the truth, the last row and column background; boxes pair by overlap alone."""
    matrix = np.zeros((n + 1, n + 1), np.int64)
    for true, rows in zip(truth, found, strict=True):
        chosen = rows[rows[:, 5] >= SCORE]
        shared = overlaps(true[:, 1:5], chosen[:, 1:5])
        open_true, open_found = set(range(len(true))), set(range(len(chosen)))
        # The right class goes first, so that a second class on the same place takes nothing away.
        same = (true[:, None, 0] == chosen[None, :, 0]).astype(float)
        for place in np.argsort(-(shared + same), axis=None):
            i, j = divmod(int(place), len(chosen))
            if shared[i, j] >= IOU and i in open_true and j in open_found:
                matrix[int(true[i, 0]), int(chosen[j, 0])] += 1
                open_true.discard(i)
                open_found.discard(j)
        for i in open_true:
            matrix[int(true[i, 0]), n] += 1
        for j in open_found:
            matrix[n, int(chosen[j, 0])] += 1
    return matrix


def _curve(
    truth: Sequence[NDArray[Any]], found: Sequence[NDArray[Any]], index: int
) -> list[list[float]]:
    """[recall, precision, score] down the scores of one class."""
    scored, total = _scored(truth, found, index)
    if not total:
        return []
    hits = np.cumsum([hit for _, hit in scored])
    return [
        [float(hit) / total, float(hit) / (rank + 1), score]
        for rank, (hit, (score, _)) in enumerate(zip(hits, scored, strict=True))
    ]


def _scored(
    truth: Sequence[NDArray[Any]], found: Sequence[NDArray[Any]], index: int
) -> tuple[list[tuple[float, bool]], int]:
    """The score of each finding of a class and whether it is right, best first; the true ones."""
    scored: list[tuple[float, bool]] = []
    total = 0
    for true, rows in zip(truth, found, strict=True):
        of_class, mine = true[true[:, 0] == index], rows[rows[:, 0] == index]
        total += len(of_class)
        shared = overlaps(mine[:, 1:5], of_class[:, 1:5])
        taken: set[int] = set()
        for row, score in zip(shared, mine[:, 5], strict=True):
            left = [k for k in range(len(of_class)) if k not in taken and row[k] >= IOU]
            best = max(left, key=lambda k: row[k], default=None)
            taken |= {best} if best is not None else set()
            scored.append((float(score), best is not None))
    return sorted(scored, key=lambda pair: -pair[0]), total


def recall_at_false_calls(
    truth: Sequence[NDArray[Any]], found: Sequence[NDArray[Any]], n: int
) -> Values:
    """The share of true boxes that is found where the images have so many false calls on average.

    One score for all n classes (FROC; Chakraborty 1989); a second box on a thing is a false call.
    Findings of one score come together. None without a true box.
    """
    tables = [_scored(truth, found, index) for index in range(n)]
    total = sum(count for _, count in tables)
    scored = sorted((pair for rows, _ in tables for pair in rows), key=lambda pair: -pair[0])
    scores = np.array([score for score, _ in scored])
    hits = np.cumsum([hit for _, hit in scored])
    last = np.append(scores[1:] != scores[:-1], True)[: len(scores)]  # of its score
    values: Values = {}
    for rate in FALSE_CALLS:
        allowed = last & (np.arange(1, len(scores) + 1) - hits <= rate * len(truth) + 1e-9)
        best = float(hits[allowed].max(initial=0)) if len(scores) else 0.0
        values[f"recall_at_fp_{rate:g}".replace(".", "_")] = best / total if total else None
    return values


def _thinned(curve: list[list[float]]) -> list[list[float]]:
    chosen = np.unique(np.linspace(0, len(curve) - 1, min(POINTS, len(curve))).astype(int))
    return [[round(value, 5) for value in curve[i]] for i in chosen]


def _best(curve: list[list[float]]) -> Values:
    """The operating point of the best F1."""
    scores = [2 * r * p / (r + p) if r + p else 0.0 for r, p, _ in curve]
    if not scores:
        return {"best_f1": None, "best_score": None}
    best = int(np.argmax(scores))
    return {"best_f1": scores[best], "best_score": curve[best][2]}


def _of_class(matrix: Matrix, index: int) -> Values:
    hit, true, made = matrix[index, index], matrix[index].sum(), matrix[:, index].sum()
    return {"n": float(true)} | _rates(hit, true, made)


def _overall(matrix: Matrix) -> Values:
    n = len(matrix) - 1
    return _rates(np.trace(matrix[:n, :n]), matrix[:n].sum(), matrix[:, :n].sum())


def _rates(hit: int, true: int, made: int) -> Values:
    recall = float(hit / true) if true else None
    precision = float(hit / made) if made else None
    f1 = 2 * float(hit) / float(true + made) if true + made else None
    return {"precision": precision, "recall": recall, "f1": f1}


def _of_images(truth: Sequence[NDArray[Any]], found: Sequence[NDArray[Any]]) -> Values:
    """Images with a defect where anything is found, and good ones where something is."""
    told = [bool((rows[:, 5] >= SCORE).any()) for rows in found]
    bad = [flag for flag, true in zip(told, truth, strict=True) if len(true)]
    good = [flag for flag, true in zip(told, truth, strict=True) if not len(true)]
    return {
        "image_recall": float(np.mean(bad)) if bad else None,
        "image_false_alarms": float(np.mean(good)) if good else None,
        "images": float(len(told)),
    }


def mean_precision(
    samples: Sequence[ManifestSample],
    truth: Sequence[NDArray[Any]],
    found: Sequence[NDArray[Any]],
    classes: list[str],
) -> tuple[Values, list[Values]]:
    """COCO's mAP at 0.5 and over 0.5 to 0.95, and both by class; None without a true box."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    nothing: Values = {"map50": None, "map50_95": None}
    if not any(len(true) for true in truth):
        return nothing, [nothing for _ in classes]
    sizes = [(sample.width or 1, sample.height or 1) for sample in samples]
    with contextlib.redirect_stdout(io.StringIO()):
        known = COCO()
        known.dataset = _coco(truth, sizes, classes)
        known.createIndex()
        rows = [row for i, table in enumerate(found) for row in _coco_rows(i, table, sizes[i])]
        run = COCOeval(known, known.loadRes(rows) if rows else COCO(), "bbox")
        if rows:
            run.evaluate()
            run.accumulate()
    if not rows:
        none: Values = {"map50": 0.0, "map50_95": 0.0}
        return none, [none for _ in classes]
    precision = run.eval["precision"][
        :, :, :, 0, 2
    ]  # IoU x recall x class; all areas, 100 an image
    by_class = [_means(precision[:, :, k]) for k in range(len(classes))]
    return _means(precision), by_class


def _means(precision: NDArray[np.float64]) -> Values:
    def mean(values: NDArray[np.float64]) -> float | None:
        known = values[values > -1]
        return float(known.mean()) if len(known) else None

    return {"map50": mean(precision[0]), "map50_95": mean(precision)}


def _coco(
    truth: Sequence[NDArray[Any]], sizes: list[tuple[int, int]], classes: list[str]
) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for i, table in enumerate(truth):
        for index, *box in table[:, :5]:
            x, y, w, h = _pixels(box, sizes[i])
            row = {"id": len(rows) + 1, "image_id": i + 1, "category_id": int(index) + 1}
            rows.append(row | {"bbox": [x, y, w, h], "area": w * h, "iscrowd": 0})
    images = [{"id": i + 1, "width": w, "height": h} for i, (w, h) in enumerate(sizes)]
    categories = [{"id": k + 1, "name": name} for k, name in enumerate(classes)]
    return {"images": images, "annotations": rows, "categories": categories}


def _coco_rows(i: int, table: NDArray[Any], size: tuple[int, int]) -> list[dict[str, Any]]:
    return [
        {
            "image_id": i + 1,
            "category_id": int(row[0]) + 1,
            "bbox": _pixels(row[1:5], size),
            "score": float(row[5]),
        }
        for row in table
    ]


def _pixels(box: Sequence[float], size: tuple[int, int]) -> list[float]:
    x0, y0, x1, y1 = (float(edge) for edge in box)
    w, h = size
    return [x0 * w, y0 * h, (x1 - x0) * w, (y1 - y0) * h]


def classify(
    samples: Sequence[ManifestSample],
    answers: Sequence[Answer],
    classes: list[str],
    split: SplitName,
) -> EvaluationReport:
    """Figures of one class an image: that of the best-scored finding. Unlabelled ones are left."""
    matrix = np.zeros((len(classes) + 1, len(classes) + 1), np.int64)
    told: list[tuple[str, Answer]] = []
    for sample, answer in zip(samples, answers, strict=True):
        name = class_of(sample, classes)
        if name is None:
            continue
        told.append((name, answer))
        best = max(answer.findings, key=lambda finding: finding.score, default=None)
        column = classes.index(best.class_name) if best else len(classes)
        matrix[classes.index(name), column] += 1
    per_class = {name: _of_class(matrix, index) for index, name in enumerate(classes)}
    recalls = [row["recall"] for row in per_class.values() if row["recall"] is not None]
    accuracy = float(np.trace(matrix) / matrix.sum()) if told else None
    balanced = float(np.mean(recalls)) if recalls else None
    return EvaluationReport(
        split=split,
        metrics={"accuracy": accuracy, "balanced_accuracy": balanced, "images": float(len(told))},
        per_class=per_class,
        confusion={"classes": [*classes, "background"], "matrix": matrix.tolist()},
        curves={name: _thinned(curve) for name in classes if (curve := _class_curve(told, name))},
    )


def _class_curve(told: Sequence[tuple[str, Answer]], name: str) -> list[list[float]]:
    """[recall, precision, score] of the images that are told to be of one class."""
    total = sum(true == name for true, _ in told)
    scored = [
        (finding.score, true == name)
        for true, answer in told
        for finding in answer.findings
        if finding.class_name == name
    ]
    scored.sort(key=lambda pair: -pair[0])
    hits = np.cumsum([hit for _, hit in scored])
    return [
        [float(hit) / total, float(hit) / (rank + 1), score]
        for rank, (hit, (score, _)) in enumerate(zip(hits, scored, strict=True))
        if total
    ]
