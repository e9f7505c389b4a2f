"""Does the station say the same of the same part again? And does it see what people see?

Parts are loaded several times, at best at each parallel station: flips of the verdict, spread of
the score, and a machine against people part by part (Knapp and Kushner 1980, as in USP 1790).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inspection.quality.values import Floats, Numbers, Unknown, count, counts, number, same_length

PARTS, LOADINGS = 50, 3  # of a study, at each parallel station
REJECT_ZONE = 0.7  # a part that people reject at least this often must be found


def lacks(parts: int, loadings: int) -> tuple[str, ...]:
    """What a study of one station lacks of 50 parts, 3 times each: "parts", "loadings", nothing."""
    few = {
        "parts": count("parts", parts) < PARTS,
        "loadings": count("loadings", loadings) < LOADINGS,
    }
    return tuple(name for name, lacking in few.items() if lacking)


@dataclass(frozen=True)
class Flips:
    """`steady`: share of parts with one verdict in all loadings; `flipped`: the others, from 0."""

    steady: float
    flipped: tuple[int, ...]
    loadings: int


def flips(verdicts: Sequence[Sequence[str]]) -> Flips | Unknown:
    """Rows are parts, columns loadings; steady = parts with one verdict / parts.

    No part, or one loading: unknown. All alike: steady 1. ValueError when loadings vary.
    """
    loadings = _loadings("verdicts", verdicts)
    if isinstance(loadings, Unknown):
        return loadings
    flipped = tuple(part for part, row in enumerate(verdicts) if len(set(row)) > 1)
    return Flips(1 - len(flipped) / len(verdicts), flipped, loadings)


@dataclass(frozen=True)
class Spread:
    """Standard deviation of the score of each part and of all (in the score's unit), and the parts
    (from 0) whose scores lie on both sides of the threshold.
    """

    sd: Floats
    pooled: float
    straddling: tuple[int, ...]


def spread(scores: Sequence[Sequence[float]], threshold: float) -> Spread | Unknown:
    """Rows are parts, columns loadings; sd over n - 1, pooled = sqrt(mean sd^2).

    A part straddles where lowest < threshold <= highest (at the threshold is NG). No part, or one
    loading: unknown. ValueError when loadings vary or a score is not finite.
    """
    limit, loadings = number("threshold", threshold), _loadings("scores", scores)
    if isinstance(loadings, Unknown):
        return loadings
    table = np.asarray(scores, dtype=float)
    if not np.isfinite(table).all():
        raise ValueError("scores holds something that is not a finite number")
    sd = table.std(axis=1, ddof=1)
    both = (table.min(axis=1) < limit) & (table.max(axis=1) >= limit)
    straddling = tuple(int(part) for part in np.flatnonzero(both))
    return Spread(sd, float(np.sqrt((sd**2).mean())), straddling)


def _loadings(name: str, table: Sequence[Sequence[object]]) -> int | Unknown:
    lengths = {len(row) for row in table}
    if len(lengths) > 1:
        raise ValueError(f"{name} must have as many loadings for every part")
    if not lengths or max(lengths) < 2:
        return Unknown("too_few_loadings", "parts have to be loaded twice or more")
    return max(lengths)


@dataclass(frozen=True)
class Knapp:
    """Efficiency in the reject zone, people's and the machine's, and the parts (from 0) in it."""

    zone: tuple[int, ...]
    manual: float
    machine: float
    as_good: bool


def knapp(
    manual: Numbers, manual_looks: int, machine: Numbers, machine_looks: int
) -> Knapp | Unknown:
    """Efficiency = rejections of the parts in the zone / looks at them; as good: machine >= manual.

    `manual` and `machine` are how often each part was rejected in so many looks; the zone holds the
    parts that people reject 70 % of the time or more. No part in it: unknown.
    """
    by_people, by_machine = counts("manual", manual), counts("machine", machine)
    same_length(manual=by_people, machine=by_machine)
    looks = count("manual_looks", manual_looks, 1), count("machine_looks", machine_looks, 1)
    for name, rejected, most in (
        ("manual", by_people, looks[0]),
        ("machine", by_machine, looks[1]),
    ):
        if (rejected > most).any():
            raise ValueError(f"{name} holds more rejections than {name}_looks")
    zone = np.flatnonzero(by_people >= REJECT_ZONE * looks[0] - 1e-9)
    if not zone.size:
        return Unknown("no_reject_zone", "people reject no part often enough to compare by")
    people = float(by_people[zone].mean() / looks[0])
    found = float(by_machine[zone].mean() / looks[1])
    return Knapp(tuple(int(part) for part in zone), people, found, found >= people - 1e-12)
