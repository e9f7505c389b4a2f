"""Drawn data for tests: a frozen dataset version of grey plates with dark and bright squares."""

import io
from typing import Any

import numpy as np
from django.utils import timezone
from PIL import Image

from core import storage
from core.accounts.models import User
from inspection.models import (
    Annotation,
    Blob,
    Dataset,
    DatasetVersion,
    DefectClass,
    Sample,
    SampleImage,
    VersionSample,
)
from inspection.models.registry import Export, ModelVersion
from workers.contract import Manifest, ManifestAnnotation, ManifestSample

SIZE = 64
CLASSES = ("dark", "bright")
Box = tuple[float, float, float, float]


def plate(number: int) -> tuple[bytes, Box, str]:
    """The same plate for the same number: PNG bytes, where its defect is, and its class."""
    rng = np.random.default_rng(number)
    pixels = rng.normal(128, 8, (SIZE, SIZE)).astype("uint8")
    side, name = int(rng.integers(10, 20)), CLASSES[number % 2]
    x, y = (int(value) for value in rng.integers(2, SIZE - side - 2, 2))
    pixels[y : y + side, x : x + side] = 20 if name == "dark" else 235
    out = io.BytesIO()
    Image.fromarray(pixels).convert("RGB").save(out, "PNG")
    box = (x / SIZE, y / SIZE, (x + side) / SIZE, (y + side) / SIZE)
    return out.getvalue(), box, name


def blob(data: bytes) -> Blob:
    """Stored bytes with their row."""
    sha256 = storage.put(data)
    known = {"size": len(data), "touched_at": timezone.now()}
    return Blob.objects.get_or_create(pk=sha256, defaults=known)[0]


def version(by: User, images: int = 20, **fields: Any) -> DatasetVersion:
    """A frozen detect dataset; the first 60 % train, then val, the last 20 % test."""
    name = fields.pop("name", f"plates {Dataset.objects.count()}")
    dataset = Dataset.objects.create(name=name, task=fields.pop("task", "detect"), created_by=by)
    rows = [sample(dataset, number, _split(number, images)) for number in range(images)]
    manifest = Manifest(task="detect", classes=list(CLASSES), samples=rows)
    return freeze(dataset, manifest, by)


def freeze(dataset: Dataset, manifest: Manifest, by: User) -> DatasetVersion:
    """A version of whatever the manifest says."""
    kept = blob(manifest.model_dump_json().encode())
    splits = [row.split for row in manifest.samples]
    frozen = DatasetVersion.objects.create(
        dataset=dataset,
        number=DatasetVersion.objects.filter(dataset=dataset).count() + 1,
        content_hash=kept.pk,
        manifest=kept,
        shares={"train": 0.6, "val": 0.2, "test": 0.2},
        seed=0,
        counts={split: splits.count(split) for split in ("train", "val", "test")},
        classes=manifest.classes,
        created_by=by,
    )
    for row in manifest.samples:
        VersionSample.objects.create(version=frozen, sample_id=row.id, split=row.split)
    return frozen


def sample(dataset: Dataset, number: int, split: Any) -> ManifestSample:
    """One plate in the dataset, with its box, and as its manifest names it."""
    data, box, name = plate(number)
    image = blob(data)
    row = Sample.objects.create(
        dataset=dataset, path=f"plates/{number:03}.png", split=split, annotated=True
    )
    SampleImage.objects.create(sample=row, blob=image, width=SIZE, height=SIZE)
    found = DefectClass.objects.get_or_create(name=name)[0]
    corners = dict(zip(("x0", "y0", "x1", "y1"), box, strict=True))
    Annotation.objects.create(
        dataset=dataset, sample=row, defect_class=found, kind="box", **corners
    )
    return ManifestSample(
        id=row.pk,
        path=row.path,
        split=split,
        images={"rgb": image.pk},
        width=SIZE,
        height=SIZE,
        annotations=[ManifestAnnotation(class_name=name, kind="box", box=box)],
    )


def model(frozen: DatasetVersion, parity_ok: bool = True, **fields: Any) -> ModelVersion:
    """A registered model with an export, whose weights are a few bytes."""
    made = ModelVersion.objects.create(
        name=fields.pop("name", "drawn"),
        engine=fields.pop("engine", "patch_cnn"),
        kind="detect",
        params={},
        dataset_version=frozen,
        classes=fields.pop("classes", list(CLASSES)),
        metrics={"map50": 0.5},
        code_version="test",
        artefact=blob(b"weights"),
        **fields,
    )
    Export.objects.create(
        model=made, format="openvino", artefact=blob(b"export"), parity={"ok": parity_ok}
    )
    return made


def generator(frozen: DatasetVersion) -> ModelVersion:
    """A registered generator, whose weights are a few bytes."""
    return ModelVersion.objects.create(
        name="drawn generator",
        engine="dcgan",
        kind="generate",
        params={"class_name": "dark"},
        dataset_version=frozen,
        classes=list(CLASSES),
        metrics={"kid": 0.01},
        code_version="test",
        artefact=blob(b"generator"),
    )


def _split(number: int, images: int) -> str:
    if number < images * 0.6:
        return "train"
    return "val" if number < images * 0.8 else "test"
