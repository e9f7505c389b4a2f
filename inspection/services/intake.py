"""Turning what a format read into rows: images looked at, boxes checked, classes named.

Nothing here writes but for the bytes of thumbnails and of members of archives.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache

from core import storage
from inspection.formats.pixels import Look, look
from inspection.formats.tree import Mark, Problem, Reading, ReadSample
from inspection.models.datasets import Task
from inspection.models.products import DefectClass, Severity
from inspection.services.manifests import Sources, Unreadable

THREADS = 4
REMEMBERED = 86_400  # seconds that a look at an image is kept, from the dry run to the import
GOOD = {"good", "ok", "normal", "free", "defect_free", "no_defect", "mt_free"}
SLACK = 1.5  # pixels that a box may lie outside: sets round differently


@dataclass(frozen=True)
class ImageFacts:
    """A usable image: where its bytes are, its size in pixels, its thumbnail. Sizes in bytes."""

    sha256: str
    size: int
    width: int
    height: int
    bits: int
    thumbnail: str
    thumbnail_size: int


@dataclass
class Intake:
    """What an import would bring in."""

    samples: list[ReadSample] = field(default_factory=list)
    images: dict[str, ImageFacts] = field(default_factory=dict)  # by path
    marks: dict[str, list[Mark]] = field(default_factory=dict)  # by sample path, as shares
    problems: list[Problem] = field(default_factory=list)
    findings: Counter[str] = field(default_factory=Counter)  # by class as it was read


def examine(
    reading: Reading, sources: Sources, task: str, class_map: dict[str, str | None],
    progress: Callable[[int, int], None],
) -> Intake:  # fmt: skip
    """Look at every image and check every annotation. `progress(done, total)` may raise."""
    intake = Intake(samples=reading.samples, problems=[*sources.problems, *reading.problems])
    paths = sorted({path for sample in reading.samples for path in sample.images.values()})
    with ThreadPoolExecutor(THREADS) as pool:
        looked = pool.map(lambda path: _facts(path, sources), paths)
        for done, (path, found) in enumerate(zip(paths, looked, strict=True), 1):
            _enter(intake, path, found)
            if done % 50 == 0 or done == len(paths):
                progress(done, len(paths))
    for sample in reading.samples:
        _check_marks(intake, sample, task, class_map)
    if task not in (Task.CLASSIFY, Task.ANOMALY):
        _unplaced(intake)
    return intake


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


def _enter(intake: Intake, path: str, found: "ImageFacts | Look") -> None:
    if isinstance(found, Look):
        intake.problems.append(Problem("error", path, found.code, found.message, found.params))
        return
    intake.images[path] = found
    odd = cache.get(f"odd:{found.sha256}:{path[-12:]}")
    if odd:
        intake.problems.append(Problem("warning", path, "odd_image", *odd))


def _facts(path: str, sources: Sources) -> "ImageFacts | Look":
    """From what is remembered, else from the bytes."""
    sha256 = sources.blob(path)
    known = cache.get(f"look:{sha256}") if sha256 else None
    if known is not None:
        return ImageFacts(**known) if "code" not in known else Look(**known)
    try:
        data = sources.read(path)
    except Unreadable as damage:
        return Look(code="unreadable", message=str(damage))
    seen, digest = look(data, path), sha256 or hashlib.sha256(data).hexdigest()
    if seen.code:
        known = {"code": seen.code, "message": seen.message, "params": seen.params}
        cache.set(f"look:{digest}", known, REMEMBERED)
        return seen
    if sha256 is None:
        storage.put(data)
    facts = ImageFacts(
        digest, len(data), seen.width, seen.height, seen.bits,
        storage.put(seen.thumbnail), len(seen.thumbnail),
    )  # fmt: skip
    cache.set(f"look:{digest}", facts.__dict__, REMEMBERED)
    if seen.remark:
        cache.set(f"odd:{digest}:{path[-12:]}", (seen.remark, seen.params), REMEMBERED)
    return facts


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
    if not all(value == value and abs(value) < 1e6 for value in box):
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
