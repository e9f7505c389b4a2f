"""A worker's hold on a job: claimed from the queue, renewed by a thread, ended in one transaction.

Every write says `WHERE lease = n AND state = 'running'`. Who has lost the lease changes nothing,
and hears of it as `Cancelled("lost_lease")` from the next `report`.
"""

import logging
import threading
import time
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from inspection import dispatch
from inspection.models.datasets import Blob, WorkState
from inspection.models.training import Job
from inspection.services import journal
from workers.contract import Artefact, Cancelled, Event, Progress

log = logging.getLogger(__name__)

TICK = 0.5  # seconds between looks at the row: a cancel is heeded by the next report after it
PROGRESS_EVERY = 2.0  # seconds between stored progress events of one stage
YIELD_AFTER = 2.0  # seconds a better job waits for an idle worker before this one gives way
GIVEN_BACK = {
    "preempted": "Gives way to a job that goes first; it will go on from its checkpoint.",
    "stopping": "The worker is being stopped; the job will go on from its checkpoint.",
}
Stamped = tuple[datetime, Event]
PATIENCE = 120.0  # seconds to go on trying to store a result while the database is away


def seconds() -> float:
    """How long a lease lasts without renewal."""
    return float(settings.KIZU_LEASE_SECONDS)


class Lease:
    """Renews, reports and ends; used by the thread that works and by its own keeper thread."""

    def __init__(self, job: Job, stopping: Callable[[], bool] = lambda: False) -> None:
        self.id, self.number, self.priority = job.pk, job.lease, job.priority
        self._kind, self._stopping = job.kind, stopping
        self._events: list[Stamped] = []
        self._progress: Progress | None = None
        self._stored: tuple[str, float] = ("", 0.0)  # stage and time of the last stored progress
        self._renewed = time.monotonic()
        self._order = ""
        self._buffer, self._writing = threading.Lock(), threading.Lock()
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name=f"lease-{job.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._keeper.join()

    def report(self, event: Event) -> None:
        """Take note of an event; Cancelled when the job is to stop now. Cheap: call every batch."""
        with self._buffer:
            if isinstance(event, Progress):
                self._progress = event
            else:
                self._events.append((timezone.now(), event))
        if not self._order and self._stopping():
            self._order = "stopping"
        if self._order:
            raise Cancelled(self._order)

    def succeed(self, store: Callable[[Job], dict[str, Any]]) -> None:
        """End the job with what came out of it, all in one transaction."""

        def end(job: Job) -> None:
            job.result = store(job)
            job.progress, job.seconds_left, job.stage = 1.0, None, ""
            job.checkpoint = None
            close(job, WorkState.SUCCEEDED)

        self._end(end)

    def fail(self, code: str, words: str, hint: str = "") -> None:
        """End the job with the cause in words, what to try, and the traceback in its log."""
        trace = traceback.format_exc()

        def end(job: Job) -> None:
            job.error_code, job.error, job.hint = code, words, hint
            close(job, WorkState.FAILED, f"{words}\n\n{trace}", code, "error")

        self._end(end)

    def stop(self, reason: str) -> None:
        """Obey an order: cancelled ends the job, preempted and stopping give it back."""
        if reason == "lost_lease":
            return

        def end(job: Job) -> None:
            if reason == "cancelled":
                close(job, WorkState.CANCELLED, "Cancelled.", "cancelled")
            else:
                job.attempt -= 1  # an orderly break is no failed attempt
                give_back(job, GIVEN_BACK[reason], reason)

        self._end(end)

    def _end(self, end: Callable[[Job], None]) -> None:
        """Write what is buffered, then let `end` change the locked row if the lease holds."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self._flush(everything=True)
                return self._settle(end)
            except (OperationalError, InterfaceError):
                connection.close()
                if time.monotonic() > until:
                    raise
                time.sleep(1)

    def _settle(self, end: Callable[[Job], None]) -> None:
        with transaction.atomic():
            mine = Job.objects.select_for_update(of=("self",)).filter(
                pk=self.id, lease=self.number, state=WorkState.RUNNING
            )
            if job := mine.first():
                end(job)
            else:
                log.warning("job %s: lease %s is lost; its result is dropped", self.id, self.number)

    def _keep(self) -> None:
        try:
            while not self._over.wait(TICK):
                try:
                    self._tick()
                except (OperationalError, InterfaceError):
                    log.warning("job %s: the database is away; trying again", self.id)
                    connection.close()
        except Exception:
            log.exception("job %s: its lease cannot be kept", self.id)
            self._order = "lost_lease"
        finally:
            connection.close()

    def _tick(self) -> None:
        self._flush(everything=False)
        if not self._order and self._must_yield():
            self._order = "preempted"

    def _must_yield(self) -> bool:
        """Whether a job that goes first has found no idle worker."""
        waited = timezone.now() - timedelta(seconds=YIELD_AFTER)
        return Job.objects.filter(
            kind=self._kind,
            state=WorkState.QUEUED,
            priority__lt=self.priority,
            dispatched_at__lt=waited,
        ).exists()

    def _flush(self, everything: bool) -> None:
        """Store what is due, renew when it is time, and hear what the row says."""
        with self._writing:
            events, progress = self._take(everything)
            due = time.monotonic() - self._renewed >= seconds() / 3
            if events or progress or due:
                self._write(events, progress)
            else:
                self._look()

    def _take(self, everything: bool) -> tuple[list[Stamped], Progress | None]:
        with self._buffer:
            events, self._events = self._events, []
            progress, self._progress = self._progress, None
        if progress is not None:
            stage, at = self._stored
            now = time.monotonic()
            if everything or stage != progress.stage or now - at >= PROGRESS_EVERY:
                events.append((timezone.now(), progress))
                self._stored = (progress.stage, now)
        return events, progress

    def _write(self, events: list[Stamped], progress: Progress | None) -> None:
        until = timezone.now() + timedelta(seconds=seconds())
        try:
            with transaction.atomic():
                _keep_blobs(events)
                written = journal.append(self.id, self.number, until, events, progress)
        except (OperationalError, InterfaceError):
            with self._buffer:  # nothing is lost while the database is away
                self._events[:0] = events
            raise
        self._renewed = time.monotonic()
        self._hear(written.cancel_requested if written else None)

    def _look(self) -> None:
        mine = Job.objects.filter(pk=self.id, lease=self.number, state=WorkState.RUNNING)
        self._hear(mine.values_list("cancel_requested", flat=True).first())

    def _hear(self, cancel_requested: bool | None) -> None:
        if cancel_requested is None:
            self._order = "lost_lease"
        elif cancel_requested:
            self._order = "cancelled"


def close(
    job: Job, state: WorkState, words: str = "", code: str = "", level: str = "info", **params: Any
) -> None:
    """End a locked job in this state; `words` go into its log."""
    job.state, job.finished_at, job.lease_until = state, timezone.now(), None
    job.seconds_left = None
    job.save()
    if words:
        journal.log(job, words, level, code, **params)
    else:
        journal.tell(job)


def give_back(job: Job, words: str, code: str) -> None:
    """Queue a locked, running job again with its checkpoint, and wake a worker for it."""
    if job.cancel_requested:
        return close(job, WorkState.CANCELLED, "Cancelled.", "cancelled")
    job.state, job.lease_until, job.worker = WorkState.QUEUED, None, ""
    job.seconds_left, job.dispatched_at = None, timezone.now()
    job.save()
    journal.log(job, words, code=code)
    return dispatch.job(job.kind)


def _keep_blobs(events: list[Stamped]) -> None:
    """A row for every file that came out, so that it is pinned, and swept once nothing names it."""
    now = timezone.now()
    blobs = [
        Blob(sha256=event.sha256, size=event.size, touched_at=now)
        for _, event in events
        if isinstance(event, Artefact)
    ]
    if blobs:
        Blob.objects.bulk_create(blobs, ignore_conflicts=True)
