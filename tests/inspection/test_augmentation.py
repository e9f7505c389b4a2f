"""The presets with their values, a look at what they do, and that they stay with the model."""

import base64
import io
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core import storage, valkey
from core.accounts.models import User
from inspection.models import Job, ModelVersion, SampleImage
from inspection.selectors import previews
from inspection.services import training
from tests import drawn
from workers.contract import TrainResult
from workers.presets import PRESETS

Api = Callable[..., Any]


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    return make_user("engineer")


@pytest.fixture
def drawing(serve: Any) -> None:
    """A `serve` process that has begun."""
    for _ in range(300):
        if any(key != "kizu:serve:wanted" for key in valkey.client().scan_iter("kizu:serve:*")):
            return
        time.sleep(0.1)


def look(client: Any, version: int, **ask: Any) -> Any:
    body = {"dataset_version": version, "engine": "patch_cnn"} | ask
    return client.post("/api/v1/augmentation/preview", body, format="json")


def pixels(image: dict[str, Any]) -> np.ndarray[Any, Any]:
    data = base64.b64decode(image["picture"])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_the_values_and_presets_are_told(api: Api, user: User) -> None:
    told = api(user=user).get("/api/v1/augmentation").json()
    assert told["presets"] == {name: values.model_dump() for name, values in PRESETS.items()}
    assert set(told["values"]["properties"]) == set(told["presets"]["pcb"])


@pytest.mark.usefixtures("drawing")
def test_a_look_at_six_images_of_the_version(api: Api, user: User) -> None:
    client, version = api(user=user), drawn.version(user, images=20)
    plain = look(client, version.pk, preset="none", seed=4).json()["images"]
    assert len({image["sample"] for image in plain}) == 6
    for image in plain:
        (note,) = image["annotations"]
        x0, y0, x1, y1 = (round(edge * 64) for edge in note["box"])
        inside, all_of_it = pixels(image)[y0:y1, x0:x1].mean(), pixels(image)
        assert abs(inside - (20 if note["class_name"] == "dark" else 235)) < 15
        assert all_of_it.shape == (image["height"], image["width"], 3)
    bright = {"augmentation": {"flip_horizontal": 1.0}}
    mirrored = look(client, version.pk, preset="none", seed=4, **bright).json()["images"]
    for one, two in zip(plain, mirrored, strict=True):
        assert one["sample"] == two["sample"]
        assert np.abs(pixels(one)[:, ::-1] - pixels(two)).mean() < 6
        (was,), (now,) = one["annotations"], two["annotations"]
        assert now["box"][0] == pytest.approx(1 - was["box"][2], abs=1e-6)
    again = look(client, version.pk, preset="none", seed=4).json()["images"]
    assert again == plain
    other = look(client, version.pk, preset="none", seed=5).json()["images"]
    assert [image["sample"] for image in other] != [image["sample"] for image in plain]


@pytest.mark.usefixtures("drawing")
def test_a_broken_image_says_so_and_the_others_are_shown(api: Api, user: User) -> None:
    version = drawn.version(user, images=10)
    images = look(api(user=user), version.pk, preset="pcb").json()["images"]
    sha256 = SampleImage.objects.get(sample_id=images[0]["sample"]).blob_id
    key = storage.blob_key(sha256)
    storage.client().put_object(storage.bucket(), key, io.BytesIO(b"no image"), 8)
    first, *others = look(api(user=user), version.pk, preset="pcb").json()["images"]
    assert (first["error"], first["picture"]) == ("not_an_image", "")
    assert all(image["picture"] and not image["error"] for image in others)


def test_without_serve_it_says_so(api: Api, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "PATIENCE", 0.2)
    monkeypatch.setattr(previews, "QUEUE", "kizu:preview:nobody")
    reply = look(api(user=user), drawn.version(user, images=4).pk)
    assert (reply.status_code, reply.json()["code"]) == (503, "no_preview")


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        ({"augmentation": {"gain": 5}}, "augmentation.gain"),
        ({"augmentation": {"sparkle": 1}}, "augmentation.sparkle"),
        ({"preset": "soup"}, "preset"),
        ({"engine": "nothing"}, "engine"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    api: Api, user: User, ask: dict[str, Any], field: str
) -> None:
    version = drawn.version(user, images=10)
    client = api(user=user)
    reply = look(client, version.pk, **ask)
    assert reply.status_code == 422
    assert field in reply.json()["fields"]
    order = {"kind": "train", "dataset_version": version.pk, "engine": "patch_cnn"} | ask
    assert field in client.post("/api/v1/jobs", order, format="json").json()["fields"]
    assert not Job.objects.exists()


def test_edited_values_go_with_the_job_and_stay_on_the_model(
    api: Api, user: User, learnt: TrainResult
) -> None:
    client, version = api(user=user), drawn.version(user, images=10)
    body = {
        "kind": "train", "dataset_version": version.pk, "engine": "patch_cnn", "preset": "pcb",
        "augmentation": {"gain": 0.5},
    }  # fmt: skip
    reply = client.post("/api/v1/jobs", body, format="json")
    assert reply.status_code == 201, reply.content
    values = PRESETS["pcb"].model_copy(update={"gain": 0.5})
    assert reply.json()["request"]["augmentation"] == values.model_dump()
    job = Job.objects.get(pk=reply.json()["id"])
    assert training.contract(job).augmentation == values
    made = training.store(job, learnt)
    shown = client.get(f"/api/v1/models/{made['model']}").json()
    assert shown["augmentation"] == {"preset": "pcb", "values": values.model_dump()}
    assert ModelVersion.objects.get(pk=made["model"]).params == job.request["params"]
