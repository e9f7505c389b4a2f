"""The only place where work leaves for Celery: by task name, once the row is committed.

A message is a wake-up and says no more than "look at your queue": which job comes next is decided
by the rows. A message that is lost is sent again by `workers.requeue`.
"""

import logging
from functools import cache

from celery import Celery
from django.db import transaction
from kombu.exceptions import OperationalError

from core import valkey
from inspection.models.training import JobKind

log = logging.getLogger(__name__)

TASKS = {
    JobKind.TRAIN: "workers.train",
    JobKind.BATCH: "workers.batch",
    JobKind.EXPORT: "workers.export",
    JobKind.GENERATE: "workers.generate",
    JobKind.EXTEND: "workers.extend",
}
QUEUES = {
    JobKind.TRAIN: "train",
    JobKind.BATCH: "batch",
    JobKind.EXPORT: "batch",
    JobKind.GENERATE: "batch",
    JobKind.EXTEND: "batch",
}


@cache
def _app() -> Celery:
    app = Celery("kizu-sender", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    return app


def job(kind: str) -> None:
    """Wake a worker for the best queued job of this kind, after the commit."""
    transaction.on_commit(lambda: _send(TASKS[JobKind(kind)]))


def read_import(import_id: int) -> None:
    """Wake an io worker to read this import, after the commit."""
    transaction.on_commit(lambda: _send("workers.read_import", import_id))


def read_weights(weights_id: int) -> None:
    """Wake a worker with torch to read these base weights, after the commit."""
    transaction.on_commit(lambda: _send("workers.read_weights", weights_id))


def waiting(kind: str) -> int:
    """How many wake-ups lie unread in the kind's queue."""
    return int(valkey.client().llen(QUEUES[JobKind(kind)]))


def _send(task: str, *args: int) -> None:
    try:
        _app().send_task(task, args=args, retry=False)
    except OperationalError:
        log.warning("The broker did not take %s; it is sent again within seconds.", task)
