"""Varying an image, its boxes, its plane of labels and its outlines together. numpy and OpenCV.

The same code varies what engines learn from and what the form previews. All chance is from the
generator that is handed in, and is drawn before a pixel is touched.
"""

from collections.abc import Callable, Sequence
from functools import cached_property

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from workers.data import Boxes, Labels
from workers.images import Pixels
from workers.lights import Light
from workers.mosaics import Seen, clipped, mosaic
from workers.presets import Augmentation

Points = NDArray[np.float64]  # n x 2: x, y as shares of the image
STEEPEST = 0.15  # displacement over the wave: the cloth never folds
Field = NDArray[np.float32]  # height x width x 2
Matrix = NDArray[np.float64]  # 2 x 3
EDGE = 8  # points on each edge of a box that are followed


def augmented(
    pixels: Pixels,
    boxes: Boxes | None,
    plane: Labels | None,
    augmentation: Augmentation,
    rng: Generator,
    of: int = 0,
) -> Seen:
    """One image varied, in the size it had; `pixels` height x width x 3, `boxes` n x 5 as shares.

    What lies beyond the edge is mirrored, with its labels; where there are boxes alone it is the
    mean colour instead, so that nothing shows up twice that has one box. Boxes of which too little
    is left are dropped. `of`: the shorter side in pixels of the whole image, where `pixels` were
    cut from a larger one.
    """
    if augmentation == Augmentation():
        return Seen(pixels, boxes, plane, of)
    change = Change(augmentation, pixels.shape[1], pixels.shape[0], rng, of)
    return Seen(
        change.pixels(pixels, mirrored=boxes is None or plane is not None),
        None if boxes is None else change.boxes(boxes),
        None if plane is None else change.plane(plane),
        of,
    )


def varied(
    index: int,
    count: int,
    read: Callable[[int], Seen],
    augmentation: Augmentation,
    rng: Generator,
) -> Seen:
    """Image `index` of `count`, varied; put together with three others where the mosaic says so."""
    seen = read(index)
    if augmentation.mosaic and rng.random() < augmentation.mosaic:
        seen = mosaic([seen, *(read(int(i)) for i in rng.integers(0, count, 3))], rng)
    return augmented(seen.pixels, seen.boxes, seen.plane, augmentation, rng, seen.of)


class Change:
    """One draw of chance for images of one size: the same for pixels, plane, boxes and points."""

    def __init__(
        self, augmentation: Augmentation, width: int, height: int, rng: Generator, of: int = 0
    ) -> None:
        a, self.width, self.height = augmentation, width, height
        side = of or min(width, height)
        self._flips = rng.random(2) < (a.flip_horizontal, a.flip_vertical)
        self._turns = int(rng.integers(1, 4)) * int(rng.random() < a.turns)
        if width != height:
            self._turns = 2 if self._turns else 0
        self._matrix = _affine(a, width, height, rng)
        self._field = _elastic(a, width, height, side, self._matrix, rng)
        self._blur = _motion(a.motion_blur * side, rng)
        self._light = Light(a, width, height, side, rng)

    def pixels(self, pixels: Pixels, mirrored: bool = True) -> Pixels:
        """The image moved, blurred and lit."""
        colour = None if mirrored else [round(level) for level in cv2.mean(pixels)[:3]]
        moved = self._moved(pixels, cv2.INTER_LINEAR, colour)
        if self._blur is not None:
            blurred = cv2.filter2D(moved, -1, self._blur, borderType=cv2.BORDER_REFLECT)
            moved = np.asarray(blurred, np.uint8)
        return self._light(moved)

    def placed(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Another picture of the same part, moved alike, in the light that it has."""
        return self._moved(np.ascontiguousarray(pixels), cv2.INTER_LINEAR, None)

    def plane(self, plane: Labels) -> Labels:
        """The class of each pixel, moved as the pixels are; mirrored beyond the edge."""
        return self._moved(plane, cv2.INTER_NEAREST, None)

    def points(self, points: Points) -> Points:
        """Where points of the image come to lie; they may lie beyond its edge."""
        size = np.array([self.width, self.height], np.float64)
        at = self._laid(np.asarray(points, np.float64) * size)
        if self._matrix is None and self._field is None:
            return at / size
        found = self._linear(at)
        if self._field is not None:
            for _ in range(12):  # the field is given where points arrive: look there, and again
                found = self._linear(at - _at(self._field, found))
        return found / size

    def boxes(self, boxes: Boxes) -> Boxes:
        """The boxes around the moved ones, cut at the edge; those hardly left are gone."""
        if not len(boxes):
            return boxes
        moved = self.points(_outlines(boxes)).reshape(len(boxes), -1, 2)
        whole = np.column_stack([boxes[:, :1], moved.min(axis=1), moved.max(axis=1)])
        return clipped(whole.astype(np.float32))

    def _laid(self, at: Points) -> Points:
        """Mirrored and turned, in pixels."""
        if self._flips[0]:
            at = at * (-1, 1) + (self.width, 0)
        if self._flips[1]:
            at = at * (1, -1) + (0, self.height)
        x, y = at[:, 0], at[:, 1]  # turned as np.rot90 does
        turned = {
            1: (y, self.width - x),
            2: (self.width - x, self.height - y),
            3: (self.height - y, x),
        }
        return np.stack(turned[self._turns], axis=1) if self._turns else at

    def _linear(self, at: Points) -> Points:
        if self._matrix is None:
            return at
        return np.asarray(at @ self._matrix[:, :2].T + self._matrix[:, 2])

    def _moved(
        self, plane: NDArray[np.uint8], how: int, colour: Sequence[float] | None
    ) -> NDArray[np.uint8]:
        if self._flips[0]:
            plane = plane[:, ::-1]
        if self._flips[1]:
            plane = plane[::-1]
        plane = np.ascontiguousarray(np.rot90(plane, self._turns))
        if self._field is None and self._matrix is None:
            return plane
        edge = cv2.BORDER_REFLECT if colour is None else cv2.BORDER_CONSTANT
        filled = tuple(colour or (0,))
        if self._field is None:
            size, back = (self.width, self.height), _between_middles(self._matrix)
            flags = how | cv2.WARP_INVERSE_MAP
            moved = cv2.warpAffine(
                plane, back, size, flags=flags, borderMode=edge, borderValue=filled
            )
        else:
            x, y = self._maps
            moved = cv2.remap(plane, x, y, how, borderMode=edge, borderValue=filled)
        return np.asarray(moved, np.uint8)

    @cached_property
    def _maps(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Of each pixel where it comes from; a pixel's middle is a whole number, as in OpenCV."""
        x = np.arange(self.width, dtype=np.float32)[None]
        y = np.arange(self.height, dtype=np.float32)[:, None]
        m = _between_middles(self._matrix).astype(np.float32)
        from_x, from_y = m[0, 0] * x + m[0, 1] * y + m[0, 2], m[1, 0] * x + m[1, 1] * y + m[1, 2]
        if self._field is not None:
            from_x, from_y = from_x + self._field[..., 0], from_y + self._field[..., 1]
        return from_x, from_y


def _between_middles(matrix: Matrix | None) -> Matrix:
    """The way back, in coordinates in which the middles of pixels are whole numbers."""
    if matrix is None:
        return np.eye(2, 3)
    back = np.asarray(cv2.invertAffineTransform(matrix), np.float64)
    back[:, 2] += back[:, :2] @ (0.5, 0.5) - 0.5
    return back


def _outlines(boxes: Boxes) -> Points:
    """Points along the edges of n boxes: n * 4 * EDGE of them."""
    along = np.linspace(0, 1, EDGE)
    x0, y0, x1, y1 = (boxes[:, i, None].astype(np.float64) for i in range(1, 5))
    x, y, flat = x0 + along * (x1 - x0), y0 + along * (y1 - y0), np.zeros(EDGE)
    sides = [(x, y0 + flat), (x, y1 + flat), (x0 + flat, y), (x1 + flat, y)]
    return np.concatenate([np.stack(side, axis=2) for side in sides], axis=1).reshape(-1, 2)


def _affine(a: Augmentation, width: int, height: int, rng: Generator) -> Matrix | None:
    """2 x 3, from where a pixel was to where it comes to lie; about the middle."""
    angle, lean = np.deg2rad(rng.uniform(-1, 1, 2) * (a.degrees, a.shear))
    factor = 1 + rng.uniform(-a.scale, a.scale)
    shift = rng.uniform(-a.translate, a.translate, 2) * (width, height)
    if not (a.degrees or a.shear or a.scale or a.translate):
        return None
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = factor * turn @ np.array([[1, np.tan(lean)], [0, 1]])
    middle = np.array([width, height]) / 2
    return np.column_stack([linear, middle + shift - linear @ middle])


def _elastic(
    a: Augmentation, width: int, height: int, side: int, matrix: Matrix | None, rng: Generator
) -> Field | None:
    """height x width x 2: by how many pixels what arrives there is displaced (Simard 2003)."""
    wave, how_far = a.elastic_size * side, rng.uniform(0.3, 1) * a.elastic * side
    if not a.elastic:
        return None
    stretch = 1.0 if matrix is None else max(float(np.linalg.norm(matrix[:, :2], 2)), 1.0)
    grid = [max(int(length / wave), 2) for length in (height, width)]
    coarse = rng.uniform(-1, 1, (*grid, 2)) * min(how_far, STEEPEST * wave / stretch)
    field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(field, np.float32)


def _at(field: Field, points: Points) -> Points:
    """The field at these points, between its pixels."""
    at = points.astype(np.float32) - np.float32(0.5)
    found = cv2.remap(
        field, at[:, :1], at[:, 1:], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(found[:, 0], np.float64)


def _motion(length: float, rng: Generator) -> NDArray[np.float32] | None:
    """The kernel of a straight way of up to `length` pixels during the exposure."""
    way, towards = rng.uniform(0, length), rng.uniform(0, np.pi)
    if way < 1:
        return None
    half = int(np.ceil(way / 2))
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    along = np.linspace(-way / 2, way / 2, 8 * half + 1)
    x, y = half + along * np.cos(towards), half + along * np.sin(towards)
    np.add.at(kernel, (y.round().astype(int), x.round().astype(int)), 1)
    return np.asarray(kernel / kernel.sum(), np.float32)
