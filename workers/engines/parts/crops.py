"""Tiles drawn from annotated images with the class of each pixel, most of them around defects."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from workers import presets
from workers.augment import augmented, varied
from workers.data import Labels
from workers.engines.parts.annotated import Annotated, inputs
from workers.mosaics import Seen
from workers.presets import Augmentation

AROUND = 0.75  # of the tiles of an image with defects lie around one
Tiles = tuple[NDArray[np.float32], NDArray[np.int64]]


class Crops(Annotated):
    """Tiles of a set of samples, `side` pixels each way."""

    def draw(self, places: NDArray[np.int64], how: str | Augmentation, rng: Generator) -> Tiles:
        """A tile of each of these samples, varied: n x 3 x side x side of 0..1, n x side x side."""
        values, count = presets.of(how), len(self.samples)
        drawn = [varied(int(i), count, lambda i: self._of(i, rng), values, rng) for i in places]
        planes = np.stack([seen.plane for seen in drawn if seen.plane is not None])
        return inputs(np.stack([seen.pixels for seen in drawn])), planes.astype(np.int64)

    def _of(self, place: int, rng: Generator) -> Seen:
        pixels, plane = self.seen(self.samples[place])
        x, y = self._corner(plane, rng)
        cut = (_cut(whole, x, y, self.side) for whole in (pixels, plane))
        return Seen(next(cut), None, next(cut), self.shorter)

    def _corner(self, plane: Labels, rng: Generator) -> tuple[int, int]:
        """The upper left corner of a tile, inside the image where it fits."""
        height, width = plane.shape
        most = max(width - self.side, 0), max(height - self.side, 0)
        x, y = int(rng.integers(0, most[0] + 1)), int(rng.integers(0, most[1] + 1))
        ys, xs = np.nonzero(plane < len(self.classes))
        around, chosen = rng.random() < AROUND, int(rng.integers(0, max(len(xs), 1)))
        away = rng.integers(0, self.side, 2)  # where in the tile the pixel comes to lie
        if not len(xs) or not around:
            return x, y
        x, y = int(xs[chosen] - away[0]), int(ys[chosen] - away[1])
        return min(max(x, 0), most[0]), min(max(y, 0), most[1])


def _cut(plane: NDArray[np.uint8], x: int, y: int, side: int) -> NDArray[np.uint8]:
    """A tile; where the image is smaller it is mirrored."""
    part = plane[y : y + side, x : x + side]
    short = [(0, side - part.shape[0]), (0, side - part.shape[1])]
    return np.pad(part, short + [(0, 0)] * (plane.ndim - 2), mode="symmetric")


def augment(
    pixels: NDArray[np.uint8],
    planes: Labels,
    how: str | Augmentation,
    rng: Generator,
    of: int = 0,
) -> Tiles:
    """Each tile varied with the class of each of its pixels; `of` as in workers.augment."""
    values = presets.of(how)
    drawn = [
        augmented(each, None, plane if plane.shape == each.shape[:2] else None, values, rng, of)
        for each, plane in zip(pixels, planes, strict=True)
    ]
    moved = [
        plane if seen.plane is None else seen.plane
        for seen, plane in zip(drawn, planes, strict=True)
    ]
    return inputs(np.stack([seen.pixels for seen in drawn])), np.stack(moved).astype(np.int64)
