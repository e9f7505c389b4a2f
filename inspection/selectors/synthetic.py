"""Batches of synthetic images with their counts, and the images of one."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from inspection.models.synthetic import SyntheticBatch, SyntheticImage, SyntheticState
from inspection.models.training import JobEvent


def batches() -> QuerySet[SyntheticBatch]:
    """Newest first, with how many images are in which state."""
    counts = {
        state: Count("images", filter=Q(images__state=state)) for state in SyntheticState.values
    }
    return (
        SyntheticBatch.objects.select_related("model", "dataset_version__dataset", "created_by")
        .annotate(**counts, added=Count("images", filter=Q(images__sample__isnull=False)))
        .order_by("-id")
    )


def images(batch: int, asked: dict[str, Any]) -> QuerySet[SyntheticImage]:
    """A batch's images in order, narrowed by state and doubt."""
    rows = SyntheticImage.objects.filter(batch=batch).select_related("decided_by", "neighbour")
    chosen = {name: value for name, value in asked.items() if value is not None}
    return rows.filter(**chosen).order_by("position")


def shows(sha256: str) -> bool:
    """Whether these bytes are a drawn image, or a real example beside one."""
    named = Q(image=sha256) | Q(closeup=sha256) | Q(neighbour_closeup=sha256)
    if SyntheticImage.objects.filter(named).exists():
        return True
    told = JobEvent.objects.annotate(file=KeyTextTransform("sha256", "data"))
    return told.filter(type="image", file=sha256).exists()  # drawn while it learnt
