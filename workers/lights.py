"""Another light on an image: brightness, contrast, gamma, colour, a slope, glare. No torch."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from workers.images import Pixels
from workers.presets import Augmentation

Field = NDArray[np.float32]  # height x width
GREY = 2  # levels that the channels of a grey image may lie apart, after JPEG


class Light:
    """One draw of chance for images of one size; `side`: what lengths are shares of, in pixels."""

    def __init__(self, a: Augmentation, width: int, height: int, side: int, rng: Generator) -> None:
        self._gain = 1 + rng.uniform(-a.gain, a.gain)
        self._contrast = 1 + rng.uniform(-a.contrast, a.contrast)
        self._gamma = float(np.exp(rng.uniform(-1, 1) * np.log1p(a.gamma)))
        warm = rng.uniform(-a.temperature, a.temperature)
        self._colour = np.array([1 + warm, 1.0, 1 - warm])
        self._tables = any((a.gain, a.contrast, a.gamma, a.temperature))
        self._factor = _sloping(a, width, height, rng)
        self._added = _glare(a, width, height, side, rng)

    def __call__(self, pixels: Pixels) -> Pixels:
        """height x width x 3 in this light."""
        if self._tables:
            pixels = np.asarray(cv2.LUT(pixels, self._table(pixels)), np.uint8)
        if self._factor is None and self._added is None:
            return pixels
        lit = pixels.astype(np.float32)
        if self._factor is not None:
            lit *= self._factor[..., None]
        if self._added is not None:
            lit += self._added[..., None]
        return np.asarray(cv2.convertScaleAbs(lit), np.uint8)

    def _table(self, pixels: Pixels) -> NDArray[np.uint8]:
        """What each value becomes, by channel: contrast, gain and colour, then gamma."""
        colour = np.ones(3) if is_grey(pixels) else self._colour
        middle, value = sum(cv2.mean(pixels)[:3]) / 3 / 255, np.arange(256)[:, None] / 255
        value = ((value - middle) * self._contrast + middle) * self._gain * colour
        return np.asarray((value.clip(0, 1) ** self._gamma * 255).round(), np.uint8)[None]


def is_grey(pixels: Pixels) -> bool:
    """Whether there is no colour in it, as from a monochrome camera; looks at every eighth row."""
    some = pixels[::8, ::8].astype(np.int16)
    return bool((np.ptp(some, axis=2) <= GREY).all())


def _sloping(a: Augmentation, width: int, height: int, rng: Generator) -> Field | None:
    """The factor by place: from 1 - slope on one side to 1 + slope on the other."""
    towards, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0, a.gradient)
    if not slope:
        return None
    x, y = _across(width) * np.cos(towards), _across(height)[:, None] * np.sin(towards)
    most = abs(np.cos(towards)) + abs(np.sin(towards))
    return np.asarray(1 + slope / most * (x + y), np.float32)


def _glare(a: Augmentation, width: int, height: int, side: int, rng: Generator) -> Field | None:
    """What a lamp's reflection adds, a Gaussian around a place, for the share `a.spot`."""
    shines, (x, y), size = rng.random() < a.spot, rng.uniform(-1, 1, 2), rng.uniform(0.3, 1)
    adds = 255 * a.spot_strength * rng.uniform(0.5, 1)
    if not shines or not adds:
        return None
    radius = max(size * a.spot_size * side, 1.0)
    across = np.exp(-(((_across(width) - x) * width / 2 / radius) ** 2))
    down = np.exp(-(((_across(height) - y) * height / 2 / radius) ** 2))
    return np.asarray(adds * down[:, None] * across, np.float32)


def _across(n: int) -> NDArray[np.float64]:
    """The middles of n pixels, from -1 to 1 at the edges."""
    return (np.arange(n) + 0.5) * 2 / n - 1
