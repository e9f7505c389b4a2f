"""Good images spoilt by themselves, so that a network learns to see what does not belong.

Li, Sohn, Yoon, Pfister, CutPaste, CVPR 2021: a piece of the image, or a thin strip of it, is pasted
elsewhere; the network tells which was done.
"""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

KINDS = 3  # as it was, a piece, a strip
AREA, ASPECT = (0.02, 0.15), (0.3, 3.3)  # of a piece: share of the image, width by height
STRIP = (0.01, 0.06), (0.05, 0.25)  # of a strip: shares of the side
LIGHT = 0.1  # that the pasted is made brighter or darker by at most


def spoilt(
    batch: NDArray[np.float32], rng: Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The images, n x 3 x side x side of 0..1, a third of each kind, and what each is."""
    kinds = rng.permutation(np.arange(len(batch)) % KINDS)
    made = batch.copy()
    for image, kind in zip(made, kinds, strict=True):
        if kind:
            _paste(image, _piece(rng) if kind == 1 else _strip(rng), rng)
    return made, kinds.astype(np.int64)


def _piece(rng: Generator) -> tuple[float, float]:
    """Width and height as shares of the side."""
    area, aspect = rng.uniform(*AREA), np.exp(rng.uniform(*np.log(ASPECT)))
    return float(np.sqrt(area * aspect)), float(np.sqrt(area / aspect))


def _strip(rng: Generator) -> tuple[float, float]:
    thin, long = float(rng.uniform(*STRIP[0])), float(rng.uniform(*STRIP[1]))
    return (thin, long) if rng.random() < 0.5 else (long, thin)


def _paste(image: NDArray[np.float32], size: tuple[float, float], rng: Generator) -> None:
    side = image.shape[1]
    width, height = (min(max(round(share * side), 2), side - 1) for share in size)
    x0, x1 = rng.integers(0, side - width + 1, 2)
    y0, y1 = rng.integers(0, side - height + 1, 2)
    piece = image[:, y0 : y0 + height, x0 : x0 + width].copy()
    light = rng.uniform(-LIGHT, LIGHT, (3, 1, 1))
    image[:, y1 : y1 + height, x1 : x1 + width] = (piece + light).clip(0, 1)
