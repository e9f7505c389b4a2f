"""Samples by hand: their annotations, and taking them out of a dataset."""

from typing import Any

from django.db import transaction

from core.accounts.models import User
from core.audit import trail as audit
from core.errors import Refused
from inspection.models.datasets import Annotation, AnnotationKind, Dataset, Sample, VersionSample
from inspection.models.products import DefectClass


@transaction.atomic
def annotate(sample: Sample, asked: list[dict[str, Any]], by: User) -> Sample:
    """Replace a sample's annotations; frozen versions keep what they froze."""
    Sample.objects.select_for_update().get(pk=sample.pk)
    classes = {row.name: row for row in DefectClass.objects.all()}
    rows = [_row(sample, place, note, classes, by) for place, note in enumerate(asked)]
    old = sample.annotations.count()
    sample.annotations.all().delete()
    Annotation.objects.bulk_create(rows)
    Sample.objects.filter(pk=sample.pk).update(annotated=True)
    audit.note(by, "sample.annotate", sample, {"annotations": old}, {"annotations": len(rows)})
    return Sample.objects.get(pk=sample.pk)


def _row(
    sample: Sample, place: int, note: dict[str, Any], classes: dict[str, DefectClass], by: User
) -> Annotation:
    kind = classes.get(note["class"])
    if kind is None:
        raise _wrong(place, f"There is no defect class {note['class']!r}.", case="class")
    box, polygon = note.get("box"), note.get("polygon")
    if note["kind"] == AnnotationKind.POLYGON:
        if not polygon:
            raise _wrong(place, "A polygon needs at least three points.", case="polygon")
        xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
        box = [min(xs), min(ys), max(xs), max(ys)]
    if note["kind"] != AnnotationKind.LABEL and (
        box is None or box[0] >= box[2] or box[1] >= box[3]
    ):
        raise _wrong(place, "The box needs x0 < x1 and y0 < y1.", case="box")
    x0, y0, x1, y1 = box or (None, None, None, None)
    return Annotation(
        dataset_id=sample.dataset_id, sample=sample, defect_class=kind, kind=note["kind"],
        x0=x0, y0=y0, x1=x1, y1=y1, polygon=polygon, author=by, reviewed=True,
    )  # fmt: skip


def _wrong(place: int, words: str, case: str) -> Refused:
    said, fields = f"annotations[{place}]: {words}", {"annotations": [words]}
    return Refused("invalid", said, fields=fields, params={"case": case, "n": place + 1})


@transaction.atomic
def remove(dataset: Dataset, ids: list[int], by: User) -> int:
    """Take samples out; refused for those that a frozen version holds."""
    rows = Sample.objects.filter(dataset=dataset, pk__in=ids)
    pinned = VersionSample.objects.filter(sample__in=rows).values("sample").distinct().count()
    if pinned:
        words = f"{pinned} of them are in a frozen version and stay: versions never change."
        raise Refused("pinned", words, status=409, params={"count": pinned})
    paths = list(rows.values_list("path", flat=True)[:100])
    count = rows.count()
    rows.delete()
    audit.note(by, "dataset.remove_samples", dataset, {"paths": paths, "count": count})
    return count
