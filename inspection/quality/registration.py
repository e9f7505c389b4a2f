"""How one picture lies on another: a homography from marked points, and what it leaves over."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.float64]
FEWEST = 4  # points that a homography needs
FINEST = 9  # decimals of a share that tell places apart
FLAT = 1e-3  # of the spread of points along them: less across is a line


@dataclass(frozen=True)
class Registration:
    """`homography`, 3 x 3 row by row, takes points of the first picture to the second, as shares.

    `residuals` are what each point is off in px of the second picture, `residual` their root mean
    square: 0 with four points, which always fit.
    """

    homography: tuple[float, ...]
    residual: float
    residuals: tuple[float, ...]


def register(points: ArrayLike, size: tuple[int, int]) -> Registration:
    """From n x 4 (x, y in the first picture, x, y in the second; shares) and the second's size, px.

    Direct linear transformation with normalised points (Hartley, TPAMI 1997). ValueError:
    `too_few`, `on_a_line`, `crossed` when no camera could see them so.
    """
    table = np.asarray(points, np.float64).reshape(-1, 4).round(FINEST)
    if len(table) < FEWEST:
        raise ValueError("too_few")
    here, there = table[:, :2], table[:, 2:] * size
    if _on_a_line(here) or _on_a_line(there):
        raise ValueError("on_a_line")
    moved, matrix = _solved(here, there)
    if not np.isfinite(moved).all() or _turned(matrix, here):
        raise ValueError("crossed")
    off = np.linalg.norm(moved - there, axis=1)
    shares = np.diag([1 / size[0], 1 / size[1], 1.0]) @ matrix
    return Registration(
        tuple((shares / shares[2, 2]).ravel().tolist()),
        float(np.sqrt((off**2).mean())),
        tuple(off.tolist()),
    )


def _solved(here: Matrix, there: Matrix) -> tuple[Matrix, Matrix]:
    """Where the points come to lie, and the matrix that takes them there."""
    first, second = _normaliser(here), _normaliser(there)
    (x, y), (u, v) = _through(first, here).T, _through(second, there).T
    one, none = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate([
        np.stack([-x, -y, -one, none, none, none, u * x, u * y, u], axis=1),
        np.stack([none, none, none, -x, -y, -one, v * x, v * y, v], axis=1),
    ])  # fmt: skip
    matrix = np.linalg.svd(rows)[2][-1].reshape(3, 3)
    matrix = np.linalg.inv(second) @ matrix @ first
    return _through(matrix, here), matrix


def _normaliser(points: Matrix) -> Matrix:
    """Takes points to a mean of zero and a mean distance from it of the square root of two."""
    mean = points.mean(axis=0)
    scale = np.sqrt(2) / np.linalg.norm(points - mean, axis=1).mean()
    return np.array([[scale, 0, -scale * mean[0]], [0, scale, -scale * mean[1]], [0, 0, 1]])


def _through(matrix: Matrix, points: Matrix) -> Matrix:
    moved = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(moved[:, :2] / moved[:, 2:])


def _on_a_line(points: Matrix) -> bool:
    """Whether all places but one lie on a line, or fewer than four are marked."""
    places = np.unique(points, axis=0)
    few = len(places) < FEWEST
    return few or any(_flat(np.delete(places, one, axis=0)) for one in range(len(places)))


def _flat(points: Matrix) -> bool:
    along, across = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)[:2]
    return bool(across <= FLAT * along)


def _turned(matrix: Matrix, points: Matrix) -> bool:
    """Whether some of the picture would lie behind the camera: the sign of w changes in it."""
    seen = np.concatenate([points, [(0, 0), (1, 0), (0, 1), (1, 1)]])
    w = np.column_stack([seen, np.ones(len(seen))]) @ matrix[2]
    return bool(w.min() * w.max() <= 0)
