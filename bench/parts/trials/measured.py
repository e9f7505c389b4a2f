"""A trained engine's figures: the product's own, and those that its set is compared by."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.parts.trials import figures
from bench.parts.trials.figures import Figures
from workers import data, evaluation, measures
from workers.contract import Answer, Manifest, ManifestSample, ModelRef
from workers.engines.base import Engine, pictures
from workers.served import open_export

AT_ONCE = 8
TIMED = 30  # answers, of which the median counts


def quiet(_: Any) -> None:
    """A report that nobody reads."""


def compared(
    engine: Engine, manifest: Manifest, figure: str, tags: dict[int, str]
) -> tuple[Figures, dict[str, float | None]]:
    """The figure that decides, and all values; those of tagged samples apart as figure@tag."""
    report = measures.of_split(engine, manifest, "test", quiet)
    held = data.of_split(manifest, "test")
    found = answers(engine, held)
    score = evaluation.SCORE
    if figure == "f1_33":
        val = data.of_split(manifest, "val") or data.of_split(manifest, "train")
        score = figures.best_score(val, answers(engine, val), manifest)
    main = _of(figure, held, found, manifest, score)
    values = dict(report.metrics) | main.values
    for name, row in report.per_class.items():
        values |= {f"{key}@{name}": row[key] for key in ("map50", "recall") if key in row}
    for tag in sorted({tags[sample.id] for sample in held} - {""}):
        own = [place for place, sample in enumerate(held) if tags[sample.id] == tag]
        some = _of(figure, [held[i] for i in own], [found[i] for i in own], manifest, score)
        values |= {f"{name}@{tag}": value for name, value in some.values.items()}
    return main, values


def _of(
    figure: str,
    held: Sequence[ManifestSample],
    found: Sequence[Answer],
    manifest: Manifest,
    score: float,
) -> Figures:
    if figure == "iou":
        told = figures.told_pixels(held, found, told_classes(found, manifest))
        return figures.pixels(held, told, manifest)
    if figure == "image_auroc":
        bad = [bool(data.defects(sample, manifest)) for sample in held]
        return figures.ranked([answer.image_score or 0.0 for answer in found], bad)
    if figure == "accuracy":
        true = [data.class_of(sample, manifest.classes) or "" for sample in held]
        return figures.classes(true, [_best(answer) for answer in found])
    boxes = figures.boxes(held, figures.told_boxes(found, score), manifest)
    return boxes if figure == "f1_33" else Figures(figure, boxes.values)


def told_classes(found: Sequence[Answer], manifest: Manifest) -> list[str]:
    """The classes that answers may name: the version's, and what an engine calls its own."""
    named = {finding.class_name for answer in found for finding in answer.findings}
    return [name for name in sorted({*manifest.classes, *named})
            if name not in manifest.good_classes]  # fmt: skip


def _best(answer: Answer) -> str:
    best = max(answer.findings, key=lambda finding: finding.score, default=None)
    return best.class_name if best else ""


def answers(engine: Engine, samples: Sequence[ManifestSample]) -> list[Answer]:
    """What the engine says, low scores included."""
    usual, engine.head.floor = engine.head.floor, evaluation.FLOOR
    found: list[Answer] = []
    for start in range(0, len(samples), AT_ONCE):
        found += engine.predict(pictures(samples[start : start + AT_ONCE], engine.modalities))
    engine.head.floor = usual
    return found


def milliseconds(engine: Engine, name: str, folder: Path, held: Sequence[ManifestSample]) -> float:
    """The median time of an image's answer through the export that serves, decoding left out."""
    ref = ModelRef(model_id=1, engine=name, kind=engine.kind, params={}, classes=[],
                   artefact="0" * 64, export_format="openvino")  # fmt: skip
    return _median(open_export(ref, folder).predict, pictures(held, engine.modalities))


def on_gpu(engine: Engine, held: Sequence[ManifestSample]) -> dict[str, Any]:
    """The GPU's name, the most of its memory that was taken, and an image's answer by torch."""
    import torch

    ms = _median(engine.predict, pictures(held, engine.modalities))
    return {"gpu": torch.cuda.get_device_name(), "gpu_ms": ms,
            "gpu_mb": torch.cuda.max_memory_reserved() / 1e6}  # fmt: skip


def _median(predict: Callable[[Any], Any], images: Sequence[Any]) -> float:
    taken = []
    for number in range(TIMED + 1):
        began = time.perf_counter()
        predict([images[number % len(images)]])
        taken.append((time.perf_counter() - began) * 1000)
    return float(np.median(taken[1:]))
