"""Freezing a dataset: an immutable manifest in the object store; same content, same version.

Samples go through memory a portion at a time: what is kept of all is their splits.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from core import storage
from core.accounts.models import User
from core.audit import trail as audit
from core.errors import Refused
from inspection.models.datasets import Dataset, DatasetVersion, Sample, Task, VersionSample
from inspection.models.products import DefectClass, Severity
from inspection.selectors import catalogue
from inspection.services import blobs, splits
from inspection.services.splits import Group
from workers.contract import Manifest, ManifestSample

PORTION = 1000  # samples with their annotations in memory
MEMBERS = """
SELECT s.id, s.part, s.split, s.synthetic,
       (SELECT i.blob_id FROM inspection_sampleimage i WHERE i.sample_id = s.id
        ORDER BY (i.modality = 'rgb') DESC LIMIT 1),
       ARRAY(SELECT DISTINCT a.defect_class_id FROM inspection_annotation a
             WHERE a.sample_id = s.id)
FROM inspection_sample s WHERE s.dataset_id = %s AND s.annotated ORDER BY s.id
"""


@dataclass
class Member:
    """An annotated sample as the splits are dealt: its picture's hash, the ids of its classes."""

    id: int
    part: str
    split: str
    synthetic: bool
    content: str
    classes: list[int]


def freeze(dataset: Dataset, ask: dict[str, Any], by: User) -> tuple[DatasetVersion, bool]:
    """The version of the dataset as it is now, and whether it is new.

    Only annotated samples are in it. A sample keeps the split of its first version for ever.
    """
    shares = _shares(ask["splits"])
    with transaction.atomic(), tempfile.TemporaryDirectory() as folder:
        Dataset.objects.select_for_update().get(pk=dataset.pk)
        members = _members(dataset)
        if not members:
            words = "Nothing in it is annotated yet: annotate or import annotations first."
            raise Refused("nothing_annotated", words, status=409)
        _split(members, shares, ask["seed"])
        path = Path(folder) / "manifest.json"
        head = _head(dataset, members)
        sha256 = _write_manifest(path, head, members)
        known = dataset.versions.filter(content_hash=sha256).first()
        if known:
            return known, False
        blobs.row({sha256: path.stat().st_size})
        version = _write(dataset, members, head, sha256, ask | {"splits": shares}, by)
        storage.put_file(path)  # last, so that whatever fails before it leaves nothing
    return version, True


def _shares(asked: dict[str, float]) -> dict[str, float]:
    shares = {split: float(asked.get(split, 0)) for split in splits.SPLITS}
    total = sum(shares.values())
    if min(shares.values()) < 0 or shares["train"] <= 0 or abs(total - 1) > 0.011:
        words = "The shares of train, val and test add up to 1, and train has some."
        raise Refused("invalid", words, fields={"splits": [words]}, params={"case": "shares"})
    return {split: share / total for split, share in shares.items()}


def _members(dataset: Dataset) -> list[Member]:
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, [dataset.pk])
        return [Member(*row) for row in cursor]


def _split(members: Sequence[Member], shares: dict[str, float], seed: int) -> None:
    """Deal out what has no split, in memory. Parts stay together, and so do equal pictures."""
    keys = [[f"part {m.part}", m.content] if m.part else [m.content] for m in members]
    groups = []
    for indices in splits.together(keys):
        group = Group(indices)
        for member in (members[index] for index in indices):
            if not member.synthetic:
                group.split = group.split or member.split
            group.synthetic = group.synthetic or member.synthetic
            group.classes.update(str(pk) for pk in member.classes)
        groups.append(group)
    splits.deal(groups, shares, seed)
    for group in groups:
        for index in group.members:
            members[index].split = members[index].split or group.split


def _head(dataset: Dataset, members: Sequence[Member]) -> Manifest:
    """The manifest without its samples."""
    standing = catalogue.standing()
    used = {standing[pk] for pk in {pk for member in members for pk in member.classes}}
    good = [row.name for row in used if row.severity == Severity.GOOD]
    named = [row for row in used if dataset.task == Task.CLASSIFY or row.name not in good]
    return Manifest.model_validate(
        {
            "task": dataset.task,
            "classes": [row.name for row in sorted(named, key=lambda row: row.pk)],
            "good_classes": sorted(good),
            "nuisances": sorted(row.name for row in used if row.severity == Severity.NUISANCE),
            "samples": [],
        }
    )


def _write_manifest(path: Path, head: Manifest, members: Sequence[Member]) -> str:
    """The manifest's JSON as pydantic would write it whole; its sha256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for text in _texts(head, members):
            digest.update(text.encode())
            file.write(text.encode())
    return digest.hexdigest()


def _texts(head: Manifest, members: Sequence[Member]) -> Iterator[str]:
    standing = catalogue.standing()
    # A version without nuisances reads as it did before there were any.
    yield head.model_dump_json(exclude=None if head.nuisances else {"nuisances"}).removesuffix("]}")
    for number, some in enumerate(_portions(members)):
        of = {member.id: member.split for member in some}
        rows = Sample.objects.filter(pk__in=of).order_by("id")
        frozen = (
            _text(ManifestSample.model_validate(_sample(row, of[row.pk], standing)))
            for row in rows.prefetch_related("images", "annotations")
        )
        yield ("," if number else "") + ",".join(frozen)
    yield "]}"


def _text(sample: ManifestSample) -> str:
    """A version of real samples alone reads as it did before there were others."""
    return sample.model_dump_json(exclude=None if sample.synthetic else {"synthetic"})


def _portions(members: Sequence[Member]) -> Iterator[Sequence[Member]]:
    return (members[start : start + PORTION] for start in range(0, len(members), PORTION))


def _sample(sample: Sample, split: str, standing: dict[int, DefectClass]) -> dict[str, Any]:
    images = sorted(
        sample.images.all(), key=lambda image: (image.modality != "rgb", image.modality)
    )
    notes = sorted(sample.annotations.all(), key=lambda note: note.pk)
    return {
        "id": sample.pk,
        "path": sample.path,
        "part": sample.part,
        "split": split,
        "synthetic": sample.synthetic,
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
    dataset: Dataset, members: Sequence[Member], head: Manifest, sha256: str,
    ask: dict[str, Any], by: User,
) -> DatasetVersion:  # fmt: skip
    counts = {split: sum(m.split == split for m in members) for split in splits.SPLITS}
    last = dataset.versions.order_by("-number").first()
    version = DatasetVersion.objects.create(
        dataset=dataset, number=last.number + 1 if last else 1, content_hash=sha256,
        manifest_id=sha256, shares=ask["splits"], seed=ask["seed"], counts=counts,
        synthetic=sum(member.synthetic for member in members), classes=head.classes, created_by=by,
    )  # fmt: skip
    for some in _portions(members):
        VersionSample.objects.bulk_create(
            VersionSample(version=version, sample_id=member.id, split=member.split)
            for member in some
        )
    with connection.cursor() as cursor:  # from now on their split is theirs
        cursor.execute(
            "UPDATE inspection_sample s SET split = v.split FROM inspection_versionsample v "
            "WHERE v.version_id = %s AND v.sample_id = s.id AND s.split = ''",
            [version.pk],
        )
    audit.note(by, "version.freeze", version, None, {"hash": sha256, "counts": counts})
    return version
