"""Writing an import's rows: samples, images, annotations, classes. Called in its transaction.

A path that is there already with the same images keeps them, and takes what else the import
brings: images of further modalities, and annotations. With another image it is refused.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from core.audit import trail as audit
from core.errors import Refused
from inspection.formats.tree import Mark, ReadSample
from inspection.models.datasets import (
    Annotation,
    Import,
    Sample,
    SampleImage,
)  # fmt: skip
from inspection.models.products import DefectClass, Severity
from inspection.selectors import catalogue
from inspection.services import blobs
from inspection.services.intake import GOOD, Intake

BATCH = 2000
# Okabe and Ito 2008, then Tol's muted: told apart by the colour-blind.
COLOURS = ("#0072B2", "#D55E00", "#CC79A7", "#56B4E9", "#E69F00", "#882255", "#44AA99", "#999933",
           "#AA4499", "#332288", "#117733", "#DDCC77")  # fmt: skip


def enter(row: Import, found: Intake) -> dict[str, int]:
    """Write everything; {added, updated}."""
    classes = _classes(row, found)
    touch(row, found)
    there = _there(row, [sample.path for sample in found.samples])
    added = [sample for sample in found.samples if sample.path not in there]
    again = [sample for sample in found.samples if sample.path in there]
    _check_same(again, there, found)
    made = _add(row, added, found)
    _replace(again, there, found)
    _widen(again, there, found)
    pairs = [*zip(added, made, strict=True), *((sample, there[sample.path]) for sample in again)]
    _annotate(row, pairs, found, classes)
    return {"added": len(added), "updated": len(again)}


def _classes(row: Import, found: Intake) -> dict[str, DefectClass]:
    """The catalogue's class for each that was read; what is new is made."""
    known = {kind.name.lower(): kind for kind in DefectClass.objects.all()}
    used = {mark.class_name for marks in found.marks.values() for mark in marks}
    resolved = {}
    for name in sorted(used):
        asked = str(row.class_map.get(name) or name)[:64]
        kind = known.get(asked.lower())
        if kind is None:
            severity = Severity.GOOD if asked.lower() in GOOD else Severity.MAJOR
            colour = COLOURS[len(known) % len(COLOURS)]
            kind = DefectClass.objects.create(name=asked, severity=severity, colour=colour)
            known[asked.lower()] = kind
            told = {"name": asked, "severity": severity, "colour": colour}
            audit.note(row.created_by, "defectclass.create", kind, None, told)
        resolved[name] = kind.pk
    became = catalogue.standing()
    return {name: became[pk] for name, pk in resolved.items()}


def touch(row: Import, found: Intake) -> None:
    """Keep the bytes for a day: until then the import is repeated, or its rows hold them."""
    images = {facts.sha256 for facts in found.images.values()}
    blobs.touch(images | {facts.thumbnail for facts in found.images.values()})
    blobs.claim(images, row.created_by)


def _there(row: Import, paths: list[str]) -> dict[str, Sample]:
    of_dataset = Sample.objects.filter(dataset=row.dataset_id).prefetch_related("images")
    found = (sample for some in _batches(paths) for sample in of_dataset.filter(path__in=some))
    return {sample.path: sample for sample in found}


def _check_same(again: list[ReadSample], there: dict[str, Sample], found: Intake) -> None:
    for sample in again:
        stored = {image.modality: image.blob_id for image in there[sample.path].images.all()}
        sent = {name: found.images[path].sha256 for name, path in sample.images.items()}
        if any(stored.get(name, sha256) != sha256 for name, sha256 in sent.items()):
            words = f"{sample.path} is in the dataset with another image: rename or delete one."
            raise Refused("path_taken", words, params={"path": sample.path})


def _replace(again: list[ReadSample], there: dict[str, Sample], found: Intake) -> None:
    """Annotations give way where the import has its own; a sample keeps its part and split."""
    new = [
        there[sample.path].pk
        for sample in again  # one whose every class is left out brings none
        if sample.annotated and (found.marks[sample.path] or not sample.marks)
    ]
    for some in _batches(new):
        Annotation.objects.filter(sample__in=some).delete()
        Sample.objects.filter(pk__in=some).update(annotated=True)
    parted = []
    for sample in again:
        stored = there[sample.path]
        if sample.part and not stored.part:
            stored.part = sample.part
            parted.append(stored)
    Sample.objects.bulk_update(parted, ["part"], batch_size=BATCH)


def _widen(again: list[ReadSample], there: dict[str, Sample], found: Intake) -> None:
    """Images of modalities that a sample did not have yet."""
    new = []
    for sample in again:
        stored = there[sample.path]
        known = {image.modality for image in stored.images.all()}
        new += [
            _image(stored, modality, found.images[path])
            for modality, path in sample.images.items()
            if modality not in known
        ]
    SampleImage.objects.bulk_create(new, batch_size=BATCH)


def _add(row: Import, added: list[ReadSample], found: Intake) -> list[Sample]:
    made: list[Sample] = []
    for some in _batches(added):
        made += Sample.objects.bulk_create(
            Sample(
                dataset_id=row.dataset_id, path=sample.path, part=sample.part, split=sample.split,
                annotated=sample.annotated,
            )
            for sample in some
        )  # fmt: skip
    images = (
        _image(stored, modality, found.images[path])
        for sample, stored in zip(added, made, strict=True)
        for modality, path in sample.images.items()
    )
    for rows in _batches(images):
        SampleImage.objects.bulk_create(rows)
    return made


def _image(sample: Sample, modality: str, facts: Any) -> SampleImage:
    return SampleImage(
        sample=sample, modality=modality, blob_id=facts.sha256, thumbnail_id=facts.thumbnail,
        thumbnail_at=facts.thumbnail_at, thumbnail_size=facts.thumbnail_size,
        width=facts.width, height=facts.height, bits=facts.bits,
    )  # fmt: skip


def _annotate(
    row: Import, pairs: list[tuple[ReadSample, Sample]], found: Intake,
    classes: dict[str, DefectClass],
) -> None:  # fmt: skip
    rows = (
        _annotation(row, stored, mark, classes[mark.class_name])
        for sample, stored in pairs
        for mark in found.marks.get(sample.path, [])
    )
    for some in _batches(rows):
        Annotation.objects.bulk_create(some)


def _annotation(row: Import, sample: Sample, mark: Mark, kind: DefectClass) -> Annotation:
    x0, y0, x1, y1 = mark.box or (None, None, None, None)
    return Annotation(
        dataset_id=row.dataset_id, sample=sample, defect_class=kind, kind=mark.kind,
        x0=x0, y0=y0, x1=x1, y1=y1, polygon=mark.polygon, mask=mark.rle, author=row.created_by,
    )  # fmt: skip


def _batches(rows: Iterable[Any]) -> Iterable[list[Any]]:
    walk = iter(rows)
    while some := list(islice(walk, BATCH)):
        yield some
