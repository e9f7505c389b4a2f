"""A network's inputs, made as they are asked for: those of a large image never lie side by side."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class Inputs(Collection[Array]):
    """`count` arrays that `make` gives anew each time they are gone through."""

    def __init__(self, count: int, make: Callable[[], Iterable[Array]]) -> None:
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Array]:
        return iter(self._make())

    def __contains__(self, array: object) -> bool:
        return any(array is each for each in self)


def joined(several: Sequence[Collection[Array]]) -> Inputs:
    """The inputs of several images, one after the other."""
    return Inputs(sum(map(len, several)), lambda: chain.from_iterable(several))


def portions(inputs: Collection[Array], pixels: int) -> Iterator[list[Array]]:
    """In order, as many at a time as have this many pixels; at least one."""
    left = iter(inputs)
    for first in left:
        height, width = first.shape[-2:]
        yield [first, *islice(left, max(pixels // (height * width), 1) - 1)]
