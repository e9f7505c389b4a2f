"""Episodes: small classifications with few examples, drawn from a training split."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from workers.augment import augmented
from workers.contract import Failure, ManifestSample
from workers.data import class_of, read_pixels
from workers.engines.parts import heat
from workers.images import Pixels
from workers.presets import Augmentation

MEMORY = 1024**3  # bytes of scaled images that are kept
Array = NDArray[np.float32]
Drawn = tuple[Array, NDArray[np.int64]]  # ways x (shots + queries) x 3 x side x side; their classes


class Examples:
    """The labelled images of a split by class, scaled to a square of `side` pixels."""

    def __init__(
        self, samples: Sequence[ManifestSample], classes: Sequence[str], side: int
    ) -> None:
        self.side = side
        self.of: list[list[ManifestSample]] = [[] for _ in classes]
        for sample in samples:
            name = class_of(sample, classes)
            if name is not None:
                self.of[classes.index(name)].append(sample)
        self.known = [index for index, some in enumerate(self.of) if some]
        self._kept: dict[int, Pixels] = {}

    def scaled(self, samples: Sequence[ManifestSample]) -> NDArray[np.uint8]:
        """n x side x side x 3."""
        return np.stack([self._scaled(sample) for sample in samples])

    def inputs(self, samples: Sequence[ManifestSample]) -> Array:
        """n x 3 x side x side of 0..1, as the head makes them."""
        return floats(self.scaled(samples))

    def few(self, index: int, most: int) -> list[ManifestSample]:
        """At most so many of a class, always the same ones."""
        some = self.of[index]
        order = np.random.default_rng(index).permutation(len(some))[:most]
        return [some[int(place)] for place in sorted(order)]

    def _scaled(self, sample: ManifestSample) -> Pixels:
        if sample.id not in self._kept:
            pixels = heat.squeezed(read_pixels(sample), self.side)
            if len(self._kept) * pixels.nbytes > MEMORY:
                return pixels
            self._kept[sample.id] = pixels
        return self._kept[sample.id]


class Episodes:
    """N-way K-shot episodes: `shots` examples of each of `ways` classes, and `queries` to tell.

    A class of few images is told by what its examples leave; one that has a single image is its
    own example and query, in two lights. Failure where fewer than two classes have images.
    """

    def __init__(self, examples: Examples, ways: int, shots: int, queries: int) -> None:
        if len(examples.known) < 2:
            hint = "Label images of at least two classes, then freeze a version."
            words = "The training images are of one class, or have no label."
            raise Failure("one_class", words, hint)
        self.examples, self.shots, self.queries = examples, shots, queries
        self.ways = min(ways, len(examples.known))

    def draw(self, augmentation: Augmentation, rng: Generator) -> Drawn:
        """One episode, and which classes it is of. All chance is from `rng`."""
        chosen = rng.permutation(self.examples.known)[: self.ways]
        rows = [self._of(int(index), augmentation, rng) for index in chosen]
        return np.stack(rows), chosen.astype(np.int64)

    def examples_of(self, chosen: Sequence[int], rng: Generator) -> Array:
        """ways x shots x 3 x side x side of these classes, as they are."""
        return np.stack([self.examples.inputs(self._some(i, rng)) for i in chosen])

    def _some(self, index: int, rng: Generator) -> list[ManifestSample]:
        every = self.examples.of[index]
        return [every[i] for i in _filled(rng.permutation(len(every)), self.shots)]

    def _of(self, index: int, augmentation: Augmentation, rng: Generator) -> Array:
        every = self.examples.of[index]
        order = rng.permutation(len(every))
        taken = max(min(self.shots, len(order) - 1), 1)
        left = order[taken:] if len(order) > 1 else order
        places = _filled(order[:taken], self.shots) + _filled(left, self.queries)
        pixels = self.examples.scaled([every[i] for i in places])
        return floats(
            np.stack([augmented(p, None, None, augmentation, rng).pixels for p in pixels])
        )


def floats(pixels: NDArray[np.uint8]) -> Array:
    """n x 3 x side x side of 0..1 from n x side x side x 3 bytes."""
    return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2).astype(np.float32) / 255)


def _filled(order: NDArray[Any], n: int) -> list[int]:
    """The first n; where there are fewer, some of them again."""
    return [int(order[place % len(order)]) for place in range(n)]


def wilson(share: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share of n (Wilson 1927)."""
    centre, spread = (
        share + z * z / (2 * n),
        z * np.sqrt(share * (1 - share) / n + (z / n / 2) ** 2),
    )
    whole = 1 + z * z / n
    return max(float((centre - spread) / whole), 0.0), min(float((centre + spread) / whole), 1.0)
