"""Pareto analysis of defect classes: sorted, cumulated, weighted, compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inspection.quality.values import Unknown, count, number

OTHER = "Other"


@dataclass(frozen=True)
class Bar:
    """One class. Shares are 0..1 of all weighted defects; `cumulative` None when by unit."""

    name: str
    count: int
    weight: float
    share: float
    cumulative: float | None
    merged: int = 0  # how many classes `Other` stands for


def pareto(
    counts: Mapping[str, int],
    weights: Mapping[str, float] | None = None,
    most: int | None = None,
) -> list[Bar] | Unknown:
    """Defects by class, most first (ties: the order given), the tail grouped as Other, last.

    `weights` multiply counts by cost or severity (missing: 1). `most` bars are shown before Other.
    No defect: unknown. Shares sum to 1.
    """
    weighted = _weighted(counts, weights)
    total = sum(weighted.values())
    if not total:
        return Unknown("no_defects", "no defects in this period")
    shown, tail = _cut(sorted(weighted, key=lambda name: -weighted[name]), most)
    bars, running = [], 0.0
    for name in shown:
        running += weighted[name]
        bars.append(
            Bar(name, counts[name], weighted[name], weighted[name] / total, running / total)
        )
    if tail:
        weight = sum(weighted[name] for name in tail)
        rest = sum(counts[name] for name in tail)
        bars.append(Bar(OTHER, rest, weight, weight / total, 1.0, len(tail)))
    return bars


def by_unit(units: Mapping[str, int], inspected: int) -> list[Bar] | Unknown:
    """Units that have a class / units inspected. Shares may sum to more than 1: no cumulation."""
    inspected = count("inspected", inspected)
    if not inspected:
        return Unknown("no_units", "nothing was inspected")
    for name, value in units.items():
        if count(f"units of {name}", value) > inspected:
            raise ValueError(f"units of {name} are more than inspected")
    order = sorted(units, key=lambda name: -units[name])
    return [Bar(name, units[name], units[name], units[name] / inspected, None) for name in order]


def compared(now: Sequence[Bar], before: Mapping[str, int]) -> list[tuple[str, int, int]]:
    """(class, now, before) in the order of `now`; Other takes what `before` has besides."""
    named = {bar.name for bar in now if not bar.merged}
    rest = sum(count(f"before of {k}", v) for k, v in before.items() if k not in named)
    rows = [(bar.name, bar.count, before.get(bar.name, 0)) for bar in now if not bar.merged]
    last = [(bar.name, bar.count, rest) for bar in now if bar.merged]
    return rows + (last or ([(OTHER, 0, rest)] if rest else []))


def _weighted(counts: Mapping[str, int], weights: Mapping[str, float] | None) -> dict[str, float]:
    factors = weights or {}
    return {
        name: count(f"counts of {name}", value)
        * number(f"weights of {name}", factors.get(name, 1.0), 0)
        for name, value in counts.items()
    }


def _cut(order: list[str], most: int | None) -> tuple[list[str], list[str]]:
    if most is None or len(order) <= count("most", most, 1) + 1:
        return order, []  # an Other of one class would say less than its name
    return order[:most], order[most:]
