"""Patches drawn from annotated images, in and around defects, and what may happen to them."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from workers.contract import ManifestSample
from workers.data import Labels
from workers.engines.parts.annotated import Annotated, lit
from workers.images import Pixels

Drawn = tuple[NDArray[np.uint8], NDArray[np.int64]]  # n x patch x patch x 3, n class indices


class Patches(Annotated):
    """Patches of a set of samples, `side` pixels each way; the middle of a patch is its class."""

    def draw(self, n: int, rng: Generator) -> Drawn:
        """`n` patches of every image, most of them in and around its defects, evenly by class."""
        some = [self._of(sample, n, rng) for sample in self.samples]
        patches = np.concatenate([patch for patch, _ in some])
        return patches, np.concatenate([index for _, index in some])

    def _of(self, sample: ManifestSample, n: int, rng: Generator) -> Drawn:
        pixels, plane = self.seen(sample)
        places = self._places(plane, n, rng)
        return cut(pixels, places, self.side), plane[places[:, 1], places[:, 0]].astype(np.int64)

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


def cut(pixels: Pixels, places: NDArray[np.int64], patch: int) -> NDArray[np.uint8]:
    """The patches around these centres; the image is mirrored at its border."""
    half = patch // 2  # below and to the right a whole patch: the last cells reach over the edge
    whole = np.pad(pixels, ((half, patch), (half, patch), (0, 0)), mode="symmetric")
    return np.stack([whole[y : y + patch, x : x + patch] for x, y in places])


def augment(patches: NDArray[np.uint8], preset: str, rng: Generator) -> NDArray[np.float32]:
    """n x 3 x patch x patch of 0..1; `generic` flips, turns and changes light and contrast."""
    batch = patches.transpose(0, 3, 1, 2).astype(np.float32) / 255
    if preset == "none":
        return np.ascontiguousarray(batch)
    flips, turns = rng.random((2, len(batch))) < 0.5, rng.integers(0, 2, len(batch))
    batch = np.where(flips[0][:, None, None, None], batch[..., ::-1], batch)
    batch = np.where(flips[1][:, None, None, None], batch[:, :, ::-1], batch)
    batch = np.where(turns[:, None, None, None] == 1, batch.transpose(0, 1, 3, 2), batch)
    return lit(batch, rng)
