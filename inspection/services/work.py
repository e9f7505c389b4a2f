"""Working through the queue: claim the best job, carry it out, and pick up what fell.

Celery delivers wake-ups; the rows decide. A job whose worker died is queued again once its lease
has run out, and goes on from its last checkpoint.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from inspection import dispatch
from inspection.models.datasets import WorkState
from inspection.models.training import Job, JobKind
from inspection.services import journal
from inspection.services.leases import Lease, close, give_back, seconds
from workers.contract import Cancelled, Event, Failure

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
WAKE_AFTER = 30  # seconds a job is queued before its wake-up is taken for lost
LOST = "Its worker ended without a word {n} times: the machine may be out of memory."
LOST_HINT = "Choose a smaller batch or image size, look at the worker's log, then retry."

Result = TypeVar("Result")


def claim(kind: str, worker: str) -> Job | None:
    """Take the best queued job of this kind, or None. Each claim is a new lease number."""
    with transaction.atomic():
        queue = Job.objects.filter(kind=kind, state=WorkState.QUEUED).order_by("priority", "id")
        job = queue.select_for_update(skip_locked=True, of=("self",)).first()
        if job is None:
            return None
        now = timezone.now()
        job.state, job.worker = WorkState.RUNNING, worker
        job.lease, job.attempt = job.lease + 1, job.attempt + 1
        job.lease_until = now + timedelta(seconds=seconds())
        job.started_at = job.started_at or now
        job.save()
        journal.rewind(job)
        journal.tell(job)
    return job


def carry_out(
    job: Job,
    work: Callable[[Callable[[Event], None]], Result],
    store: Callable[[Job, Result], dict[str, Any]],
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Do `work(report)`, then `store(job, result)` in the transaction that ends the job.

    `store` returns what goes into the job's `result`. `stopping` says that this worker must end:
    the job is given back with its checkpoint.
    """
    lease = Lease(job, stopping)
    try:
        with lease:
            result = work(lease.report)
        lease.succeed(lambda row: store(row, result))
    except Cancelled as order:
        lease.stop(order.reason)
    except Failure as failure:
        lease.fail(failure.code, str(failure), failure.hint)
    except MemoryError:
        hint = "Choose a smaller batch or image size, or end other work on this machine."
        lease.fail("out_of_memory", "The worker ran out of memory.", hint)
    except Exception as error:
        log.exception("job %s broke", job.pk)
        words = f"The engine stopped with {type(error).__name__}: {error}"
        lease.fail("engine_broke", words, "The log has the details; change a setting and retry.")


def requeue() -> None:
    """Every few seconds: queue again what lost its worker, wake workers for what lies too long."""
    now = timezone.now()
    lost = Job.objects.filter(state=WorkState.RUNNING, lease_until__lt=now)
    for pk in lost.values_list("pk", flat=True):
        _pick_up(pk)
    for kind in JobKind.values:
        _wake(kind)


def _pick_up(pk: int) -> None:
    with transaction.atomic():
        rows = Job.objects.select_for_update(of=("self",), skip_locked=True)
        job = rows.filter(pk=pk, state=WorkState.RUNNING, lease_until__lt=timezone.now()).first()
        if job is None:
            return
        if job.attempt >= MAX_ATTEMPTS and not job.cancel_requested:
            job.error_code, job.error = "worker_lost", LOST.format(n=job.attempt)
            job.hint = LOST_HINT
            close(job, WorkState.FAILED, job.error, job.error_code, "error")
        else:
            kept = "its last checkpoint" if job.checkpoint_id else "the start"
            words = f"The worker is gone; queued again, going on from {kept}."
            give_back(job, words, "worker_gone" if job.checkpoint_id else "worker_gone_at_start")


def _wake(kind: str) -> None:
    stale = timezone.now() - timedelta(seconds=WAKE_AFTER)
    queued = Job.objects.filter(kind=kind, state=WorkState.QUEUED)
    due = queued.exclude(dispatched_at__gte=stale)
    if due.exists() and dispatch.waiting(kind) < queued.count():
        due.update(dispatched_at=timezone.now())
        dispatch.job(kind)


def load() -> tuple[int, int]:
    """How many jobs are queued, and how many run."""
    states = Job.objects.filter(state__in=[WorkState.QUEUED, WorkState.RUNNING])
    running = states.filter(state=WorkState.RUNNING).count()
    return states.count() - running, running
