"""Real examples of a class: windows around its annotations, or whole images.

What a generator drew is never learnt from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator as Chance
from numpy.typing import NDArray

from workers import data
from workers.contract import ManifestAnnotation, ManifestSample
from workers.images import Pixels
from workers.parameters import Drawing

Planes = NDArray[np.float32]
Window = tuple[int, int, int]  # x, y of the upper left corner, side; pixels
SMALLEST = 8  # pixels a window has at least


@dataclass(frozen=True)
class Example:
    """A real example: side x side x 3 of 0..255, its mask of 0..1 where there is one.

    `middle` is where it lies in its image, as shares; `extent` its width and height there in
    pixels, equal for a window.
    """

    sample: int
    class_name: str
    pixels: NDArray[np.uint8]
    mask: Planes | None
    whole: bool
    middle: tuple[float, float]
    extent: tuple[int, int]


def of(samples: Sequence[ManifestSample], classes: Sequence[str], params: Drawing) -> list[Example]:
    """Every example of these classes; `params`: view, side, context (of Drawing)."""
    real = [sample for sample in samples if not sample.synthetic]
    whole = params.view == "whole" or (params.view == "auto" and not _marked(real, classes))
    return [example for each in real for example in _of(each, classes, params, whole)]


def _marked(samples: Sequence[ManifestSample], classes: Sequence[str]) -> bool:
    notes = (note for sample in samples for note in sample.annotations)
    return any(note.class_name in classes and note.kind != "label" for note in notes)


def _of(
    sample: ManifestSample, classes: Sequence[str], params: Drawing, whole: bool
) -> Iterator[Example]:
    notes = [note for note in sample.annotations if note.class_name in classes]
    if whole:
        name = data.class_of(sample, classes)
        notes = [note for note in notes if note.class_name == name]
        if name is not None:
            yield _image(sample, name, notes, params.side)
        return
    notes = [note for note in notes if data.box_of(note) is not None]
    pixels = data.read_pixels(sample) if notes else None
    for note in notes:
        if pixels is not None:
            yield _window(sample, note, pixels, params)


def _image(
    sample: ManifestSample, name: str, notes: list[ManifestAnnotation], side: int
) -> Example:
    pixels = data.read_pixels(sample)
    height, width = pixels.shape[:2]
    marked = [note for note in notes if note.kind != "label"]
    mask = _plane(sample, marked, width, height) if marked else None
    return Example(
        sample=sample.id,
        class_name=name,
        pixels=scaled(pixels, side),
        mask=None if mask is None else scaled(mask, side),
        whole=True,
        middle=(0.5, 0.5),
        extent=(width, height),
    )


def _window(
    sample: ManifestSample, note: ManifestAnnotation, pixels: Pixels, params: Any
) -> Example:
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = data.box_of(note) or (0.0, 0.0, 1.0, 1.0)
    middle = (x0 + x1) / 2, (y0 + y1) / 2
    longer = max((x1 - x0) * width, (y1 - y0) * height)
    side = max(round(longer * params.context), SMALLEST)
    window = round(middle[0] * width - side / 2), round(middle[1] * height - side / 2), side
    mask = _plane(sample, [note], width, height)
    return Example(
        sample=sample.id,
        class_name=note.class_name,
        pixels=scaled(cut(pixels, window), params.side),
        mask=scaled(cut(mask, window, empty=True), params.side),
        whole=False,
        middle=middle,
        extent=(side, side),
    )


def _plane(
    sample: ManifestSample, notes: list[ManifestAnnotation], width: int, height: int
) -> Planes:
    """1 where these annotations are."""
    names = sorted({note.class_name for note in notes})
    alone = sample.model_copy(update={"annotations": notes})
    return (data.labels(alone, names, width, height) < len(names)).astype(np.float32)


def cut(plane: NDArray[Any], window: Window, empty: bool = False) -> NDArray[Any]:
    """A square of an image; beyond its border it is mirrored, or `empty`."""
    x, y, side = window
    height, width = plane.shape[:2]
    part = plane[max(y, 0) : max(y + side, 0), max(x, 0) : max(x + side, 0)]
    beyond = [(max(-y, 0), max(y + side - height, 0)), (max(-x, 0), max(x + side - width, 0))]
    beyond += [(0, 0)] * (plane.ndim - 2)
    return np.pad(part, beyond) if empty else np.pad(part, beyond, mode="symmetric")


def scaled(plane: NDArray[Any], side: int) -> NDArray[Any]:
    """Any image as a square of this side."""
    way = cv2.INTER_AREA if max(plane.shape[:2]) > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, (side, side), interpolation=way)).astype(plane.dtype)


def stacked(found: Sequence[Example], masked: bool) -> Planes:
    """n x channels x side x side of -1..1: colours, then the mask."""
    pixels = np.stack([example.pixels for example in found]).transpose(0, 3, 1, 2) / 127.5 - 1
    if not masked:
        return pixels.astype(np.float32)
    masks = np.stack([example.mask for example in found if example.mask is not None])
    return np.concatenate([pixels, masks[:, None] * 2 - 1], axis=1).astype(np.float32)


def turned(planes: Planes, chance: Chance) -> Planes:
    """Each flipped and turned by quarters at random."""
    turns, flips = chance.integers(0, 4, len(planes)), chance.random(len(planes)) < 0.5
    some = [
        np.rot90(plane[..., ::-1] if flip else plane, turn, (-2, -1))
        for plane, turn, flip in zip(planes, turns, flips, strict=True)
    ]
    return np.ascontiguousarray(np.stack(some))
