"""What the sets' layouts have in common: an item a picture, and annotations out of their files.

An item knows the part or board that it shows (`group`), so that no part lies on both sides of a
split, and the class that splits are balanced over (`stratum`).
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workers.contract import Kind, ManifestAnnotation

Note = ManifestAnnotation
Mask = NDArray[np.uint8]


@dataclass(frozen=True)
class Item:
    """One picture of a set, with the further modalities of the same part."""

    path: str
    files: dict[str, Path]
    group: str
    stratum: str
    notes: tuple[Note, ...] = ()
    tag: str = ""  # a condition that figures are told apart by


@dataclass(frozen=True)
class Set:
    """A whole set as it is read, without splits. `only_test` are strata kept out of training."""

    task: Kind
    classes: list[str]
    items: list[Item]
    good_classes: list[str] = field(default_factory=list)
    only_test: tuple[str, ...] = ()


def size_of(path: Path) -> tuple[int, int]:
    """Width and height in pixels, from the file's header."""
    with Image.open(path) as image:
        return image.size


def brightness(path: Path) -> float:
    """The mean of all channels, 0 to 255."""
    with Image.open(path) as image:
        return float(np.asarray(image).mean())


def label(name: str) -> Note:
    """The whole picture is of this class."""
    return Note(class_name=name, kind="label")


def box(name: str, corners: Iterable[float], size: tuple[int, int]) -> Note:
    """A box from x0, y0, x1, y1 in pixels, kept inside the picture."""
    x0, y0, x1, y1 = corners
    width, height = size
    inside = (_share(x0, width), _share(y0, height), _share(x1, width), _share(y1, height))
    return Note(class_name=name, kind="box", box=inside)


def polygon(name: str, points: Sequence[Sequence[float]]) -> Note:
    """An outline from x, y in shares of the picture."""
    inside = [(_share(x, 1), _share(y, 1)) for x, y in points]
    return Note(class_name=name, kind="polygon", polygon=inside)


def _share(value: float, of: float) -> float:
    return min(max(float(value) / of, 0.0), 1.0)


def outlined(name: str, mask: Mask) -> list[Note]:
    """A mask annotation for each connected region of what is not zero."""
    from pycocotools import mask as coco

    count, places = cv2.connectedComponents((mask > 0).astype(np.uint8), connectivity=8)
    notes = []
    for number in range(1, count):
        made = coco.encode(np.asfortranarray(places == number, dtype=np.uint8))
        rle = {"size": [int(side) for side in made["size"]], "counts": made["counts"].decode()}
        notes.append(Note(class_name=name, kind="mask", mask=cast(Any, rle)))
    return notes


def mask_file(path: Path, above: int = 127) -> Mask:
    """What is drawn in a mask picture, as 0 and 1; colour ones by their brightest channel."""
    with Image.open(path) as image:
        plane = np.asarray(image)
    plane = plane.max(axis=2) if plane.ndim == 3 else plane
    return (plane > above).astype(np.uint8)


def voc(path: Path) -> tuple[list[Note], tuple[int, int]]:
    """The boxes of a Pascal VOC file and the picture's size; names of files in it are not read."""
    root = ElementTree.parse(path).getroot()  # noqa: S314 - files of a set on this machine
    size = (_number(root, "size/width"), _number(root, "size/height"))
    notes = []
    for thing in root.iter("object"):
        corners = [_number(thing, f"bndbox/{edge}") for edge in ("xmin", "ymin", "xmax", "ymax")]
        notes.append(box(thing.findtext("name", ""), corners, size))
    return notes, size


def _number(node: ElementTree.Element, path: str) -> int:
    return round(float(node.findtext(path, "0")))


def labelme(path: Path) -> list[Note]:
    """The polygons of a labelme file."""
    read = json.loads(path.read_text())
    width, height = read["imageWidth"], read["imageHeight"]
    return [
        polygon(shape["label"], [(x / width, y / height) for x, y in shape["points"]])
        for shape in read["shapes"]
        if len(shape["points"]) >= 3
    ]


def yolo_polygons(path: Path, names: Sequence[str]) -> list[Note]:
    """The outlines of an Ultralytics segmentation file; an empty one is a good picture."""
    notes = []
    for line in path.read_text().splitlines():
        number, *values = line.split()
        points = np.array(values, float).reshape(-1, 2)
        notes.append(polygon(names[int(number)], points.tolist()))
    return notes


def run_lengths(path: Path) -> dict[str, list[tuple[int, str]]]:
    """Class number and run lengths by picture, of a CSV in Severstal's form."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            found[row["ImageId"]].append((int(row["ClassId"]), row["EncodedPixels"]))
    return found


def run_length_mask(runs: str, size: tuple[int, int]) -> Mask:
    """Pairs of start (from 1, down the columns) and length, as 0 and 1 of height x width."""
    width, height = size
    numbers = np.array(runs.split(), int).reshape(-1, 2)
    plane = np.zeros(width * height, np.uint8)
    for start, length in numbers:
        plane[start - 1 : start - 1 + length] = 1
    return plane.reshape(width, height).T.copy()
