"""Tiles drawn from annotated images with the class of each pixel, most of them around defects."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from workers.contract import ManifestSample
from workers.data import Labels
from workers.engines.parts.annotated import Annotated, lit
from workers.images import Pixels

AROUND = 0.75  # of the tiles of an image with defects lie around one
Tiles = tuple[NDArray[np.float32], NDArray[np.int64]]


class Crops(Annotated):
    """Tiles of a set of samples, `side` pixels each way."""

    def draw(self, places: NDArray[np.int64], preset: str, rng: Generator) -> Tiles:
        """A tile of each of these samples: n x 3 x side x side of 0..1, n x side x side."""
        drawn = [self._of(self.samples[place], rng) for place in places]
        pixels = np.stack([pixels for pixels, _ in drawn])
        planes = np.stack([plane for _, plane in drawn])
        return augment(pixels, planes, preset, rng)

    def _of(self, sample: ManifestSample, rng: Generator) -> tuple[Pixels, Labels]:
        pixels, plane = self.seen(sample)
        x, y = self._corner(plane, rng)
        return _cut(pixels, x, y, self.side), _cut(plane, x, y, self.side)

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


def augment(pixels: NDArray[np.uint8], planes: Labels, preset: str, rng: Generator) -> Tiles:
    """`generic` flips and turns both and changes light and contrast; `none` changes nothing."""
    batch = pixels.transpose(0, 3, 1, 2).astype(np.float32) / 255
    targets = planes.astype(np.int64)
    if preset == "none":
        return np.ascontiguousarray(batch), targets
    for number in range(len(batch)):
        turns, flip = int(rng.integers(0, 4)), rng.random() < 0.5
        batch[number] = _turned(batch[number], turns, flip)
        targets[number] = _turned(targets[number], turns, flip)
    return lit(batch, rng), targets


def _turned(plane: NDArray[np.generic], turns: int, flip: bool) -> NDArray[np.generic]:
    turned = np.rot90(plane, turns, (-2, -1))
    return turned[..., ::-1] if flip else turned
