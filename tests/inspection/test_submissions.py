"""Units with several images, rules of every kind, and answers that servers away or slow spoil."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from core import postgres, valkey
from inspection.models.inspections import Finding, Inspection, InspectionImage, UnitAttempts
from inspection.models.plant import Camera
from inspection.models.products import DefectClass
from inspection.services import registry
from tests.conftest import web_process
from tests.inspection.cell import Cell, image, stored, wait_for
from workers.contract import TrainResult

GOOD, DARK, BRIGHT = 44, 42, 43  # every third plate is good; even ones are dark
SIDE = 7000  # pixels of a picture that takes longer than there is time


def cameras(cell: Cell, *names: str, mm_per_pixel: float | None = 0.1) -> None:
    for name in names:
        Camera.objects.create(station=cell.station, name=name, mm_per_pixel=mm_per_pixel)


def test_cameras_and_modalities_are_one_unit(cell: Cell, serve: Any, learnt: TrainResult) -> None:
    """A part a camera, with its modalities; each image is stored under its own."""
    cameras(cell, "top", "side")
    cell.release(learnt)
    files = [
        ("image.top", image(GOOD)), ("image.top.ir", image(BRIGHT)), ("image.side", image(DARK)),
    ]  # fmt: skip
    answer = cell.submit(files).json()
    assert (answer["verdict"], {f["image"] for f in answer["findings"]}) == ("NG", {2})
    rows = InspectionImage.objects.filter(inspection_id=answer["id"]).order_by("position")
    assert [(row.camera.name if row.camera else "", row.modality) for row in rows] == [
        ("top", "rgb"), ("top", "ir"), ("side", "rgb"),
    ]  # fmt: skip
    wrong = cell.submit([("image.bottom", image(GOOD))])
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_camera")
    twice = cell.submit([("image.top", image(GOOD)), ("image.top", image(DARK))])
    assert (twice.status_code, twice.json()["code"]) == (422, "duplicate_image")


def test_a_defect_is_not_lost_because_another_camera_failed(
    cell: Cell, serve: Any, learnt: TrainResult
) -> None:
    """A part without its colour image cannot be judged: NG stands, and says it is incomplete."""
    cameras(cell, "top", "side")
    cell.release(learnt)
    broken = [("image.side.ir", image(GOOD)), ("image.side.depth", image(GOOD))]
    answer = cell.submit([("image.top", image(DARK)), *broken]).json()
    assert answer["verdict"] == "NG", answer
    assert "incomplete" in {reason["code"] for reason in answer["reasons"]}
    assert stored(answer).verdict == "NG"
    alone = cell.submit([("image.top", image(GOOD)), *broken]).json()
    assert (alone["verdict"], alone["code"], alone["fail_safe"]) == ("ERROR", "no_image", True)


def test_another_picture_is_never_taken_for_the_colour_image(
    cell: Cell, serve: Any, learnt: TrainResult
) -> None:
    """The colour camera is dead, and infrared alone comes: nobody knows whether that is good."""
    cameras(cell, "top")
    cell.release(learnt)
    answer = cell.submit([("image.top.ir", image(GOOD))]).json()
    assert (answer["verdict"], answer["code"]) == ("ERROR", "no_image")
    assert answer["reasons"][0]["words"] == "image 1 has no colour image"
    assert stored(answer).verdict == "ERROR"


def test_the_picture_that_is_broken_is_named(cell: Cell, serve: Any, learnt: TrainResult) -> None:
    cameras(cell, "top", "side")
    cell.release(learnt)
    cut = image(GOOD)[:-200]
    answer = cell.submit([
        ("image.top", image(GOOD)), ("image.side", image(GOOD)), ("image.side.ir", cut),
    ])  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (422, "broken")
    assert answer.json()["detail"].startswith("image.side: ir: ")


ZONE_MISSED = [[0, 0], [0.01, 0], [0.01, 0.01]]
ZONE_ALL = [[0, 0], [1, 0], [1, 1], [0, 1]]


@pytest.mark.parametrize(
    ("rule", "verdict", "code"),
    [
        ({"class": "dark", "min_size_mm": 1.0}, "NG", "rule"),
        ({"class": "dark", "min_size_mm": 9.0}, "OK", None),
        ({"class": "bright"}, "OK", None),
        ({"class": "dark", "zone": ZONE_ALL, "action": "REVIEW"}, "REVIEW", "rule"),
        ({"class": "dark", "zone": ZONE_MISSED}, "OK", None),
        ({"min_count": 2}, "OK", None),
        ({"min_count": 1}, "NG", "rule"),
    ],
)
def test_rules(
    cell: Cell, serve: Any, learnt: TrainResult, api: Any, rule: Any, verdict: str, code: Any
) -> None:
    """A plate of 96 pixels with one dark square of some 20, at a tenth of a millimetre each."""
    cameras(cell, "cam")
    model = cell.release(learnt)
    body = {"station": cell.station.pk, "product": cell.product.pk, "model": model.pk,
            "thresholds": {"default": 0.5}, "rules": [rule]}  # fmt: skip
    made = api("engineer").post("/api/v1/recipes", body, format="json")
    assert made.status_code == 201, made.content
    registry.release(made.json()["id"], "rules", cell.user, wait=300)
    answer = wait_for(lambda: (a := cell.post(image(DARK)).json())["recipe"] == made.json()["id"]
                      and a)  # fmt: skip
    assert answer["verdict"] == verdict, answer
    assert [reason["code"] for reason in answer["reasons"]] == ([code] if code else [])


def test_a_size_that_nobody_knows_is_for_a_person(
    cell: Cell, serve: Any, learnt: TrainResult
) -> None:
    cameras(cell, "cam", mm_per_pixel=None)
    cell.release(learnt, rules=[{"class": "dark", "min_size_mm": 1.0, "action": "NG"}])
    answer = cell.post(image(DARK)).json()
    assert (answer["verdict"], answer["reasons"][0]["code"]) == ("REVIEW", "size_unknown")


def test_a_merged_class_is_what_it_became(cell: Cell, serve: Any, learnt: TrainResult) -> None:
    """Under its new name in answer, row, threshold and rule; the old name still means it."""
    cell.release(learnt, rules=[{"class": "dark", "action": "REVIEW"}])
    hole = DefectClass.objects.create(name="hole")
    DefectClass.objects.filter(name="dark").update(merged_into=hole)
    valkey.client().publish(registry.INVALIDATE, "{}")
    answer = wait_for(
        lambda: (a := cell.post(image(DARK)).json())["findings"][0]["class"] == "hole" and a
    )
    assert (answer["verdict"], answer["reasons"][0]["class"]) == ("REVIEW", "hole")
    found = Finding.objects.filter(inspection_id=answer["id"], decisive=True)
    assert {row.defect_class_id for row in found} == {hole.pk}


def test_a_class_that_no_catalogue_has_is_entered_by_the_release(
    cell: Cell, serve: Any, learnt: TrainResult
) -> None:
    model = cell.release(learnt)
    DefectClass.objects.all().delete()
    recipe = model.recipes.get()
    recipe.state = "retired"
    recipe.save()
    registry.release(recipe.pk, "again", cell.user, wait=300)
    answer = cell.post(image(DARK)).json()
    assert answer["findings"]
    assert Finding.objects.filter(inspection_id=answer["id"]).count() == len(answer["findings"])


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Nobody writes this table meanwhile."""
    with psycopg.connect(postgres.conninfo()) as sql:
        sql.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield


def test_a_commit_that_overruns_the_deadline_is_an_error_and_no_attempt(
    cell: Cell, serve: Any, learnt: TrainResult
) -> None:
    """The line heard ERROR, so the row says so, and the next attempt is the unit's first."""
    cell.release(learnt)
    with locked("inspection_unitattempts"):
        answer = cell.post(image(DARK), deadline=8000, serial="S").json()
        assert (answer["verdict"], answer["code"], answer["id"]) == ("ERROR", "deadline", None)
    row = wait_for(lambda: Inspection.objects.filter(serial="S", verdict="ERROR").first(), 40)
    assert (row.model_verdict, row.late, row.code) == ("NG", True, "deadline")
    assert UnitAttempts.objects.get(serial="S").decided == 0
    assert stored(cell.post(image(DARK), serial="S").json()).attempt == 1


def test_what_cannot_be_stored_is_an_error_and_stored_later(
    cell: Cell, serve: Any, learnt: TrainResult
) -> None:
    cell.release(learnt)
    with psycopg.connect(postgres.conninfo(), autocommit=True) as sql:
        sql.execute("ALTER TABLE inspection_inspectionimage RENAME TO away")
        try:
            answer = cell.post(image(DARK), serial="S").json()
        finally:
            sql.execute("ALTER TABLE away RENAME TO inspection_inspectionimage")
    assert (answer["verdict"], answer["code"], answer["id"]) == ("ERROR", "not_stored", None)
    row = wait_for(lambda: Inspection.objects.filter(serial="S").first(), 40)
    assert (row.verdict, row.code) == ("ERROR", "not_stored")
    assert InspectionImage.objects.filter(inspection_id=row.id).exists()


def test_a_result_that_comes_late_stands_beside_the_error(
    cell: Cell, serve: Any, learnt: TrainResult
) -> None:
    """A picture so large that looking at it takes longer than there is time."""
    import io

    from PIL import Image

    cell.release(learnt)
    cell.post(image(GOOD))
    out = io.BytesIO()
    Image.open(io.BytesIO(image(DARK))).resize((SIDE, SIDE), Image.Resampling.NEAREST).save(
        out, "PNG", compress_level=1
    )
    answer = cell.post(out.getvalue(), deadline=3000, serial="S").json()
    assert (answer["verdict"], answer["code"]) == ("ERROR", "deadline")
    row = wait_for(
        lambda: Inspection.objects.filter(serial="S").exclude(model_verdict="ERROR").first(), 90
    )
    assert (row.verdict, row.late) == ("ERROR", True)
    assert InspectionImage.objects.get(inspection_id=row.id).width == SIDE


def test_a_serve_that_is_away_keeps_nobody_from_being_answered(
    cell: Cell, serve: Any, learnt: TrainResult
) -> None:
    """More units than may wait to be stored, none of which `serve` will ever answer."""
    from inspection.inference import QUEUE, WAITING
    from inspection.services.behind import UNSTORED

    cell.release(learnt)
    serve.kill()
    serve.wait()
    wait_for(lambda: not list(valkey.client().scan_iter("kizu:serve:*:*")), 10)
    data, count = image(DARK), UNSTORED + 60
    with ThreadPoolExecutor(32) as pool:
        replies = list(pool.map(lambda _: cell.post(data, deadline=1500), range(count)))
    assert "overloaded" not in {reply.json().get("code") for reply in replies}
    answered = [reply.json() for reply in replies if reply.status_code == 200]
    assert {answer["verdict"] for answer in answered} == {"ERROR"}
    wait_for(lambda: Inspection.objects.count() == len(answered), 120)
    assert valkey.client().llen(QUEUE) <= WAITING
    valkey.client().delete(QUEUE)


def test_a_release_under_load_loses_no_unit(cell: Cell, serve: Any, learnt: TrainResult) -> None:
    """The old model answers until everybody asks the new one; loading it stalls nobody."""
    first = cell.release(learnt)
    over, answers = threading.Event(), []

    def send(number: int) -> None:
        while not over.is_set():
            answers.append(cell.post(image(number)).json())

    with ThreadPoolExecutor(3) as pool:
        for number in (GOOD, DARK, BRIGHT):
            pool.submit(send, number)
        try:
            wait_for(lambda: answers)
            second = cell.release(learnt)
            wait_for(lambda: {a["model"] for a in list(answers)} >= {first.pk, second.pk})
        finally:
            over.set()
    assert {answer["verdict"] for answer in answers} == {"OK", "NG"}, [
        answer for answer in answers if answer["verdict"] == "ERROR"
    ][:3]


def test_a_model_no_longer_wanted_still_answers_for_a_while(
    cell: Cell, serve: Any, learnt: TrainResult
) -> None:
    """As a web process that has not heard of the release asks for it."""
    model = cell.release(learnt)
    assert cell.post(image(DARK)).json()["verdict"] == "NG"
    wishes: dict[Any, Any] = valkey.client().hgetall(registry.WANTED)
    other = wishes.pop(str(model.pk)).replace(f'"model_id":{model.pk}', '"model_id":0')
    with valkey.client().pipeline() as pipe:
        pipe.hdel(registry.WANTED, str(model.pk))
        pipe.hset(registry.WANTED, "0", other)
        pipe.publish(registry.LOAD, "[0]")
        pipe.execute()
    key = next(valkey.client().scan_iter("kizu:serve:*:*"))
    wait_for(lambda: '"models": [0' in str(valkey.client().get(key)), 20)
    time.sleep(1.5)  # it looks at the wishes every second
    assert cell.post(image(DARK)).json()["verdict"] == "NG"


def test_the_same_key_at_two_web_processes_is_one_unit(
    cell: Cell, serve: Any, learnt: TrainResult
) -> None:
    cell.release(learnt)
    with web_process("second-web") as other:
        urls = [cell.url, other] * 4

        def send(number: int) -> Any:
            one = Cell.__new__(Cell)
            one.__dict__ |= cell.__dict__ | {"url": urls[number]}
            return one.post(image(DARK), key="both", serial="B")

        send(1)
        cell.post(image(GOOD))
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(send, range(8)))
    assert {reply.status_code for reply in replies} <= {200, 201, 409}
    assert len({reply.json()["id"] for reply in replies if reply.status_code != 409}) == 1
    assert Inspection.objects.filter(serial="B").count() == 1


def test_the_history_of_a_serial(
    cell: Cell, serve: Any, learnt: TrainResult, api: Callable[..., Any]
) -> None:
    cell.release(learnt)
    ids = [cell.post(image(DARK), serial="S").json()["id"] for _ in range(3)]
    cell.post(image(DARK), serial="T")
    shown = api("viewer").get(f"/api/v1/inspections/{ids[1]}").json()
    assert [(row["id"], row["attempt"]) for row in shown["history"]] == [
        (ids[2], 3), (ids[1], 2), (ids[0], 1),
    ]  # fmt: skip
