"""Jobs as the API shows them, and their events."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, When

from inspection.models.datasets import WorkState
from inspection.models.registry import ModelVersion
from inspection.models.training import Job, JobEvent


def listed(kinds: Sequence[str] = (), states: Sequence[str] = ()) -> QuerySet[Job]:
    """Jobs, newest first, with queue_position, latest metrics and the model that came out."""
    chosen = {"kind__in": kinds, "state__in": states}
    before = Q(priority__lt=OuterRef("priority")) | Q(
        priority=OuterRef("priority"), id__lte=OuterRef("id")
    )
    queue = Job.objects.filter(before, kind=OuterRef("kind"), state=WorkState.QUEUED)
    place = queue.order_by().values("kind").annotate(n=Count("id")).values("n")
    metrics = JobEvent.objects.filter(job=OuterRef("pk"), type="metric").order_by("-seq")
    made = ModelVersion.objects.filter(job=OuterRef("pk")).values("id")[:1]
    return (
        Job.objects.filter(**{name: values for name, values in chosen.items() if values})
        .select_related("dataset_version__dataset", "created_by")
        .annotate(
            queue_position=Case(When(state=WorkState.QUEUED, then=Subquery(place))),
            latest=Subquery(metrics.values("data__values")[:1]),
            model_version=Subquery(made),
            dataset_name=F("dataset_version__dataset__name"),
        )
        .order_by("-id")
    )


def events(job: int, after: int, limit: int) -> list[dict[str, Any]]:
    """The job's events with seq > after, oldest first."""
    rows = JobEvent.objects.filter(job=job, seq__gt=after).order_by("seq")[:limit]
    return [
        {
            "seq": row.seq,
            "type": row.type,
            "at": row.at.isoformat().replace("+00:00", "Z"),
            **row.data,
        }
        for row in rows
    ]
