"""POST /inspections against the web process itself, with and without a serve process."""

import http.client
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from core import valkey
from core.accounts import tokens
from inspection.models.inspections import Inspection, InspectionImage, UnitAttempts
from inspection.models.plant import Camera, Line, Site, Station
from inspection.models.products import DefectClass, Product
from inspection.models.registry import ModelVersion
from inspection.services import artefacts, recipes, registry
from tests.conftest import ROOT, VAR
from tests.workers import ground as drawn
from workers.contract import Manifest, TrainJob, TrainResult

Answer = dict[str, Any]


@pytest.fixture(scope="module")
def learnt(servers: None) -> TrainResult:
    """A small model, trained here."""
    from core import storage
    from workers import runner, store

    manifest: Manifest = drawn.manifest(36, 6, 12)
    for sample in manifest.samples:
        storage.put(store.path_of(sample.images["rgb"]).read_bytes())
    order = TrainJob(
        job_id=1, engine="patch_cnn", params={"epochs": 6, "patches": 16, "width": 8}, nice=0,
        manifest=store.put(manifest.model_dump_json().encode()),
    )  # fmt: skip
    return runner.train(order, lambda event: None)


class Cell:
    """A station with its token: what a line computer knows."""

    def __init__(self, url: str, user: Any, modes: list[str] | None = None) -> None:
        site = Site.objects.create(name=uuid.uuid4().hex, timezone="Europe/Berlin")
        self.line = Line.objects.create(site=site, name="Line")
        self.station = Station.objects.create(line=self.line, name="AOI", deadline_ms=5000)
        self.product = Product.objects.create(code=uuid.uuid4().hex[:8], name="plate")
        self.user, self.url = user, url
        key = tokens.issue(user, "line", modes=modes)[1]
        self.http = httpx.Client(headers={"Authorization": f"Token {key}"}, timeout=30)

    def post(
        self, data: bytes | None = None, deadline: int = 10_000, key: str = "", **fields: Any
    ) -> httpx.Response:
        form = {"station": str(self.station.pk), "product": str(self.product.pk)} | fields
        headers = {"X-Deadline-Ms": str(deadline)} | ({"Idempotency-Key": key} if key else {})
        files = {"image": ("a.png", image(0) if data is None else data, "image/png")}
        url = f"{self.url}/api/v1/inspections"
        return self.http.post(url, data=form, files=files, headers=headers)

    def release(self, result: TrainResult, **thresholds: float) -> None:
        """Put the trained model in force here."""
        for name in result.classes:
            DefectClass.objects.get_or_create(name=name)
        model = ModelVersion.objects.create(
            name="m", engine="patch_cnn", kind=result.kind, classes=result.classes,
            params={"epochs": 6, "patches": 16, "width": 8}, metrics={}, code_version="test",
            artefact=artefacts.keep(result.artefact, result.artefact_size),
        )  # fmt: skip
        assert result.export
        artefacts.add_export(model, result.export)
        ask = {"station": self.station, "product": self.product, "model": model}
        recipe = recipes.save(ask | {"thresholds": {"default": 0.5} | thresholds}, self.user)
        assert registry.release(recipe.pk, "test", self.user, wait=20).state == "released"


def image(number: int) -> bytes:
    """A drawn plate: every third is good."""
    import io

    from PIL import Image

    pixels, _ = drawn.plate(number, 96)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def cell(live: str, make_user: Callable[..., Any]) -> Cell:
    return Cell(live, make_user("manager"))


@pytest.fixture
def serve(db: None) -> Iterator[subprocess.Popen[bytes]]:
    """A real serve process, until the test is over."""
    with (VAR / "serve.log").open("ab") as log:
        argv = [sys.executable, "manage.py", "serve"]
        process = subprocess.Popen(argv, cwd=ROOT, stdout=log, stderr=log)
    yield process
    process.terminate()
    process.wait(15)
    for key in valkey.client().scan_iter("kizu:serve:*"):
        valkey.client().delete(key)


def stored(answer: Answer) -> Inspection:
    return Inspection.objects.get(id=answer["id"])


def wait_for(found: Callable[[], Any], seconds: float = 10) -> Any:
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
    return value


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
    assert time.monotonic() - began < 1
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
    assert time.monotonic() - began < 1.5
    assert (answer["verdict"], answer["code"]) == ("ERROR", "worker_down")


def test_a_broken_image_is_refused_and_nothing_is_stored(
    cell: Cell, serve: Any, learnt: TrainResult
) -> None:
    cell.release(learnt)
    for data, code in ((b"no image", "not_an_image"), (image(0)[:400], "broken")):
        reply = cell.post(data)
        assert (reply.status_code, reply.json()["code"]) == (422, code)
    assert not Inspection.objects.exists()


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


def test_old_captures_are_late_and_odd_ones_flagged(cell: Cell) -> None:
    old = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    row = stored(cell.post(captured_at=old).json())
    assert (row.late, row.odd_time) == (True, True)
    assert str(row.id).startswith("20260101")
