"""A generator from its training to training data, by the real tasks."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core import storage
from inspection.models import Job, ModelVersion, SyntheticBatch
from inspection.services import versions
from tests import drawn
from workers import data, tasks
from workers.contract import Manifest, ManifestSample

API = "/api/v1"
QUICK = {
    "class_name": "dark", "side": 32, "epochs": 3, "steps": 25, "width": 8, "latent": 16,
    "batch": 16, "decay": 0.8, "lr": 0.001,
}  # fmt: skip


def carried_out(client: Any, ask: dict[str, Any], task: Callable[[], None]) -> Job:
    reply = client.post(f"{API}/jobs", ask, format="json")
    assert reply.status_code == 201, reply.content
    task()
    job = Job.objects.get(pk=reply.json()["id"])
    assert job.state == "succeeded", (job.error, job.hint)
    return job


@pytest.fixture
def engineer(make_user: Callable[..., Any]) -> Any:
    return make_user("engineer")


def test_from_training_to_training_data(api: Callable[..., Any], engineer: Any) -> None:
    client, frozen = api(user=engineer), drawn.version(engineer, images=40)
    ask = {"kind": "train", "dataset_version": frozen.pk, "engine": "dcgan", "params": QUICK}
    learnt = carried_out(client, ask, tasks.train)
    model = ModelVersion.objects.get(job=learnt)
    assert (model.kind, model.classes, model.exports.count()) == ("generate", ["dark"], 0)
    evaluation = model.evaluations.get()
    assert evaluation.split == "test"  # held out: four of the dark plates
    assert set(evaluation.per_class["dark"]) == {"kid", "kid_spread"}
    shown = learnt.events.filter(type="image").first()
    assert shown
    assert client.get(f"{API}/blobs/{shown.data['sha256']}").status_code == 200

    ask = {"kind": "generate", "model": model.pk, "n": 12, "seed": 5}
    batch = SyntheticBatch.objects.get(job=carried_out(client, ask, tasks.generate))
    images = list(batch.images.order_by("position"))
    assert [image.seed for image in images] == list(range(5, 17))
    assert batch.real == frozen.counts["train"] / 2
    assert batch.kid is not None
    near, far = batch.near or 0, batch.far or 0
    for image in images:
        distance = image.distance or 0
        doubts = "too_near" if distance < near else "too_far" if distance > far else ""
        assert image.doubt == doubts
        assert image.state == ("rejected" if doubts else "proposed")
        assert (image.width, image.height, len(image.parents)) == (64, 64, 1)
        assert image.neighbour is not None
        assert image.neighbour.split in ("", "train")

    again = SyntheticBatch.objects.get(job=carried_out(client, ask, tasks.generate))
    same = again.images.order_by("position").values_list("image", flat=True)
    assert list(same) == [image.image_id for image in images]

    every = {"images": [image.pk for image in images], "state": "approved"}
    client.post(f"{API}/synthetic/{batch.pk}/decide", every, format="json")
    assert client.post(f"{API}/synthetic/{batch.pk}/add").json() == {"added": 12}
    shares = {"splits": {"train": 0.5, "val": 0.25, "test": 0.25}, "seed": 0}
    version, _ = versions.freeze(frozen.dataset, shares, engineer)
    manifest = Manifest.model_validate_json(storage.get(version.manifest_id))
    marked = [sample for sample in manifest.samples if sample.synthetic]
    assert [sample.split for sample in marked] == ["train"] * 12
    # The defects that were pasted are dark against what is around them, where the box is.
    assert np.mean([contrast(sample, manifest) for sample in marked]) < -15


def contrast(sample: ManifestSample, manifest: Manifest) -> float:
    """How much darker than the image its last box is: the one that was drawn."""
    pixels = data.read_pixels(sample)
    x0, y0, x1, y1 = np.round(data.boxes(sample, manifest.classes)[-1, 1:] * 64).astype(int)
    return float(pixels[y0:y1, x0:x1].mean() - pixels.mean())
