"""A recipe put to many units at once: the verdicts of `verdict.judge`, without its words.

Rules and thresholds of today or of the past re-judge what was found then, by columns instead of
unit by unit; a property test holds the two to the same verdicts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspection.quality import verdict
from inspection.quality.values import Floats
from inspection.quality.verdict import HARMLESS, RANK, ImageResult, Point, Recipe, Rule

Flags = NDArray[np.bool_]
Places = NDArray[np.int64]
OK, REVIEW, ERROR, NG = (RANK[name] for name in ("OK", "REVIEW", "ERROR", "NG"))
NAMES = ("OK", "REVIEW", "ERROR", "NG")  # by rank


@dataclass(frozen=True)
class Table:
    """Units as columns. What is unknown is NaN: sizes in mm, areas (shares), centres, scores.

    `image_unit` says whose an image is, `unit` and `image` whose a finding is; `kind` is the place
    of its class and severity in `kinds`. x and y are the box centre in part coordinates (shares).
    """

    units: int
    image_unit: Places
    image_error: Flags
    image_score: Floats
    unit: Places
    image: Places
    kind: Places
    kinds: tuple[tuple[str, str], ...]
    score: Floats
    size_mm: Floats
    area: Floats
    x: Floats
    y: Floats


def tabulate(units: Sequence[Sequence[ImageResult]]) -> Table:
    """The columns of units as `judge` takes them. No unit: an empty table."""
    images = [(place, image) for place, unit in enumerate(units) for image in unit]
    rows = [
        (place, number, image, finding)
        for number, (place, image) in enumerate(images)
        for finding in image.findings
    ]
    names = [(finding.class_name, finding.severity) for *_, finding in rows]
    kinds = {name: place for place, name in enumerate(dict.fromkeys(names))}
    centres = [verdict.centre(image, finding) or (None, None) for *_, image, finding in rows]
    return Table(
        len(units),
        np.array([place for place, _ in images], np.int64),
        np.array([bool(image.error) for _, image in images], bool),
        _known([image.image_score for _, image in images]),
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array([kinds[name] for name in names], np.int64),
        tuple(kinds),
        _known([finding.score for *_, finding in rows]),
        _known([verdict.size_mm(image, finding) for *_, image, finding in rows]),
        _known([finding.area for *_, finding in rows]),
        _known([x for x, _ in centres]),
        _known([y for _, y in centres]),
    )


def judge(table: Table, recipe: Recipe) -> NDArray[np.int8]:
    """The rank of each unit's verdict, a place in `NAMES`. A unit without an image is ERROR."""
    found = np.zeros(table.units, np.int8)
    pictured = np.bincount(table.image_unit, minlength=table.units) > 0
    broken = np.bincount(table.image_unit[table.image_error], minlength=table.units) > 0
    _raise(found, ~pictured | broken, ERROR)
    counting = _counting(table, recipe)
    if recipe.rules:
        for rule in recipe.rules:
            _by_rule(found, table, counting, rule)
        return found
    action = REVIEW if recipe.kind == "anomaly" else NG
    hit = counting & ~np.isin(table.kind, _kinds(table, HARMLESS))
    _raise(found, _tally(table, hit) > 0, action)
    limit = recipe.thresholds.get("image")
    if limit is not None:
        above = ~table.image_error & (np.nan_to_num(table.image_score, nan=-1) > limit)
        _raise(found, np.bincount(table.image_unit[above], minlength=table.units) > 0, action)
    return found


def _raise(found: NDArray[np.int8], where: Flags, rank: int) -> None:
    found[where] = np.maximum(found[where], rank)


def _counting(table: Table, recipe: Recipe) -> Flags:
    """Findings at or above their class's threshold, on images that were answered."""
    limits = np.array([recipe.threshold(name) for name, _ in table.kinds])
    if not limits.size:
        return np.zeros(0, bool)
    return (table.score >= limits[table.kind]) & ~table.image_error[table.image]


def _by_rule(found: NDArray[np.int8], table: Table, counting: Flags, rule: Rule) -> None:
    fits = counting & _fits(table, rule)
    sure, unsure = fits, np.zeros(len(fits), bool)
    if rule.min_size_mm is not None:
        unsure = fits & np.isnan(table.size_mm)
        sure = fits & (np.nan_to_num(table.size_mm, nan=-1) >= rule.min_size_mm)
    sures, unsures = _tally(table, sure), _tally(table, unsure)
    reached = sures >= rule.min_count
    _raise(found, reached, RANK[rule.action])
    _raise(found, ~reached & (unsures > 0) & (sures + unsures >= rule.min_count), REVIEW)


def _fits(table: Table, rule: Rule) -> Flags:
    of_kind = np.array([verdict.concerns(rule, *kind) for kind in table.kinds], bool)
    fits = of_kind[table.kind] if of_kind.size else np.zeros(0, bool)
    if rule.min_score is not None:
        fits = fits & (table.score >= rule.min_score)
    if rule.min_area is not None:
        fits = fits & (np.nan_to_num(table.area) >= rule.min_area)
    return fits if rule.zone is None else fits & _inside(table.x, table.y, rule.zone)


def _inside(x: Floats, y: Floats, zone: Sequence[Point]) -> Flags:
    """`verdict.inside` for many points; an unknown centre is in no zone."""
    within, edge = np.zeros(len(x), bool), np.zeros(len(x), bool)
    for (x0, y0), (x1, y1) in zip(zone, [*zone[1:], zone[0]], strict=True):
        cross = (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)
        between = (min(x0, x1) <= x) & (x <= max(x0, x1)) & (min(y0, y1) <= y) & (y <= max(y0, y1))
        edge |= (np.abs(cross) < 1e-12) & between
        if y0 != y1:
            within ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return (within | edge) & ~np.isnan(x)


def _kinds(table: Table, severities: frozenset[str]) -> list[int]:
    return [place for place, (_, severity) in enumerate(table.kinds) if severity in severities]


def _tally(table: Table, which: Flags) -> Places:
    return np.bincount(table.unit[which], minlength=table.units)


def _known(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=float)
