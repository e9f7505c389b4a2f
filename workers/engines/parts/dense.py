"""Dense evaluation of a patch network: tiles of an image in, one class map out. No torch.

Cell (i, j) of the map is the patch of side `patch` centred on the square of side `stride` at
(i * stride, j * stride); at the border the image is mirrored. Tiles overlap by patch - stride, so
the stitched map equals that of the whole image, and memory is bounded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.contract import Answer, Finding
from workers.engines.parts.inputs import Inputs
from workers.images import Pixels

Array = NDArray[np.float32]
MIN_CELLS = 2  # a single cell is noise
MOST_FOUND = 300  # regions of a class in an image, the largest: a map of noise has thousands
MOST_CORNERS = 200  # of an outline
FINER, FINE_UP_TO = 4, 250_000  # the map is looked at this much finer, up to so many cells


@dataclass(frozen=True)
class Grid:
    """Where the cells and tiles of an image lie. Sizes in pixels, counts in cells and tiles."""

    patch: int
    stride: int
    cells: int
    rows: int
    columns: int
    scaled: tuple[int, int]  # width, height that the network saw
    original: tuple[int, int]  # width, height of the image

    @classmethod
    def over(
        cls, pixels: Pixels, patch: int, stride: int, cells: int, original: tuple[int, int]
    ) -> Self:
        """The grid that covers these pixels."""
        height, width = pixels.shape[:2]
        rows, columns = -(-height // stride), -(-width // stride)
        return cls(patch, stride, cells, rows, columns, (width, height), original)

    @property
    def down(self) -> int:
        """Tiles from top to bottom."""
        return -(-self.rows // self.cells)

    @property
    def across(self) -> int:
        """Tiles from left to right."""
        return -(-self.columns // self.cells)


def tile_side(cells: int, patch: int, stride: int) -> int:
    """Pixels that a tile needs a side to give this many cells."""
    return cells * stride + patch - stride


def scale(pixels: Pixels, longer: int) -> Pixels:
    """The image with its longer side scaled to `longer`; 0 leaves it as it is."""
    height, width = pixels.shape[:2]
    if not longer or max(height, width) == longer:
        return pixels
    factor = longer / max(height, width)
    size = max(round(width * factor), 1), max(round(height * factor), 1)
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return cv2.resize(pixels, size, interpolation=way).astype(np.uint8)


def padded(pixels: Pixels, grid: Grid) -> Pixels:
    """The image mirrored at its border, so that every cell of every tile has its whole patch."""
    margin = (grid.patch - grid.stride) // 2
    width, height = grid.scaled
    below = grid.down * grid.cells * grid.stride - height + margin
    right = grid.across * grid.cells * grid.stride - width + margin
    return np.pad(pixels, ((margin, below), (margin, right), (0, 0)), mode="symmetric")


def tiles(pixels: Pixels, grid: Grid) -> Inputs:
    """The tiles row by row, each 1 x 3 x side x side of 0..1."""
    return Inputs(grid.down * grid.across, lambda: _tiles(padded(pixels, grid), grid))


def _tiles(image: Pixels, grid: Grid) -> Iterator[Array]:
    side, step = tile_side(grid.cells, grid.patch, grid.stride), grid.cells * grid.stride
    for y in range(0, grid.down * step, step):
        for x in range(0, grid.across * step, step):
            yield as_input(image[y : y + side, x : x + side])


def as_input(pixels: Pixels) -> Array:
    """1 x 3 x height x width of 0..1."""
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None].astype(np.float32) / 255)


def stitch(outputs: Sequence[Array], grid: Grid) -> Array:
    """The tiles' maps as one: (classes + background) x rows x columns."""
    strips = [
        np.concatenate([out[0] for out in outputs[i * grid.across : (i + 1) * grid.across]], axis=2)
        for i in range(grid.down)
    ]
    return np.concatenate(strips, axis=1)[:, : grid.rows, : grid.columns]


def answer(
    scores: Array,
    grid: Grid,
    classes: list[str],
    level: float,
    floor: float,
    outlined: bool = False,
) -> Answer:
    """A finding for each connected region where a class is above `level`.

    Its score is the maximum over its cells, each the mean with its neighbours: a speck scores low.
    A region that only reaches the level by several classes together is a finding of the likeliest:
    no defect is missed because it could be of two classes.
    `outlined`: with the polygon around it.
    """
    findings, level = list[Finding](), max(level, floor)
    told = np.ascontiguousarray(scores[: len(classes)])
    for number, plane in chain(enumerate(told), _undecided(told, level)):
        findings += _components(plane, grid, classes[number], level, floor, outlined)
    findings.sort(key=lambda finding: -finding.score)
    best = findings[0].score if findings else 0.0
    width, height = grid.original
    return Answer(image_score=best, findings=findings, width=width, height=height)


def _undecided(told: Array, level: float) -> Iterator[tuple[int, Array]]:
    """(class, plane of all classes together) where no class reaches the level by itself."""
    whole = told.sum(axis=0)
    if len(told) < 2 or whole.max() < level:
        return
    n, labels = cv2.connectedComponents((whole >= level).astype(np.uint8), connectivity=8)
    decided = np.isin(np.arange(n), [0, *labels[told.max(axis=0) >= level]])
    if decided.all():
        return
    cells = ~decided[labels]
    sums = [np.bincount(labels[cells], plane[cells], n) for plane in told]
    likeliest = np.where(decided, -1, np.argmax(sums, axis=0))
    for number in np.unique(likeliest[~decided]):
        others = (labels > 0) & (likeliest[labels] != number)
        yield int(number), np.where(others, np.float32(0), whole)


def _components(
    plane: Array, grid: Grid, name: str, level: float, floor: float, outlined: bool
) -> list[Finding]:
    found: list[Finding] = []
    if plane.max() < level:
        return found
    smooth = cv2.blur(plane, (3, 3), borderType=cv2.BORDER_REPLICATE)
    # Edges lie between cells, so they are looked for on a finer grid where that is affordable.
    n = FINER if grid.stride > 1 and plane.size <= FINE_UP_TO else 1
    fine = cv2.resize(np.stack([plane, smooth], axis=-1), None, fx=n, fy=n)
    mask = (fine[..., 0] >= level).astype(np.uint8)
    _, labels, places, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    width, height = (side / grid.stride * n for side in grid.scaled)
    largest = np.argsort(-places[1:, cv2.CC_STAT_AREA], kind="stable")[:MOST_FOUND] + 1
    for number in largest:
        x, y, w, h, cells = (int(value) for value in places[number])
        if cells < MIN_CELLS * n * n:
            break
        part = slice(y, y + h), slice(x, x + w)
        own = labels[part] == number
        box = (x / width, y / height, min((x + w) / width, 1.0), min((y + h) / height, 1.0))
        score, area = min(float(fine[part][own, 1].max()), 1.0), min(cells / (width * height), 1.0)
        polygon = outline(own, (x, y), (width, height)) if outlined else None
        if box[0] < box[2] and box[1] < box[3] and score >= floor:
            found.append(Finding(class_name=name, score=score, box=box, area=area, polygon=polygon))
    return found


def outline(
    own: NDArray[np.bool_], corner: tuple[int, int], size: tuple[float, float]
) -> list[tuple[float, float]] | None:
    """The polygon around a region's largest piece, in shares of the image; None for a speck.

    Through the middles of its border pixels, within one pixel, of 200 corners at most.
    """
    pieces, _ = cv2.findContours(own.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(pieces, key=len)
    within = 1.0
    corners = cv2.approxPolyDP(largest, within, closed=True)
    while len(corners) > MOST_CORNERS:
        within *= 1.5
        corners = cv2.approxPolyDP(largest, within, closed=True)
    if len(corners) < 3:
        return None
    shares = (corners[:, 0] + corner + 0.5) / size
    return [(float(x), float(y)) for x, y in shares.clip(0, 1)]
