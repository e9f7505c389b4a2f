"""An image as it is varied, and four of them put together. numpy and OpenCV."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator

from workers.data import Boxes, Labels
from workers.images import Pixels

VISIBLE = 0.3  # of a box must be left inside the image, or it is none any more
SMALLEST = 0.5  # the factor that an image of a mosaic is made smaller by, at most


class Seen(NamedTuple):
    """Pixels, boxes (n x 5) and the class of each pixel, as far as they are known.

    `of`: the shorter side in pixels of the image that this was cut from; 0: it is whole.
    """

    pixels: Pixels
    boxes: Boxes | None = None
    plane: Labels | None = None
    of: int = 0


def mosaic(four: Sequence[Seen], rng: Generator) -> Seen:
    """Four images in one of the first's size, a part of each, around a point near the middle."""
    height, width = four[0].pixels.shape[:2]
    x, y = (int(rng.uniform(0.3, 0.7) * side) for side in (width, height))
    quarters = [(0, 0, x, y), (x, 0, width, y), (0, y, x, height), (x, y, width, height)]
    made, first = np.empty_like(four[0].pixels), four[0]
    plane = None if first.plane is None else np.empty_like(first.plane)
    rows = []
    for seen, (x0, y0, x1, y1) in zip(four, quarters, strict=True):
        part = _part(seen, x1 - x0, y1 - y0, rng)
        made[y0:y1, x0:x1] = part.pixels
        if plane is not None and part.plane is not None:
            plane[y0:y1, x0:x1] = part.plane
        if part.boxes is not None:
            at = np.array([x0 / width, y0 / height] * 2)
            size = np.array([(x1 - x0) / width, (y1 - y0) / height] * 2)
            rows.append(np.hstack([part.boxes[:, :1], part.boxes[:, 1:] * size + at]))
    boxes = None if first.boxes is None else np.concatenate(rows).astype(np.float32)
    return Seen(made, boxes, plane, first.of)


def _part(seen: Seen, width: int, height: int, rng: Generator) -> Seen:
    """A window of this size somewhere in the image, which is first made smaller where it can be."""
    tall, wide = seen.pixels.shape[:2]
    factor = max(width / wide, height / tall, rng.uniform(SMALLEST, 1))
    size = max(round(wide * factor), width), max(round(tall * factor), height)
    x, y = (int(rng.integers(0, most + 1)) for most in (size[0] - width, size[1] - height))
    window = np.s_[y : y + height, x : x + width]
    pixels = np.asarray(cv2.resize(seen.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    plane, boxes = seen.plane, seen.boxes
    if plane is not None:
        smaller = cv2.resize(plane, size, interpolation=cv2.INTER_NEAREST_EXACT)
        plane = np.asarray(smaller, np.uint8)[window]
    if boxes is not None:
        places = (boxes[:, 1:] * [*size, *size] - [x, y, x, y]) / [width, height, width, height]
        boxes = clipped(np.hstack([boxes[:, :1], places]).astype(np.float32))
    return Seen(pixels[window], boxes, plane)


def clipped(boxes: Boxes) -> Boxes:
    """Boxes cut at the image's edge; those of which too little is left are gone."""
    cut = boxes.copy()
    cut[:, 1:] = boxes[:, 1:].clip(0, 1)
    left, whole = (np.prod(each[:, 3:] - each[:, 1:3], axis=1) for each in (cut, boxes))
    return np.asarray(cut[left > VISIBLE * whole], np.float32)
