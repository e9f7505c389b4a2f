"""A part's pictures by modality as one stack of channels: aligned, with what is missing made plain.

A camera pair is aligned by one homography, from points of the colour image to those of the other
(both as shares), estimated from matched points. No torch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.contract import Answer
from workers.engines.parts import dense
from workers.engines.parts.inputs import Inputs
from workers.images import Pixels

Array = NDArray[np.float32]
Matrix = NDArray[np.float64]  # 3 x 3
ABSENT = 128  # the value of each pixel of a modality that is not there
FEATURES, FEWEST, WITHIN = (
    1000,
    12,
    3.0,
)  # points looked for, inliers at least, px that one may be off


@dataclass(frozen=True)
class Aligned:
    """A homography row by row, the residual of its matched points in px (RMS), and their number."""

    homography: tuple[float, ...]
    residual: float
    points: int


class Views(dict[str, Pixels]):
    """A part's pictures by modality; `alignment` as its station has it goes before the model's."""

    def __init__(
        self, pictures: Mapping[str, Pixels], alignment: Mapping[str, Sequence[float]] | None = None
    ) -> None:
        super().__init__(pictures)
        self.alignment = dict(alignment or {})


@dataclass
class Fused:
    """Tiles of all modalities in, one stack; a map of class probabilities out, as of `Dense`."""

    classes: list[str]
    modalities: list[str]
    patch: int
    cells: int
    image_size: int = 0
    level: float = 0.5
    floor: float = 0.05
    difference: bool = False
    alignment: dict[str, list[float]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """One square tile; three channels a modality, and three for each difference."""
        side = dense.tile_side(self.cells, self.patch, 1)
        return (1, channels(len(self.modalities), self.difference), side, side)

    def inputs(self, images: Mapping[str, Pixels]) -> tuple[Inputs, dense.Grid]:
        """The tiles that cover the part, row by row; `images` has at least `rgb`."""
        height, width = images["rgb"].shape[:2]
        known = self.alignment | (images.alignment if isinstance(images, Views) else {})
        stack = stacked(images, self.modalities, self.image_size, known, self.difference)
        grid = dense.Grid.over(stack, self.patch, 1, self.cells, (width, height))
        return dense.tiles(stack, grid), grid

    def answer(self, outputs: Sequence[Array], known: dense.Grid) -> Answer:
        """A finding for each connected region of one class, outlined."""
        scores = dense.stitch(outputs, known)
        return dense.answer(scores, known, self.classes, self.level, self.floor, True)


def channels(modalities: int, difference: bool) -> int:
    """Of the stack: the first modality is the colour image that the others differ from."""
    return 3 * (modalities + (modalities - 1) * difference)


def stacked(
    images: Mapping[str, Pixels],
    modalities: Sequence[str],
    longer: int = 0,
    alignment: Mapping[str, Sequence[float]] | None = None,
    difference: bool = False,
) -> NDArray[np.uint8]:
    """Height x width x channels, in the colour image's frame, its longer side scaled to `longer`.

    A modality that is not there is grey all over, and so is its difference.
    """
    colour = dense.scale(images["rgb"], longer)
    height, width = colour.shape[:2]
    planes, differences = [colour], []
    for name in modalities[1:]:
        there = images.get(name)
        if there is None:
            plane = changed = np.full_like(colour, ABSENT)
        else:
            plane = brought(there, (width, height), (alignment or {}).get(name))
            changed = np.asarray(cv2.absdiff(colour, plane), np.uint8)
        planes.append(plane)
        differences.append(changed)
    return np.concatenate([*planes, *(differences if difference else [])], axis=2)


def brought(
    pixels: Pixels, size: tuple[int, int], homography: Sequence[float] | None = None
) -> Pixels:
    """Another camera's picture in the colour image's frame of this width and height."""
    width, height = size
    small = max(pixels.shape[:2]) > max(size)
    if homography is None:
        way = cv2.INTER_AREA if small else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(pixels, size, interpolation=way), np.uint8)
    if small:  # sampled at single points it would be rough
        pixels = dense.scale(pixels, max(size))
    # Pixel i has its middle at the share (i + 0.5) / width.
    there = np.array([[pixels.shape[1], 0, -0.5], [0, pixels.shape[0], -0.5], [0, 0, 1]])
    here = np.array([[1 / width, 0, 0.5 / width], [0, 1 / height, 0.5 / height], [0, 0, 1]])
    matrix = there @ np.array(homography, np.float64).reshape(3, 3) @ here
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpPerspective(pixels, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def align(pairs: Sequence[tuple[Pixels, Pixels]]) -> Aligned | None:
    """The homography of a camera pair, from points matched over several parts; None: too few.

    ORB points (Rublee et al. 2011) matched crosswise, outliers left out by RANSAC.
    """
    found = [_matched(one, other) for one, other in pairs]
    here = np.concatenate([a for a, _ in found]) if found else np.empty((0, 2))
    there = np.concatenate([b for _, b in found]) if found else np.empty((0, 2))
    return of_points(here, there, _size(pairs[0][1])) if len(here) >= FEWEST else None


def of_points(here: Matrix, there: Matrix, size: tuple[int, int]) -> Aligned | None:
    """The same from its points, n x 2 as shares of either image; `size` of the other one."""
    matrix, inliers = cv2.findHomography(here * size, there * size, cv2.RANSAC, WITHIN)
    kept = inliers.ravel().astype(bool) if inliers is not None else np.zeros(0, bool)
    if matrix is None or kept.sum() < min(FEWEST, len(here)):
        return None
    moved = cv2.perspectiveTransform((here * size)[None].astype(np.float64), matrix)[0]
    off = np.linalg.norm(moved - there * size, axis=1)[kept]
    scale = np.diag([*size, 1.0])
    shares = np.linalg.inv(scale) @ matrix @ scale
    residual = float(np.sqrt((off**2).mean()))
    return Aligned(tuple((shares / shares[2, 2]).ravel().tolist()), residual, int(kept.sum()))


def _matched(one: Pixels, other: Pixels) -> tuple[Matrix, Matrix]:
    """Pairs of points, as shares of either image."""
    finder = cv2.ORB.create(FEATURES)
    here, words = finder.detectAndCompute(_grey(one), None)
    there, others = finder.detectAndCompute(_grey(other), None)
    if words is None or others is None:
        return np.empty((0, 2)), np.empty((0, 2))
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(words, others)
    a = np.array([here[pair.queryIdx].pt for pair in pairs]).reshape(-1, 2) + 0.5
    b = np.array([there[pair.trainIdx].pt for pair in pairs]).reshape(-1, 2) + 0.5
    return a / _size(one), b / _size(other)


def _grey(pixels: Pixels) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _size(pixels: Pixels) -> tuple[int, int]:
    return pixels.shape[1], pixels.shape[0]
