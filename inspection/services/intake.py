"""Turning what a format read into rows: images looked at, boxes checked, parts named."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from inspection.formats import parts
from inspection.formats.pixels import Look
from inspection.formats.tree import Mark, Problem, Reading, ReadSample
from inspection.models.datasets import Import, Task
from inspection.models.products import DefectClass, Severity
from inspection.services import looking
from inspection.services.looking import ImageFacts
from inspection.services.manifests import Sources

GOOD = {"good", "ok", "normal", "free", "defect_free", "no_defect", "mt_free"}
SLACK = 1.5  # pixels that a box may lie outside: sets round differently


@dataclass
class Intake:
    """What an import would bring in."""

    samples: list[ReadSample] = field(default_factory=list)
    images: dict[str, ImageFacts] = field(default_factory=dict)  # by path
    marks: dict[str, list[Mark]] = field(default_factory=dict)  # by sample path, as shares
    problems: list[Problem] = field(default_factory=list)
    findings: Counter[str] = field(default_factory=Counter)  # by class as it was read


def examine(
    row: Import, reading: Reading, sources: Sources, progress: Callable[[int, int], None]
) -> Intake:
    """Look at every image and check every annotation. `progress(done, total)` may raise."""
    intake = Intake(samples=reading.samples, problems=[*sources.problems, *reading.problems])
    paths = sorted({path for sample in reading.samples for path in sample.images.values()})
    for path, found in looking.each(paths, sources, row.created_by, progress).items():
        _enter(intake, path, found)
    _clouds(intake)
    task = row.dataset.task
    for sample in reading.samples:
        _check_marks(intake, sample, task, row.class_map)
    if task not in (Task.CLASSIFY, Task.ANOMALY):
        _unplaced(intake)
    parts.name(intake.samples, row.part_by, row.part_pattern)
    _check_parts(intake)
    return intake


def _check_parts(intake: Intake) -> None:
    """A split that tears what belongs together lets the model be tested on what it has learnt."""

    def content(sample: ReadSample) -> str:
        facts = intake.images.get(sample.images["rgb"])
        return facts.sha256 if facts else ""

    for torn in parts.torn(intake.samples, content):
        words = (
            f"Images of its part, or equal ones, are in {' and '.join(torn.splits)}: figures on "
            "such a split are too good. Mend the folders, or import it without them."
        )
        intake.problems.append(Problem("warning", torn.path, "torn_part", words))


def _unplaced(intake: Intake) -> None:
    """A class without a place is no answer to *where*: such a sample waits for its boxes.

    One that is named good has none to draw, and stays annotated.
    """
    rows = DefectClass.objects.filter(severity=Severity.GOOD).values_list("name", flat=True)
    good = GOOD | {name.lower() for name in rows}
    waiting = []
    for sample in intake.samples:
        labels = {mark.class_name.lower() for mark in sample.marks if mark.kind == "label"}
        if labels - good and not intake.marks[sample.path]:
            sample.annotated = False
            waiting.append(sample.path)
    if waiting:
        words = (
            f"{len(waiting)} images have a class, but no boxes; they come in as not annotated. "
            "Draw their boxes, or import them into a dataset for classification."
        )
        some = {"case": "waiting", "count": len(waiting)}
        intake.problems.append(Problem("warning", waiting[0], "no_boxes", words, some))


def _enter(intake: Intake, path: str, found: ImageFacts | Look) -> None:
    if isinstance(found, Look):
        intake.problems.append(Problem("error", path, found.code, found.message, found.params))
        return
    intake.images[path] = found
    if found.remark and not found.cloud:
        params = found.params
        intake.problems.append(Problem("warning", path, "odd_image", found.remark, params))


def _clouds(intake: Intake) -> None:
    """One word for all of them: a set has thousands."""
    paths = [path for path, facts in intake.images.items() if facts.cloud]
    if paths:
        words = f"{len(paths)} point clouds come in as height maps."
        some = {"case": "clouds", "count": len(paths)}
        intake.problems.append(Problem("warning", paths[0], "odd_image", words, some))


def _check_marks(
    intake: Intake, sample: ReadSample, task: str, class_map: dict[str, str | None]
) -> None:
    facts = intake.images.get(sample.images["rgb"])
    kept = []
    for mark in sample.marks:
        intake.findings[mark.class_name] += 1
        if class_map.get(mark.class_name, "") is None or facts is None:
            continue
        if mark.kind == "label":
            if task in (Task.CLASSIFY, Task.ANOMALY):
                kept.append(mark)
            continue
        shares = _as_shares(mark, facts)
        if isinstance(shares, str):
            where = mark.path or sample.path
            named = {"class": mark.class_name}
            intake.problems.append(Problem("error", where, "box_outside", shares, named))
        else:
            kept.append(shares)
    intake.marks[sample.path] = kept


def _as_shares(mark: Mark, facts: ImageFacts) -> Mark | str:
    """The mark in shares of the image, trimmed by rounding; or what is wrong with it."""
    width, height = (1.0, 1.0) if mark.shares else (float(facts.width), float(facts.height))
    polygon = mark.polygon and tuple((x / width, y / height) for x, y in mark.polygon)
    box = mark.box and _scaled(mark.box, width, height)
    if polygon:
        xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
        box = (min(xs), min(ys), max(xs), max(ys))
    if box is None:
        return "The annotation has no box."
    if not all(abs(value) < 1e6 for pair in (box, *(polygon or ())) for value in pair):
        return f"The box of {mark.class_name} has values that are no numbers."
    slack = (SLACK / facts.width, SLACK / facts.height) * 2
    outside = [-box[0], -box[1], box[2] - 1, box[3] - 1]
    if any(by > most for by, most in zip(outside, slack, strict=True)):
        return f"The box of {mark.class_name} lies outside of the image."
    x0, y0, x1, y1 = (min(max(value, 0.0), 1.0) for value in box)
    if x0 >= x1 or y0 >= y1:
        return f"The box of {mark.class_name} has no area."
    trimmed = polygon and tuple((min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)) for x, y in polygon)
    return Mark(mark.class_name, mark.kind, (x0, y0, x1, y1), trimmed or None, mark.rle, True)


def _scaled(box: Sequence[float], width: float, height: float) -> tuple[float, float, float, float]:
    return box[0] / width, box[1] / height, box[2] / width, box[3] / height


def shown(problems: list[Problem], most: int) -> list[dict[str, Any]]:
    """Errors first, at most so many; the last one says how many more there are."""
    order = sorted(problems, key=lambda problem: problem.level != "error")
    rows = [problem.__dict__ for problem in order[:most]]
    if len(order) > most:
        words = f"{len(order) - most} more problems are not listed."
        more = Problem(order[most].level, "", "more", words, {"count": len(order) - most})
        rows.append(more.__dict__)
    return rows
