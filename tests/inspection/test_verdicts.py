"""POST /inspections against the web process itself, with and without a serve process."""

import http.client
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from core import storage, valkey
from core.accounts import tokens
from inspection.models.datasets import Blob
from inspection.models.inspections import Inspection, InspectionImage, UnitAttempts
from inspection.models.plant import Camera
from tests.inspection.cell import Answer, Cell, image, stored, wait_for
from workers.contract import TrainResult


def test_a_verdict_is_stored_before_it_is_answered(
    cell: Cell, serve: Any, learnt: TrainResult
) -> None:
    Camera.objects.create(station=cell.station, name="cam", mm_per_pixel=0.1)
    cell.release(learnt)
    verdicts = {}
    for number in range(6):
        reply = cell.post(image(number + 42), serial=f"S{number}", lot="L")
        assert reply.status_code == 201, reply.text
        answer = reply.json()
        row = stored(answer)
        assert row.verdict == answer["verdict"] == row.model_verdict
        assert InspectionImage.objects.filter(inspection_id=row.id).count() == 1
        assert answer["latency_ms"]["total"] > answer["latency_ms"]["infer"] > 0
        verdicts[number % 3 == 2] = answer
    assert verdicts[False]["verdict"] == "NG", verdicts
    assert verdicts[False]["reasons"][0]["code"] == "finding"
    assert verdicts[False]["findings"][0]["size_mm"] > 0


def test_the_same_key_is_the_same_unit(cell: Cell, serve: Any, learnt: TrainResult) -> None:
    cell.release(learnt)
    first = cell.post(key="k1", serial="A")
    again = cell.post(key="k1", serial="A")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    other = cell.post(image(5), key="k1", serial="A")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: cell.post(key="k2", serial="B"), range(8)))
    assert len({reply.json()["id"] for reply in replies}) == 1
    assert Inspection.objects.count() == 2
    assert UnitAttempts.objects.get(serial="B").decided == 1


def test_a_second_attempt_of_a_serial_is_counted(
    cell: Cell, serve: Any, learnt: TrainResult
) -> None:
    cell.release(learnt)
    attempts = [stored(cell.post(serial="S").json()).attempt for _ in range(2)]
    assert attempts == [1, 2]


def test_without_a_recipe_the_answer_is_an_error_that_is_kept(cell: Cell) -> None:
    reply = cell.post()
    assert reply.status_code == 201
    answer = reply.json()
    assert (answer["verdict"], answer["code"], answer["fail_safe"]) == ("ERROR", "no_recipe", True)
    assert stored(answer).verdict == "ERROR"


def test_a_deadline_that_cannot_be_met_is_told_at_once_and_kept_as_late(
    cell: Cell, serve: Any, learnt: TrainResult
) -> None:
    cell.release(learnt)
    began = time.monotonic()
    answer = cell.post(deadline=1, key="hurry", serial="H").json()
    assert time.monotonic() - began < 30  # and not the minute that a late result is waited for
    assert (answer["verdict"], answer["code"], answer["id"]) == ("ERROR", "deadline", None)
    row = wait_for(lambda: Inspection.objects.filter(serial="H").first())
    assert (row.verdict, row.late) == ("ERROR", True)
    again = wait_for(
        lambda: (a := cell.post(deadline=1, key="hurry", serial="H").json())["id"] and a
    )
    assert (again["verdict"], again["id"]) == ("ERROR", str(row.id))
    late = cell.http.post(
        f"{cell.url}/api/v1/inspections/{row.id}/late", data={"fail_safe": "true"},
        files={"image": ("a.png", image(42), "image/png")},
    )  # fmt: skip
    assert late.status_code == 200, late.text
    row.refresh_from_db()
    assert (row.verdict, row.model_verdict, row.late) == ("ERROR", "NG", True)


def test_without_a_serve_process_the_error_says_so(
    cell: Cell, serve: Any, learnt: TrainResult
) -> None:
    cell.release(learnt)
    serve.kill()
    serve.wait()
    wait_for(lambda: not list(valkey.client().scan_iter("kizu:serve:*:*")), 8)
    began = time.monotonic()
    answer = cell.post(deadline=600).json()
    assert time.monotonic() - began < 30
    assert (answer["verdict"], answer["code"]) == ("ERROR", "worker_down")


def test_a_broken_image_is_refused_and_nothing_is_stored(
    cell: Cell, serve: Any, learnt: TrainResult
) -> None:
    cell.release(learnt)
    for data, code in ((b"no image", "not_an_image"), (image(0)[:400], "broken")):
        reply = cell.post(data)
        assert (reply.status_code, reply.json()["code"]) == (422, code)
    assert not Inspection.objects.exists()


def test_refused_bytes_are_left_to_the_sweep(cell: Cell, serve: Any, learnt: TrainResult) -> None:
    """A good image beside a broken one may be another unit's too: it is not taken away."""
    cell.release(learnt)
    reply = cell.submit([("image", image(7)), ("image", image(7)[:400])])
    assert reply.status_code == 422
    answer = cell.post(image(7)).json()
    sha256 = InspectionImage.objects.get(inspection_id=answer["id"]).sha256
    wait_for(lambda: Blob.objects.filter(pk=sha256).exists())  # for the sweep, in a day
    assert storage.get(sha256) == image(7)


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"station": "999999999"}, 404, "unknown_station"),
        ({"station": "AOI"}, 400, "invalid"),
        ({"product": "999999999"}, 404, "unknown_product"),
        ({"colour": "red"}, 400, "unknown_field"),
        ({"mode": "shadow"}, 403, "mode_scope"),
        ({"mode": "nonsense"}, 400, "invalid"),
        ({"captured_at": "yesterday"}, 400, "invalid"),
        ({"serial": "x" * 200}, 400, "invalid"),
    ],
)
def test_wrong_fields_are_named(cell: Cell, fields: Answer, status: int, code: str) -> None:
    reply = cell.post(**fields)
    assert (reply.status_code, reply.json()["code"]) == (status, code), reply.text
    assert reply.headers["content-type"] == "application/problem+json"


def test_what_is_no_submission_is_refused(cell: Cell) -> None:
    url = f"{cell.url}/api/v1/inspections"
    form = {"station": str(cell.station.pk), "product": str(cell.product.pk)}
    assert cell.http.post(url, json=form).status_code == 415
    assert cell.http.post(url, data=form, files={"other": b"x"}).status_code == 400
    empty = cell.http.post(url, data=form, files={"image": ("a.png", b"", "image/png")})
    assert (empty.status_code, empty.json()["code"]) == (422, "empty_image")
    cut = cell.http.post(
        url, content=b"--x\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\nabc",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )  # fmt: skip
    assert cut.status_code in (400, 422)
    wire = http.client.HTTPConnection(cell.url.removeprefix("http://"))
    wire.putrequest("POST", "/api/v1/inspections")
    wire.putheader("Authorization", cell.http.headers["Authorization"])
    wire.putheader("Content-Type", "multipart/form-data; boundary=x")
    wire.putheader("Content-Length", str(500 * 2**20))
    wire.endheaders()
    assert wire.getresponse().status == 413  # by what the header says, before a byte is read


def test_tokens_and_their_scope(cell: Cell, make_user: Callable[..., Any], live: str) -> None:
    url = f"{cell.url}/api/v1/inspections"
    assert httpx.post(url).status_code == 401
    assert httpx.post(url, headers={"Authorization": "Token nonsense"}).status_code == 401
    other = Cell(live, make_user("operator"))
    key = tokens.issue(cell.user, "other station", stations=[other.station.pk])[1]
    cell.http.headers["Authorization"] = f"Token {key}"
    assert cell.post().json()["code"] == "wrong_station"
    limited = Cell(live, make_user("operator", lines=[other.line.pk]))
    assert limited.post().json()["code"] == "wrong_line"
    token, key = tokens.issue(cell.user, "soon over")
    cell.http.headers["Authorization"] = f"Token {key}"
    assert cell.post().status_code == 201
    tokens.revoke(cell.user, token)
    wait_for(lambda: cell.post().status_code == 401, 6)


def test_late_is_what_the_line_says_and_never_guessed(cell: Cell) -> None:
    """A clock that is behind makes no unit late; odd capture times are flagged."""
    behind = datetime.now(UTC).timestamp() - 7200
    row = stored(cell.post(captured_at=datetime.fromtimestamp(behind, UTC).isoformat()).json())
    assert (row.late, row.odd_time) == (False, False)
    kept = cell.post(key="kept", late=True)
    assert stored(kept.json()).late
    again = cell.post(key="kept")  # the same fields and images: the header is no part of them
    assert (again.status_code, again.json()["id"]) == (200, kept.json()["id"])
    old = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    row = stored(cell.post(captured_at=old).json())
    assert (row.late, row.odd_time) == (False, True)
    assert str(row.id).startswith("20260101")
