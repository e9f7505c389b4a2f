"""What a job reports: appended in batches under its lease, told to the browsers on commit."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from inspection.live import bus
from inspection.models.training import Job, JobEvent
from workers.contract import Artefact, Event, Log, Progress

# One statement: the lease is checked and renewed, the sequence advanced, the events stored.
APPEND = """
WITH held AS (
    UPDATE inspection_job SET
        last_seq = last_seq + %(n)s,
        lease_until = %(until)s,
        progress = COALESCE(%(share)s, progress),
        stage = COALESCE(%(stage)s, stage),
        seconds_left = CASE WHEN %(share)s IS NULL THEN seconds_left ELSE %(left)s END,
        device = COALESCE(%(device)s, device),
        checkpoint_id = COALESCE(%(checkpoint)s, checkpoint_id)
    WHERE id = %(job)s AND lease = %(lease)s AND state = 'running'
    RETURNING last_seq, cancel_requested, progress
), added AS (
    INSERT INTO inspection_jobevent (job_id, seq, type, at, data)
    SELECT %(job)s, held.last_seq - %(n)s + e.number, e.body->>'type',
           (e.body->>'at')::timestamptz, e.body->'data'
    FROM held, jsonb_array_elements(%(events)s::jsonb) WITH ORDINALITY AS e(body, number)
)
SELECT last_seq, cancel_requested, progress FROM held
"""


@dataclass(frozen=True)
class Written:
    """What the row said when a batch was appended."""

    last_seq: int
    cancel_requested: bool


def append(
    job: int,
    lease: int,
    until: datetime,
    stamped: Sequence[tuple[datetime, Event]],
    progress: Progress | None,
) -> Written | None:
    """Store events, the latest progress and the latest checkpoint; None when the lease is lost."""
    rows = [_row(at, event) for at, event in stamped]
    checkpoints = [
        event.sha256
        for _, event in stamped
        if isinstance(event, Artefact) and event.role == "checkpoint"
    ]
    values: dict[str, str | float | datetime | None] = {
        "job": job,
        "lease": lease,
        "until": until,
        "n": len(rows),
        "events": json.dumps(rows),
        "share": progress.share if progress else None,
        "stage": progress.stage[:64] if progress else None,
        "left": progress.seconds_left if progress else None,
        "device": progress.device[:64] if progress and progress.device else None,
        "checkpoint": checkpoints[-1] if checkpoints else None,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(APPEND, values)
        held = cursor.fetchone()
        if held and (rows or progress):
            first = held[0] - len(rows) + 1
            flat = [flatten(first + number, row) for number, row in enumerate(rows)]
            _publish(job, flat, "running", held[2])
    return Written(held[0], held[1]) if held else None


def rewind(job: Job) -> None:
    """Forget figures and pictures of epochs that a job goes through again from its checkpoint."""
    if not job.last_seq:
        return
    told = JobEvent.objects.filter(job=job)
    step = 0
    if job.checkpoint_id:
        kept = told.filter(type="artefact", data__sha256=job.checkpoint_id).order_by("-seq").first()
        step = int(kept.data.get("step", 0)) if kept else 0
    told.filter(type__in=["metric", "image"], data__step__gt=step).delete()


def log(job: Job, message: str, level: str = "info", code: str = "", **params: Any) -> None:
    """Append one log line to a job whose row the caller has locked, and tell of its state."""
    entry = Log(level=level, message=message, code=code, params=params)
    job.last_seq += 1
    row = _row(timezone.now(), entry)
    JobEvent.objects.create(job=job, seq=job.last_seq, type="log", at=row["at"], data=row["data"])
    job.save(update_fields=["last_seq"])
    _publish(job.pk, [flatten(job.last_seq, row)], job.state, job.progress)


def tell(job: Job) -> None:
    """Tell the browsers of the job's state, on commit."""
    _publish(job.pk, [], job.state, job.progress)


def flatten(seq: int, row: dict[str, Any]) -> dict[str, Any]:
    """An event as the API shows it: seq, type, at, and the event's own fields."""
    return {"seq": seq, "type": row["type"], "at": row["at"], **row["data"]}


def _row(at: datetime, event: Event) -> dict[str, Any]:
    data = event.model_dump(mode="json", exclude={"type"})
    return {"type": event.type, "at": at.isoformat().replace("+00:00", "Z"), "data": data}


def _publish(job: int, events: list[dict[str, Any]], state: str, progress: float) -> None:
    event = {
        "type": "job.event",
        "job": job,
        "events": events,
        "state": state,
        "progress": progress,
    }
    transaction.on_commit(lambda: bus.publish(f"job.{job}", event), robust=True)
