"""What comes out of jobs: models entered with their evidence, and the forms they are served in."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from core.accounts.models import User
from core.audit import trail as audit
from core.errors import Refused
from inspection.models.datasets import Blob, DatasetVersion
from inspection.models.registry import Evaluation, Export, ModelVersion
from inspection.models.training import Job, JobKind
from inspection.selectors import registry as selectors
from inspection.services import jobs
from workers.contract import EvaluationReport, ExportJob, ExportReport

FORMATS = selectors.FORMATS


def keep(sha256: str, size: int) -> Blob:
    """The row of a file that a worker has stored."""
    now = timezone.now()
    return Blob.objects.get_or_create(pk=sha256, defaults={"size": size, "touched_at": now})[0]


def add_evaluation(
    model: ModelVersion, version: DatasetVersion, report: EvaluationReport
) -> Evaluation:
    """Enter what the runner measured on the held-out split."""
    return Evaluation.objects.create(
        model=model, dataset_version=version, **report.model_dump(mode="json")
    )


def add_export(model: ModelVersion, report: ExportReport) -> Export:
    """Enter an export with its parity report; the one of the same format gives way to it."""
    artefact = keep(report.artefact, report.size)
    return Export.objects.update_or_create(
        model=model,
        format=report.format,
        defaults={"precision": report.precision, "artefact": artefact, "parity": report.parity},
    )[0]


def export(pk: int, format: str, by: User) -> Job:
    """Queue the making of another form of a model."""
    model = ModelVersion.objects.filter(pk=pk).first()
    if model is None or model.kind == "generate":  # which answers nothing
        raise Refused("not_found", "There is no such model.", status=404)
    if format not in FORMATS:
        words = f"Choose one of {', '.join(FORMATS)}."
        raise Refused("invalid", f"format: {words}", fields={"format": [words]})
    with transaction.atomic():
        job = Job(
            kind=JobKind.EXPORT,
            title=f"{model.name} as {format}"[:200],
            engine=model.engine,
            model=model,
            dataset_version_id=model.dataset_version_id,
            request={"format": format},
        )
        return jobs.queue(job, "model.export", by)


def contract(job: Job) -> ExportJob:
    """The export job as the engine room reads it."""
    model = job.model
    if model is None or model.dataset_version is None:
        raise ValueError(f"export job {job.pk} names no model with a dataset version")
    return ExportJob(
        job_id=job.pk,
        attempt=job.attempt,
        checkpoint=job.checkpoint_id,
        engine=model.engine,
        params=model.params,
        artefact=model.artefact_id,
        manifest=model.dataset_version.manifest_id,
        format=job.request["format"],
    )


def store_export(job: Job, report: ExportReport) -> dict[str, Any]:
    """Enter the export, in the transaction that ends its job."""
    if job.model is None:
        raise ValueError(f"export job {job.pk} names no model")
    made = add_export(job.model, report)
    audit.note(job.created_by, "model.exported", job.model, None, {"format": made.format})
    return {"model": job.model.pk, "export": made.pk, "parity": report.parity}
