"""How like the real images drawn ones are: as a set, and each by itself.

The set: the kernel inception distance, an unbiased estimate of the squared maximum mean discrepancy
with the kernel (x.y / d + 1)^3 (Binkowski et al., Demystifying MMD GANs, ICLR 2018). It is 0 for
images of the same kind, and may come out a little below.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.generators.parts.features import Describe, Features

COPY = 1 / 3  # of the usual distance between two real ones: nearer is a copy
SUBSETS = 20
VARIANTS = 8  # quarter turns, mirrored or not


@dataclass(frozen=True)
class Limits:
    """Between these distances from its nearest real image, one is plausible."""

    near: float
    far: float

    def doubt(self, distance: float) -> str:
        """`too_near`, `too_far`, or nothing."""
        return "too_near" if distance < self.near else "too_far" if distance > self.far else ""


class Reals:
    """The real examples in their features: n x variants x numbers, flipped and turned or as is."""

    def __init__(
        self, pictures: Sequence[NDArray[np.uint8]], describe: Describe, turning: bool
    ) -> None:
        self.describe = describe
        ways = range(VARIANTS if turning else 1)
        self.features = np.stack(
            [describe([variant(each, way) for each in pictures]) for way in ways], axis=1
        )

    def kid(self, drawn: Features) -> float | None:
        """KID of drawn images (m x numbers); None where either side has fewer than two."""
        return _kid(self.features, drawn)

    def spread(self, drawn: Features) -> float | None:
        """The deviation of KID over halves of both sides; None with fewer than four of either."""
        if min(len(drawn), len(self.features)) < 4:
            return None
        chance = np.random.default_rng(0)
        found = []
        for _ in range(SUBSETS):
            some = chance.permutation(len(self.features))[: len(self.features) // 2]
            others = chance.permutation(len(drawn))[: len(drawn) // 2]
            found.append(_kid(self.features[some], drawn[others]))
        return float(np.std([value for value in found if value is not None]))

    def nearest(self, drawn: Features) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The nearest real example of each, and its Euclidean distance."""
        distances = _distances(drawn, self.features)
        index = distances.argmin(axis=1)
        return index.astype(np.int64), distances[np.arange(len(drawn)), index]

    def limits(self) -> Limits | None:
        """From how far real ones are from each other; None when there are fewer than three.

        Nearer than a third of the usual distance of a real one to its nearest is a copy; farther
        than any real one from its nearest is outside of what was seen.
        """
        if len(self.features) < 3:
            return None
        distances = _distances(self.features[:, 0], self.features)
        np.fill_diagonal(distances, np.inf)
        apart = distances.min(axis=1)
        return Limits(float(COPY * np.median(apart)), float(apart.max()))


def variant(picture: NDArray[np.uint8], way: int) -> NDArray[np.uint8]:
    """One of the eight ways a square can lie."""
    flipped = picture[:, ::-1] if way >= 4 else picture
    return np.ascontiguousarray(np.rot90(flipped, way % 4))


def _distances(some: Features, reals: Features) -> Features:
    """len(some) x n: to the nearest variant of each."""
    return np.stack([np.linalg.norm(reals - each, axis=2).min(axis=1) for each in some])


def kernel(some: Features, others: Features) -> Features:
    """(x.y / d + 1)^3 of each pair."""
    return np.asarray((some @ others.T / some.shape[1] + 1) ** 3)


def _kid(reals: Features, drawn: Features) -> float | None:
    n, ways, numbers = reals.shape
    if n < 2 or len(drawn) < 2:
        return None
    flat = reals.reshape(n * ways, numbers)
    within = kernel(flat, flat).reshape(n, ways, n, ways).mean(axis=(1, 3))
    theirs = kernel(drawn, drawn)
    m = len(drawn)
    # Pairs of an image with itself, in whatever way it lies, say nothing of the set.
    of_reals = (within.sum() - np.trace(within)) / (n * (n - 1))
    of_drawn = (theirs.sum() - np.trace(theirs)) / (m * (m - 1))
    return float(of_reals + of_drawn - 2 * kernel(flat, drawn).mean())
