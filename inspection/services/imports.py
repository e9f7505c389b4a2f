"""Imports: a manifest is read in the background, first dry, then all or nothing."""

import logging
import shutil
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core import environment, errors
from core.accounts.models import User
from core.audit import trail as audit
from core.errors import Refused
from inspection import dispatch
from inspection.formats import detection, modalities, parts
from inspection.live import bus
from inspection.models.datasets import Dataset, Import, PartBy, WorkState
from inspection.models.products import DefectClass
from inspection.services import blobs, entering, intake, manifests, sweep
from inspection.services.intake import Intake

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
MAX_LEASES = 3  # workers that an import may outlive
AWAY = tuple(kind for kinds in errors.AWAY.values() for kind in kinds)
TOLD_EVERY = 0.5  # seconds
LOOK_EVERY = 2.0  # seconds between looks at the row by a thread: a cancel is heeded after it
PROBLEMS = 1000  # that are stored
LOST = (
    f"Its worker ended without a word {MAX_LEASES} times: one of the files may need more memory "
    "than there is. Import fewer files at once to find out which."
)


class Stopped(Exception):
    """Cancelled, or the lease was lost."""


def submit(dataset: Dataset, ask: dict[str, Any], by: User) -> Import:
    """Queue an import. Refused when a file was not uploaded, or another import runs."""
    files = ask["files"]
    manifests.check(files)
    _check_words(ask)
    absent = blobs.missing([file["sha256"] for file in files], by)
    if absent:
        named = [file["path"] for file in files if file["sha256"] in set(absent)]
        words = f"{len(absent)} files were not uploaded yet, {named[0]} among them."
        some = {"count": len(absent), "path": named[0]}
        raise Refused("blobs_missing", words, status=422, missing=absent[:1000], params=some)
    with transaction.atomic():
        Dataset.objects.select_for_update().get(pk=dataset.pk)
        open_ = dataset.imports.filter(state__in=[WorkState.QUEUED, WorkState.RUNNING])
        if open_.filter(dry_run=False).exists():
            words = "Another import into this dataset is running; wait for it or cancel it."
            raise Refused("import_running", words, status=409)
        row = Import.objects.create(
            dataset=dataset, dry_run=ask["dry_run"], format_asked=ask["format"], files=files,
            class_map=ask.get("class_map", {}), total=len(files), created_by=by,
            part_by=ask.get("part_by", PartBy.FORMAT), part_pattern=ask.get("part_pattern", ""),
        )  # fmt: skip
        audit.note(by, "import.submit", row, None, {"files": len(files), "dry": row.dry_run})
        dispatch.read_import(row.pk)
    return row


def _check_words(ask: dict[str, Any]) -> None:
    if ask["format"] != "auto" and ask["format"] not in detection.READERS:
        raise _wrong("format", f"Choose auto or one of {', '.join(detection.READERS)}.")
    if ask.get("part_by") == PartBy.PATTERN:
        try:
            parts.compiled_pattern(ask.get("part_pattern", ""))
        except ValueError as error:
            raise _wrong("part_pattern", str(error)) from error


def _wrong(field: str, words: str) -> Refused:
    return Refused("invalid", f"{field}: {words}", fields={field: [words]})


def again(row: Import, ask: dict[str, Any], by: User) -> Import:
    """The same files once more: the import after its dry run, or another try after a failure."""
    if row.state in (WorkState.QUEUED, WorkState.RUNNING):
        raise Refused("import_running", "It has not ended yet.", status=409)
    same = {
        "format": row.format_asked, "files": row.files, "class_map": row.class_map,
        "part_by": row.part_by, "part_pattern": row.part_pattern,
    }  # fmt: skip
    return submit(row.dataset, same | ask, by)


def cancel(row: Import, by: User) -> Import:
    """Stop it; what it would have brought in is not there."""
    with transaction.atomic():
        row = Import.objects.select_for_update().get(pk=row.pk)
        if row.state not in (WorkState.QUEUED, WorkState.RUNNING):
            raise Refused("import_ended", "This import has already ended.", status=409)
        audit.note(by, "import.cancel", row, {"state": row.state})
        _end(row, WorkState.CANCELLED)
    return row


def run(pk: int) -> None:
    """Read one import, if nobody else does."""
    row = _claim(pk)
    if row is None:
        return
    folder = Path(tempfile.mkdtemp(prefix="import-", dir=_scratch()))
    try:
        with sweep.kept_out(), _Watch(row) as watch:
            _carry_out(row, folder, watch)
    except Stopped:
        log.info("import %s was stopped", pk)
    except Refused as refused:
        _fail(row, refused.code, refused.message)
    except AWAY as error:
        log.warning("import %s: a server is away, taken up again after its lease: %s", pk, error)
        connection.close()
    except Exception as error:
        log.exception("import %s broke", pk)
        words = f"The import stopped with {type(error).__name__}: {error}"
        _fail(row, "import_broke", words)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def requeue() -> None:
    """Take up again what lost its worker, and what nobody has been told of."""
    now = timezone.now()
    lost = Import.objects.filter(state=WorkState.RUNNING, lease_until__lt=now)
    for pk in lost.values_list("pk", flat=True):
        _pick_up(pk)
    waiting = Import.objects.filter(state=WorkState.QUEUED, created_at__lt=now - LEASE / 4)
    for pk in waiting.values_list("pk", flat=True)[:100]:
        dispatch.read_import(pk)


def _pick_up(pk: int) -> None:
    """Queue it again, unless it has worn out workers enough. One that is being ended is locked."""
    with transaction.atomic():
        rows = Import.objects.select_for_update(skip_locked=True)
        row = rows.filter(pk=pk, state=WorkState.RUNNING, lease_until__lt=timezone.now()).first()
        if row is None:
            return
        if row.lease >= MAX_LEASES:
            row.error_code, row.error = "worker_lost", LOST
            _end(row, WorkState.FAILED)
        else:
            row.state = WorkState.QUEUED
            row.save(update_fields=["state"])
            _tell(row)


def _scratch() -> Path:
    folder = environment.var_dir() / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _claim(pk: int) -> Import | None:
    with transaction.atomic():
        rows = Import.objects.select_for_update(skip_locked=True)
        row = rows.filter(pk=pk, state=WorkState.QUEUED).first()
        if row is None:
            return None
        row.state, row.lease = WorkState.RUNNING, row.lease + 1
        row.lease_until = timezone.now() + LEASE
        row.save(update_fields=["state", "lease", "lease_until"])
    _tell(row)
    return Import.objects.select_related("dataset", "created_by").get(pk=pk)


def _carry_out(row: Import, folder: Path, watch: "_Watch") -> None:
    sources = manifests.Sources(row.files, folder, watch.alive)
    tree = sources.tree()
    name = row.format_asked if row.format_asked != "auto" else detection.detect(tree)
    if name is None and not sources.problems:
        raise Refused("no_images", "There is no image among the files.")
    reading = detection.READERS[name or "folders"].read(tree)
    modalities.join(reading)
    found = intake.examine(row, reading, sources, watch)
    row.format = name or ""
    row.classes, row.counts = _classes(row, found), _counts(found)
    row.problems = intake.shown(found.problems, PROBLEMS)
    errors = [problem for problem in found.problems if problem.level == "error"]
    if row.dry_run:
        entering.touch(row, found)
        _finish(row, WorkState.SUCCEEDED)
    elif errors:
        row.error_code, row.error = "problems", f"{len(errors)} files have errors; mend them first."
        _finish(row, WorkState.FAILED)
    else:
        _commit(row, found)


def _commit(row: Import, found: Intake) -> None:
    """Everything in one transaction, or nothing."""
    try:
        with transaction.atomic():
            _hold(row)
            Dataset.objects.select_for_update().get(pk=row.dataset_id)
            row.counts |= entering.enter(row, found)
            audit.note(row.created_by, "import.commit", row, None, row.counts)
            _finish(row, WorkState.SUCCEEDED)
    except IntegrityError as error:
        words = "Some bytes were swept from the store meanwhile; upload the files again."
        raise Refused("blobs_missing", words, params={"case": "swept"}) from error


def _classes(row: Import, found: Intake) -> list[dict[str, Any]]:
    """Each class as it was read, and what it becomes; null: a new class."""
    known = {name.lower(): name for name in DefectClass.objects.values_list("name", flat=True)}
    shown = []
    for name, count in found.findings.most_common():
        asked = row.class_map.get(name, name)
        target = known.get(asked.lower()) if asked is not None else None
        shown.append(
            {"name": name, "findings": count, "mapped_to": target, "ignored": asked is None}
        )
    return shown


def _counts(found: Intake) -> dict[str, int]:
    return {
        "samples": len(found.samples),
        "images": sum(len(sample.images) for sample in found.samples),
        "annotated": sum(sample.annotated for sample in found.samples),
        "findings": sum(found.findings.values()),
        "classes": len(found.findings),
        "parts": len({sample.part for sample in found.samples if sample.part}),
        "errors": sum(problem.level == "error" for problem in found.problems),
        "warnings": sum(problem.level == "warning" for problem in found.problems),
    }


class _Watch:
    """Renews the lease by a thread, tells progress, and stops what was cancelled or lost."""

    def __init__(self, row: Import) -> None:
        self._row, self._told, self._lost = row, 0.0, False
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name=f"import-{row.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._keeper.join()

    def alive(self) -> None:
        """Cheap: call it all along."""
        if self._lost:
            raise Stopped

    def __call__(self, done: int, total: int) -> None:
        self.alive()
        if time.monotonic() - self._told < TOLD_EVERY and done < total:
            return
        self._told = time.monotonic()
        self._row.done, self._row.total = done, total
        if not self._renew(done=done, total=total):
            raise Stopped
        _tell(self._row)

    def _renew(self, **told: int) -> bool:
        mine = Import.objects.filter(
            pk=self._row.pk, lease=self._row.lease, state=WorkState.RUNNING
        )
        return bool(mine.update(lease_until=timezone.now() + LEASE, **told))

    def _keep(self) -> None:
        """A long fetch or a large annotation file says nothing for minutes."""
        try:
            while not self._over.wait(LOOK_EVERY):
                try:
                    self._lost = self._lost or not self._renew()
                except AWAY:
                    log.warning("import %s: the database is away; trying again", self._row.pk)
                    connection.close()
        finally:
            connection.close()


def _hold(row: Import) -> None:
    mine = Import.objects.filter(pk=row.pk, lease=row.lease, state=WorkState.RUNNING)
    if not mine.select_for_update().exists():
        raise Stopped


def _finish(row: Import, state: str) -> None:
    with transaction.atomic():
        _hold(row)
        _end(row, state)


def _end(row: Import, state: str) -> None:
    row.state, row.finished_at = state, timezone.now()
    row.save()
    _tell(row)


def _fail(row: Import, code: str, words: str) -> None:
    row.error_code, row.error = code, words
    try:
        _finish(row, WorkState.FAILED)
    except Stopped:
        log.info("import %s was stopped meanwhile", row.pk)


def _tell(row: Import) -> None:
    told = {"type": "import.state", "import": row.pk, "state": row.state}
    told |= {"done": row.done, "total": row.total}
    transaction.on_commit(lambda: bus.publish(f"import.{row.pk}", told), robust=True)
