"""Tiles of several modalities at once: the same place, the same turns, a light of its own each."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from workers import data, presets
from workers.augment import Change
from workers.contract import ManifestSample
from workers.engines.parts.annotated import inputs
from workers.engines.parts.crops import Crops, Tiles
from workers.engines.parts.fused import Fused, stacked
from workers.lights import Light
from workers.mosaics import Seen
from workers.presets import Augmentation


class Stacks(Crops):
    """Stacks as a head makes them of a set of samples, cut into tiles of `side`."""

    def __init__(
        self, samples: list[ManifestSample], classes: list[str], side: int, head: Fused
    ) -> None:
        super().__init__(samples, classes, side, head.image_size)
        self._head, self._stacks = head, dict[int, NDArray[np.uint8]]()

    def seen(self, sample: ManifestSample) -> tuple[NDArray[np.uint8], data.Labels]:
        """A sample's stack, and the class of each pixel."""
        h = self._head
        if sample.id not in self._stacks:
            images = {name: data.read_pixels(sample, name) for name in sample.images}
            self._stacks[sample.id] = stacked(
                images, h.modalities, h.image_size, h.alignment, h.difference
            )
            height, width = self._stacks[sample.id].shape[:2]
            self._labels[sample.id] = data.labels(sample, self.classes, width, height)
        return self._stacks[sample.id], self._labels[sample.id]

    def draw(self, places: NDArray[np.int64], how: str | Augmentation, rng: Generator) -> Tiles:
        """A tile of each: n x channels x side x side of 0..1, n x side x side."""
        values = presets.of(how)
        drawn = [self._varied(self._of(int(place), rng), values, rng) for place in places]
        planes = np.stack([seen.plane for seen in drawn if seen.plane is not None])
        return inputs(np.stack([seen.pixels for seen in drawn])), planes.astype(np.int64)

    def _varied(self, seen: Seen, values: Augmentation, rng: Generator) -> Seen:
        """Every modality moved alike, each in a light of its own; differences stay as they are."""
        if values == Augmentation():
            return seen
        height, width, channels = seen.pixels.shape
        side = seen.of or min(width, height)
        change, layers = Change(values, width, height, rng, side), list[NDArray[np.uint8]]()
        for first in range(0, channels, 3):
            layer = change.placed(seen.pixels[..., first : first + 3])
            if first < 3 * len(self._head.modalities):
                layer = Light(values, width, height, side, rng)(layer)
            layers.append(layer)
        plane = None if seen.plane is None else change.plane(seen.plane)
        return Seen(np.concatenate(layers, axis=2), None, plane, seen.of)
