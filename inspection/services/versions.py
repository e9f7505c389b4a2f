"""Freezing a dataset: an immutable manifest in the object store; same content, same version."""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from core import storage
from core.accounts.models import User
from core.audit import trail as audit
from core.errors import Refused
from inspection.models.datasets import Blob, Dataset, DatasetVersion, Sample, Task, VersionSample
from inspection.models.products import DefectClass, Severity
from inspection.services import splits
from inspection.services.splits import Group
from workers.contract import Manifest

BATCH = 5000


def freeze(dataset: Dataset, ask: dict[str, Any], by: User) -> tuple[DatasetVersion, bool]:
    """The version of the dataset as it is now, and whether it is new.

    Only annotated samples are in it. A sample keeps the split of its first version for ever.
    """
    shares = _shares(ask["splits"])
    with transaction.atomic():
        Dataset.objects.select_for_update().get(pk=dataset.pk)
        samples = _samples(dataset)
        if not samples:
            words = "Nothing in it is annotated yet: annotate or import annotations first."
            raise Refused("nothing_annotated", words, status=409)
        _split(samples, shares, ask["seed"])
        manifest = _manifest(dataset, samples)
        content = manifest.model_dump_json().encode()
        sha256 = storage.put(content)
        known = dataset.versions.filter(content_hash=sha256).first()
        if known:
            return known, False
        Blob.objects.get_or_create(
            pk=sha256, defaults={"size": len(content), "touched_at": timezone.now()}
        )
        version = _write(dataset, samples, manifest, sha256, ask | {"splits": shares}, by)
    return version, True


def _shares(asked: dict[str, float]) -> dict[str, float]:
    shares = {split: float(asked.get(split, 0)) for split in splits.SPLITS}
    total = sum(shares.values())
    if min(shares.values()) < 0 or shares["train"] <= 0 or abs(total - 1) > 0.011:
        words = "The shares of train, val and test add up to 1, and train has some."
        raise Refused("invalid", words, fields={"splits": [words]}, params={"case": "shares"})
    return {split: share / total for split, share in shares.items()}


def _samples(dataset: Dataset) -> list[Sample]:
    rows = Sample.objects.filter(dataset=dataset, annotated=True).order_by("id")
    return list(rows.prefetch_related("images", "annotations"))


def _split(samples: list[Sample], shares: dict[str, float], seed: int) -> None:
    """Deal out what has no split, in memory."""
    groups: dict[str, Group] = {}
    for index, sample in enumerate(samples):
        key = f"part {sample.part}" if sample.part else f"sample {sample.pk}"
        group = groups.setdefault(key, Group())
        group.members.append(index)
        group.split = group.split or sample.split
        group.classes.update(str(a.defect_class_id) for a in sample.annotations.all())
    splits.deal(list(groups.values()), shares, seed)
    for group in groups.values():
        for index in group.members:
            samples[index].split = samples[index].split or group.split


def _manifest(dataset: Dataset, samples: list[Sample]) -> Manifest:
    catalogue = {row.pk: row for row in DefectClass.objects.select_related("merged_into")}
    standing = {pk: _standing(row, catalogue) for pk, row in catalogue.items()}
    used = {standing[a.defect_class_id] for s in samples for a in s.annotations.all()}
    good = [row.name for row in used if row.severity == Severity.GOOD]
    named = [row for row in used if dataset.task == Task.CLASSIFY or row.name not in good]
    return Manifest.model_validate(
        {
            "task": dataset.task,
            "classes": [row.name for row in sorted(named, key=lambda row: row.pk)],
            "good_classes": sorted(good),
            "samples": [_sample(sample, standing) for sample in samples],
        }
    )


def _standing(row: DefectClass, catalogue: dict[int, DefectClass]) -> DefectClass:
    while row.merged_into_id is not None:
        row = catalogue[row.merged_into_id]
    return row


def _sample(sample: Sample, standing: dict[int, DefectClass]) -> dict[str, Any]:
    images = sorted(
        sample.images.all(), key=lambda image: (image.modality != "rgb", image.modality)
    )
    notes = sorted(sample.annotations.all(), key=lambda note: note.pk)
    return {
        "id": sample.pk,
        "path": sample.path,
        "part": sample.part,
        "split": sample.split,
        "images": {image.modality: image.blob_id for image in images},
        "width": images[0].width,
        "height": images[0].height,
        "annotations": sorted(
            (
                {
                    "class_name": standing[note.defect_class_id].name,
                    "kind": note.kind,
                    "box": None if note.x0 is None else [note.x0, note.y0, note.x1, note.y1],
                    "polygon": note.polygon,
                    "mask": note.mask,
                }
                for note in notes
            ),
            key=lambda note: (note["class_name"], note["kind"], note["box"] or []),
        ),
    }


def _write(
    dataset: Dataset, samples: list[Sample], manifest: Manifest, sha256: str,
    ask: dict[str, Any], by: User,
) -> DatasetVersion:  # fmt: skip
    counts = {split: sum(s.split == split for s in samples) for split in splits.SPLITS}
    last = dataset.versions.order_by("-number").first()
    version = DatasetVersion.objects.create(
        dataset=dataset, number=last.number + 1 if last else 1, content_hash=sha256,
        manifest_id=sha256, shares=ask["splits"], seed=ask["seed"], counts=counts,
        classes=manifest.classes, created_by=by,
    )  # fmt: skip
    for start in range(0, len(samples), BATCH):
        VersionSample.objects.bulk_create(
            VersionSample(version=version, sample=sample, split=sample.split)
            for sample in samples[start : start + BATCH]
        )
    with connection.cursor() as cursor:  # from now on their split is theirs
        cursor.execute(
            "UPDATE inspection_sample s SET split = v.split FROM inspection_versionsample v "
            "WHERE v.version_id = %s AND v.sample_id = s.id AND s.split = ''",
            [version.pk],
        )
    audit.note(by, "version.freeze", version, None, {"hash": sha256, "counts": counts})
    return version
