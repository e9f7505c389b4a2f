"""The demo plant: one site, two lines, three stations, two drawn products and their images."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from numpy.random import default_rng

from inspection.demo import draw
from inspection.demo.client import Client

SITE, ZONE = "Demo plant", "Europe/Berlin"
DATASET = "Demo: drawn plates and boards"
IMAGES = 320  # drawn for training
DEFECTS = (0.15, 0.15, 0.25, 0.25, 0.2)  # share of drawn images with 0, 1, … defects
SEED = 20260101


@dataclass(frozen=True)
class Place:
    """A station and what passes it. `takt_s` is the line's."""

    line: int
    station: int
    product: int
    drawn: str
    takt_s: float


LINES = (
    ("Plate line", 4.0, "plate", "PLATE-A", "Brushed plate", ("Surface", "Final check")),
    ("Board line", 5.0, "board", "PCB-1", "Printed board", ("AOI",)),
)
CLASSES = (
    ("scratch", "major", "#D55E00"),
    ("dent", "major", "#0072B2"),
    ("pit", "minor", "#CC79A7"),
    ("open", "critical", "#56B4E9"),
    ("short", "critical", "#E69F00"),
)


def build(client: Client) -> list[Place]:
    """The stations, made where they are missing: calling it again changes nothing."""
    site = _get_or_make(client, "/sites", {"name": SITE, "timezone": ZONE}, ("name",))
    places = []
    for name, takt, drawn, code, title, stations in LINES:
        line_body = {"site": site, "name": name, "takt_s": takt, "target_ng_rate": 0.05}
        line = _get_or_make(client, "/lines", line_body, ("site", "name"))
        product = _get_or_make(client, "/products", {"code": code, "name": title}, ("code",))
        for station_name in stations:
            body = {"line": line, "name": station_name, "deadline_ms": 3000}
            station = _get_or_make(client, "/stations", body, ("line", "name"))
            camera = {"station": station, "name": "cam1", "mm_per_pixel": 0.1}
            _get_or_make(client, "/cameras", camera, ("station", "name"))
            places.append(Place(line, station, product, drawn, takt))
    for name, severity, colour in CLASSES:
        body = {"name": name, "severity": severity, "colour": colour}
        _get_or_make(client, "/defect-classes", body, ("name",))
    return places


def in_force(client: Client, place: Place) -> bool:
    """Whether units are judged there, by whoever's recipe."""
    return _has_recipe(client, place, "released")


def warming(client: Client, place: Place) -> bool:
    """Whether a recipe was released there whose model is still being loaded."""
    return _has_recipe(client, place, "warming")


def _has_recipe(client: Client, place: Place, state: str) -> bool:
    at = f"station={place.station}&product={place.product}&state={state}"
    return bool(_rows(client, f"/recipes?{at}&limit=1"))


def dataset(client: Client) -> tuple[int, bool]:
    """The id of the drawn dataset, made when it is new, and whether its images are in it."""
    body = {"name": DATASET, "task": "detect"}
    made = _get_or_make(client, "/datasets", body, ("name",))
    return made, bool(client.get(f"/datasets/{made}")["summary"]["samples"])


def fill(client: Client, dataset: int) -> None:
    """Upload the drawn images and have them imported."""

    def put(file: tuple[str, bytes]) -> dict[str, str]:
        path, data = file
        return {"path": path, "sha256": client.put_blob(data)}

    with ThreadPoolExecutor(4) as pool:
        files = list(pool.map(put, drawn_coco()))
    request = {"format": "coco", "files": files, "dry_run": False}
    client.post(f"/datasets/{dataset}/imports", request)


def drawn_coco() -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of a COCO dataset of drawn units; the same at every call."""
    rng = default_rng(SEED)
    names = [name for name, _, _ in CLASSES]
    images: list[dict[str, Any]] = []
    boxes: list[dict[str, Any]] = []
    for number in range(IMAGES):
        product = ("plate", "board")[number % 2]
        unit = draw.unit(product, rng, int(rng.choice(5, p=DEFECTS)))
        path = f"{product}-{number:03}.jpg"
        images.append({"id": number, "file_name": path, "width": draw.SIZE, "height": draw.SIZE})
        for name, (x0, y0, x1, y1) in unit.defects:
            corner = [x0 * draw.SIZE, y0 * draw.SIZE]
            size = [(x1 - x0) * draw.SIZE, (y1 - y0) * draw.SIZE]
            box = [round(value, 2) for value in corner + size]
            category = names.index(name) + 1
            boxes.append(
                {
                    "id": len(boxes) + 1,
                    "image_id": number,
                    "category_id": category,
                    "bbox": box,
                    "area": round(box[2] * box[3], 2),
                    "iscrowd": 0,
                }
            )
        yield f"images/{path}", unit.jpeg()
    categories = [{"id": i + 1, "name": name} for i, name in enumerate(names)]
    coco = {"images": images, "annotations": boxes, "categories": categories}
    yield "annotations.json", json.dumps(coco).encode()


def _find(client: Client, path: str, body: dict[str, Any], by: tuple[str, ...]) -> int | None:
    for row in _rows(client, f"{path}?limit=500"):
        if all(row[key] == body[key] for key in by):
            return int(row["id"])
    return None


def _get_or_make(client: Client, path: str, body: dict[str, Any], by: tuple[str, ...]) -> int:
    return _find(client, path, body, by) or int(client.post(path, body)["id"])


def _rows(client: Client, path: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get(path)["results"]
    return rows
