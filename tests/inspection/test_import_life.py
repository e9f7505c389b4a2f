"""An import's life: leases, cancelling, all or nothing, and what becomes of its bytes."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from PIL import Image

from core import storage
from inspection.formats.pixels import Room, look
from inspection.models.datasets import Annotation, Blob, Import, Sample, SampleImage
from inspection.models.products import DefectClass
from inspection.services import entering, imports, intake, looking, manifests, sweep
from tests.flows.product import until
from tests.inspection.test_imports import YOLO, bring, codes, drawn_set, make, picture, upload


def asked(client: Any, files: dict[str, bytes], **ask: Any) -> int:
    """Queued, not carried out."""
    body = {"files": upload(client, files), "dry_run": False} | ask
    reply = client.post(f"/api/v1/datasets/{make(client)}/imports", body, format="json")
    assert reply.status_code == 201, reply.content
    return int(reply.json()["id"])


def expire(pk: int) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Import.objects.filter(pk=pk).update(state="running", lease_until=past)


def test_an_import_that_wears_out_its_workers_fails_in_words(api: Callable[..., Any]) -> None:
    pk = asked(api("engineer"), YOLO)
    for lease in (1, 2):
        Import.objects.filter(pk=pk).update(lease=lease)
        expire(pk)
        imports.requeue()
        assert Import.objects.get(pk=pk).state == "queued"
    Import.objects.filter(pk=pk).update(lease=3)
    expire(pk)
    imports.requeue()
    row = Import.objects.get(pk=pk)
    assert (row.state, row.error_code) == ("failed", "worker_lost")
    assert "3 times" in row.error
    assert row.finished_at is not None


def test_a_long_fetch_keeps_the_lease(
    api: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, data in YOLO.items():
            archive.writestr(path, data)
    pk = asked(api("engineer"), {"set.zip": out.getvalue()})
    monkeypatch.setattr(imports, "LOOK_EVERY", 0.05)
    seen: list[str] = []
    stream = storage.stream

    def slow(sha256: str, *place: int) -> Any:
        if not seen:  # the archive comes first
            expire(pk)
            until(lambda: Import.objects.filter(pk=pk, lease_until__gt=timezone.now()).exists())
            imports.requeue()
            seen.append(Import.objects.get(pk=pk).state)
        return stream(sha256, *place)

    monkeypatch.setattr(storage, "stream", slow)
    imports.run(pk)
    assert seen == ["running"]
    assert Import.objects.get(pk=pk).state == "succeeded"


def test_an_import_that_lost_its_lease_writes_nothing(
    api: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pk = asked(api("engineer"), drawn_set(4))
    enter = entering.enter
    monkeypatch.setattr(imports, "LOOK_EVERY", 60)

    def robbed(row: Import, found: Any) -> Any:
        counts = enter(row, found)

        def rob() -> None:  # another worker, while this one writes
            Import.objects.filter(pk=pk, state="running").update(lease=9)
            connection.close()

        thread = threading.Thread(target=rob)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "the row is locked while the import is committed"
        threads.append(thread)
        return counts

    threads: list[threading.Thread] = []
    monkeypatch.setattr(entering, "enter", robbed)
    imports.run(pk)
    threads[0].join()
    assert Import.objects.get(pk=pk).state == "succeeded", "who came later found it ended"

    second = asked(api("engineer"), drawn_set(5))
    Import.objects.filter(pk=second).update(state="running", lease=4)
    row = Import.objects.get(pk=second)
    row.lease = 3  # what the worker that was given up still believes
    before = Sample.objects.count()
    with pytest.raises(imports.Stopped):
        imports._commit(row, intake.Intake())
    assert Sample.objects.count() == before


def test_a_commit_that_fails_midway_leaves_nothing(
    api: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("no more room")

    monkeypatch.setattr(entering, "_annotate", broken)
    pk = asked(api("engineer"), drawn_set(4))
    imports.run(pk)
    row = Import.objects.get(pk=pk)
    assert (row.state, row.error_code) == ("failed", "import_broke")
    assert "no more room" in row.error
    kept = (Sample, SampleImage, Annotation, DefectClass)
    assert [model.objects.count() for model in kept] == [0, 0, 0, 0]


def test_a_cancel_stops_the_reading(
    api: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pk = asked(api("engineer"), drawn_set(40))
    monkeypatch.setattr(imports, "LOOK_EVERY", 0.02)
    read: list[str] = []
    stopped = threading.Event()

    def slow(data: bytes, path: str, room: Room) -> Any:
        read.append(path)
        if len(read) > looking.THREADS:
            stopped.wait(0.2)
        if len(read) == looking.THREADS:
            Import.objects.filter(pk=pk).update(state="cancelled")
            connection.close()
        return look(data, path, room)

    monkeypatch.setattr(looking, "look", slow)
    imports.run(pk)
    assert len(read) < 40
    assert Import.objects.get(pk=pk).state == "cancelled"
    assert not Sample.objects.exists()


def test_what_a_failed_import_stored_is_swept(api: Callable[..., Any]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.png", picture(41))
        archive.writestr("b.png", b"no image")
    row = bring(api("engineer"), {"set.zip": out.getvalue()})
    assert codes(row) == {"not_an_image"}
    stored = {name.rpartition("/")[2] for name in objects()}
    assert stored == set(Blob.objects.values_list("pk", flat=True))
    assert hashlib.sha256(picture(41)).hexdigest() in stored
    Blob.objects.update(touched_at=timezone.now() - 2 * sweep.AGE)
    sweep.sweep()
    assert not Blob.objects.exists()
    assert not objects()


@pytest.fixture(autouse=True)
def _empty_store(db: None) -> None:
    for name in objects():
        storage.remove(name.rpartition("/")[2])


def objects() -> list[str]:
    listed = storage.client().list_objects(storage.bucket(), "blobs/", recursive=True)
    return [str(one.object_name) for one in listed]


def test_thumbnails_lie_together_and_are_had_one_by_one(api: Callable[..., Any]) -> None:
    client = api("engineer")
    row = bring(client, drawn_set(6))
    shown = client.get(f"/api/v1/datasets/{row['dataset']}/samples").json()["results"]
    urls = {sample["images"]["rgb"]["thumbnail_url"] for sample in shown}
    assert len(urls) == 6
    assert len({url.partition("?")[0] for url in urls}) == 1
    for url in urls:
        reply = client.get(url)
        assert (reply.status_code, reply["Content-Type"]) == (200, "image/jpeg")
        with Image.open(io.BytesIO(reply.content)) as image:
            assert image.size == (32, 32)
    pack = next(iter(urls)).partition("?")[0]
    assert client.get(f"{pack}?at=0&size=9999999").status_code == 400
    assert client.get(f"{pack}?at=x&size=1").status_code == 400
    Blob.objects.update(touched_at=timezone.now() - 2 * sweep.AGE)
    sweep.sweep()
    assert client.get(next(iter(urls))).status_code == 200


def test_a_second_look_reads_nothing(
    api: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = api("engineer")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("in.png", picture(2))
    files = {"a.png": picture(1), "wrong.png": picture(3, "JPEG"), "set.zip": out.getvalue()}
    dry = bring(client, files, dry=True)

    def never(*_: Any) -> Any:
        raise AssertionError("it was looked at already")

    monkeypatch.setattr(looking, "look", never)
    row = bring(client, files, dataset=dry["dataset"])
    assert (row["state"], row["counts"]["images"]) == ("succeeded", 3)
    assert codes(row, "warning") == codes(dry, "warning") == {"odd_image"}


def packed(**sizes: int) -> bytes:
    """An archive that says of its members that they have these sizes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, size in sizes.items():
            archive.writestr(name, picture(1) if not size else b"\x00" * size)
    return out.getvalue()


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"MAX_FILE": 40_000}, "too_large"),
        ({"MAX_UNPACKED": 100_000}, "zip_bomb"),
        ({"MAX_RATIO": 1, "MEGABYTE": 0}, "zip_bomb"),
    ],
)
def test_an_archive_is_bounded_by_member_in_all_and_by_ratio(
    api: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, limits: dict[str, int], code: str
) -> None:
    for name, value in limits.items():
        monkeypatch.setattr(manifests, name, value)
    row = bring(
        api("engineer"), {"set.zip": packed(**{"a.png": 0, "b.txt": 50_000, "c.txt": 60_000})}
    )
    assert row["state"] == "failed"
    assert code in codes(row)


def test_a_file_is_bounded_too(api: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "MAX_FILE", 5_000)
    row = bring(api("engineer"), {"small.png": picture(1), "large.png": picture(2, side=64)})
    assert {(p["path"], p["code"]) for p in row["problems"]} == {("large.png", "unreadable")}


def test_so_many_pixels_at_once_and_no_more() -> None:
    room, order = Room(100), list[str]()
    inside, go = threading.Event(), threading.Event()

    def large() -> None:
        with room(80):
            inside.set()
            go.wait(5)
            order.append("large")

    def other() -> None:
        inside.wait(5)
        with room(30):
            order.append("other")

    threads = [threading.Thread(target=work) for work in (large, other)]
    for thread in threads:
        thread.start()
    inside.wait(5)
    with room(20):  # what fits beside it does not wait
        order.append("small")
    go.set()
    for thread in threads:
        thread.join()
    assert order == ["small", "large", "other"]
    with room(500):  # larger than the room: alone, not never
        pass


def test_one_limit_of_pixels_holds_everywhere(api: Callable[..., Any]) -> None:
    from workers.contract import MAX_PIXELS

    assert looking.room.most == MAX_PIXELS
