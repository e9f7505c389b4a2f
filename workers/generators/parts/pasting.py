"""Drawn defects into images: where, under which mask, and what is annotated then.

A defect goes into a normal image of the train split (any image of it where there is none), about
where real ones of its class lie, as large as one of them. It is blended under a mask with soft
edges, its colours shifted so that its surroundings match those of the place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from workers import data
from workers.contract import Box, Kind, Manifest, ManifestAnnotation, ManifestSample
from workers.generators.base import Context, Patch
from workers.generators.parts.examples import Example, Planes, Window, cut, scaled
from workers.images import Pixels

LEAST = 0.01  # of a patch is defect, else its mask says nothing
WIDER, SOFTER = 0.04, 0.03  # of the window's side: how far the blend reaches out, and how softly
JITTER = 0.15  # of the image, either way
SURROUNDINGS = 8  # pixels at least that tell their colour
TRIES = 20  # places to find one that covers no annotation of the image


@dataclass(frozen=True)
class Scene:
    """Where one defect goes: an image, a square of it, and a real example's mask."""

    sample: ManifestSample
    window: Window
    mask: Planes


@dataclass(frozen=True)
class Made:
    """An image with what is in it. `window` is what was drawn, None for the whole image."""

    pixels: Pixels
    annotations: list[ManifestAnnotation]
    window: Window | None


class Scenes:
    """The images of a version that defects of a class are pasted into."""

    def __init__(self, manifest: Manifest, found: Sequence[Example]) -> None:
        real = [each for each in data.of_split(manifest, "train") if not each.synthetic]
        good = [each for each in real if not data.defects(each, manifest)]
        self.hosts, self.found, self.manifest = good or real, found, manifest
        self._pictures = data.Pictures()

    def choose(self, seed: int) -> Scene:
        """An image and a place in it; the same for the same seed."""
        chance = np.random.default_rng([seed, 1])
        sample = self.hosts[int(chance.integers(len(self.hosts)))]
        example = self.found[int(chance.integers(len(self.found)))]
        side = min(example.extent[0], sample.width, sample.height)
        taken = data.boxes(sample, self.manifest.classes)[:, 1:]
        windows = [_place(example, side, sample, chance) for _ in range(TRIES)]
        window = min(windows, key=lambda each: _covered(each, taken, sample))
        mask = example.mask
        return Scene(sample, window, np.ones((8, 8), np.float32) if mask is None else mask)

    def context(self, scene: Scene, side: int) -> Context:
        """What is there now, as a square of this side."""
        part = cut(self._pictures(scene.sample), scene.window)
        return Context(scaled(part, side), scaled(scene.mask, side))

    def paste(self, scene: Scene, patch: Patch, class_name: str) -> Made:
        """The image with the patch in it."""
        pixels = self._pictures(scene.sample).copy()
        x, y, side = scene.window
        mask = scaled(_usable(patch, scene), side)
        place = pixels[y : y + side, x : x + side]
        place[:] = blended(place, scaled(patch.pixels, side), mask)
        whole = np.zeros(pixels.shape[:2], np.uint8)
        whole[y : y + side, x : x + side] = mask > 0.5
        there = data.defects(scene.sample, self.manifest)
        added = annotated(whole, class_name, self.manifest.task)
        return Made(pixels, [*there, *added], scene.window)


def whole(patch: Patch, extent: tuple[int, int], class_name: str, task: Kind) -> Made:
    """A patch as an image by itself, of this width and height."""
    pixels = cv2.resize(patch.pixels, extent, interpolation=cv2.INTER_CUBIC)
    mask = patch.mask
    if mask is None or mask.mean() < LEAST:
        label = ManifestAnnotation(class_name=class_name, kind="label")
        return Made(np.asarray(pixels, np.uint8), [label], None)
    plane = (cv2.resize(mask, extent) > 0.5).astype(np.uint8)
    return Made(np.asarray(pixels, np.uint8), annotated(plane, class_name, task), None)


def _place(
    example: Example, side: int, sample: ManifestSample, chance: np.random.Generator
) -> Window:
    away = chance.uniform(-JITTER, JITTER, 2)
    x = (example.middle[0] + away[0]) * sample.width - side / 2
    y = (example.middle[1] + away[1]) * sample.height - side / 2
    most = sample.width - side, sample.height - side
    return round(min(max(x, 0), most[0])), round(min(max(y, 0), most[1])), side


def _covered(window: Window, taken: NDArray[Any], sample: ManifestSample) -> float:
    """How much of the boxes a window covers, in pixels."""
    x, y, side = window
    scale = np.array([sample.width, sample.height] * 2)
    low = np.maximum(taken[:, :2] * scale[:2], (x, y))
    high = np.minimum(taken[:, 2:] * scale[2:], (x + side, y + side))
    return float((high - low).clip(0).prod(axis=1).sum())


def _usable(patch: Patch, scene: Scene) -> Planes:
    """The drawn mask; the real example's where none was drawn, or next to nothing."""
    if patch.mask is None or (patch.mask > 0.5).mean() < LEAST:
        return scene.mask
    return patch.mask


def blended(place: Pixels, patch: Pixels, mask: Planes) -> Pixels:
    """The patch in its place: all of it within the mask, less and less around it."""
    side = len(place)
    reach = max(round(side * WIDER), 1)
    hard = (mask > 0.5).astype(np.uint8)
    wide = cv2.dilate(hard, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    soft = cv2.GaussianBlur(wide.astype(np.float32), (0, 0), max(side * SOFTER, 0.5))
    soft = np.maximum(soft, hard) * _within(side, reach)
    around = wide == 0
    drawn, there = patch.astype(np.float32), place.astype(np.float32)
    if around.sum() >= SURROUNDINGS:
        drawn = drawn + (there[around] - drawn[around]).mean(axis=0)
    mixed = there + (drawn - there) * soft[..., None]
    return mixed.round().clip(0, 255).astype(np.uint8)


def _within(side: int, reach: int) -> Planes:
    """1 inside of a square, falling to 0 at its border: no seam."""
    edge = np.minimum(np.arange(side), np.arange(side)[::-1]) / (reach + 1)
    ramp = edge.clip(0, 1).astype(np.float32)
    return np.minimum(ramp[:, None], ramp[None])


def annotated(mask: NDArray[np.uint8], class_name: str, task: Kind) -> list[ManifestAnnotation]:
    """What a mask of 0 and 1 says in a dataset for this task: a label, a box or the mask."""
    if task == "classify":
        return [ManifestAnnotation(class_name=class_name, kind="label")]
    ys, xs = np.nonzero(mask)
    height, width = mask.shape
    box: Box = (
        float(xs.min() / width), float(ys.min() / height),
        float((xs.max() + 1) / width), float((ys.max() + 1) / height),
    )  # fmt: skip
    if task != "segment":
        return [ManifestAnnotation(class_name=class_name, kind="box", box=box)]
    return [ManifestAnnotation(class_name=class_name, kind="mask", box=box, mask=encoded(mask))]


def encoded(mask: NDArray[np.uint8]) -> dict[str, Any]:
    """As COCO RLE."""
    from pycocotools import mask as coco

    rle = coco.encode(np.asfortranarray(mask))
    return {"size": [int(each) for each in rle["size"]], "counts": rle["counts"].decode()}
