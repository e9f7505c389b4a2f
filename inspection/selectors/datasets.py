"""Datasets as cards, and their samples in pages."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from inspection.models.datasets import (
    Annotation,
    Dataset,
    DatasetVersion,
    Import,
    Sample,
    SampleImage,
)
from inspection.models.products import DefectClass


def listed() -> QuerySet[Dataset]:
    """Datasets, newest first."""
    return Dataset.objects.select_related("product").order_by("-id")


def summaries(datasets: Sequence[Dataset]) -> dict[int, dict[str, Any]]:
    """{samples, annotated, classes, problems, versions} by dataset; four queries."""
    ids = [dataset.pk for dataset in datasets]
    found: dict[int, dict[str, Any]] = {
        pk: {
            "samples": 0,
            "annotated": 0,
            "synthetic": 0,
            "classes": [],
            "problems": 0,
            "versions": 0,
        }
        for pk in ids
    }
    counts = Sample.objects.filter(dataset__in=ids).values("dataset").order_by()
    for row in counts.annotate(
        n=Count("id"),
        done=Count("id", filter=Q(annotated=True)),
        made=Count("id", filter=Q(synthetic=True)),
    ):
        counted = {"samples": row["n"], "annotated": row["done"], "synthetic": row["made"]}
        found[row["dataset"]] |= counted
    versions = DatasetVersion.objects.filter(dataset__in=ids).values("dataset").order_by()
    for each in versions.annotate(n=Count("id")):
        found[each["dataset"]]["versions"] = each["n"]
    _classes(ids, found)
    _problems(ids, found)
    return found


def _classes(ids: list[int], found: dict[int, dict[str, Any]]) -> None:
    notes = Annotation.objects.filter(dataset__in=ids).order_by()
    groups = notes.values("dataset", "defect_class").annotate(
        findings=Count("id"), samples=Count("sample", distinct=True)
    )
    known = DefectClass.objects.in_bulk()
    for row in sorted(groups, key=lambda row: -row["findings"]):
        kind = known[row["defect_class"]]
        shown = {"name": kind.name, "colour": kind.colour, "severity": kind.severity}
        counts = {"findings": row["findings"], "samples": row["samples"]}
        found[row["dataset"]]["classes"].append(shown | counts)


def _problems(ids: list[int], found: dict[int, dict[str, Any]]) -> None:
    """Warnings of the last import that came in."""
    rows = Import.objects.filter(dataset__in=ids, dry_run=False, state="succeeded")
    last = rows.order_by("dataset", "-id").distinct("dataset")
    for row in last.only("dataset", "counts"):
        found[row.dataset_id]["problems"] = row.counts.get("warnings", 0)


def samples(dataset: int, asked: dict[str, Any]) -> QuerySet[Sample]:
    """A dataset's samples, newest first, narrowed by class (name), split and annotated."""
    rows = Sample.objects.filter(dataset=dataset).order_by("-id")
    if asked.get("split") is not None:
        rows = rows.filter(split="" if asked["split"] == "none" else asked["split"])
    for name in ("annotated", "synthetic"):
        if asked.get(name) is not None:
            rows = rows.filter(**{name: asked[name]})
    if asked.get("class") is not None:
        kind = DefectClass.objects.filter(name=asked["class"]).values_list("pk", flat=True).first()
        notes = Annotation.objects.filter(
            dataset=dataset, defect_class=kind or 0, sample=OuterRef("pk")
        )
        rows = rows.filter(Exists(notes))
    return whole(rows)


def whole(rows: QuerySet[Sample]) -> QuerySet[Sample]:
    """With images and annotations: three queries a page.

    As lists of their own: for each row's manager Django would make a query that nobody asks.
    """
    pictures = SampleImage.objects.order_by("id")
    notes = Annotation.objects.select_related("defect_class").order_by("id")
    return rows.prefetch_related(
        Prefetch("images", queryset=pictures, to_attr="pictures"),
        Prefetch("annotations", queryset=notes, to_attr="notes"),
    )
