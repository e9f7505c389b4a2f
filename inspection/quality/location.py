"""Where on the product defects lie: heat map, hot cells, clusters, and what fixes them in place.

Points are (x, y) centres as shares 0..1, in part or in camera coordinates, shape (m, 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial import cKDTree
from sklearn.cluster import DBSCAN

from inspection.quality.values import Floats, Unknown, count, number

FEWEST = 20  # under this many defects: points only, no map
Points = Sequence[Sequence[float]] | NDArray[np.float64]


@dataclass(frozen=True)
class HeatMap:
    """Defects per inspected part and cell, rows from the top. Values are rates, not counts."""

    rate: Floats
    counts: NDArray[np.int64]
    parts: int


@dataclass(frozen=True)
class HotCell:
    """A cell with more defects than chance explains; p after Bonferroni over all cells."""

    row: int
    column: int
    count: int
    p_value: float


def heat_map(points: Points, parts: int, rows: int, columns: int) -> HeatMap | Unknown:
    """Exposure-normalised counts on a grid: defects in the cell / parts inspected, so a rate may
    exceed 1. Unknown under 20 defects or without parts.
    """
    cells = grid(points, rows, columns)
    if not count("parts", parts):
        return Unknown("no_units", "nothing was inspected")
    if cells.sum() < FEWEST:
        return Unknown("too_few_defects", f"fewer than {FEWEST} defects: points only")
    return HeatMap(cells / parts, cells, parts)


def grid(points: Points, rows: int, columns: int) -> NDArray[np.int64]:
    """How many points lie in each cell; a point on the far edge belongs to the last cell."""
    xy = _points(points)
    size = np.array([count("columns", columns, 1), count("rows", rows, 1)])
    at = np.minimum((xy * size).astype(int), size - 1)
    cells = np.zeros((rows, columns), np.int64)
    np.add.at(cells, (at[:, 1], at[:, 0]), 1)
    return cells


def quadrat_test(cells: NDArray[np.int64]) -> tuple[float, int, float] | Unknown:
    """Dispersion chi2 = sum (n - mean)^2 / mean over k cells, df = k - 1, upper-tail p."""
    flat = np.asarray(cells, dtype=float).ravel()
    if (flat < 0).any() or not np.isfinite(flat).all():
        raise ValueError("cells must hold counts, 0 or more")
    if flat.size < 2 or not flat.sum():
        return Unknown("no_defects", "no defects on at least two cells")
    chi2 = float(((flat - flat.mean()) ** 2).sum() / flat.mean())
    return chi2, flat.size - 1, float(stats.chi2.sf(chi2, flat.size - 1))


def hot_cells(cells: NDArray[np.int64], alpha: float = 0.01) -> list[HotCell]:
    """Cells with P(X >= n), X ~ Binomial(total, 1 / k), times k at most alpha; hottest first.

    No defect: no hot cell.
    """
    table = np.asarray(cells)
    number("alpha", alpha, 0, 1)
    if table.ndim != 2 or (table < 0).any():
        raise ValueError("cells must be a table of counts, 0 or more")
    k, total = table.size, int(table.sum())
    if not total:
        return []
    p = np.minimum(1, k * stats.binom.sf(table - 1, total, 1 / k))
    found = [
        HotCell(int(r), int(c), int(table[r, c]), float(p[r, c]))
        for r, c in zip(*np.nonzero((p <= alpha) & (table > 0)), strict=True)
    ]
    return sorted(found, key=lambda cell: cell.p_value)


def clusters(points: Points, radius: float, least: int = 5) -> NDArray[np.int64]:
    """DBSCAN labels (Ester et al. 1996): -1 is no cluster. `radius` as a share of the image."""
    xy = _points(points)
    reach = number("radius", radius, 1e-9)
    if not len(xy):
        return np.zeros(0, np.int64)
    return np.asarray(DBSCAN(eps=reach, min_samples=count("least", least, 1)).fit_predict(xy))


@dataclass(frozen=True)
class Fixed:
    """In which coordinates defects gather, by the mean distance to the nearest neighbour there.

    `where`: "camera" (dirt on lens or glass), "part" (tool or mould mark) or "neither".
    """

    where: str
    camera_ratio: float
    part_ratio: float


def fixed_in(camera: Points, part: Points, tightness: float = 0.5) -> Fixed | Unknown:
    """Clark and Evans (1954) ratio R = mean nearest distance / 0.5 sqrt(1 / m) in both systems.

    The lower ratio names the place if it is under `tightness` (1 is random, 0 one spot).
    Unknown under 20 defects.
    """
    a, b = _points(camera), _points(part)
    if len(a) != len(b):
        raise ValueError("camera and part must name the same defects")
    if len(a) < FEWEST:
        return Unknown("too_few_defects", f"fewer than {FEWEST} defects")
    in_camera, in_part = _clark_evans(a), _clark_evans(b)
    where = "camera" if in_camera < in_part else "part"
    tight = min(in_camera, in_part) < number("tightness", tightness, 0)
    apart = not np.isclose(in_camera, in_part)
    return Fixed(where if tight and apart else "neither", in_camera, in_part)


def _clark_evans(xy: Floats) -> float:
    nearest = cKDTree(xy).query(xy, k=2)[0][:, 1]  # the nearest of all is the point itself
    return float(nearest.mean() / (0.5 / np.sqrt(len(xy))))


@dataclass(frozen=True)
class Period:
    """Every `every`-th unit stands out, at this `phase` (position modulo every)."""

    every: int
    phase: int
    count: int
    p_value: float


def periodicity(positions: Sequence[int], units: int, largest: int = 64) -> Period | Unknown:
    """The period 2..largest whose best phase holds more defects than chance (cavity, nest).

    p is binomial with Bonferroni over all periods and phases tried. Unknown under 20 defects, or
    when nothing stands out at 1 %.
    """
    total = count("units", units)
    at = np.asarray(positions, dtype=int)
    if at.size and (at.min() < 0 or at.max() >= total):
        raise ValueError("positions must lie within 0..units - 1")
    if at.size < FEWEST:
        return Unknown("too_few_defects", f"fewer than {FEWEST} defects")
    tried = [
        Period(every, int(hits.argmax()), int(hits.max()), _chance(hits, every, at.size))
        for every in range(2, min(count("largest", largest, 2), total) + 1)
        if (hits := np.bincount(at % every, minlength=every)).size
    ]
    best = min(tried, key=lambda period: (period.p_value, period.every))
    p = min(1.0, best.p_value * sum(period.every for period in tried))
    if p > 0.01:
        return Unknown("no_period", "no unit position stands out")
    return Period(best.every, best.phase, best.count, p)


def _chance(hits: NDArray[np.int64], every: int, total: int) -> float:
    return float(stats.binom.sf(hits.max() - 1, total, 1 / every))


def _points(points: Points) -> Floats:
    xy = np.asarray(points, dtype=float).reshape(-1, 2) if len(points) else np.zeros((0, 2))
    if not np.isfinite(xy).all() or (xy < 0).any() or (xy > 1).any():
        raise ValueError("points must lie within 0..1")
    return xy
