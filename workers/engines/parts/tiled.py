"""Large images for a box detector: overlapping tiles before it, their boxes stitched after it.

A thing that lies across a tile's edge is seen by two tiles, whole or in part. Two boxes of one
class from different tiles are one thing when their parts within both tiles overlap enough. No
torch.
"""

import numpy as np
from numpy.typing import NDArray

from workers.contract import Answer
from workers.engines.parts import boxes
from workers.images import Pixels

Array = NDArray[np.float32]
Window = tuple[int, int, int, int]  # x0, y0, x1, y1 in pixels of the image
CUT = 0.01  # of a tile's side: a box that ends within this of an inner edge is cut by it
TOGETHER = 0.5  # IoU, within both tiles, from which two boxes are one thing


def windows(width: int, height: int, side: int, lap: float) -> list[Window]:
    """Tiles row by row, all inside the image where it is large enough, overlapping by `lap`."""
    return [
        (x, y, min(x + side, width), min(y + side, height))
        for y in _starts(height, side, lap)
        for x in _starts(width, side, lap)
    ]


def _starts(length: int, side: int, lap: float) -> list[int]:
    """Evenly spread, each at most side * (1 - lap) from the one before."""
    if length <= side:
        return [0]
    step = max(side * (1 - lap), 1.0)
    n = int(np.ceil((length - side) / step)) + 1
    return [round(start) for start in np.linspace(0, length - side, n)]


def cut(pixels: Pixels, found: Window) -> Pixels:
    """A tile's pixels."""
    x0, y0, x1, y1 = found
    return pixels[y0:y1, x0:x1]


def shifted(rows: Array, place: boxes.Place, found: Window) -> Array:
    """Rows of a tile's letterbox (corners, score, class) in pixels of the image, within it."""
    x0, y0, x1, y1 = found
    moved = rows.copy()
    corner = np.array([place.left, place.top] * 2, np.float32)
    moved[:, :4] = (rows[:, :4] - corner) / place.scale + np.array([x0, y0] * 2, np.float32)
    moved[:, [0, 2]] = moved[:, [0, 2]].clip(x0, x1)
    moved[:, [1, 3]] = moved[:, [1, 3]].clip(y0, y1)
    return np.asarray(moved)


def stitched(tables: list[Array], tiles: list[Window], size: tuple[int, int]) -> Array:
    """The rows of all tiles as one table, each thing once; best first.

    Of a thing that some tile saw whole, the best such box stands; of one that none did, the box
    around its parts, with the score of the best.
    """
    rows = np.concatenate([*tables, np.empty((0, 6), np.float32)])
    numbers = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    seen = np.array([tiles[number] for number in numbers], np.float32).reshape(-1, 4)
    order = np.argsort(-rows[:, 4], kind="stable")
    rows, numbers, seen = rows[order], numbers[order], seen[order]
    whole = ~_is_cut(rows, seen, size)
    joined = _joined(_same(rows, numbers, seen))
    made = [_one(rows[joined == label], whole[joined == label]) for label in np.unique(joined)]
    table = np.array(made, np.float32).reshape(-1, 6)
    return np.asarray(table[np.argsort(-table[:, 4], kind="stable")][: boxes.MAX_FINDINGS])


def _is_cut(rows: Array, seen: Array, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Whether a box ends at an edge of its tile that is none of the image."""
    width, height = size
    near = CUT * np.maximum(seen[:, 2:] - seen[:, :2], 1).max(axis=1)
    low = (rows[:, :2] - seen[:, :2] <= near[:, None]) & (seen[:, :2] > 0)
    high = (seen[:, 2:] - rows[:, 2:4] <= near[:, None]) & (seen[:, 2:] < [width, height])
    return np.asarray((low | high).any(axis=1))


def _same(rows: Array, numbers: NDArray[np.int64], seen: Array) -> NDArray[np.bool_]:
    """n x n: of one class, from different tiles, and alike where both tiles look."""
    low = np.maximum(seen[:, None, :2], seen[None, :, :2])
    high = np.minimum(seen[:, None, 2:], seen[None, :, 2:])
    a = _inside(rows[:, None, :4], low, high)
    b = _inside(rows[None, :, :4], low, high)
    shared = _area(np.concatenate([np.maximum(a[..., :2], b[..., :2]),
                                   np.minimum(a[..., 2:], b[..., 2:])], axis=-1))  # fmt: skip
    union = _area(a) + _area(b) - shared
    alike = shared >= TOGETHER * np.maximum(union, 1e-9)
    others = numbers[:, None] != numbers[None]
    return np.asarray(alike & others & (rows[:, None, 5] == rows[None, :, 5]))


def _inside(corners: Array, low: Array, high: Array) -> Array:
    return np.concatenate([np.maximum(corners[..., :2], low),
                           np.minimum(corners[..., 2:], high)], axis=-1)  # fmt: skip


def _area(corners: Array) -> Array:
    sides: Array = (corners[..., 2:] - corners[..., :2]).clip(0)
    return np.asarray(sides.prod(axis=-1))


def _joined(same: NDArray[np.bool_]) -> NDArray[np.int64]:
    """A number for each row, equal for those that are linked, directly or through others."""
    labels = np.arange(len(same))
    for i, j in zip(*np.nonzero(np.triu(same)), strict=True):
        if labels[i] != labels[j]:
            labels[labels == labels[j]] = labels[i]
    return labels


def _one(rows: Array, whole: NDArray[np.bool_]) -> Array:
    """The row of one thing; `rows` are best first."""
    if whole.any():
        best = rows[whole][0].copy()
    else:
        best = rows[0].copy()
        best[:2], best[2:4] = rows[:, :2].min(axis=0), rows[:, 2:4].max(axis=0)
    best[4] = rows[0, 4]
    return np.asarray(best)


def answer(rows: Array, size: tuple[int, int], classes: list[str]) -> Answer:
    """Findings of rows in pixels of the image."""
    width, height = size
    return boxes.answer(rows, boxes.Place(1.0, 0, 0, width, height), classes)
