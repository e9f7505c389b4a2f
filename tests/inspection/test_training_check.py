"""What speaks against a training is said before it is queued, and names the file or the class."""

import io
from collections.abc import Callable
from typing import Any

import pytest

from core import storage
from core.accounts.models import User
from inspection.models import DatasetVersion, Job, SampleImage
from inspection.selectors import frozen as reading
from inspection.selectors import soundness
from inspection.selectors import training as selectors
from tests import drawn
from tests.inspection.test_imports import bring, drawn_set, freeze, header_only
from workers.contract import Manifest

Api = Callable[..., Any]


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    return make_user("engineer")


def ask(version: DatasetVersion | int) -> dict[str, Any]:
    pk = version if isinstance(version, int) else version.pk
    return {"kind": "train", "dataset_version": pk, "engine": "patch_cnn"}


def refused(client: Any, version: DatasetVersion | int) -> list[dict[str, Any]]:
    """What both the check and the submission say."""
    checked = client.post("/api/v1/jobs/check", ask(version), format="json").json()
    assert checked["ok"] is False, checked
    reply = client.post("/api/v1/jobs", ask(version), format="json")
    assert (reply.status_code, reply.json()["code"]) == (422, "dataset_unfit"), reply.content
    assert not Job.objects.exists()
    errors = [problem for problem in checked["problems"] if problem["level"] == "error"]
    assert reply.json()["problems"] == errors
    return errors


def manifest(version: DatasetVersion) -> Manifest:
    return Manifest.model_validate_json(storage.get(version.manifest_id))


def changed(version: DatasetVersion, by: User, **fields: Any) -> DatasetVersion:
    return drawn.freeze(version.dataset, manifest(version).model_copy(update=fields), by)


def spoil(sha256: str, data: bytes) -> None:
    """Other bytes at the place of these."""
    key = storage.blob_key(sha256)
    storage.client().put_object(storage.bucket(), key, io.BytesIO(data), len(data))


def test_a_sound_version_is_queued(api: Api, user: User) -> None:
    version = drawn.version(user, images=10)
    client = api(user=user)
    checked = client.post("/api/v1/jobs/check", ask(version), format="json").json()
    assert (checked["ok"], checked["problems"]) == (True, [])
    assert client.post("/api/v1/jobs", ask(version), format="json").status_code == 201


def test_an_empty_class(api: Api, user: User) -> None:
    version = drawn.version(user, images=10)
    (problem,) = refused(api(user=user), changed(version, user, classes=["dark", "bright", "dent"]))
    assert problem["code"] == "empty_class"
    assert "dent" in problem["message"]


def test_no_boxes(api: Api, user: User) -> None:
    version = drawn.version(user, images=10)
    bare = [row.model_copy(update={"annotations": []}) for row in manifest(version).samples]
    found = refused(api(user=user), changed(version, user, samples=bare))
    assert {problem["code"] for problem in found} == {"no_boxes", "empty_class"}


def test_an_empty_split(api: Api, user: User) -> None:
    version = drawn.version(user, images=10)
    train = [row.model_copy(update={"split": "train"}) for row in manifest(version).samples]
    (problem,) = refused(api(user=user), changed(version, user, samples=train))
    assert (problem["code"], problem["path"]) == ("empty_split", "splits.val")


@pytest.mark.parametrize("decoded", [True, False])
def test_an_image_that_is_gone(api: Api, user: User, decoded: bool) -> None:
    version = drawn.version(user, images=10)
    image = SampleImage.objects.get(sample__path="plates/007.png")
    SampleImage.objects.filter(pk=image.pk).update(thumbnail=image.blob if decoded else None)
    storage.remove(image.blob_id)
    (problem,) = refused(api(user=user), version)
    assert (problem["code"], problem["path"]) == ("image_missing", "plates/007.png")
    assert "plates/007.png" in problem["message"]


def test_an_image_whose_bytes_changed_though_not_their_number(api: Api, user: User) -> None:
    client = api(user=user)
    row = bring(client, drawn_set(12))
    version = freeze(client, row["dataset"]).json()["id"]
    image = SampleImage.objects.select_related("blob").get(sample__path="images/5.png")
    spoil(image.blob_id, bytes(image.blob.size))
    (problem,) = refused(client, version)
    assert (problem["code"], problem["path"]) == ("image_damaged", "images/5.png")


@pytest.mark.parametrize("data", [b"no image at all", header_only(60_000), b""])
def test_an_image_that_nobody_looked_at_is_decoded(api: Api, user: User, data: bytes) -> None:
    version = drawn.version(user, images=10)
    SampleImage.objects.filter(sample__path="plates/002.png").update(blob=drawn.blob(data))
    (problem,) = refused(api(user=user), version)
    assert (problem["code"], problem["path"]) == ("image_unreadable", "plates/002.png")


def test_what_was_found_sound_is_not_read_again(
    api: Api, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    version, client = drawn.version(user, images=10), api(user=user)
    assert client.post("/api/v1/jobs/check", ask(version), format="json").json()["ok"]

    def never(*_: Any) -> Any:
        raise AssertionError("it was read already")

    monkeypatch.setattr(soundness, "_problem", never)
    assert client.post("/api/v1/jobs/check", ask(version), format="json").json()["ok"]


def test_what_there_was_no_time_for_is_said(api: Api, user: User) -> None:
    version = drawn.version(user, images=10)
    plan = selectors.plan(ask(version))
    (problem,) = selectors.problems(plan, patience=-1)
    assert (problem.level, problem.code) == ("warning", "images_unread")
    assert problem.message.startswith("10 images")


def test_a_manifest_is_counted_whatever_the_chunks(user: User) -> None:
    version = drawn.version(user, images=7)
    data = storage.get(version.manifest_id)
    for size in (1, 7, 100, len(data)):
        held = reading.Tally()
        chunks = (data[at : at + size] for at in range(0, len(data), size))
        assert [row["path"] for row in reading._read(chunks, held)] == [
            f"plates/{n:03}.png" for n in range(7)
        ]
        assert held.classes == ["dark", "bright"]


def test_a_version_is_what_pydantic_would_write(api: Api, user: User) -> None:
    client = api(user=user)
    files = drawn_set(12) | {"labels/3.txt": b"0 0.00001 0.5 0.00002 1e-5\n"}
    row = bring(client, files)
    version = DatasetVersion.objects.get(pk=freeze(client, row["dataset"]).json()["id"])
    whole = manifest(version)
    assert len(whole.samples) == 12
    assert storage.put(whole.model_dump_json().encode()) == version.content_hash
