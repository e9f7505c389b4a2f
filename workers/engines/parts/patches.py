"""Patches drawn from annotated images, in and around defects, and what may happen to them."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from workers import presets
from workers.augment import augmented
from workers.contract import ManifestSample
from workers.data import Labels
from workers.engines.parts.annotated import Annotated, inputs
from workers.presets import Augmentation

Drawn = tuple[NDArray[np.uint8], Labels]  # n x side x side x 3, n x side x side
Batch = tuple[NDArray[np.float32], NDArray[np.int64]]


class Patches(Annotated):
    """Patches of a set of samples, `side` pixels each way; the middle of a patch is its class."""

    def draw(self, n: int, rng: Generator) -> Drawn:
        """`n` patches of every image, most of them in and around its defects, evenly by class."""
        some = [self._of(sample, n, rng) for sample in self.samples]
        patches = np.concatenate([patch for patch, _ in some])
        return patches, np.concatenate([plane for _, plane in some])

    def varied(self, drawn: Drawn, values: Augmentation, rng: Generator) -> Batch:
        """Inputs, n x 3 x side x side of 0..1, and the class of what is in their middles now."""
        middle = self.side // 2
        seen = [
            augmented(patch, None, plane, values, rng, self.shorter)
            for patch, plane in zip(*drawn, strict=True)
        ]
        told = [each.plane[middle, middle] for each in seen if each.plane is not None]
        return inputs(np.stack([each.pixels for each in seen])), np.array(told, np.int64)

    def _of(self, sample: ManifestSample, n: int, rng: Generator) -> Drawn:
        pixels, plane = self.seen(sample)
        places = self._places(plane, n, rng)
        planes = cut(plane[..., None], places, self.side)[..., 0]
        return cut(pixels, places, self.side), planes

    def _places(self, plane: Labels, n: int, rng: Generator) -> NDArray[np.int64]:
        """n x 2 centres (x, y): a quarter in defects, half around them, the rest anywhere.

        What lies around a defect must be seen as often as it, or findings outgrow their defects.
        """
        height, width = plane.shape
        places = np.stack([rng.integers(0, width, n), rng.integers(0, height, n)], axis=1)
        present = [i for i in np.unique(plane) if i < len(self.classes)]
        for number in range(n * 3 // 4 if present else 0):
            ys, xs = np.nonzero(plane == present[number % len(present)])
            chosen = int(rng.integers(0, len(xs)))
            away = rng.integers(-self.side, self.side + 1, 2) if number >= n // 4 else (0, 0)
            x, y = xs[chosen] + away[0], ys[chosen] + away[1]
            places[number] = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
        return places


def cut(pixels: NDArray[np.uint8], places: NDArray[np.int64], patch: int) -> NDArray[np.uint8]:
    """The patches around these centres; the image is mirrored at its border."""
    half = patch // 2  # below and to the right a whole patch: the last cells reach over the edge
    whole = np.pad(pixels, ((half, patch), (half, patch), (0, 0)), mode="symmetric")
    return np.stack([whole[y : y + patch, x : x + patch] for x, y in places])


def augment(
    patches: NDArray[np.uint8], how: str | Augmentation, rng: Generator, of: int = 0
) -> NDArray[np.float32]:
    """n x 3 x patch x patch of 0..1, each varied by itself; `of` as in workers.augment."""
    values = presets.of(how)
    drawn = [augmented(patch, None, None, values, rng, of).pixels for patch in patches]
    return inputs(np.stack(drawn))
