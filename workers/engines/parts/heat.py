"""Maps of how unlike normal an image is: how images come in, and how values are told. No torch."""

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.engines.parts import dense
from workers.images import Pixels

Array = NDArray[np.float32]
TINY = 1e-12


def squeezed(pixels: Pixels, side: int) -> Pixels:
    """The image as a square, its proportions given up."""
    height, width = pixels.shape[:2]
    if (height, width) == (side, side):
        return pixels
    way = cv2.INTER_AREA if max(height, width) > side else cv2.INTER_LINEAR
    return cv2.resize(pixels, (side, side), interpolation=way).astype(np.uint8)


def grid(
    pixels: Pixels, side: int, margin: int, longer: int, whole: bool
) -> tuple[dense.Grid, Pixels]:
    """Where an image's tiles lie, and the pixels that they are cut from. `whole`: one tile."""
    height, width = pixels.shape[:2]
    scaled = squeezed(pixels, side) if whole else dense.scale(pixels, longer)
    margin = 0 if whole else margin
    cells = side - 2 * margin
    return dense.Grid.over(scaled, 2 * margin + 1, 1, cells, (width, height)), scaled


def told(values: NDArray[np.floating], threshold: float) -> Array:
    """v / (v + threshold) of values from 0 up: 0.5 at the threshold, order kept."""
    kept = np.maximum(values, 0).astype(np.float32)
    return np.asarray(kept / (kept + max(threshold, TINY)), np.float32)
