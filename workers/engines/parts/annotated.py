"""Annotated images as trainings draw from them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workers.contract import ManifestSample
from workers.data import Labels, Pictures, labels
from workers.engines.parts import dense
from workers.images import Pixels


class Annotated:
    """A set of samples, their longer side scaled to `size` (0: as they are)."""

    def __init__(
        self, samples: Sequence[ManifestSample], classes: Sequence[str], side: int, size: int
    ) -> None:
        self.samples, self.classes, self.side, self.size = samples, classes, side, size
        self._pictures, self._labels = Pictures(), dict[int, Labels]()
        sides = [min(sample.width, sample.height) for sample in samples]
        scales = [size / max(s.width, s.height, 1) if size else 1.0 for s in samples]
        self.shorter = int(np.median(np.multiply(sides, scales))) if sides else 0  # side, in px

    def seen(self, sample: ManifestSample) -> tuple[Pixels, Labels]:
        """A sample's pixels, and the class of each."""
        pixels = dense.scale(self._pictures(sample), self.size)
        if sample.id not in self._labels:
            height, width = pixels.shape[:2]
            self._labels[sample.id] = labels(sample, self.classes, width, height)
        return pixels, self._labels[sample.id]


def inputs(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """n x height x width x 3 of bytes as n x 3 x height x width of 0..1."""
    return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2).astype(np.float32) / 255)
