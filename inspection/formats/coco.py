"""COCO: one JSON with images, annotations and categories. https://cocodataset.org/#format-data"""

import json
from typing import Any

from inspection.formats.tree import Mark, Reading, ReadSample, Tree, split_of

NAME = "coco"


def _documents(tree: Tree) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for path in tree.ending(".json"):
        try:
            body = json.loads(tree.text(path))
        except (ValueError, RecursionError):
            continue
        if isinstance(body, dict) and isinstance(body.get("images"), list) and "categories" in body:
            found.append((path, body))
    return found


def score(tree: Tree) -> float:
    """Certain when a JSON has images and categories."""
    return 1.0 if _documents(tree) else 0.0


def read(tree: Tree) -> Reading:
    """One sample an image that any document names; images nobody names come in unannotated."""
    reading, by_path = Reading(), dict[str, ReadSample]()
    for path, body in _documents(tree):
        try:
            _read_document(tree, path, body, reading, by_path)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            words = f"This is not COCO after all: {type(error).__name__} {error}."
            reading.refuse(path, "malformed", words)
    for image in tree.images:
        if image not in by_path:
            reading.samples.append(ReadSample(image, {"rgb": image}, split=split_of(image)))
    reading.samples += by_path.values()
    return reading


def _read_document(
    tree: Tree, path: str, body: dict[str, Any], reading: Reading, by_path: dict[str, ReadSample]
) -> None:
    names = {category["id"]: str(category["name"]) for category in body["categories"]}
    at, absent = {}, set()
    for image in body["images"]:
        found = tree.near(path, str(image["file_name"]))
        if found is None:
            absent.add(image["id"])
            file = str(image["file_name"])
            words = f"It names the image {file}, which is not there."
            reading.warn(path, "absent_image", words, case="named", name=file)
            continue
        split = split_of(found) or split_of(path) or _split_named(path)
        at[image["id"]] = by_path.setdefault(
            found, ReadSample(found, {"rgb": found}, annotated=True, split=split)
        )
    for note in body.get("annotations", []):
        if note["image_id"] in absent:
            continue
        sample, name = at.get(note["image_id"]), names.get(note["category_id"])
        if sample is None or name is None:
            what = "image" if sample is None else "category"
            words = f"Annotation {note.get('id')} is of an {what} that the file does not list."
            reading.refuse(path, f"unknown_{what}", words, id=note.get("id"))
            continue
        sample.marks += _marks(note, name, path)


def _split_named(path: str) -> str:
    """From names such as instances_val2017.json."""
    name = path.rsplit("/", 1)[-1].lower()
    return next((split for split in ("train", "val", "test") if split in name), "")


def _marks(note: dict[str, Any], name: str, path: str) -> list[Mark]:
    """The polygons of a segmentation, its RLE, else the box."""
    shape = note.get("segmentation")
    if isinstance(shape, dict) and shape.get("counts"):
        return [Mark(name, "mask", _box(note), rle=shape, path=path)]
    if isinstance(shape, list) and shape and isinstance(shape[0], list):
        rings = [ring for ring in shape if len(ring) >= 6 and len(ring) % 2 == 0]
        polygons = [
            tuple((float(x), float(y)) for x, y in zip(r[::2], r[1::2], strict=True)) for r in rings
        ]
        if polygons:
            return [Mark(name, "polygon", polygon=polygon, path=path) for polygon in polygons]
    return [Mark(name, "box", _box(note), path=path)]


def _box(note: dict[str, Any]) -> tuple[float, float, float, float]:
    x, y, width, height = (float(value) for value in note["bbox"])
    return x, y, x + width, y + height
