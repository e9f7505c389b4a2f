"""A new class for a few-shot model: asked for, tried, looked at, saved with a note, or not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.accounts.models import User
from core.audit.models import Entry
from inspection.models import Blob, DatasetVersion, Job
from inspection.models.registry import ModelVersion
from inspection.selectors import extensions as selectors
from inspection.services import extensions, sweep, work
from tests import drawn
from tests.inspection.test_imports import picture, upload
from workers.contract import (
    Artefact,
    EvaluationReport,
    ExportReport,
    ExtendResult,
    LeftOut,
)

Api = Callable[..., Any]
CLASSES = ["dark", "bright", "scratch"]


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    return make_user("engineer")


@pytest.fixture
def version(user: User) -> DatasetVersion:
    return drawn.version(user, images=10, task="classify")


@pytest.fixture
def model(version: DatasetVersion) -> ModelVersion:
    made = drawn.model(version)
    made.engine, made.kind = "prototypical", "classify"
    made.save()
    return made


def report(matrix: list[list[int]]) -> EvaluationReport:
    """Of a confusion matrix whose rows are the classes, then nothing."""
    per_class = {
        name: {"n": float(sum(matrix[at])), "recall": None} for at, name in enumerate(CLASSES)
    }
    confusion = {"classes": [*CLASSES, "background"], "matrix": [*matrix, [0] * 4]}
    metrics: dict[str, float | None] = {"balanced_accuracy": 0.5, "accuracy": None}
    return EvaluationReport(split="test", metrics=metrics, per_class=per_class, confusion=confusion)


def made(images: list[str]) -> ExtendResult:
    """Of 10 dark images one is lost to scratch and none gained; of 4 scratches 3 are told."""
    kept = [drawn.blob(text).pk for text in (b"weights and spec", b"graph and spec")]
    parity: Any = {"ok": True, "n": 20}
    return ExtendResult(
        artefact=kept[0],
        artefact_size=16,
        classes=CLASSES,
        before=report([[9, 1, 0, 0], [0, 0, 0, 0], [3, 1, 0, 0]]),
        after=report([[8, 1, 1, 0], [0, 0, 0, 0], [1, 0, 3, 0]]),
        gained={"dark": 0, "bright": 0, "scratch": 3},
        lost={"dark": 1, "bright": 0, "scratch": 0},
        left_out=[LeftOut(image=i, told="scratch" if n else "dark", score=0.6) for n, i in
                  enumerate(images)],
        skipped=2,
        export=ExportReport(
            format="openvino", precision="f32", artefact=kept[1], size=14, parity=parity
        ),
        code_version="kizu 0",
        seconds=1.5,
        device="cpu",
    )  # fmt: skip


def asked(client: Any, model: ModelVersion, **fields: Any) -> Any:
    files = fields.pop("files", None)
    if files is None:
        files = upload(client, {f"s/{n}.png": picture(n) for n in range(3)})
    body = {"kind": "extend", "model": model.pk, "class_name": "scratch", "files": files} | fields
    return client.post("/api/v1/jobs", body, format="json")


def carried_out(job: int) -> None:
    claimed = work.claim("extend", "here")
    assert claimed is not None
    assert claimed.pk == job

    def run(tell: Any) -> ExtendResult:
        found = made(list(extensions.contract(claimed).images))
        tell(Artefact(role="weights", sha256=found.artefact, size=16))
        return found

    work.carry_out(claimed, run, extensions.store)


def test_what_was_asked_crosses_the_seam(api: Api, user: User, model: ModelVersion) -> None:
    client = api(user=user)
    files = upload(client, {f"s/{n}.png": picture(n) for n in range(3)})
    reply = asked(client, model, files=[*files, files[0]], class_name=" scratch ", good=True)
    assert reply.status_code == 201, reply.content
    order = extensions.contract(Job.objects.get(pk=reply.json()["id"]))
    assert order.images == [file["sha256"] for file in files]  # each once
    assert (order.class_name, order.good) == ("scratch", True)
    assert order.model.engine == "prototypical"
    assert order.manifest == model.dataset_version.manifest_id  # type: ignore[union-attr]  # it has one


def test_images_of_a_dataset_may_be_taken(api: Api, user: User, model: ModelVersion) -> None:
    client = api(user=user)
    page = client.get(f"/api/v1/datasets/{model.dataset_version.dataset_id}/samples").json()  # type: ignore[union-attr]  # it has one
    files = [
        {"path": row["path"], "sha256": row["images"]["rgb"]["sha256"]} for row in page["results"]
    ]
    assert asked(client, model, files=files[:2]).status_code == 201


def test_what_is_wrong_is_refused_at_its_field(
    api: Api, user: User, model: ModelVersion, version: DatasetVersion
) -> None:
    client = api(user=user)
    strange = upload(api("engineer"), {"secret.png": picture(50)})
    many = upload(client, {f"{n}.png": picture(100 + n) for n in range(21)})
    plain, boxes = drawn.model(version), drawn.version(user, images=4)
    cases: list[tuple[ModelVersion, dict[str, Any], str, str]] = [
        (model, {"class_name": "  "}, "class_name", ""),
        (model, {"class_name": "Dark"}, "class_name", "class_known"),
        (model, {"files": []}, "files", "images_of_class"),
        (model, {"files": many}, "files", "images_of_class"),
        (model, {"files": strange}, "files", "not_uploaded"),
        (model, {"dataset_version": boxes.pk}, "dataset_version", "not_classify"),
        (model, {"dataset_version": 10**9}, "dataset_version", "unknown"),
        (plain, {}, "model", "not_extendable"),
    ]
    for of, fields, field, case in cases:
        reply = asked(client, of, **fields)
        assert reply.status_code in (400, 422), (fields, reply.content)
        assert field in reply.json()["fields"], (fields, reply.json())
        if case:
            assert reply.json()["params"]["case"] == case, reply.json()
    assert not Job.objects.exists()


def test_nothing_is_entered_until_somebody_saves(api: Api, user: User, model: ModelVersion) -> None:
    client = api(user=user)
    job = asked(client, model).json()["id"]
    url = f"/api/v1/jobs/{job}/save"
    assert client.post(url, {}, format="json").json()["code"] == "nothing_to_save"
    carried_out(job)
    assert list(ModelVersion.objects.all()) == [model]
    shown = client.get(f"/api/v1/jobs/{job}").json()
    assert (shown["state"], shown["model_version"]) == ("succeeded", None)
    reply = client.post(url, {"note": " lot 7, new scratches "}, format="json")
    assert reply.status_code == 201, reply.content
    child = client.get(f"/api/v1/models/{reply.json()['model_version']}").json()
    assert child["parent"] == model.pk
    assert child["classes"] == CLASSES
    assert child["note"] == "lot 7, new scratches"
    assert child["in_use"] == []
    assert [each["format"] for each in child["exports"]] == ["openvino"]
    assert child["evaluations"][0]["confusion"]["matrix"][2][2] == 3
    assert client.post(url, {}, format="json").json()["code"] == "already_saved"
    entry = Entry.objects.filter(action="model.create").latest("pk")
    assert entry.why == "lot 7, new scratches"
    assert client.get(f"/api/v1/models/{model.pk}").json()["classes"] == model.classes


def test_the_difference_has_its_limits(user: User) -> None:
    images = [drawn.blob(picture(n)).pk for n in range(3)]
    found = selectors.result(made(images))
    rows = {row["class"]: row for row in found["compared"]}
    assert list(rows) == [*CLASSES, None]
    dark, scratch, every = rows["dark"], rows["scratch"], rows[None]
    assert (dark["before"], dark["after"], dark["n"]) == (9, 8, 10)
    assert dark["difference"] == pytest.approx(-0.1)
    assert dark["low"] < -0.1 < 0 < dark["high"]  # one image in ten could be chance
    assert (scratch["before"], scratch["after"], scratch["n"]) == (0, 3, 4)
    assert scratch["low"] == pytest.approx(-0.0165, abs=1e-4)  # 3 of 4 may be chance
    assert rows["bright"]["difference"] is None  # no test image, nothing known
    assert (every["n"], every["gained"], every["lost"]) == (14, 3, 1)
    assert (found["alone"]["right"], found["alone"]["n"]) == (2, 3)
    assert found["alone"]["low"] < 2 / 3 < found["alone"]["high"]
    assert found["skipped"] == 2


def test_what_was_tried_is_kept_for_a_later_save(api: Api, user: User, model: ModelVersion) -> None:
    client = api(user=user)
    job = asked(client, model).json()["id"]
    carried_out(job)
    Blob.objects.update(touched_at=timezone.now() - timedelta(days=30))
    sweep.sweep()
    kept = Job.objects.get(pk=job)
    assert Blob.objects.filter(pk=kept.result["artefact"]).exists()
    assert Blob.objects.filter(pk__in=kept.items.values("blob")).count() == 3
