"""Inspections in the API's words."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from core.serializers import Strict
from inspection.models.inspections import (
    Disposition,
    Finding,
    Inspection,
    InspectionImage,
    Outcome,
)  # fmt: skip
from inspection.models.products import Recipe
from inspection.selectors import inspections as selectors

ROW = (
    "id", "captured_at", "received_at", "decided_at", "line", "station", "product", "model",
    "recipe", "serial", "lot", "verdict", "model_verdict", "outcome", "reasons", "code", "mode",
    "late", "fail_safe", "odd_time", "latency_ms", "attempt", "software",
)  # fmt: skip

COLUMNS = {each.name: each.attname for each in Inspection._meta.fields if each.name in ROW}


class Row(serializers.ModelSerializer[Inspection]):
    """An inspection in a list."""

    thumbnail_url = serializers.CharField(allow_null=True, default=None, read_only=True)
    image_count = serializers.IntegerField(default=0, read_only=True)
    findings_count = serializers.IntegerField(default=0, read_only=True)

    class Meta:
        model = Inspection
        fields = (*ROW, "thumbnail_url", "image_count", "findings_count")

    def to_representation(self, row: Inspection) -> dict[str, Any]:
        """The columns as they are; DRF would make each by a field of its own, which is slow."""
        return {name: getattr(row, column) for name, column in COLUMNS.items()}


class ImageShown(serializers.ModelSerializer[InspectionImage]):
    """One image of it."""

    url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()

    class Meta:
        model = InspectionImage
        fields = (
            "position", "camera", "modality", "sha256", "width", "height", "score", "url",
            "thumbnail_url",
        )  # fmt: skip

    def get_url(self, image: InspectionImage) -> str:
        """Where its bytes are."""
        return image_url(image)

    def get_thumbnail_url(self, image: InspectionImage) -> str:
        """Where a small JPEG is."""
        return image_url(image) + "?thumb=1"


class FindingShown(serializers.ModelSerializer[Finding]):
    """Something found."""

    colour = serializers.CharField(source="defect_class.colour")
    severity = serializers.CharField(source="defect_class.severity")

    class Meta:
        model = Finding
        fields = (
            "position", "image", "score", "box", "polygon", "area", "size_mm", "decisive",
            "colour", "severity",
        )  # fmt: skip

    def get_fields(self) -> dict[str, Any]:
        """`class` is a word of Python."""
        named = serializers.CharField(source="defect_class.name")
        return super().get_fields() | {"class": named}


class DispositionShown(serializers.ModelSerializer[Disposition]):
    """What a person said."""

    by = serializers.CharField(source="by.username")

    class Meta:
        model = Disposition
        fields = ("id", "outcome", "reason", "note", "by", "at", "undone_at")

    def get_fields(self) -> dict[str, Any]:
        """`class` is a word of Python."""
        named = serializers.CharField(source="defect_class.name", allow_null=True, default=None)
        return super().get_fields() | {"class": named}


class Detail(Row):
    """An inspection with everything."""

    images = ImageShown(many=True)
    findings = FindingShown(many=True)
    dispositions = DispositionShown(many=True)
    history = Row(many=True)
    recipe_revision = serializers.IntegerField(allow_null=True)
    thresholds = serializers.DictField(child=serializers.FloatField())
    model_name = serializers.CharField(allow_null=True)
    station_name = serializers.CharField()
    line_name = serializers.CharField()
    product_code = serializers.CharField()

    class Meta(Row.Meta):
        fields = (  # type: ignore[assignment]  # more of them
            *Row.Meta.fields, "images", "findings", "dispositions", "history", "recipe_revision",
            "thresholds", "model_name", "station_name", "line_name", "product_code",
        )  # fmt: skip


class ListPage(serializers.Serializer[Any]):
    """A page of the list."""

    results = Row(many=True)
    next = serializers.CharField(allow_null=True)


class ReviewPage(serializers.Serializer[Any]):
    """What waits, and how much of it."""

    results = Detail(many=True)
    remaining = serializers.IntegerField()


class DispositionAsked(Strict):
    """What a person says."""

    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = serializers.CharField(max_length=64, required=False, allow_blank=True)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)

    def get_fields(self) -> dict[str, Any]:
        """`class` is a word of Python."""
        named = serializers.CharField(max_length=64, required=False, allow_null=True)
        return super().get_fields() | {"class": named}


def image_url(image: InspectionImage) -> str:
    """Where an image's bytes are."""
    return f"/api/v1/inspections/{image.inspection_id}/images/{image.position}"


def rows(found: Sequence[Inspection]) -> list[dict[str, Any]]:
    """A page of inspections, in three queries."""
    images, counts = selectors.with_images(found), selectors.finding_counts(found)
    shown: list[dict[str, Any]] = list(Row(found, many=True).data)
    for row, words in zip(found, shown, strict=True):
        own = images.get(row.id, [])
        words["thumbnail_url"] = f"{image_url(own[0])}?thumb=1" if own else None
        words["image_count"] = len(own)
        words["findings_count"] = counts[row.id]
    return shown


def detail(row: Inspection, lines: set[int] | None) -> dict[str, Any]:
    """One inspection with everything that is known of it."""
    images = selectors.with_images([row]).get(row.id, [])
    recipe = Recipe.objects.filter(pk=row.recipe_id or 0).select_related("model").first()
    return rows([row])[0] | {
        "images": ImageShown(images, many=True).data,
        "findings": FindingShown(selectors.findings(row), many=True).data,
        "dispositions": DispositionShown(selectors.dispositions(row), many=True).data,
        "history": rows(selectors.history(row, lines)),
        "recipe_revision": recipe.revision if recipe else None,
        "thresholds": recipe.thresholds if recipe else {},
        "model_name": recipe.model.name if recipe else None,
        "station_name": row.station.name,
        "line_name": row.line.name,
        "product_code": row.product.code,
    }
