"""Base weights: taken into the store, read once by a worker where they are a pickle, archived.

The web process opens no pickle: it looks at the zip around it, and at the hash. A worker reads one
as tensors alone, and only while its hash is on the allow-list.
"""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from core import records, storage
from core.accounts.models import User
from core.errors import Refused
from inspection import dispatch
from inspection.formats import tensors
from inspection.models.base_weights import AllowedPickle, BaseWeights, WeightsFormat, WeightsState
from inspection.models.datasets import Blob
from inspection.models.training import Job
from inspection.selectors import base_weights as selectors
from inspection.services import blobs
from workers.contract import Failure

log = logging.getLogger(__name__)

Rows = Sequence[Mapping[str, Any]]  # {name, dtype, shape} of every tensor
AGAIN = timedelta(seconds=60)  # a wake-up that nobody followed for so long is sent again
MAX_TRIES = 3
LOCK = 0x6B7A7765  # of Postgres, with the row's id: who reads it
LOST = "The worker ended while it read the file: it may be too large for the machine's memory."


def add(ask: Mapping[str, Any], by: User) -> BaseWeights:
    """Enter uploaded bytes. `ask`: sha256, name, architecture, licence, source, note, file_name.

    Refused: not_uploaded, weights_unreadable, pickle_not_registered, weights_known, taken.
    """
    blob = _sent(ask["sha256"], by)
    form, found = _look(blob)
    if form == WeightsFormat.PT.value and not selectors.is_registered(blob.pk):
        raise _unregistered(blob.pk)
    _check_new(blob)
    values = {name: value for name, value in ask.items() if name != "sha256"}
    values |= {"blob": blob, "format": form, "uploaded_by": by}
    if found is not None:
        values |= {"state": WeightsState.SOUND, **_counted(found)}
    with transaction.atomic():
        Blob.objects.select_for_update().get(pk=blob.pk)  # not swept from here on
        row = records.create(by, BaseWeights, values)
        if row.state == WeightsState.UNREAD:
            _ask_worker(row)
    return row


def change(pk: int, values: Mapping[str, Any], by: User) -> BaseWeights:
    """What is said of the weights; the bytes stay what they are."""
    return records.change(by, _row(pk), values)


def archive(pk: int, by: User) -> None:
    """Take them out of what can be chosen; what was trained from them keeps its origin."""
    records.archive(by, _row(pk))


def restore(pk: int, by: User) -> None:
    """Undo an archiving."""
    records.restore(by, _row(pk))


def remove(pk: int, by: User) -> None:
    """Delete what no training has used; archive what one has."""
    records.remove(by, _row(pk))


def allow(sha256: str, note: str, by: User) -> AllowedPickle:
    """Register the hash of a pickle: somebody says that its publisher names it so.

    Weights of this hash that could not be read for want of it are read now.
    """
    with transaction.atomic():
        row = records.create(by, AllowedPickle, {"sha256": sha256, "note": note, "created_by": by})
        for weights in BaseWeights.objects.filter(blob=sha256, state=WeightsState.UNREAD):
            weights.tries = 0
            _ask_worker(weights)
    return row


def withdraw(pk: int, by: User) -> None:
    """Take a hash off the list: its pickle is read no more, not by a training either."""
    row = AllowedPickle.objects.filter(pk=pk).first()
    if row is None:
        raise Refused("not_found", "There is no such entry.", status=404)
    records.remove(by, row)


def of_job(job: Job) -> str | None:
    """The hash of what a job starts from. Failure base_withdrawn when it may be read no more."""
    if job.base is None:
        return None
    if job.base.format == WeightsFormat.PT and not selectors.is_registered(job.base.blob_id):
        words = f"The hash of {job.base.name} was taken off the list of pickles that may be read."
        raise Failure("base_withdrawn", words, "Register it again, or start from other weights.")
    return job.base.blob_id


def read(pk: int, look: Callable[[str], Rows]) -> None:
    """In a worker: read a registered pickle as tensors alone and enter what is in it, or why not.

    A try is counted before it begins: a file that ends its worker does so three times at most.
    """
    unread = BaseWeights.objects.filter(pk=pk, state=WeightsState.UNREAD)
    with transaction.atomic():
        row = unread.first()
        if row is None or not _alone(pk) or not selectors.is_registered(row.blob_id):
            return
        unread.update(tries=F("tries") + 1, asked_at=timezone.now())
    with transaction.atomic():
        if not _alone(pk) or not unread.exists():
            return
        try:
            found = _tensors(look(row.blob_id))
        except Failure as failure:
            _end(row, WeightsState.UNSOUND, problem_code=failure.code, problem=failure.message)
        else:
            _end(row, WeightsState.SOUND, **_counted(found))


def requeue() -> None:
    """Wake a worker again for what lies unread; what wore out workers is unsound."""
    late = timezone.now() - AGAIN
    waiting = BaseWeights.objects.filter(state=WeightsState.UNREAD, asked_at__lt=late)
    for pk in waiting.values_list("pk", flat=True):
        with transaction.atomic():
            row = waiting.filter(pk=pk).first() if _alone(pk) else None
            if row is None or not selectors.is_registered(row.blob_id):
                continue
            if row.tries >= MAX_TRIES:
                _end(row, WeightsState.UNSOUND, problem_code="worker_lost", problem=LOST)
            else:
                _ask_worker(row)


def _alone(pk: int) -> bool:
    """Whether nobody reads these weights; until the end of the transaction nobody else does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, pk])
        return bool(cursor.fetchone()[0])


def _row(pk: int) -> BaseWeights:
    row = BaseWeights.objects.filter(pk=pk).first()
    if row is None:
        raise Refused("not_found", "There are no such base weights.", status=404)
    return row


def _sent(sha256: str, by: User) -> Blob:
    """The bytes, which the caller has sent: touched, so that they stay for the while."""
    if sha256 not in blobs.visible([sha256], by):
        words = "The bytes of this hash were not uploaded; send them first."
        params = {"case": "not_uploaded", "path": sha256[:12]}
        raise Refused("invalid", f"sha256: {words}", fields={"sha256": [words]}, params=params)
    blobs.touch([sha256])
    return Blob.objects.get(pk=sha256)


def _look(blob: Blob) -> tuple[tensors.Format, tensors.Tensors | None]:
    def part(at: int, size: int) -> bytes:
        return b"".join(storage.stream(blob.pk, at, size)) if size else b""

    try:
        return tensors.look(part, blob.size)
    except tensors.Unfit as unfit:
        params = {"case": unfit.case}
        words = str(unfit)
        raise Refused("weights_unreadable", words, status=422, params=params) from unfit
    except storage.Missing:
        raise Refused("gone", "The bytes are gone from the store.", status=410) from None


def _unregistered(sha256: str) -> Refused:
    words = (
        "This file is a pickle, and its hash is not registered: it is not taken in. An "
        "administrator compares the hash with the one on its publisher's page and registers it "
        "under Base weights; or take the weights as safetensors, which needs none of this."
    )
    return Refused("pickle_not_registered", words, status=409, params={"sha256": sha256})


def _check_new(blob: Blob) -> None:
    known = BaseWeights.objects.filter(blob=blob).first()
    if known is None:
        return
    params: dict[str, Any] = {"name": known.name}
    words = f"These bytes are in the store already: {known.name}."
    if known.archived_at is not None:
        words = f"These bytes are in the store already, archived: restore {known.name}."
        params["case"] = "archived"
    raise Refused("weights_known", words, status=409, params=params, known=known.pk)


def _ask_worker(row: BaseWeights) -> None:
    row.asked_at = timezone.now()
    row.save(update_fields=["asked_at", "tries"])
    dispatch.read_weights(row.pk)


def _tensors(rows: Rows) -> tensors.Tensors:
    numbers = sum(math.prod(row["shape"]) for row in rows)
    first = [dict(row) for row in rows[: tensors.SHOWN]]
    return tensors.Tensors(len(rows), numbers, first)


def _counted(found: tensors.Tensors) -> dict[str, Any]:
    return {"tensors": found.count, "parameters": found.parameters, "first": found.first}


def _end(row: BaseWeights, state: WeightsState, **values: Any) -> None:
    row.state = state
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=["state", *values])
    log.info("base weights %s are %s", row.pk, state)
