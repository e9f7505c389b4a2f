"""Synthetic images: drawn by a job, approved or rejected by a person, added to their dataset.

What is added is marked, and is for training alone: no version ever has it in val or test.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.accounts.models import User
from core.audit import trail as audit
from core.errors import Refused
from inspection.models.datasets import Annotation, Sample, SampleImage, Split
from inspection.models.products import DefectClass
from inspection.models.registry import ModelVersion
from inspection.models.synthetic import SyntheticBatch, SyntheticImage, SyntheticState
from inspection.models.training import Job, JobKind, Priority
from inspection.services import base_weights, blobs, jobs
from workers.contract import ManifestAnnotation
from workers.contract_drawing import DrawnImage, GenerateJob, GenerateResult

MOST = 2000  # images of a batch


def submit(ask: dict[str, Any], by: User) -> Job:
    """Queue the drawing of images. `ask`: model, n, seed, class_name, paste, device, priority."""
    model = ModelVersion.objects.filter(pk=ask["model"], kind="generate").first()
    if model is None or model.dataset_version is None:
        raise _wrong("model", "There is no such generator.", "unknown")
    name = ask.get("class_name") or model.classes[0]
    if name not in model.classes:
        known = ", ".join(model.classes)
        words = f"The generator has learnt {known}."
        raise _wrong("class_name", words, "of_generator", known=known)
    request = {
        "n": ask["n"],
        "seed": ask.get("seed") or 0,
        "class_name": name,
        "paste": ask.get("paste", True),
        "device": ask.get("device") or "auto",
    }
    job = Job(
        kind=JobKind.GENERATE,
        title=f"{ask['n']} × {name} · {model.name}"[:200],
        priority=Priority(ask.get("priority") or Priority.USER),
        engine=model.engine,
        model=model,
        dataset_version=model.dataset_version,
        request=request,
    )
    with transaction.atomic():
        return jobs.queue(job, "job.submit", by)


def contract(job: Job) -> GenerateJob:
    """The job as the engine room reads it."""
    model = job.model
    if model is None or model.dataset_version is None:
        raise ValueError(f"drawing job {job.pk} names no generator with a dataset version")
    asked = job.request
    return GenerateJob(
        job_id=job.pk,
        attempt=job.attempt,
        device=asked["device"],
        engine=model.engine,
        params=model.params,
        classes=model.classes,
        artefact=model.artefact_id,
        manifest=model.dataset_version.manifest_id,
        base=base_weights.of_job(model.job) if model.job else None,
        class_name=asked["class_name"],
        n=asked["n"],
        seed=asked["seed"],
        paste=asked["paste"],
    )


def store(job: Job, result: GenerateResult) -> dict[str, Any]:
    """Enter what was drawn, in the transaction that ends the job."""
    if job.model is None or job.dataset_version is None:
        raise ValueError(f"drawing job {job.pk} names no generator with a dataset version")
    batch = SyntheticBatch.objects.create(
        job=job,
        model=job.model,
        dataset_version=job.dataset_version,
        class_name=job.request["class_name"],
        seed=job.request["seed"],
        pasted=any(image.parents for image in result.images),
        created_by=job.created_by,
        **result.model_dump(include={"real", "features", "kid", "spread", "near", "far"}),
    )
    _keep_files(result.images)
    known = set(
        Sample.objects.filter(pk__in={each.neighbour for each in result.images}).values_list(
            "pk", flat=True
        )
    )
    SyntheticImage.objects.bulk_create(
        _row(batch, position, image, known) for position, image in enumerate(result.images)
    )
    audit.note(job.created_by, "synthetic.create", batch, None, {"images": len(result.images)})
    rejected = sum(bool(image.doubt) for image in result.images)
    told = {"images": len(result.images), "rejected": rejected, "kid": result.kid}
    return {"synthetic": batch.pk, "seconds": result.seconds, "device": result.device, **told}


def _keep_files(images: Sequence[DrawnImage]) -> None:
    files = [
        file
        for image in images
        for file in (image.image, image.closeup, image.neighbour_closeup)
        if file is not None
    ]
    blobs.row({file.sha256: file.size for file in files})


def _row(
    batch: SyntheticBatch, position: int, image: DrawnImage, known: set[int]
) -> SyntheticImage:
    return SyntheticImage(
        batch=batch,
        position=position,
        seed=image.seed,
        image_id=image.image.sha256,
        closeup_id=image.closeup.sha256,
        width=image.width,
        height=image.height,
        annotations=[note.model_dump(mode="json") for note in image.annotations],
        parents=image.parents,
        neighbour_id=image.neighbour if image.neighbour in known else None,
        neighbour_closeup_id=image.neighbour_closeup.sha256 if image.neighbour_closeup else None,
        distance=image.distance,
        doubt=image.doubt,
        state=SyntheticState.REJECTED if image.doubt else SyntheticState.PROPOSED,
    )


@transaction.atomic
def decide(batch: SyntheticBatch, ids: Sequence[int], state: str, by: User) -> int:
    """Approve, reject or leave open; how many changed. Refused for what is in the dataset."""
    rows = SyntheticImage.objects.select_for_update(of=("self",)).filter(batch=batch, pk__in=ids)
    if rows.filter(sample__isnull=False).exists():
        words = "Some of them are in the dataset already; take them out there first."
        raise Refused("already_added", words, status=409)
    positions = sorted(rows.values_list("position", flat=True))
    # By nobody again: what a person leaves open has not been looked at.
    looked = state != SyntheticState.PROPOSED
    count = rows.update(
        state=state,
        decided_by=by if looked else None,
        decided_at=timezone.now() if looked else None,
    )
    new = {"state": state, "count": count, "positions": positions[:200]}
    audit.note(by, "synthetic.decide", batch, None, new)
    return count


@transaction.atomic
def add(batch: SyntheticBatch, by: User) -> int:
    """Put what is approved, and is not there yet, into its dataset; how many."""
    dataset = batch.dataset_version.dataset
    if dataset.archived_at is not None:
        raise Refused("archived_dataset", "The dataset is archived; restore it first.", status=409)
    rows = SyntheticImage.objects.select_for_update(of=("self",)).filter(
        batch=batch, state=SyntheticState.APPROVED, sample=None
    )
    chosen = list(rows.order_by("position"))
    if not chosen:
        raise Refused("nothing_approved", "No image is approved that is not there yet.", status=409)
    samples = Sample.objects.bulk_create(_sample(batch, each) for each in chosen)
    SampleImage.objects.bulk_create(
        SampleImage(
            sample=sample, modality="rgb", blob_id=each.image_id, width=each.width,
            height=each.height, bits=8,
        )
        for sample, each in zip(samples, chosen, strict=True)
    )  # fmt: skip
    _annotate(samples, chosen, by)
    for sample, each in zip(samples, chosen, strict=True):
        each.sample = sample
    SyntheticImage.objects.bulk_update(chosen, ["sample"])
    new = {"batch": batch.pk, "generator": batch.model_id, "count": len(chosen)}
    audit.note(by, "dataset.add_synthetic", dataset, None, new)
    return len(chosen)


def _sample(batch: SyntheticBatch, image: SyntheticImage) -> Sample:
    return Sample(
        dataset_id=batch.dataset_version.dataset_id,
        path=f"synthetic/{batch.pk}/{image.position:04}.png",
        split=Split.TRAIN,
        annotated=True,
        synthetic=True,
    )


def _annotate(samples: Sequence[Sample], images: Sequence[SyntheticImage], by: User) -> None:
    classes = {row.name: row for row in DefectClass.objects.all()}
    rows = []
    for sample, image in zip(samples, images, strict=True):
        for told in image.annotations:
            note = ManifestAnnotation.model_validate(told)
            if note.class_name not in classes:
                made, _ = DefectClass.objects.get_or_create(name=note.class_name)
                classes[note.class_name] = made
            x0, y0, x1, y1 = note.box or (None, None, None, None)
            rows.append(
                Annotation(
                    dataset_id=sample.dataset_id, sample=sample, kind=note.kind, author=by,
                    defect_class=classes[note.class_name], x0=x0, y0=y0, x1=x1, y1=y1,
                    polygon=note.polygon, mask=note.mask, reviewed=True,
                )
            )  # fmt: skip
    Annotation.objects.bulk_create(rows)


def _wrong(field: str, words: str, case: str, **params: Any) -> Refused:
    said, params = f"{field}: {words}", {"case": case, **params}
    return Refused("invalid", said, status=422, fields={field: [words]}, params=params)
