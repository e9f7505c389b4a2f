"""Annotated images as box detectors learn from them: letterboxed and varied, with their boxes.

With `tile` windows of that side are drawn instead of whole images, most of them around defects.
"""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from workers import presets
from workers.augment import varied
from workers.contract import ManifestSample
from workers.data import Boxes, Pictures, boxes
from workers.engines.parts import boxes as letterboxed
from workers.engines.parts.annotated import inputs
from workers.mosaics import Seen, clipped
from workers.presets import Augmentation

AROUND = 0.75  # of the windows of an image with boxes lie around one
SMALLEST = 2.0  # px of the network's input, a side: what is smaller is no target
Window = tuple[int, int, int, int]  # x0, y0, x1, y1 in pixels of the image
Batch = tuple[NDArray[np.float32], NDArray[np.float32]]


class Drawn:
    """A set of samples, each as one square of `size` pixels."""

    def __init__(
        self, samples: Sequence[ManifestSample], classes: Sequence[str], size: int, tile: int = 0
    ) -> None:
        self.samples, self.classes, self.size, self.tile = samples, classes, size, tile
        self._pictures = Pictures()

    def draw(self, places: NDArray[np.int64], how: str | Augmentation, rng: Generator) -> Batch:
        """n x 3 x size x size of 0..1, and n x m x 5: class, corners in pixels; class -1: none."""
        values, count = presets.of(how), len(self.samples)
        drawn = [varied(int(i), count, lambda i: self._of(i, rng), values, rng) for i in places]
        tables = [self._targets(seen.boxes) for seen in drawn]
        targets = np.full((len(drawn), max([len(t) for t in tables] + [1]), 5), -1, np.float32)
        for row, table in zip(targets, tables, strict=True):
            row[: len(table)] = table
        return inputs(np.stack([seen.pixels for seen in drawn])), targets

    def sides(self) -> NDArray[np.float32]:
        """Width and height of every box as the network's input has them: n x 2, in pixels."""
        found = []
        for sample in self.samples:
            width, height = sample.width, sample.height
            seen = [min(self.tile, side) if self.tile else side for side in (width, height)]
            table = boxes(sample, self.classes)
            sides = (table[:, 3:5] - table[:, 1:3]) * [width, height]
            found.append(sides * (self.size / max(seen)))
        return np.asarray(np.concatenate([*found, np.empty((0, 2))]), np.float32)

    def _of(self, place: int, rng: Generator) -> Seen:
        """One sample, or a window of it, in its letterbox; boxes as shares of that."""
        sample = self.samples[place]
        pixels, table = self._pictures(sample), boxes(sample, self.classes)
        height, width = pixels.shape[:2]
        x0, y0, x1, y1 = (0, 0, width, height)
        if self.tile:
            x0, y0, x1, y1 = self._window(width, height, table, rng)
        canvas, at = letterboxed.fitted(pixels[y0:y1, x0:x1], self.size)
        inside = table[:, 1:] * [width, height, width, height] - [x0, y0, x0, y0]
        inside = inside / [x1 - x0, y1 - y0, x1 - x0, y1 - y0]
        kept = clipped(np.column_stack([table[:, :1], inside]).astype(np.float32))
        kept[:, 1:] *= np.array([at.width, at.height] * 2, np.float32) * at.scale
        kept[:, 1:] = (kept[:, 1:] + [at.left, at.top, at.left, at.top]) / self.size
        return Seen(canvas, kept)

    def _window(self, width: int, height: int, table: Boxes, rng: Generator) -> Window:
        """A tile inside the image where it fits."""
        w, h = min(self.tile, width), min(self.tile, height)
        x, y = int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
        around, chosen = rng.random() < AROUND, int(rng.integers(0, max(len(table), 1)))
        away = rng.uniform(0.1, 0.9, 2)  # where in the tile the middle of the box comes to lie
        if len(table) and around:
            _, x0, y0, x1, y1 = table[chosen]
            x = int(min(max((x0 + x1) / 2 * width - away[0] * w, 0), width - w))
            y = int(min(max((y0 + y1) / 2 * height - away[1] * h, 0), height - h))
        return x, y, x + w, y + h

    def _targets(self, table: Boxes | None) -> NDArray[np.float32]:
        """In pixels of the input, without what is too small to be one."""
        found = np.empty((0, 5), np.float32) if table is None else table.copy()
        found[:, 1:] *= self.size
        sides = found[:, 3:] - found[:, 1:3]
        return np.asarray(found[(sides >= SMALLEST).all(axis=1)], np.float32)
