"""Training: asked for, checked before any accelerator is taken, and what came out kept."""

from typing import Any

from django.db import transaction

from core.accounts.models import User
from core.audit import trail as audit
from core.errors import Refused
from inspection.models.datasets import DatasetVersion
from inspection.models.registry import ModelVersion
from inspection.models.training import Job, JobKind
from inspection.selectors import base_weights
from inspection.selectors import training as selectors
from inspection.selectors.soundness import Problem
from inspection.selectors.training import Plan
from inspection.services import artefacts, jobs
from inspection.services import base_weights as starts
from workers.contract import TrainJob, TrainResult

PATIENCE, GLANCE = 20.0, 2.0  # seconds that reading images may take: to submit, to look


def submit(ask: dict[str, Any], by: User) -> Job:
    """Queue a training. `ask`: dataset_version, engine, params, preset, augmentation, parent,
    base, device, priority.

    Refused with `fields` when the request is wrong, with `problems` when the data is unfit.
    """
    plan = selectors.plan(ask)
    errors = [problem for problem in selectors.problems(plan, PATIENCE) if problem.level == "error"]
    if errors:
        raise _unfit(errors)
    with transaction.atomic():
        return jobs.queue(_row(plan), "job.submit", by)


def check(ask: dict[str, Any]) -> dict[str, Any]:
    """What `submit` would say, without queueing: {ok, problems, estimate}."""
    try:
        plan = selectors.plan(ask)
    except Refused as refused:
        if not refused.fields:
            raise
        values = refused.extra.get("field_params", {})
        wrong = [
            Problem("error", field, refused.code, message, values.get(field, {}))
            for field, messages in refused.fields.items()
            for message in messages
        ]
        return {"ok": False, "problems": wrong, "estimate": None}
    found = selectors.problems(plan, GLANCE)
    fit = all(problem.level != "error" for problem in found)
    return {"ok": fit, "problems": found, "estimate": selectors.estimate(plan)}


def contract(job: Job) -> TrainJob:
    """The job as the engine room reads it."""
    return TrainJob(
        job_id=job.pk,
        attempt=job.attempt,
        checkpoint=job.checkpoint_id,
        device=job.request["device"],
        engine=job.engine,
        params=job.request["params"],
        manifest=_version(job).manifest_id,
        parent=job.parent.artefact_id if job.parent else None,
        base=starts.of_job(job),
        preset=job.request["preset"],
        augmentation=job.request.get("augmentation"),
    )


def store(job: Job, result: TrainResult) -> dict[str, Any]:
    """Enter what came out into the registry, in the transaction that ends the job."""
    model = ModelVersion.objects.create(
        job=job,
        name=job.title,
        engine=job.engine,
        kind=result.kind,
        params=job.request["params"],
        augmentation=_varied(job),
        dataset_version=job.dataset_version,
        parent=job.parent,
        classes=result.classes,
        metrics={k: v for k, v in result.evaluation.metrics.items() if v is not None},
        code_version=result.code_version,
        artefact=artefacts.keep(result.artefact, result.artefact_size),
    )
    artefacts.add_evaluation(model, _version(job), result.evaluation)
    if result.export:
        artefacts.add_export(model, result.export)
    audit.note(job.created_by, "model.create", model, None, {"job": job.pk})
    return {"model": model.pk, "seconds": result.seconds, "device": result.device}


def _varied(job: Job) -> dict[str, Any]:
    """The preset by name and all its values as they were; nothing of jobs from before."""
    values = job.request.get("augmentation")
    return {"preset": job.request["preset"], "values": values} if values else {}


def _version(job: Job) -> DatasetVersion:
    if job.dataset_version is None:
        raise ValueError(f"training job {job.pk} names no dataset version")
    return job.dataset_version


def _row(plan: Plan) -> Job:
    return Job(
        kind=JobKind.TRAIN,
        title=f"{plan.card.title} · {plan.version}"[:200],
        priority=plan.priority,
        engine=plan.card.name,
        dataset_version=plan.version,
        parent=plan.parent,
        base=plan.base,
        request={
            "params": plan.params,
            "preset": plan.preset,
            "augmentation": plan.augmentation.model_dump(),
            "device": plan.device,
            "base": base_weights.origin(plan.base, plan.parent),
        },
    )


def _unfit(errors: list[Problem]) -> Refused:
    more = f" ({len(errors) - 1} more problems)" if len(errors) > 1 else ""
    return Refused(
        "dataset_unfit",
        errors[0].message + more,
        status=422,
        fields=_fields(errors[:20]),
        problems=[error.__dict__ for error in errors[:200]],
        params={"more": len(errors) - 1},
    )


def _fields(errors: list[Problem]) -> dict[str, list[str]]:
    """At the field that each is of; what is in the data, at the version."""
    found: dict[str, list[str]] = {}
    for error in errors:
        name = error.path if error.path == "base" else "dataset_version"
        found.setdefault(name, []).append(error.message)
    return found
