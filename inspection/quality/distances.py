"""How far what the model sees today is from what it was trained on: scores and embeddings.

Embeddings are n x d tables, a row an image. A distance is of one image and is compared with the
training's own (`drift.beyond`); KS and MMD are of a whole shift at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from inspection.quality.values import Floats, Numbers, Unknown, count, number, series

Table = Sequence[Sequence[float]] | NDArray[Any]


@dataclass(frozen=True)
class Ks:
    """The largest gap between two cumulated shares, 0..1, and how likely chance makes one."""

    gap: float
    p_value: float


def ks(actual: Numbers, expected: Numbers) -> Ks | Unknown:
    """Kolmogorov and Smirnov's D = max |F(x) - G(x)| of two samples, in whatever unit both have.

    The p value is exact for small samples, and conservative where values are tied (scores that are
    rounded). With thousands a side p is small for gaps nobody minds: read D. Either empty: unknown.
    """
    a, e = series("actual", actual), series("expected", expected)
    if not a.size or not e.size:
        return Unknown("no_values", "one of the two has no value")
    found = stats.ks_2samp(a, e)
    return Ks(float(found.statistic), min(1.0, float(found.pvalue)))


def knn(training: Table, images: Table | None = None, neighbours: int = 5) -> Floats | Unknown:
    """The mean distance of each image to its nearest `neighbours` of the training, Euclidean.

    Without `images`: of the training to itself, each row without itself, which is what the others
    are to be compared with. No image: an empty array. Unknown where the training is too small.
    """
    base, k = _table("training", training), count("neighbours", neighbours, 1)
    others = None if images is None else _table("images", images)
    _same_width(base, others)
    if len(base) < k + (others is None):
        return Unknown("too_few_values", "the training has fewer embeddings than neighbours wanted")
    if others is not None and not len(others):
        return np.zeros(0)
    index = NearestNeighbors(n_neighbors=k).fit(base)
    return np.asarray(index.kneighbors(others)[0].mean(axis=1), dtype=float)


def mahalanobis(training: Table, images: Table) -> Floats | Unknown:
    """sqrt((x - mean)' S^-1 (x - mean)) of each image, S the training's covariance (over n - 1);
    in standard deviations, so that no direction counts more for being wide (Mahalanobis 1936).

    Unknown where S has no inverse: fewer images than dimensions and one, or a dimension that
    follows from the others. Then `knn` still works. No image: an empty array.
    """
    base, others = _table("training", training), _table("images", images)
    _same_width(base, others)
    width = base.shape[1]
    singular = Unknown("no_spread", "the training does not spread in every dimension")
    if len(base) <= width or not width:
        return singular
    middle = base.mean(axis=0)
    _, scale, axes = np.linalg.svd(base - middle, full_matrices=False)
    if scale[-1] <= scale[0] * len(base) * np.finfo(float).eps:
        return singular
    if not len(others):
        return np.zeros(0)
    turned = (others - middle) @ axes.T / (scale / np.sqrt(len(base) - 1))
    found: Floats = np.sqrt((turned**2).sum(axis=1))
    return found


@dataclass(frozen=True)
class Mmd:
    """Squared maximum mean discrepancy (0 or a little less without drift), the width of its kernel,
    and how often chance gives as much.
    """

    squared: float
    width: float
    p_value: float


def mmd(
    training: Table,
    images: Table,
    width: float | None = None,
    permutations: int = 200,
    seed: int = 1,
) -> Mmd | Unknown:
    """Unbiased MMD^2 = mean k(x, x') + mean k(y, y') - 2 mean k(x, y), x != x', y != y', with
    k = exp(-|a - b|^2 / (2 width^2)) (Gretton et al. 2012).

    `width`: None takes the median distance between two of all. p = (1 + permutations with as much)
    / (1 + permutations). Memory grows with the square of the images: take at most some thousands.
    Unknown with fewer than two a side, or where all are equal.
    """
    x, y = _table("training", training), _table("images", images)
    _same_width(x, y)
    times = count("permutations", permutations, 1)
    if min(len(x), len(y)) < 2:
        return Unknown("too_few_values", "two embeddings on either side are needed")
    both = np.concatenate([x, y])
    far = cdist(both, both)
    wide = _median_distance(far) if width is None else number("width", width, 1e-12)
    if not wide:
        return Unknown("no_spread", "all embeddings are equal, so there is no distance to go by")
    kernel = np.exp(-((far / wide) ** 2) / 2)
    np.fill_diagonal(kernel, 0)
    first = np.arange(len(both)) < len(x)
    rng = np.random.default_rng(seed)
    tried = np.array([first, *(rng.permutation(first) for _ in range(times))], dtype=float)
    found = _discrepancies(kernel, tried, len(x), len(y))
    as_much = int((found[1:] >= found[0] - 1e-12).sum())
    return Mmd(float(found[0]), wide, (1 + as_much) / (1 + times))


def _median_distance(far: Floats) -> float:
    return float(np.median(far[np.triu_indices(len(far), 1)]))


def _discrepancies(kernel: Floats, first: Floats, n: int, m: int) -> Floats:
    """MMD^2 of each row of `first`, which flags the n that are taken for the training."""
    reached = first @ kernel
    within = (reached * first).sum(axis=1)
    across = reached.sum(axis=1) - within
    beside = kernel.sum() - within - 2 * across
    found: Floats = within / (n * (n - 1)) + beside / (m * (m - 1)) - 2 * across / (n * m)
    return found


def _table(name: str, rows: Table) -> Floats:
    table = np.asarray(rows, dtype=float)
    if table.ndim == 1 and not table.size:
        return np.zeros((0, 0))
    if table.ndim != 2:
        raise ValueError(f"{name} must have a row for each image")
    if not np.isfinite(table).all():
        raise ValueError(f"{name} holds something that is not a finite number")
    return table


def _same_width(training: Floats, images: Floats | None) -> None:
    if images is None or not len(training) or not len(images):
        return
    if training.shape[1] != images.shape[1]:
        raise ValueError(
            f"images have {images.shape[1]} dimensions and training has {training.shape[1]}"
        )
