"""YOLO: a text file an image with `class x y w h` (or a polygon) in shares; names in data.yaml.

https://docs.ultralytics.com/datasets/detect/
"""

import posixpath
from typing import Any

import yaml

from inspection.formats.tree import Mark, Reading, ReadSample, Tree, finite, split_of, stem

NAME = "yolo"
NAME_FILES = ("classes.txt", "obj.names", "names.txt")
SAMPLE = 20  # files that are looked at


def _label_files(tree: Tree) -> dict[str, str]:
    """Label file by image: the same path with labels for images, else the same stem beside it."""
    texts = {p for p in tree.ending(".txt") if posixpath.basename(p) not in NAME_FILES}
    found = {}
    for image in tree.images:
        plain = posixpath.splitext(image)[0] + ".txt"
        parts = plain.split("/")
        if "images" in parts:
            at = len(parts) - 1 - parts[::-1].index("images")
            swapped = "/".join([*parts[:at], "labels", *parts[at + 1 :]])
            if swapped in texts:
                found[image] = swapped
                continue
        if plain in texts:
            found[image] = plain
    return found


def _rows(text: str) -> list[list[float]]:
    return [[finite(field) for field in line.split()] for line in text.splitlines() if line.strip()]


def score(tree: Tree) -> float:
    """By the label files that parse as rows of shares."""
    labels = list(dict.fromkeys(_label_files(tree).values()))[:SAMPLE]
    good = 0
    for path in labels:
        try:
            rows = _rows(tree.text(path))
        except ValueError:
            continue
        good += all(
            len(row) >= 5 and row[0] == int(row[0]) and all(-0.5 <= v <= 1.5 for v in row[1:])
            for row in rows
        )
    return 0.9 * good / len(labels) if labels else 0.0


def read(tree: Tree) -> Reading:
    """One sample an image; an image without a label file is not annotated."""
    reading, labels = Reading(), _label_files(tree)
    names = _names(tree, reading)
    for image in tree.images:
        note = labels.get(image)
        marks = _marks(tree, note, names, reading) if note else []
        split = split_of(image)
        reading.samples.append(
            ReadSample(image, {"rgb": image}, marks, note is not None, "", split)
        )
    used = set(labels.values())
    for path in tree.ending(".txt"):
        if path not in used and "labels" in path.split("/") and stem(path) not in tree.by_stem:
            words = "This label file names an image that is not there; it is left out."
            reading.warn(path, "absent_image", words)
    return reading


def _names(tree: Tree, reading: Reading) -> dict[int, str]:
    for path in tree.ending(".yaml", ".yml"):
        try:
            body: Any = yaml.safe_load(tree.text(path))
        except (yaml.YAMLError, RecursionError):
            reading.warn(path, "malformed", "This YAML cannot be read; it is left out.")
            continue
        named = body.get("names") if isinstance(body, dict) else None
        if isinstance(named, list):
            return {index: str(name) for index, name in enumerate(named)}
        if isinstance(named, dict):
            return _numbered(named, path, reading)
    for path in tree.paths:
        if posixpath.basename(path) in NAME_FILES:
            lines = [line.strip() for line in tree.text(path).splitlines()]
            return {index: name for index, name in enumerate(lines) if name}
    reading.warn("", "no_names", "No data.yaml or classes.txt names the classes.")
    return {}


def _numbered(named: dict[Any, Any], path: str, reading: Reading) -> dict[int, str]:
    try:
        return {int(index): str(name) for index, name in named.items()}
    except (ValueError, TypeError, OverflowError):
        words = "Its names are not numbered from 0: write `0: scratch`, or a list."
        reading.refuse(path, "malformed", words)
        return {}


def _marks(tree: Tree, path: str, names: dict[int, str], reading: Reading) -> list[Mark]:
    marks = []
    for number, line in enumerate(tree.text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            mark = _mark([finite(field) for field in line.split()], names, path)
        except ValueError:
            words = f"Line {number} is not `class x y w h` or a polygon."
            reading.refuse(path, "malformed", words, case="line", line=number)
            continue
        marks.append(mark)
    return marks


def _mark(row: list[float], names: dict[int, str], path: str) -> Mark:
    index, values = int(row[0]), row[1:]
    if index != row[0] or index < 0:
        raise ValueError("a class is a whole number")
    name = names.get(index, f"class {index}")
    if len(values) == 4:
        x, y, width, height = values
        box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        return Mark(name, "box", box, shares=True, path=path)
    if len(values) < 6 or len(values) % 2:
        raise ValueError("neither a box nor a polygon")
    polygon = tuple(zip(values[::2], values[1::2], strict=True))
    return Mark(name, "polygon", polygon=polygon, shares=True, path=path)
