"""A batch over a dataset, a version or uploaded files: resumed, cancelled, as CSV and COCO."""

import csv
import io
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from core.accounts import tokens
from core.accounts.models import User
from inspection.models import BatchItem, Blob, Job, Sample, SampleImage
from inspection.selectors import batch as selectors
from inspection.services import batch, jobs, sweep, work
from tests import drawn
from tests.inspection.test_imports import picture, upload
from workers.contract import Answer, Cancelled, Finding, Progress

Api = Callable[..., Any]
FOUND = Finding(class_name="dark", score=0.75, box=(0.25, 0.5, 0.5, 0.75))
ANSWERS = (
    Answer(image_score=0.75, findings=[FOUND], width=64, height=32),
    Answer(image_score=0.1, width=64, height=32),
    Answer(error="broken", error_message="The image is damaged or cut off."),
)


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    return make_user("engineer")


def submitted(client: Any, model: int, **source: Any) -> int:
    body: dict[str, Any] = {"kind": "batch", "model": model} | source
    reply = client.post("/api/v1/jobs", body, format="json")
    assert reply.status_code == 201, reply.content
    return int(reply.json()["id"])


def claimed() -> Job:
    job = work.claim("batch", "here")
    assert job is not None
    return job


def answered(job: Job, stop_after: int | None = None) -> list[str]:
    """Carry a batch out with the answers above, in turn; the refs that were asked for."""
    asked: list[str] = []

    def run(report: Any) -> None:
        order = batch.contract(job)
        for place, item in enumerate(order.items):
            if place == stop_after:
                raise Cancelled("stopping")
            asked.append(item.ref)
            batch.answer(job, [(item.ref, ANSWERS[int(item.ref) % 3])])
            share = (order.done + place + 1) / (order.done + len(order.items))
            report(Progress(stage="infer", done=place, total=len(order.items), share=share))

    work.carry_out(job, run, batch.store)
    return asked


def test_three_sources(api: Api, user: User) -> None:
    client, frozen = api(user=user), drawn.version(user, images=10)
    model = drawn.model(frozen).pk
    files = upload(client, {f"lot/{n}.png": picture(n) for n in range(3)})
    sources: list[tuple[dict[str, Any], int]] = [
        ({"dataset": frozen.dataset.pk}, 10),
        ({"dataset_version": frozen.pk}, 10),
        ({"dataset_version": frozen.pk, "split": "test"}, 2),
        ({"files": files}, 3),
    ]
    for source, count in sources:
        job = submitted(client, model, **source)
        assert len(batch.contract(Job.objects.get(pk=job)).items) == count, source
        done = claimed()
        assert done.pk == job
        answered(done)
        shown = client.get(f"/api/v1/jobs/{job}").json()
        assert (shown["state"], shown["result"]["items"]) == ("succeeded", count)
        rows = client.get(f"/api/v1/jobs/{job}/results").json()["results"]
        assert len(rows) == count
    assert {row["path"] for row in rows} == {"lot/0.png", "lot/1.png", "lot/2.png"}


def test_a_source_that_is_wrong_is_refused_at_its_field(api: Api, user: User) -> None:
    client, frozen = api(user=user), drawn.version(user, images=4)
    model = drawn.model(frozen).pk
    strange = upload(api("engineer"), {"secret.png": picture(50)})
    asks: list[tuple[dict[str, Any], str]] = [
        ({}, "dataset"),
        ({"dataset": frozen.dataset.pk, "dataset_version": frozen.pk}, "dataset"),
        ({"dataset": 10**9}, "dataset"),
        ({"files": strange}, "files"),
        ({"files": []}, "dataset"),
        ({"files": [{"path": "a", "sha256": "short"}]}, "files"),
    ]
    for ask, field in asks:
        reply = client.post("/api/v1/jobs", {"kind": "batch", "model": model} | ask, format="json")
        assert reply.status_code in (400, 422), reply.content
        assert field in reply.json()["fields"], (ask, reply.json())
    assert not Job.objects.exists()


def test_a_large_folder_is_one_batch(api: Api, user: User) -> None:
    client, frozen = api(user=user), drawn.version(user, images=4)
    (file,) = upload(client, {"a.png": picture(1)})
    folder = f"{'x' * 150}/"
    files = [file | {"path": f"{folder}{n}.png"} for n in range(20_000)]
    body: dict[str, Any] = {"kind": "batch", "model": drawn.model(frozen).pk, "files": files}
    assert len(json.dumps(body)) > 2 * 1024**2
    job = submitted(client, body["model"], files=files)
    assert BatchItem.objects.filter(job=job).count() == 20_000


def test_every_modality_is_asked_for_and_kept(api: Api, user: User) -> None:
    client, frozen = api(user=user), drawn.version(user, images=4)
    sample = Sample.objects.filter(dataset=frozen.dataset).order_by("pk").first()
    assert sample is not None
    template = drawn.blob(picture(77))
    SampleImage.objects.create(
        sample=sample, modality="template", blob=template, width=64, height=64
    )
    submitted(client, drawn.model(frozen).pk, dataset=frozen.dataset.pk)
    first = batch.contract(claimed()).items[0]
    assert set(first.part.images) == {"rgb", "template"}
    SampleImage.objects.filter(modality="template").delete()
    Blob.objects.update(touched_at=timezone.now() - 2 * sweep.AGE)
    sweep.sweep()
    assert Blob.objects.filter(pk=template.pk).exists()
    BatchItem.objects.all().delete()
    sweep.sweep()
    assert not Blob.objects.filter(pk=template.pk).exists()


def test_a_batch_goes_on_where_it_stopped(api: Api, user: User) -> None:
    client, frozen = api(user=user), drawn.version(user, images=9)
    job = submitted(client, drawn.model(frozen).pk, dataset=frozen.dataset.pk)
    assert answered(claimed(), stop_after=4) == ["0", "1", "2", "3"]
    assert Job.objects.get(pk=job).state == "queued"
    assert answered(claimed()) == ["4", "5", "6", "7", "8"]
    done = Job.objects.get(pk=job)
    assert (done.state, done.result) == ("succeeded", {"items": 9, "findings": 3, "errors": 3})


def test_who_lost_the_lease_answers_nothing(api: Api, user: User) -> None:
    client, frozen = api(user=user), drawn.version(user, images=4)
    submitted(client, drawn.model(frozen).pk, dataset=frozen.dataset.pk)
    lost = claimed()
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    work.requeue()
    second = claimed()
    with pytest.raises(Cancelled):
        batch.answer(lost, [("0", ANSWERS[0])])
    batch.answer(second, [("0", ANSWERS[1])])
    kept: Any = BatchItem.objects.get(answer__isnull=False).answer
    assert kept["findings"] == []


def test_a_cancelled_batch_keeps_what_it_has(api: Api, user: User) -> None:
    client, frozen = api(user=user), drawn.version(user, images=6)
    pk = submitted(client, drawn.model(frozen).pk, dataset=frozen.dataset.pk)
    job = claimed()

    def run(report: Any) -> None:
        batch.answer(job, [("0", ANSWERS[0])])
        jobs.cancel(pk, user)
        for _ in range(400):
            report(Progress(stage="infer", done=1, total=6, share=0.1))
            time.sleep(0.02)
        raise AssertionError("nobody stopped the work")

    work.carry_out(job, run, batch.store)
    assert client.get(f"/api/v1/jobs/{pk}").json()["state"] == "cancelled"
    assert len(client.get(f"/api/v1/jobs/{pk}/results").json()["results"]) == 1


def test_results_as_csv_and_coco_through_the_web_process(api: Api, user: User, live: str) -> None:
    client, frozen = api(user=user), drawn.version(user, images=3)
    Sample.objects.filter(path="plates/001.png").update(path="=1+1.png")
    job = submitted(client, drawn.model(frozen).pk, dataset=frozen.dataset.pk)
    answered(claimed())
    _, key = tokens.issue(user, "test")
    headers = {"Authorization": f"Token {key}"}
    url = f"{live}/api/v1/jobs/{job}/results"
    rows = list(csv.reader(io.StringIO(httpx.get(f"{url}.csv", headers=headers).text)))
    assert rows[0] == list(selectors.COLUMNS)
    assert rows[1][0] == "plates/000.png"
    assert rows[1][2:] == ["0.75", "", "dark", "0.75", "0.25", "0.5", "0.5", "0.75"]
    assert (rows[2][0], rows[2][4]) == ("'=1+1.png", "")
    assert rows[3][3] == "broken"
    coco = httpx.get(f"{url}.coco.json", headers=headers).json()
    assert coco["categories"] == [{"id": 1, "name": "dark"}, {"id": 2, "name": "bright"}]
    assert next(image["file_name"] for image in coco["images"]) == "plates/000.png"
    (note,) = coco["annotations"]
    assert note | {"id": 1} == {
        "id": 1, "image_id": coco["images"][0]["id"], "category_id": 1,
        "bbox": [16.0, 16.0, 16.0, 8.0], "area": 128.0, "iscrowd": 0, "score": 0.75,
    }  # fmt: skip
