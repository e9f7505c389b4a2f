"""Datasets in every format through the API, and everything that is hostile about files."""

import hashlib
import io
import json
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inspection.models.datasets import Annotation, DatasetVersion, Sample
from inspection.models.products import DefectClass
from inspection.services import imports, sweep

Files = dict[str, bytes]


def picture(seed: int = 0, form: str = "PNG", mode: str = "RGB", side: int = 32) -> bytes:
    rng = np.random.default_rng(seed)
    out = io.BytesIO()
    Image.fromarray(rng.integers(0, 255, (side, side, 3), "uint8")).convert(mode).save(out, form)
    return out.getvalue()


def upload(client: Any, files: Files) -> list[dict[str, str]]:
    """Send what is missing, and the manifest of it."""
    named = [{"path": p, "sha256": hashlib.sha256(d).hexdigest()} for p, d in files.items()]
    by_hash = {hashlib.sha256(d).hexdigest(): d for d in files.values()}
    missing = client.post("/api/v1/blobs/missing", {"sha256": list(by_hash)}, format="json")
    for sha256 in missing.json()["missing"]:
        kind = "application/octet-stream"
        reply = client.put(f"/api/v1/blobs/{sha256}", by_hash[sha256], content_type=kind)
        assert reply.status_code in (200, 201), reply.content
    return named


def bring(client: Any, files: Files, dry: bool = False, task: str = "detect", **ask: Any) -> Any:
    """A new dataset (or `dataset`), the files in it, the import carried out."""
    dataset = ask.pop("dataset", None) or make(client, task)
    body = {"files": upload(client, files), "dry_run": dry} | ask
    reply = client.post(f"/api/v1/datasets/{dataset}/imports", body, format="json")
    assert reply.status_code == 201, reply.content
    imports.run(reply.json()["id"])
    return client.get(f"/api/v1/imports/{reply.json()['id']}").json()


def make(client: Any, task: str = "detect") -> int:
    name = f"set {Sample.objects.count()} {np.random.default_rng().integers(10**9)}"
    reply = client.post("/api/v1/datasets", {"name": name, "task": task}, format="json")
    assert reply.status_code == 201, reply.content
    return int(reply.json()["id"])


def codes(row: Any, level: str = "error") -> set[str]:
    return {p["code"] for p in row["problems"] if p["level"] == level}


COCO: Files = {
    "images/a.png": picture(1),
    "images/b.png": picture(2),
    "notes.json": json.dumps(
        {
            "images": [
                {"id": 1, "file_name": "a.png", "width": 32, "height": 32},
                {"id": 2, "file_name": "b.png", "width": 32, "height": 32},
                {"id": 3, "file_name": "gone.png", "width": 32, "height": 32},
            ],
            "categories": [{"id": 7, "name": "scratch"}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 7, "bbox": [4, 8, 8, 4]}],
        }
    ).encode(),
}
YOLO: Files = {
    "data.yaml": b"names: [pit, dent]\n",
    "images/train/a.png": picture(3),
    "labels/train/a.txt": b"1 0.5 0.5 0.25 0.25\n0 0.1 0.1 0.3 0.1 0.3 0.3\n",
}
VOC: Files = {
    "a.png": picture(4),
    "a.xml": b"<annotation><filename>other.png</filename><object><name>open</name><bndbox>"
    b"<xmin>1</xmin><ymin>1</ymin><xmax>16</xmax><ymax>8</ymax></bndbox></object></annotation>",
}
DEEPPCB: Files = {
    "g/1_test.jpg": picture(5, "JPEG"),
    "g/1_temp.jpg": picture(6, "JPEG"),
    "g/2_temp.jpg": picture(7, "JPEG"),
    "g_not/1.txt": b"4 4 12 12 2\n",
}


@pytest.mark.parametrize(
    ("files", "form", "box"),
    [
        (COCO, "coco", [4 / 32, 8 / 32, 12 / 32, 12 / 32]),
        (YOLO, "yolo", [0.375, 0.375, 0.625, 0.625]),
        (VOC, "voc", [0, 0, 0.5, 0.25]),
        (DEEPPCB, "deeppcb", [0.125, 0.125, 0.375, 0.375]),
    ],
)
def test_each_format_is_found_by_itself(
    api: Callable[..., Any], files: Files, form: str, box: list[float]
) -> None:
    client = api("engineer")
    dry = bring(client, files, dry=True)
    assert (dry["state"], dry["format"]) == ("succeeded", form), dry
    assert not Sample.objects.exists()
    row = bring(client, files)
    assert row["state"] == "succeeded", row
    first = Annotation.objects.order_by("id").first()
    assert first is not None
    assert [first.x0, first.y0, first.x1, first.y1] == pytest.approx(box)
    page = client.get(f"/api/v1/datasets/{row['dataset']}/samples").json()["results"]
    assert page[-1]["images"]["rgb"]["thumbnail_url"]
    if form == "deeppcb":
        assert "template" in page[0]["images"]
        assert "orphan_template" in codes(row, "warning")


def test_folders_are_classes(api: Callable[..., Any]) -> None:
    files = {"good/1.png": picture(1), "bad/1.png": picture(2), "train/bad/2.png": picture(3)}
    row = bring(api("engineer"), files, task="classify")
    assert (row["format"], row["counts"]["findings"]) == ("folders", 3)
    assert DefectClass.objects.get(name="good").severity == "good"


def test_a_class_without_boxes_is_no_annotation_for_a_detector(api: Callable[..., Any]) -> None:
    files = {"good/1.png": picture(1), "scratch/1.png": picture(2), "scratch/2.png": picture(3)}
    row = bring(api("engineer"), files, task="detect")
    assert codes(row, "warning") == {"no_boxes"}
    assert row["counts"]["annotated"] == 1
    assert Sample.objects.get(annotated=True).path == "good/1.png"


def test_absent_images_are_warnings_and_the_rest_comes_in(api: Callable[..., Any]) -> None:
    row = bring(api("engineer"), COCO)
    assert row["counts"]["samples"] == 2
    assert codes(row, "warning") == {"absent_image"}


def test_a_class_is_mapped_or_left_out(api: Callable[..., Any]) -> None:
    client = api("engineer")
    DefectClass.objects.create(name="Scratch long")
    bring(client, COCO, class_map={"scratch": "Scratch long"})
    assert Annotation.objects.get().defect_class.name == "Scratch long"
    bring(client, COCO, class_map={"scratch": None})
    assert Annotation.objects.count() == 1


def header_only(side: int) -> bytes:
    """A PNG that says it is huge."""
    body = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunk + b"\0\0\0\0IEND\xaeB`\x82"


def animated() -> bytes:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"not an image at all", "not_an_image"),
        (b"", "empty_file"),
        (picture(9, "JPEG", side=64)[:-300], "broken_image"),
        (header_only(60_000), "too_large"),
        (animated(), "animated"),
    ],
)
def test_an_unreadable_image_stops_the_import(
    api: Callable[..., Any], data: bytes, code: str
) -> None:
    row = bring(api("engineer"), {"a.png": picture(1), "b.png": data})
    assert row["state"] == "failed"
    assert codes(row) == {code}
    assert not Sample.objects.exists()


def test_odd_images_come_in(api: Callable[..., Any]) -> None:
    out = io.BytesIO()
    Image.fromarray(np.arange(1024, dtype="uint16").reshape(32, 32) * 60).save(out, "PNG")
    files = {
        "sixteen.png": out.getvalue(),
        "palette.png": picture(2, mode="P"),
        "cmyk.jpg": picture(3, "JPEG", "CMYK"),
        "wrong.png": picture(4, "JPEG"),
    }
    row = bring(api("engineer"), files)
    assert row["state"] == "succeeded", row
    assert codes(row, "warning") == {"odd_image"}
    client = api("engineer")
    page = client.get(f"/api/v1/datasets/{row['dataset']}/samples").json()["results"]
    assert {s["path"]: s["bits"] for s in page}["sixteen.png"] == 16


def test_a_box_outside_and_one_off_by_rounding(api: Callable[..., Any]) -> None:
    bad = YOLO | {"labels/train/a.txt": b"1 0.9 0.5 0.5 0.25\n"}
    row = bring(api("engineer"), bad)
    assert (row["state"], codes(row)) == ("failed", {"box_outside"})
    near = YOLO | {"labels/train/a.txt": b"1 0.9 0.5 0.21 0.25\n"}
    assert bring(api("engineer"), near)["state"] == "succeeded"


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_a_zip_is_opened(api: Callable[..., Any]) -> None:
    row = bring(api("engineer"), {"set.zip": zipped(**{k: v for k, v in YOLO.items()})})
    assert (row["state"], row["format"], row["counts"]["samples"]) == ("succeeded", "yolo", 1)


def damaged(name: str) -> bytes:
    """A zip whose one member's bytes are not those of its checksum."""
    data = bytearray(zipped(**{name: picture(9)}))
    at = 30 + len(name) + 200
    data[at : at + 50] = bytes(50)
    return bytes(data)


def link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("a.png")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (zipped(**{"../a.png": picture(1)}), "unsafe_path"),
        (zipped(**{"/etc/a.png": picture(1)}), "unsafe_path"),
        (zipped(**{"a.png": bytes(50_000_000)}), "zip_bomb"),
        (link(), "link"),
        (damaged("a.png"), "unreadable"),
        (damaged("a.xml"), "unreadable"),
        (b"PK\x03\x04 broken", "broken_zip"),
    ],
)
def test_a_hostile_zip_is_refused(api: Callable[..., Any], data: bytes, code: str) -> None:
    row = bring(api("engineer"), {"set.zip": data, "b.png": picture(2)})
    assert row["state"] == "failed", row
    assert code in codes(row)
    assert not Sample.objects.exists()


@pytest.mark.parametrize("path", ["../a.png", "/a.png", "a//b.png", "c:/a.png", "x/../../a.png"])
def test_a_path_that_leads_out_is_refused(api: Callable[..., Any], path: str) -> None:
    client = api("engineer")
    files = [f | {"path": path} for f in upload(client, {"a.png": picture(1)})]
    reply = client.post(f"/api/v1/datasets/{make(client)}/imports", {"files": files}, format="json")
    assert reply.status_code == 400, reply.content
    assert "files" in reply.json()["fields"]


def test_bytes_must_be_what_their_address_says(api: Callable[..., Any]) -> None:
    client, kind = api("engineer"), "application/octet-stream"
    reply = client.put(f"/api/v1/blobs/{'0' * 64}", b"other", content_type=kind)
    assert (reply.status_code, reply.json()["code"]) == (422, "hash_differs")
    sha256 = hashlib.sha256(b"mine").hexdigest()
    assert client.put(f"/api/v1/blobs/{sha256}", b"mine", content_type=kind).status_code == 201
    assert client.put(f"/api/v1/blobs/{sha256}", b"mine", content_type=kind).status_code == 200
    assert api("engineer").get(f"/api/v1/blobs/{sha256}").status_code == 404
    missing = api("engineer").post("/api/v1/blobs/missing", {"sha256": [sha256]}, format="json")
    assert missing.json() == {"missing": [sha256]}  # known only to who sent it


def test_files_that_were_not_sent_cannot_be_named(api: Callable[..., Any]) -> None:
    client = api("engineer")
    body = {"files": [{"path": "a.png", "sha256": "1" * 64}]}
    reply = client.post(f"/api/v1/datasets/{make(client)}/imports", body, format="json")
    assert (reply.status_code, reply.json()["code"]) == (422, "blobs_missing")


def test_the_same_path_again(api: Callable[..., Any]) -> None:
    client = api("engineer")
    row = bring(client, YOLO)
    changed = YOLO | {"labels/train/a.txt": b"0 0.5 0.5 0.5 0.5\n"}
    again = bring(client, changed, dataset=row["dataset"])
    assert (again["counts"]["added"], again["counts"]["updated"]) == (0, 1)
    assert Annotation.objects.get().defect_class.name == "pit"
    other = bring(client, YOLO | {"images/train/a.png": picture(99)}, dataset=row["dataset"])
    assert (other["state"], other["error_code"]) == ("failed", "path_taken")
    assert Annotation.objects.get().defect_class.name == "pit"


def drawn_set(count: int, parts: int = 0) -> Files:
    files: Files = {"data.yaml": b"names: [pit, dent]\n"}
    for n in range(count):
        files[f"images/{n}.png"] = picture(n + 100)
        files[f"labels/{n}.txt"] = f"{n % 2} 0.5 0.5 0.2 0.2\n".encode()
    return files


def freeze(client: Any, dataset: int, seed: int = 1) -> Any:
    body = {"splits": {"train": 0.6, "val": 0.2, "test": 0.2}, "seed": seed}
    return client.post(f"/api/v1/datasets/{dataset}/versions", body, format="json")


def test_versions_are_immutable_and_splits_stick(api: Callable[..., Any]) -> None:
    client = api("engineer")
    row = bring(client, drawn_set(20))
    first, second = freeze(client, row["dataset"]), freeze(client, row["dataset"], seed=9)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["content_hash"] == second.json()["content_hash"]
    assert first.json()["splits"] == {"train": 12, "val": 4, "test": 4}
    before = dict(Sample.objects.values_list("path", "split"))
    bring(client, drawn_set(30), dataset=row["dataset"])
    third = freeze(client, row["dataset"], seed=5).json()
    assert sum(third["splits"].values()) == 30
    after = dict(Sample.objects.values_list("path", "split"))
    assert {path: after[path] for path in before} == before
    assert DatasetVersion.objects.count() == 2
    ids = list(Sample.objects.values_list("pk", flat=True)[:1])
    url = f"/api/v1/datasets/{row['dataset']}/samples"
    assert client.delete(url, {"ids": ids}, format="json").json()["code"] == "pinned"


def test_a_cancelled_import_leaves_nothing(api: Callable[..., Any]) -> None:
    client = api("engineer")
    body = {"files": upload(client, YOLO), "dry_run": False}
    row = client.post(f"/api/v1/datasets/{make(client)}/imports", body, format="json").json()
    assert client.post(f"/api/v1/imports/{row['id']}/cancel").json()["state"] == "cancelled"
    imports.run(row["id"])
    assert not Sample.objects.exists()


def test_only_what_nothing_names_is_swept(api: Callable[..., Any]) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from inspection.models.datasets import Blob

    client = api("engineer")
    bring(client, YOLO)
    upload(client, {"orphan.png": picture(77)})
    assert sweep.sweep() == 0
    Blob.objects.update(touched_at=timezone.now() - timedelta(days=2))
    assert sweep.sweep() == 3  # the orphan, and the two text files that were only read
    assert Blob.objects.count() == 2


def test_nothing_is_swept_while_bytes_come_in(api: Callable[..., Any]) -> None:
    """Bytes that are in the store are not sent again: they have to be there for their row."""
    from threading import Thread

    from django.db import connection
    from django.utils import timezone

    from inspection.models.datasets import Blob

    upload(api("engineer"), {"orphan.png": picture(78)})
    Blob.objects.update(touched_at=timezone.now() - 2 * sweep.AGE)

    with sweep.kept_out():
        swept: list[int] = []

        def other() -> None:
            swept.append(sweep.sweep())
            connection.close()

        thread = Thread(target=other)
        thread.start()
        thread.join()
        assert swept == [0]
    assert sweep.sweep() == 1


def test_ten_megabytes_of_json_are_refused(api: Callable[..., Any]) -> None:
    body = json.dumps({"name": "x" * 10_000_000, "task": "detect"})
    reply = api("engineer").post("/api/v1/datasets", body, content_type="application/json")
    assert (reply.status_code, reply.json()["code"]) == (413, "too_large")
