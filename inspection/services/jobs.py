"""What people do with a job: queue it, cancel it, try it again."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from core.accounts.models import User
from core.audit import trail as audit
from core.errors import Refused
from inspection import dispatch
from inspection.models.datasets import WorkState
from inspection.models.training import Job
from inspection.services import journal
from inspection.services.leases import close

MOVES: dict[str, set[str]] = {
    WorkState.QUEUED: {WorkState.RUNNING, WorkState.CANCELLED},
    WorkState.RUNNING: {
        WorkState.SUCCEEDED,
        WorkState.FAILED,
        WorkState.CANCELLED,
        WorkState.QUEUED,
    },
    WorkState.FAILED: {WorkState.QUEUED},
    WorkState.CANCELLED: {WorkState.QUEUED},
    WorkState.SUCCEEDED: set(),
}
# What failed for causes outside of it goes on from its checkpoint; what a person cancelled, too.
OUTSIDE = {"", "worker_lost", "store_unreachable", "database_unreachable", "disk_full"}


def queue(job: Job, action: str, by: User, new: dict[str, Any] | None = None) -> Job:
    """Save a new job, note who asked for it, and wake a worker. Call within a transaction."""
    job.created_by, job.dispatched_at = by, timezone.now()
    job.save(force_insert=True)
    audit.note(by, action, job, None, new or job.request)
    journal.tell(job)
    dispatch.job(job.kind)
    return job


def cancel(pk: int, by: User) -> Job:
    """Cancel: at once when queued; a running one stops at its next batch."""
    with transaction.atomic():
        job = _locked(pk)
        _allow(job, WorkState.CANCELLED, "job_not_running", "This job has already ended.")
        audit.note(by, "job.cancel", job, {"state": job.state})
        if job.state == WorkState.QUEUED:
            close(job, WorkState.CANCELLED, f"Cancelled by {by}.", "cancelled_by", by=str(by))
        else:
            job.cancel_requested = True
            job.save(update_fields=["cancel_requested"])
            journal.log(job, f"{by} asked to cancel.", code="cancel_asked", by=str(by))
    return job


def retry(pk: int, by: User) -> Job:
    """Queue a failed or cancelled job again: from its checkpoint unless its own settings failed."""
    with transaction.atomic():
        job = _locked(pk)
        words = "Only a failed or cancelled job can be tried again."
        if job.state == WorkState.RUNNING:
            raise Refused("job_running", words, status=409)
        _allow(job, WorkState.QUEUED, "job_not_ended", words)
        audit.note(by, "job.retry", job, {"state": job.state, "error": job.error_code})
        if job.error_code not in OUTSIDE:
            job.checkpoint, job.progress = None, 0.0
        _reset(job)
        journal.log(job, f"{by} tries again.", code="retried", by=str(by))
        dispatch.job(job.kind)
    return job


def _reset(job: Job) -> None:
    job.state, job.attempt, job.cancel_requested = WorkState.QUEUED, 0, False
    job.error_code, job.error, job.hint, job.stage = "", "", "", ""
    job.finished_at, job.seconds_left, job.dispatched_at = None, None, timezone.now()
    job.save()


def _locked(pk: int) -> Job:
    job = Job.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if job is None:
        raise Refused("not_found", "There is no such job.", status=404)
    return job


def _allow(job: Job, state: str, code: str, words: str) -> None:
    if state not in MOVES[job.state]:
        raise Refused(code, words, status=409)
