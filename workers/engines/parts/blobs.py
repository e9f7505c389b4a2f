"""A mask first, then the class of each of its regions. No torch.

Plane 0 is the probability of any defect, the others those of the classes: a region's class is the
one with the largest mean over it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.contract import Answer, Finding
from workers.engines.parts import dense, heat
from workers.engines.parts.inputs import Inputs
from workers.images import Pixels

Array = NDArray[np.float32]
AT = 0.5  # what a probability at the threshold is told as


@dataclass
class Blobs:
    """A head: tiles in; the probability of a defect out, then those of its classes, a plane each.

    Findings are the regions where a defect is likelier than `threshold`, told as 0.5, each of the
    class that is likeliest over it.
    """

    classes: list[str]
    side: int
    margin: int = 0  # of a tile, that it sees and does not tell of
    image_size: int = 0  # the longer side is scaled to this first; 0 leaves the image as it is
    threshold: float = 0.5
    floor: float = 0.05

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """One square tile."""
        return (1, 3, self.side, self.side)

    def inputs(self, pixels: Pixels) -> tuple[Inputs, dense.Grid]:
        """The tiles that cover the image, row by row."""
        grid, scaled = heat.grid(pixels, self.side, self.margin, self.image_size, False)
        return dense.tiles(scaled, grid), grid

    def answer(self, outputs: Sequence[Array], known: dense.Grid) -> Answer:
        """A finding for each region, outlined."""
        planes = dense.stitch(outputs, known)
        return answer(planes, known, self.classes, self.threshold, self.floor)


def told(plane: Array, threshold: float) -> Array:
    """Probabilities with the threshold moved to 0.5: straight from 0 to it, and from it to 1."""
    below = plane * (AT / threshold)
    above = AT + (plane - threshold) * ((1 - AT) / (1 - threshold))
    return np.asarray(np.where(plane < threshold, below, above).clip(0, 1), np.float32)


def answer(
    planes: Array, grid: dense.Grid, classes: list[str], threshold: float, floor: float
) -> Answer:
    """A finding for each connected region of the mask, of one class, outlined.

    Its score is the maximum over its pixels of what is told, each the mean with its neighbours.
    """
    findings = list(_regions(planes, grid, classes, threshold, floor))
    findings.sort(key=lambda finding: -finding.score)
    best = findings[0].score if findings else 0.0
    width, height = grid.original
    return Answer(image_score=best, findings=findings, width=width, height=height)


def _regions(
    planes: Array, grid: dense.Grid, classes: list[str], threshold: float, floor: float
) -> Iterator[Finding]:
    plane = told(planes[0], threshold)
    smooth = cv2.blur(plane, (3, 3), borderType=cv2.BORDER_REPLICATE)
    mask = (plane >= AT).astype(np.uint8)
    _, labels, places, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    height, width = plane.shape
    largest = np.argsort(-places[1:, cv2.CC_STAT_AREA], kind="stable")[: dense.MOST_FOUND] + 1
    for number in largest:
        x, y, w, h, cells = (int(value) for value in places[number])
        if cells < dense.MIN_CELLS:
            break
        part = slice(y, y + h), slice(x, x + w)
        own = labels[part] == number
        score = min(float(smooth[part][own].max()), 1.0)
        if score < floor:
            continue
        likeliest = int(planes[1:, part[0], part[1]][:, own].mean(axis=1).argmax())
        yield Finding(
            class_name=classes[likeliest],
            score=score,
            box=(x / width, y / height, min((x + w) / width, 1.0), min((y + h) / height, 1.0)),
            area=min(cells / (width * height), 1.0),
            polygon=dense.outline(own, (x, y), (width, height)),
        )
