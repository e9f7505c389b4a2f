"""The reference set that a model is judged by: do experts agree on it, and is it hard enough?

A part counts once, however many images it has. The set may claim no more than people agree on, and
without parts near the limit every model looks good (AIAG MSA 4, attribute studies).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inspection.quality.values import Numbers, Unknown, number, part_of, series

FEWEST_EXPERTS = 2
BOUNDARY = (0.30, 0.50)  # the share of parts near the limit that a reference set should have


@dataclass(frozen=True)
class Consensus:
    """What the experts settled on, a word a part; None where they did not.

    `first_agree`: share of parts on which the first two said the same. `settled`: share of parts
    with a word. `adjudicated`, `unsettled`: parts (from 0) that took a third expert, and that are
    still open and may not be in the set.
    """

    words: tuple[str | None, ...]
    first_agree: float
    settled: float
    adjudicated: tuple[int, ...]
    unsettled: tuple[int, ...]


def consensus(said: Sequence[Sequence[str | None]]) -> Consensus | Unknown:
    """Rows are parts, columns experts, each without sight of the others; None: not asked.

    A part is settled by the one word that two experts or more say, and more of them than any other:
    the first two agree, or the third adjudicates. One expert settles nothing. `first_agree` = of
    the parts that two or more saw. No part: unknown; none seen by two: unknown.
    """
    rows = [[word for word in row if word is not None] for row in said]
    twice = [row for row in rows if len(row) >= FEWEST_EXPERTS]
    if not twice:
        return Unknown("too_few_experts", "no part was seen by two experts")
    words = tuple(_agreed(row) for row in rows)
    open_ = tuple(part for part, word in enumerate(words) if word is None)
    third = tuple(
        part for part, row in enumerate(rows) if words[part] is not None and row[0] != row[1]
    )
    agree = sum(row[0] == row[1] for row in twice) / len(twice)
    return Consensus(words, agree, 1 - len(open_) / len(rows), third, open_)


def _agreed(row: Sequence[str]) -> str | None:
    ranked = Counter(row).most_common(2)
    if not ranked or ranked[0][1] < FEWEST_EXPERTS:
        return None
    return None if len(ranked) > 1 and ranked[0][1] == ranked[1][1] else ranked[0][0]


@dataclass(frozen=True)
class Boundary:
    """The share of parts near the limit, and whether that is "few", "fitting" or "many"."""

    share: float
    verdict: str


def boundary(near: int, parts: int) -> Boundary | Unknown:
    """Parts near the limit / parts of the set; fitting from 30 % to 50 %. No part: unknown.

    Few: the set is too easy, and agreement on it says little. Many: rates on it say nothing of the
    line, where nearly all parts are far from the limit.
    """
    near, parts = part_of("near", near, "parts", parts)
    if not parts:
        return Unknown("no_parts", "the reference set has no part")
    share = near / parts
    low, high = BOUNDARY
    return Boundary(share, "few" if share < low else "many" if share > high else "fitting")


def near_limit(values: Numbers, limit: float, margin: float) -> tuple[int, ...]:
    """The parts (from 0) whose measured value lies within `margin` of the limit, in their unit."""
    x = series("values", values)
    off = np.abs(x - number("limit", limit))
    return tuple(int(part) for part in np.flatnonzero(off <= number("margin", margin, 0) + 1e-12))
