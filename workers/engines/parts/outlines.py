"""Between an image and a network of boxes and masks (YOLACT, Bolya et al. 2019). No torch.

A mask is a weighted sum of prototypes, planes of a quarter of the input's side, cut to its box. The
network's two outputs come as one, 1 x (4 + classes + masks) x (n + side / 4 squared): n candidates,
then the prototypes, a plane a row, in the rows of the candidates' weights.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.contract import Answer, Finding
from workers.engines.parts import boxes, dense
from workers.engines.parts.boxes import Place
from workers.images import Pixels

Array = NDArray[np.float32]
STEP = 4  # pixels of the input a side that one of a prototype stands for


@dataclass
class Outlines:
    """A letterboxed image in; candidate boxes, their masks' weights and prototypes out."""

    classes: list[str]
    size: int
    masks: int = 32
    overlap: float = 0.6
    floor: float = 0.05

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """One square image."""
        return (1, 3, self.size, self.size)

    def inputs(self, pixels: Pixels) -> tuple[list[Array], Any]:
        """One input an image."""
        array, place = boxes.letterbox(pixels, self.size)
        return [array], place

    def answer(self, outputs: Any, known: Place) -> Answer:
        """The boxes that remain, each with the outline of its mask."""
        candidates, weights, prototypes = self._parts(outputs[0])
        rows, chosen = boxes.picked(candidates, self.floor, self.overlap)
        findings = [
            _outlined(finding, row, weights[:, place], prototypes, known)
            for row, place in zip(rows, chosen, strict=True)
            for finding in boxes.answer(row[None], known, self.classes).findings
        ]
        best = max((finding.score for finding in findings), default=0.0)
        return Answer(image_score=best, findings=findings, width=known.width, height=known.height)

    def _parts(self, raw: Array) -> tuple[Array, Array, Array]:
        """1 x (4 + classes) x n candidates, masks x n weights, masks x side x side prototypes."""
        first, side = 4 + len(self.classes), self.size // STEP
        n = raw.shape[2] - side * side
        planes = raw[0, first:, n:].reshape(self.masks, side, side)
        return raw[:, :first, :n], raw[0, first:, :n], planes


def _outlined(
    finding: Finding, row: Array, weights: Array, prototypes: Array, place: Place
) -> Finding:
    """The finding with the polygon around its mask and the mask's area; a box where there is none.

    `row` has the box in pixels of the input.
    """
    side = prototypes.shape[1]
    x0, y0 = (int(max(np.floor(edge / STEP), 0)) for edge in row[:2])
    x1, y1 = (int(min(np.ceil(edge / STEP), side)) for edge in row[2:4])
    if x0 >= x1 or y0 >= y1:
        return finding
    plane = np.tensordot(weights, prototypes[:, y0:y1, x0:x1], 1).astype(np.float32)
    fine = cv2.resize(plane, None, fx=STEP, fy=STEP, interpolation=cv2.INTER_LINEAR) > 0
    corner = x0 * STEP, y0 * STEP
    own = _cut(fine, corner, row[:4], place)
    if not own.any():
        return finding
    size = place.width * place.scale, place.height * place.scale
    around = dense.outline(own, (corner[0] - place.left, corner[1] - place.top), size)
    share = min(float(own.sum()) / (size[0] * size[1]), 1.0)
    return finding.model_copy(update={"polygon": around, "area": share})


def _cut(
    mask: NDArray[np.bool_], corner: tuple[int, int], box: Array, place: Place
) -> NDArray[np.bool_]:
    """The mask within its box and within the image."""
    low = np.maximum(box[:2], (place.left, place.top))
    inner = place.left + place.width * place.scale, place.top + place.height * place.scale
    high = np.minimum(box[2:], inner)
    left, top = (max(round(float(edge)) - at, 0) for edge, at in zip(low, corner, strict=True))
    right, bottom = (max(round(float(edge)) - at, 0) for edge, at in zip(high, corner, strict=True))
    kept = np.zeros_like(mask)
    kept[top:bottom, left:right] = mask[top:bottom, left:right]
    return kept
