"""Base weights: what is taken into the store, what a worker reads, what a training starts from."""

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import torch
from django.utils import timezone
from safetensors.numpy import save

from core import storage
from core.accounts.models import User
from core.audit import chain
from core.audit.models import Entry
from inspection import dispatch
from inspection.models import (
    AllowedPickle,
    BaseWeights,
    Blob,
    BlobClaim,
    DatasetVersion,
    Job,
    ModelVersion,
)
from inspection.services import base_weights, sweep, training
from tests import drawn
from workers import catalogue, weights
from workers.catalogue import patch_cnn
from workers.contract import EvaluationReport, Failure, TrainResult

Api = Callable[..., Any]
PATH, ALLOW = "/api/v1/base-weights", "/api/v1/base-weights/allow-list"
SAFE = save({"conv.weight": np.ones((4, 3), "float32"), "conv.bias": np.ones(4, "float32")})


class Hostile:
    """What a pickle can do to who opens it."""

    def __reduce__(self) -> Any:
        return (print, ("this must never run",))


def pickle(content: Any = None, **kept: Any) -> bytes:
    out = io.BytesIO()
    torch.save({"w": torch.zeros(2, 5)} if content is None else content, out, **kept)
    return out.getvalue()


def send(user: User, data: bytes) -> str:
    """Bytes that this user has uploaded."""
    sha256 = hashlib.sha256(data).hexdigest()
    drawn.blob(data)
    BlobClaim.objects.get_or_create(blob_id=sha256, user=user)
    return sha256


def ask(sha256: str, **fields: Any) -> dict[str, Any]:
    said = {"name": "resnet", "architecture": "resnet18", "licence": "BSD-3", "source": "a page"}
    return {"sha256": sha256, **said, **fields}


@pytest.fixture
def admin(make_user: Callable[..., User]) -> User:
    return make_user("admin")


@pytest.fixture
def client(api: Api, admin: User) -> Any:
    return api(user=admin)


@pytest.fixture(autouse=True)
def _cards(monkeypatch: pytest.MonkeyPatch) -> None:
    """patch_cnn as it is, and as one that takes base weights, and one that cannot do without."""
    made = {name: patch_cnn.CARD.model_copy(update={"name": name, "base_weights": name})
            for name in ("none", "optional", "needed")}  # fmt: skip
    monkeypatch.setattr(catalogue, "cards", lambda: made)


def added(client: Any, data: bytes = SAFE, **fields: Any) -> dict[str, Any]:
    reply = client.post(PATH, ask(send(client.handler._force_user, data), **fields), format="json")
    assert reply.status_code == 201, reply.content
    return dict(reply.json())


def code(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


def registered(client: Any, data: bytes) -> int:
    entry = {"sha256": hashlib.sha256(data).hexdigest(), "note": "torchvision's page, A. Adams"}
    reply = client.post(ALLOW, entry, format="json")
    assert reply.status_code == 201, reply.content
    return int(reply.json()["id"])


def test_safetensors_are_taken_in_at_once_and_told(client: Any, admin: User) -> None:
    row = added(client, file_name="resnet18.safetensors", note="ImageNet")
    assert (row["format"], row["state"], row["size"]) == ("safetensors", "sound", len(SAFE))
    assert (row["tensors"], row["parameters"]) == (2, 16)
    assert {each["name"] for each in row["first"]} == {"conv.weight", "conv.bias"}
    assert (row["licence"], row["uploaded_by"], row["vouched"]) == ("BSD-3", str(admin), None)
    (listed,) = client.get(PATH).json()["results"]
    assert listed == row == client.get(f"{PATH}/{row['id']}").json()
    entry = Entry.objects.get(action="baseweights.create")
    assert entry.new
    assert (entry.actor, entry.new["blob"]) == (str(admin), row["sha256"])
    assert chain.verify() is None


@pytest.mark.parametrize("field", ["name", "architecture", "licence", "source", "sha256"])
def test_each_of_these_is_needed(client: Any, admin: User, field: str) -> None:
    for value in ("", None):
        reply = client.post(PATH, ask(send(admin, SAFE)) | {field: value}, format="json")
        assert code(reply) == (400, "invalid")
        assert field in reply.json()["fields"]
    assert not BaseWeights.objects.exists()


def test_bytes_that_were_not_sent_or_by_somebody_else(
    client: Any, make_user: Callable[..., User]
) -> None:
    other = send(make_user("engineer"), SAFE)
    for sha256 in (other, "0" * 64):
        reply = client.post(PATH, ask(sha256), format="json")
        assert code(reply) == (400, "invalid")
        assert reply.json()["params"]["case"] == "not_uploaded"


def test_what_is_no_file_of_weights(client: Any, admin: User) -> None:
    for data in (b"an image, perhaps, of so many bytes", SAFE[:-1], pickle()[:-40]):
        reply = client.post(PATH, ask(send(admin, data)), format="json")
        assert code(reply) == (422, "weights_unreadable")
    assert not BaseWeights.objects.exists()


@pytest.mark.parametrize("legacy", [False, True])
def test_a_pickle_is_refused_until_its_hash_is_registered(
    client: Any, admin: User, legacy: bool
) -> None:
    data = pickle(_use_new_zipfile_serialization=not legacy)
    sha256 = send(admin, data)
    reply = client.post(PATH, ask(sha256), format="json")
    assert code(reply) == (409, "pickle_not_registered")
    assert "registers it" in reply.json()["detail"]
    assert reply.json()["params"]["sha256"] == sha256
    assert not BaseWeights.objects.exists()
    registered(client, data)
    row = added(client, data)
    assert (row["format"], row["state"], row["tensors"]) == ("pt", "unread", None)
    assert row["vouched"]["note"] == "torchvision's page, A. Adams"
    base_weights.read(row["id"], weights.look)
    row = client.get(f"{PATH}/{row['id']}").json()
    assert (row["state"], row["tensors"], row["parameters"]) == ("sound", 1, 10)
    assert row["first"] == [{"name": "w", "dtype": "float32", "shape": [2, 5]}]


def test_a_registered_pickle_that_would_run_something_does_not(
    client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    data = pickle({"w": torch.zeros(2), "more": Hostile()})
    registered(client, data)
    row = added(client, data)
    base_weights.read(row["id"], weights.look)
    row = client.get(f"{PATH}/{row['id']}").json()
    assert (row["state"], row["problem_code"]) == ("unsound", "base_weights_broken")
    assert "must never run" not in capsys.readouterr().out


def test_a_pickle_without_a_tensor_is_unsound(client: Any) -> None:
    data = pickle({"epoch": 3})
    registered(client, data)
    row = added(client, data)
    base_weights.read(row["id"], weights.look)
    assert BaseWeights.objects.get(pk=row["id"]).problem == "There is no tensor in this file."


def test_a_hash_that_is_withdrawn_is_not_read(client: Any, admin: User) -> None:
    data = pickle()
    entry = registered(client, data)
    row = added(client, data)
    assert client.delete(f"{ALLOW}/{entry}").status_code == 204
    assert client.get(f"{PATH}/{row['id']}").json()["vouched"] is None

    def never(sha256: str) -> Any:
        raise AssertionError("it was opened")

    base_weights.read(row["id"], never)
    assert BaseWeights.objects.get(pk=row["id"]).state == "unread"
    registered(client, data)
    base_weights.read(row["id"], weights.look)
    assert BaseWeights.objects.get(pk=row["id"]).state == "sound"
    said = list(Entry.objects.values_list("action", flat=True).order_by("pk"))
    assert said == [
        "allowedpickle.create", "baseweights.create", "allowedpickle.delete",
        "allowedpickle.create",
    ]  # fmt: skip


def test_what_ends_its_worker_is_tried_three_times(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = pickle()
    registered(client, data)
    row = added(client, data)
    told: list[int] = []
    monkeypatch.setattr(dispatch, "read_weights", told.append)

    def dies(sha256: str) -> Any:
        raise SystemExit

    base_weights.requeue()
    assert told == []  # a worker was told just now
    for _ in range(3):
        with pytest.raises(SystemExit):
            base_weights.read(row["id"], dies)
        BaseWeights.objects.update(asked_at=timezone.now() - timedelta(minutes=2))
        base_weights.requeue()
    assert told == [row["id"]] * 2
    lost = BaseWeights.objects.get()
    assert (lost.state, lost.problem_code, lost.tries) == ("unsound", "worker_lost", 3)


@pytest.mark.parametrize(
    ("entry", "field"),
    [({"sha256": "A" * 64, "note": "n"}, "sha256"), ({"sha256": "ab", "note": "n"}, "sha256"),
     ({"sha256": "a" * 64, "note": " "}, "note"), ({"sha256": "a" * 64}, "note")],
)  # fmt: skip
def test_an_entry_of_the_list_names_a_hash_and_who_says_so(
    client: Any, entry: dict[str, str], field: str
) -> None:
    reply = client.post(ALLOW, entry, format="json")
    assert code(reply) == (400, "invalid")
    assert field in reply.json()["fields"]
    assert not AllowedPickle.objects.exists()


def test_the_same_is_not_there_twice(client: Any, admin: User) -> None:
    registered(client, b"x")
    again = {"sha256": hashlib.sha256(b"x").hexdigest(), "note": "again"}
    assert code(client.post(ALLOW, again, format="json")) == (409, "taken")
    row = added(client)
    reply = client.post(PATH, ask(row["sha256"], name="other"), format="json")
    assert code(reply) == (409, "weights_known")
    assert (reply.json()["known"], reply.json()["params"]) == (row["id"], {"name": "resnet"})
    client.post(f"{PATH}/{row['id']}/archive")
    reply = client.post(PATH, ask(row["sha256"], name="other"), format="json")
    assert reply.json()["params"]["case"] == "archived"
    other = send(admin, save({"a": np.zeros(1, "float32")}))
    assert code(client.post(PATH, ask(other), format="json")) == (409, "taken")


def test_engineers_read_and_administrators_write(api: Api, client: Any, admin: User) -> None:
    row = added(client)
    entry = registered(client, b"x")
    engineer = api("engineer")
    assert engineer.get(PATH).json()["results"][0]["id"] == row["id"]
    assert engineer.get(ALLOW).json()["results"][0]["id"] == entry
    one = f"{PATH}/{row['id']}"
    for role in ("engineer", "manager"):
        other = api(role)
        replies = [
            other.post(PATH, ask(row["sha256"]), format="json"),
            other.patch(one, {"licence": "mine"}, format="json"),
            other.post(f"{one}/archive"),
            other.post(f"{one}/restore"),
            other.delete(one),
            other.post(ALLOW, {"sha256": "a" * 64, "note": "n"}, format="json"),
            other.delete(f"{ALLOW}/{entry}"),
        ]
        assert {code(reply) for reply in replies} == {(403, "forbidden")}
    assert api("operator").get(PATH).status_code == 403


def test_words_are_changed_and_bytes_are_not(client: Any) -> None:
    row = added(client)
    path = f"{PATH}/{row['id']}"
    reply = client.patch(path, {"licence": "BSD-3-Clause", "note": "checked"}, format="json")
    assert (reply.json()["licence"], reply.json()["note"]) == ("BSD-3-Clause", "checked")
    client.patch(path, {"sha256": "0" * 64, "format": "pt", "state": "unread"}, format="json")
    same = client.get(path).json()
    assert (same["sha256"], same["format"]) == (row["sha256"], "safetensors")
    assert client.patch(path, {"licence": ""}, format="json").status_code == 400
    entry = Entry.objects.get(action="baseweights.change")
    assert entry.old
    assert entry.new
    assert (entry.old["licence"], entry.new["licence"]) == ("BSD-3", "BSD-3-Clause")


def test_archived_ones_are_listed_apart_and_come_back(client: Any) -> None:
    row = added(client)
    path = f"{PATH}/{row['id']}"
    assert client.post(f"{path}/archive").json()["archived_at"] is not None
    assert client.get(PATH).json()["results"] == []
    assert client.get(f"{PATH}?archived=1").json()["results"][0]["id"] == row["id"]
    assert client.post(f"{path}/restore").json()["archived_at"] is None
    assert [each["id"] for each in client.get(PATH).json()["results"]] == [row["id"]]
    verbs = ["baseweights.archive", "baseweights.restore"]
    assert Entry.objects.filter(action__in=verbs).count() == 2


def age(sha256: str) -> None:
    Blob.objects.filter(pk=sha256).update(touched_at=timezone.now() - 2 * sweep.AGE)


def test_their_bytes_stay_as_long_as_they_do(client: Any, admin: User) -> None:
    row = added(client)
    for act in ("archive", "restore"):
        client.post(f"{PATH}/{row['id']}/{act}")
        age(row["sha256"])
        sweep.sweep()
        assert storage.get(row["sha256"]) == SAFE
    assert row["sha256"] in {sha256 for sha256, _ in storage.stored()}  # so a backup has them
    assert client.delete(f"{PATH}/{row['id']}").status_code == 204
    age(row["sha256"])
    sweep.sweep()
    assert not Blob.objects.filter(pk=row["sha256"]).exists()
    assert storage.size(storage.blob_key(row["sha256"])) is None


# Training from them


def order(by: User, engine: str, **fields: Any) -> dict[str, Any]:
    version = drawn.version(by, images=10)
    return {"kind": "train", "dataset_version": version.pk, "engine": engine, **fields}


def refused(client: Any, body: dict[str, Any]) -> list[str]:
    """What both the check and the submission say, of base weights."""
    checked = client.post("/api/v1/jobs/check", body, format="json").json()
    reply = client.post("/api/v1/jobs", body, format="json")
    assert (checked["ok"], reply.status_code) == (False, 422), (checked, reply.content)
    assert list(reply.json()["fields"]) == ["base"]
    assert not Job.objects.exists()
    found = [each for each in checked["problems"] if each["level"] == "error"]
    assert {each["path"] for each in found} == {"base"}
    return [each["code"] for each in found]


def test_a_training_from_base_weights(client: Any, admin: User) -> None:
    row = added(client)
    reply = client.post("/api/v1/jobs", order(admin, "optional", base=row["id"]), format="json")
    assert reply.status_code == 201, reply.content
    kept = {"id": row["id"], "name": "resnet", "sha256": row["sha256"], "licence": "BSD-3",
            "source": "a page"}  # fmt: skip
    assert (reply.json()["base"], reply.json()["request"]["base"]) == (row["id"], kept)
    job = Job.objects.get()
    assert training.contract(job).base == row["sha256"]
    model = trained(job)
    client.patch(f"{PATH}/{row['id']}", {"licence": "other"}, format="json")
    assert client.get(f"/api/v1/models/{model.pk}").json()["base"] == kept  # as it was then
    used = [{"id": model.pk, "name": model.name}]
    assert client.get(f"{PATH}/{row['id']}").json()["used_by"] == used
    assert client.delete(f"{PATH}/{row['id']}").status_code == 204  # only archived: it was used
    assert client.get(f"{PATH}?archived=1").json()["results"][0]["used_by"] == used


def trained(job: Job) -> ModelVersion:
    """What the worker hands over when the job is done."""
    made = drawn.blob(b"trained")
    report = EvaluationReport(split="test", metrics={"map50": 0.5})
    result = TrainResult(
        artefact=made.pk, artefact_size=made.size, kind="detect", classes=list(drawn.CLASSES),
        evaluation=report, code_version="test", seconds=1, device="cpu",
    )  # fmt: skip
    return ModelVersion.objects.get(pk=training.store(job, result)["model"])


def test_from_scratch_nothing_is_kept(client: Any, admin: User) -> None:
    for engine in ("none", "optional"):
        reply = client.post("/api/v1/jobs", order(admin, engine), format="json")
        assert reply.status_code == 201, reply.content
        assert (reply.json()["base"], reply.json()["request"]["base"]) == (None, None)
        assert training.contract(Job.objects.latest("id")).base is None


def test_weights_that_are_not_there(client: Any, admin: User) -> None:
    body = order(admin, "optional", base=999)
    reply = client.post("/api/v1/jobs", body, format="json")
    assert (reply.status_code, list(reply.json()["fields"])) == (422, ["base"])
    checked = client.post("/api/v1/jobs/check", body, format="json").json()
    assert (checked["ok"], checked["problems"][0]["path"]) == (False, "base")


def test_a_method_that_needs_them_is_not_queued_without(client: Any, admin: User) -> None:
    assert refused(client, order(admin, "needed")) == ["base_needed"]


def test_a_method_that_takes_none(client: Any, admin: User) -> None:
    row = added(client)
    assert refused(client, order(admin, "none", base=row["id"])) == ["base_not_taken"]


def test_archived_weights_are_not_started_from(client: Any, admin: User) -> None:
    row = added(client)
    client.post(f"{PATH}/{row['id']}/archive")
    assert refused(client, order(admin, "optional", base=row["id"])) == ["base_archived"]


def test_a_pickle_is_started_from_once_it_was_read_and_while_it_is_registered(
    client: Any, admin: User
) -> None:
    data = pickle()
    entry = registered(client, data)
    row = added(client, data)
    body = order(admin, "optional", base=row["id"])
    assert refused(client, body) == ["base_unread"]
    base_weights.read(row["id"], weights.look)
    client.delete(f"{ALLOW}/{entry}")
    assert refused(client, body) == ["base_withdrawn"]
    entry = registered(client, data)
    assert client.post("/api/v1/jobs", body, format="json").status_code == 201
    assert training.contract(Job.objects.get()).base == row["sha256"]
    client.delete(f"{ALLOW}/{entry}")  # while the job waits
    with pytest.raises(Failure) as caught:
        training.contract(Job.objects.get())
    assert caught.value.code == "base_withdrawn"


def test_unsound_weights_are_not_started_from(client: Any, admin: User) -> None:
    data = pickle({"epoch": 3})
    registered(client, data)
    row = added(client, data)
    base_weights.read(row["id"], weights.look)
    assert refused(client, order(admin, "optional", base=row["id"])) == ["base_unsound"]


def test_what_was_trained_from_them_carries_their_licence_on(client: Any, admin: User) -> None:
    row = added(client)
    body = order(admin, "needed", base=row["id"])
    assert client.post("/api/v1/jobs", body, format="json").status_code == 201
    model = trained(Job.objects.get())
    again = body | {"base": None, "parent": model.pk}
    assert client.post("/api/v1/jobs", again, format="json").status_code == 201
    job = Job.objects.latest("id")
    assert training.contract(job).base == row["sha256"]  # the method cannot do without
    ModelVersion.objects.update(engine="optional")
    reply = client.post("/api/v1/jobs", again | {"engine": "optional"}, format="json")
    job = Job.objects.latest("id")
    assert (reply.status_code, training.contract(job).base) == (201, None)
    origin = client.get(f"/api/v1/models/{trained(job).pk}").json()["base"]
    assert (origin["licence"], origin["through"]) == ("BSD-3", model.pk)


def test_an_earlier_model_and_base_weights_at_once(client: Any, admin: User) -> None:
    row = added(client)
    body = order(admin, "optional", base=row["id"])
    version = DatasetVersion.objects.get(pk=body["dataset_version"])
    parent = drawn.model(version, engine="optional")
    assert refused(client, body | {"parent": parent.pk}) == ["base_and_parent"]


def test_the_worker_reads_what_is_no_pickle_too(client: Any) -> None:
    rows = weights.look(storage.put(SAFE))
    assert {row["name"]: row["shape"] for row in rows} == {
        "conv.weight": [4, 3], "conv.bias": [4],
    }  # fmt: skip
    with pytest.raises(Failure, match="There is no tensor"):
        weights.look(storage.put(pickle({})))
