"""What drawn and real images are compared by: numbers that describe an image.

`fixed`: coarse colours and gradient histograms (Dalal, Triggs, CVPR 2005), the same everywhere and
for ever, for no weights can be downloaded. `resnet18`: the pooled features of a ResNet-18 whose
weights are given (torchvision's names), as Inception's are in the kernel inception distance.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.contract import Failure

Features = NDArray[np.float64]
Describe = Callable[[Sequence[NDArray[np.uint8]]], Features]
SIDE, CELLS, WAYS = 32, 4, 8  # of the fixed features: pixels, cells a side, directions
COLOURS = 4  # coarse colours a side
AT_ONCE = 32
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])  # ImageNet's


def of(base: Path | None) -> tuple[str, Describe]:
    """The features to use, by name, and what computes them from pictures (n x numbers)."""
    network = _resnet(base) if base else None
    return ("resnet18", network) if network else ("fixed", fixed)


def fixed(pictures: Sequence[NDArray[np.uint8]]) -> Features:
    """n x 176, each number about 0..1."""
    return np.stack([_described(picture) for picture in pictures])


def _described(picture: NDArray[np.uint8]) -> Features:
    scaled = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    small = np.asarray(scaled / np.float32(255), np.float32)
    coarse = cv2.resize(small, (COLOURS, COLOURS), interpolation=cv2.INTER_AREA)
    return np.concatenate([coarse.reshape(-1), _gradients(small)]).astype(np.float64)


def _gradients(small: NDArray[np.float32]) -> NDArray[np.float32]:
    """How strong the gradient is by cell and direction; strengths are kept, unlike in HOG."""
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.25)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.25)
    strength, angle = cv2.cartToPolar(across, down)
    way = np.floor(angle / (2 * np.pi) * WAYS).astype(int) % WAYS
    side = SIDE // CELLS
    cell = np.arange(SIDE) // side
    where = (cell[:, None] * CELLS + cell[None]) * WAYS + way
    sums = np.bincount(where.reshape(-1), strength.reshape(-1), CELLS * CELLS * WAYS)
    return np.sqrt(sums / (side * side)).astype(np.float32)


def _resnet(base: Path) -> Describe | None:
    """A ResNet-18 with these weights; None when they are another network's."""
    import torch
    from torchvision.models import resnet18

    from workers.engines.parts.base_weights import load_base

    network = resnet18(weights=None)
    network.fc = torch.nn.Identity()
    try:
        if load_base(network, base).share < 1:
            return None
    except Failure:
        return None
    network.eval()

    def describe(pictures: Sequence[NDArray[np.uint8]]) -> Features:
        found = []
        for start in range(0, len(pictures), AT_ONCE):
            some = [cv2.resize(each, (96, 96)) / 255 for each in pictures[start : start + AT_ONCE]]
            batch = ((np.stack(some) - MEAN) / DEVIATION).transpose(0, 3, 1, 2)
            with torch.no_grad():
                found.append(network(torch.from_numpy(batch.astype(np.float32))).numpy())
        return np.concatenate(found).astype(np.float64)

    return describe
