"""Between an image and a box detector: letterbox before it, suppression after it. No torch.

The same code prepares images for validation, batches and the line, so a model sees on the line
what it was measured on.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.contract import Answer, Finding
from workers.images import Pixels

Array = NDArray[np.float32]
GREY = 114
MAX_CANDIDATES, MAX_FINDINGS = 2000, 300
APART = 4.0  # boxes of unlike classes are moved this far apart, in shares, before suppression


@dataclass(frozen=True)
class Place:
    """Where an image lies in its letterbox: scale, left and top in pixels, size before."""

    scale: float
    left: int
    top: int
    width: int
    height: int


def letterbox(pixels: Pixels, size: int) -> tuple[Array, Place]:
    """1 x 3 x size x size of 0..1, the image scaled to fit and centred on grey."""
    canvas, place = fitted(pixels, size)
    array = canvas.transpose(2, 0, 1)[None].astype(np.float32) / 255
    return np.ascontiguousarray(array), place


def fitted(pixels: Pixels, size: int) -> tuple[Pixels, Place]:
    """The same as pixels, size x size x 3."""
    height, width = pixels.shape[:2]
    scale = min(size / height, size / width)
    w, h = max(round(width * scale), 1), max(round(height * scale), 1)
    if (w, h) != (width, height):
        pixels = cv2.resize(pixels, (w, h), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    left, top = round((size - w) / 2 - 0.1), round((size - h) / 2 - 0.1)
    canvas = np.full((size, size, 3), GREY, np.uint8)
    canvas[top : top + h, left : left + w] = pixels
    return canvas, Place(scale, left, top, width, height)


def answer(rows: Array, place: Place, classes: list[str]) -> Answer:
    """Findings of (x0, y0, x1, y1 in letterbox pixels, score, class index) rows."""
    shift = np.array([place.left, place.top] * 2, np.float32)
    whole = np.array([place.width, place.height] * 2, np.float32)
    boxes = ((rows[:, :4] - shift) / place.scale / whole).clip(0, 1)
    findings = []
    for box, score, index in zip(boxes, rows[:, 4], rows[:, 5], strict=True):
        x0, y0, x1, y1 = (float(edge) for edge in box)
        if x0 < x1 and y0 < y1 and int(index) < len(classes):
            name, area = classes[int(index)], (x1 - x0) * (y1 - y0)
            share = min(max(float(score), 0.0), 1.0)
            findings.append(Finding(class_name=name, score=share, box=(x0, y0, x1, y1), area=area))
    best = max((finding.score for finding in findings), default=0.0)
    return Answer(image_score=best, findings=findings, width=place.width, height=place.height)


def select(raw: Array, score: float, overlap: float, end_to_end: bool) -> Array:
    """What remains of a raw output as rows of x0, y0, x1, y1, score, class; best first."""
    return picked(raw, score, overlap, end_to_end)[0]


def picked(
    raw: Array, score: float, overlap: float, end_to_end: bool = False
) -> tuple[Array, list[int]]:
    """The same, and which candidate each row was.

    `raw` is 1 x (4 + classes) x n: boxes as centre, width and height, or, of a network that was
    trained to answer without suppression (`end_to_end`), as corners.
    """
    places, scores = raw[0, :4], raw[0, 4:]
    top = scores.max(axis=0)
    chosen = np.flatnonzero(top >= score)
    chosen = chosen[np.argsort(-top[chosen], kind="stable")][:MAX_CANDIDATES]
    best = scores[:, chosen].argmax(axis=0)
    if end_to_end:
        corners = places[:, chosen].T
    else:
        x, y, w, h = places[:, chosen]
        corners = np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], axis=1)
    rows = np.column_stack([corners, top[chosen], best]).astype(np.float32)
    kept = list(range(len(rows)))[:MAX_FINDINGS] if end_to_end else suppress(rows, overlap)
    return np.asarray(rows[kept]), [int(chosen[place]) for place in kept]


def suppress(rows: Array, overlap: float) -> list[int]:
    """Indices that non-maximum suppression keeps, within each class; rows are best first."""
    if not len(rows):
        return []
    span = float(np.abs(rows[:, :4]).max()) * APART + 1
    boxes = rows[:, :4] + rows[:, 5:6] * span
    x0, y0, x1, y1 = boxes.T
    areas = (x1 - x0) * (y1 - y0)
    kept: list[int] = []
    left = np.arange(len(rows))
    while len(left) and len(kept) < MAX_FINDINGS:
        first, others = left[0], left[1:]
        kept.append(int(first))
        w = np.minimum(x1[first], x1[others]) - np.maximum(x0[first], x0[others])
        h = np.minimum(y1[first], y1[others]) - np.maximum(y0[first], y0[others])
        shared = w.clip(0) * h.clip(0)
        union = areas[first] + areas[others] - shared
        left = others[shared <= overlap * union]
    return kept
