"""What a trained engine is worth on a split: the figures of its kind, the same for all engines."""

from collections.abc import Iterator, Sequence

from workers import anomalies, data, evaluation, masks, nuisances
from workers.contract import Answer, EvaluationReport, Manifest, ManifestSample, Progress, SplitName
from workers.data import Report
from workers.engines.base import Array, Engine, pictures

AT_ONCE = 16  # images in memory
FIGURES = {
    "classify": evaluation.classify,
    "detect": evaluation.detect,
    "segment": masks.segment,
}


def of_split(
    engine: Engine, manifest: Manifest, split: SplitName, report: Report
) -> EvaluationReport:
    """Figures on a split; on val when the version holds nothing back for the test."""
    samples = data.of_split(manifest, split)
    if not samples and split == "test":
        split, samples = "val", data.of_split(manifest, "val")
    answers: list[Answer] = []
    usual, engine.head.floor = engine.head.floor, evaluation.FLOOR
    for some in _batches(samples):
        answers += engine.predict(pictures(some, engine.modalities))
        done = len(answers)
        report(Progress(stage="evaluate", done=done, total=len(samples), share=done / len(samples)))
    engine.head.floor = usual
    if engine.kind == "anomaly":
        return anomalies.anomaly(samples, answers, _heats(engine, samples), manifest, split)
    found = FIGURES[engine.kind](samples, answers, engine.classes, split)
    of_nuisances = nuisances.figures(
        samples, nuisances.called(answers, manifest, engine.kind), manifest
    )
    more = engine.extra_figures(samples) | of_nuisances
    return found.model_copy(update={"metrics": found.metrics | more})


def _heats(engine: Engine, samples: Sequence[ManifestSample]) -> Iterator[Array]:
    for some in _batches(samples):
        yield from engine.heats(pictures(some))


def _batches(samples: Sequence[ManifestSample]) -> Iterator[Sequence[ManifestSample]]:
    for start in range(0, len(samples), AT_ONCE):
        yield samples[start : start + AT_ONCE]
