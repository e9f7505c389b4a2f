"""A class more for a few-shot model, by 1 to 20 images: tried, looked at, and kept or not.

The trial is a job. Nothing enters the registry until a person saves what came out.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from core.accounts.models import User
from core.audit import trail as audit
from core.errors import Refused
from inspection.models.datasets import DatasetVersion, WorkState
from inspection.models.registry import ModelVersion
from inspection.models.training import BatchItem, Job, JobKind, Priority
from inspection.selectors import batch as seen
from inspection.selectors import extensions as selectors
from inspection.selectors import registry
from inspection.services import artefacts, jobs
from workers import catalogue
from workers.contract import EvaluationReport, ExportReport, ExtendJob, ExtendResult

MOST = 20  # images of a new class
Files = Sequence[dict[str, str]]


def submit(ask: dict[str, Any], by: User) -> Job:
    """Queue a trial. `ask`: model, class_name, files, good?, dataset_version? (to measure on)."""
    model = _model(ask["model"])
    name = _name(ask["class_name"], model)
    files = _files(ask["files"], by)
    version = _version(ask.get("dataset_version") or model.dataset_version_id)
    job = Job(
        kind=JobKind.EXTEND,
        title=f"{model.name} + {name}"[:200],
        priority=Priority(ask.get("priority") or Priority.USER),
        engine=model.engine,
        model=model,
        dataset_version=version,
        request={
            "class_name": name,
            "good": bool(ask.get("good")),
            "images": len(files),
            "device": ask.get("device") or "auto",
        },
    )
    with transaction.atomic():
        jobs.queue(job, "job.submit", by)
        BatchItem.objects.bulk_create(_item(job, at, file) for at, file in enumerate(files))
    return job


def contract(job: Job) -> ExtendJob:
    """The trial as the engine room reads it."""
    if job.model is None or job.dataset_version is None:
        raise ValueError(f"job {job.pk} names no model and version")
    images = BatchItem.objects.filter(job=job).order_by("position")
    return ExtendJob(
        job_id=job.pk,
        attempt=job.attempt,
        device=job.request["device"],
        model=registry.model_ref(job.model),
        manifest=job.dataset_version.manifest_id,
        class_name=job.request["class_name"],
        images=list(images.values_list("blob", flat=True)),
        good=job.request["good"],
    )


def store(job: Job, result: ExtendResult) -> dict[str, Any]:
    """Keep the files, and what they are worth; the model is entered when a person saves it."""
    artefacts.keep(result.artefact, result.artefact_size)
    artefacts.keep(result.export.artefact, result.export.size)
    return selectors.result(result)


def save(pk: int, note: str, by: User) -> Job:
    """Enter what came out of a trial as a candidate, with a note why."""
    with transaction.atomic():
        job = Job.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        if job is None:
            raise Refused("not_found", "There is no such job.", status=404)
        _check_saved(job)
        model = _enter(job, note.strip())
        audit.note(by, "model.create", model, None, {"job": job.pk}, note.strip())
    return job


def _check_saved(job: Job) -> None:
    if job.kind != JobKind.EXTEND or job.state != WorkState.SUCCEEDED:
        words = "Only what came out of a new class that was tried can be saved."
        raise Refused("nothing_to_save", words, status=409)
    if ModelVersion.objects.filter(job=job).exists():
        raise Refused("already_saved", "This was saved already.", status=409)


def _enter(job: Job, note: str) -> ModelVersion:
    parent, kept = job.model, job.result
    if parent is None or job.dataset_version is None:
        raise ValueError(f"job {job.pk} names no model and version")
    report = EvaluationReport.model_validate(kept["after"])
    model = ModelVersion.objects.create(
        job=job,
        name=job.title,
        engine=parent.engine,
        kind=parent.kind,
        params=parent.params,
        dataset_version=parent.dataset_version,
        parent=parent,
        classes=kept["classes"],
        metrics={k: v for k, v in report.metrics.items() if v is not None},
        code_version=kept["code_version"],
        artefact=artefacts.keep(kept["artefact"], kept["size"]),
        note=note,
    )
    artefacts.add_evaluation(model, job.dataset_version, report)
    artefacts.add_export(model, ExportReport.model_validate(kept["export"]))
    return model


def _item(job: Job, position: int, file: dict[str, str]) -> BatchItem:
    images = {"rgb": file["sha256"]}
    return BatchItem(
        job=job, position=position, path=file["path"], blob_id=file["sha256"], images=images
    )


def _model(pk: int) -> ModelVersion:
    model = ModelVersion.objects.filter(pk=pk).first()
    if model is None:
        raise _wrong("model", "There is no such model.", "unknown")
    card = catalogue.cards().get(model.engine)
    if card is None or not card.extends:
        words = "This model takes no new class without training; a few-shot one does."
        raise _wrong("model", words, "not_extendable")
    return model


def _name(text: str, model: ModelVersion) -> str:
    name = text.strip()
    if not name:
        raise _wrong("class_name", "Give the class a name.", "empty")
    if name.lower() in (known.lower() for known in model.classes):
        raise _wrong("class_name", f"The model tells {name} already.", "class_known", name=name)
    return name


def _files(files: Files, by: User) -> Files:
    """Each image once; only those that the caller has sent or may see."""
    once = list({file["sha256"]: file for file in files}.values())
    if not 1 <= len(once) <= MOST:
        words = f"Choose 1 to {MOST} different images; these are {len(once)}."
        raise _wrong("files", words, "images_of_class", n=len(once), most=MOST)
    allowed = seen.visible_blobs([file["sha256"] for file in once], by)
    for file in once:
        if file["sha256"] not in allowed:
            words = f"The bytes of {file['path']} were not uploaded; send them first."
            raise _wrong("files", words, "not_uploaded", path=file["path"])
    return once


def _version(pk: int | None) -> DatasetVersion:
    version = DatasetVersion.objects.select_related("dataset").filter(pk=pk or 0).first()
    if version is None:
        raise _wrong("dataset_version", "There is no such dataset version.", "unknown")
    if version.dataset.task != "classify":
        words = "Its images have no class as a whole; choose a version of a classify dataset."
        raise _wrong("dataset_version", words, "not_classify")
    return version


def _wrong(field: str, words: str, case: str, **params: Any) -> Refused:
    said, params = f"{field}: {words}", {"case": case, **params}
    return Refused("invalid", said, status=422, fields={field: [words]}, params=params)
