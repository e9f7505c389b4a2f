"""Batch inference: a model over a dataset, a version, or uploaded files. One row an image set.

The rows make it resumable: what has its answer is done, whoever wrote it.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from core.accounts.models import User
from core.errors import Refused
from inspection.models.datasets import Dataset, DatasetVersion, Split, WorkState
from inspection.models.registry import ModelVersion
from inspection.models.training import BatchItem, Job, JobKind, Priority
from inspection.selectors import batch as selectors
from inspection.selectors import registry
from inspection.services import jobs
from workers.contract import Answer, BatchInferJob, Cancelled, Part
from workers.contract import BatchItem as Item

LAY_OUT = """
INSERT INTO inspection_batchitem (job_id, position, path, sample_id, blob_id, images)
SELECT %s, row_number() OVER (ORDER BY s.id) - 1, s.path, s.id,
       (array_agg(i.blob_id ORDER BY (i.modality = 'rgb') DESC))[1],
       jsonb_object_agg(i.modality, i.blob_id)
FROM inspection_sample s JOIN inspection_sampleimage i ON i.sample_id = s.id
"""
OF_DATASET = LAY_OUT + "WHERE s.dataset_id = %s GROUP BY s.id, s.path"
OF_VERSION = (
    LAY_OUT + "JOIN inspection_versionsample v ON v.sample_id = s.id "
    "WHERE v.version_id = %s AND (%s = '' OR v.split = %s) GROUP BY s.id, s.path"
)
SOURCES = ("dataset", "dataset_version", "files")


def submit(ask: dict[str, Any], by: User) -> Job:
    """Queue a batch. `ask`: model, and one of dataset, dataset_version (and split), files."""
    model = ModelVersion.objects.filter(pk=ask["model"]).first()
    if model is None or model.kind == "generate":
        raise _wrong("model", "There is no such model.", "unknown")
    if sum(ask.get(source) is not None for source in SOURCES) != 1:
        raise _wrong("dataset", "Name one of dataset, dataset_version or files.", "one_source")
    with transaction.atomic():
        job = Job(
            kind=JobKind.BATCH,
            priority=Priority(ask.get("priority") or Priority.USER),
            engine=model.engine,
            model=model,
            request={"device": ask.get("device") or "auto"},
        )
        lay_out = _source(job, ask, by)
        job.title = f"{model.name} · {job.title}"[:200]
        jobs.queue(job, "job.submit", by)
        if not lay_out():
            raise _wrong("dataset", "There is no image in it.", "no_image")
    return job


def _source(job: Job, ask: dict[str, Any], by: User) -> Any:
    """Name the source in the job, and return what writes its rows and says how many."""
    if ask.get("files") is not None:
        files = ask["files"]
        folder = files[0]["path"].partition("/")[0] if files else ""
        job.title, job.request["files"] = f"{folder} ({len(files)})", len(files)
        return lambda: _of_files(job, files, by)
    if ask.get("dataset") is not None:
        dataset = Dataset.objects.filter(pk=ask["dataset"], archived_at=None).first()
        if dataset is None:
            raise _wrong("dataset", "There is no such dataset.", "unknown")
        job.title, job.request["dataset"] = dataset.name, dataset.pk
        return lambda: _insert(OF_DATASET, job.pk, dataset.pk)
    version = DatasetVersion.objects.filter(pk=ask["dataset_version"]).first()
    split = ask.get("split") or ""
    if version is None:
        raise _wrong("dataset_version", "There is no such dataset version.", "unknown")
    if split not in ("", *Split.values):
        raise _wrong("split", "Choose train, val or test, or leave it out.", "split")
    job.dataset_version, job.request["split"] = version, split
    job.title = f"{version} {split}".strip()
    return lambda: _insert(OF_VERSION, job.pk, version.pk, split, split)


def _of_files(job: Job, files: Sequence[dict[str, str]], by: User) -> int:
    """Rows for uploaded files; only those that the caller has sent or may see."""
    allowed = selectors.visible_blobs([file["sha256"] for file in files], by)
    for file in files:
        if file["sha256"] not in allowed:
            words = f"The bytes of {file['path']} were not uploaded; send them first."
            raise _wrong("files", words, "not_uploaded", path=file["path"])
    rows = [
        BatchItem(
            job=job,
            position=position,
            path=file["path"],
            blob_id=file["sha256"],
            images={"rgb": file["sha256"]},
        )
        for position, file in enumerate(files)
    ]
    return len(BatchItem.objects.bulk_create(rows, batch_size=5000))


def _insert(sql: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def contract(job: Job) -> BatchInferJob:
    """What is still without an answer, as the engine room reads it; `ref` is the row's position."""
    if job.model is None:
        raise ValueError(f"batch job {job.pk} names no model")
    rows = BatchItem.objects.filter(job=job)
    open_rows = rows.filter(answer__isnull=True).order_by("position")
    return BatchInferJob(
        job_id=job.pk,
        attempt=job.attempt,
        device=job.request["device"],
        model=registry.model_ref(job.model),
        items=[
            Item(ref=str(position), part=Part(images=images))
            for position, images in open_rows.values_list("position", "images")
        ],
        done=rows.filter(answer__isnull=False).count(),
    )


def answer(job: Job, answers: Sequence[tuple[str, Answer]]) -> None:
    """Write answers by `ref`, under the job's lease; Cancelled when it is lost."""
    with transaction.atomic():
        mine = Job.objects.filter(pk=job.pk, lease=job.lease, state=WorkState.RUNNING)
        if not mine.select_for_update(of=("self",)).exists():
            raise Cancelled("lost_lease")
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE inspection_batchitem SET answer = %s::jsonb "
                "WHERE job_id = %s AND position = %s",
                [(a.model_dump_json(), job.pk, int(ref)) for ref, a in answers],
            )


def store(job: Job, _: object = None) -> dict[str, Any]:
    """The job's result: how many image sets, findings and errors."""
    return selectors.counts(job.pk)


def _wrong(field: str, words: str, case: str, **params: Any) -> Refused:
    said, params = f"{field}: {words}", {"case": case, **params}
    return Refused("invalid", said, status=422, fields={field: [words]}, params=params)
