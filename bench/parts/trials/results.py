"""What runs left behind: a line of JSON a run, added up over days, the latest of each kind counts.

Runs are alike that had the same minutes and the same sort of device; only those give one figure.

Intervals are 95 %: of the mean over seeds by Student's t, or over images where one seed was run.
"""

import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from scipy import stats

from bench.parts import report

FILE = report.DOCS / "engines.jsonl"
Row = dict[str, Any]


def add(row: Row) -> None:
    """Append a run with its date and machine; figures to five digits."""
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    FILE.parent.mkdir(parents=True, exist_ok=True)
    with FILE.open("a") as file:
        file.write(json.dumps({"when": when, "machine": machine(), **_short(row)}) + "\n")


def machine() -> str:
    """Cores, processor and memory, as every page of benchmarks has it."""
    return report.machine().rpartition(f", Python {platform.python_version()}")[0]


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_short(each) for each in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def read() -> list[Row]:
    """The latest run of each kind, set, name, conditions and seed, in the order of the file."""
    if not FILE.exists():
        return []
    latest: dict[tuple[Any, ...], Row] = {}
    for line in FILE.read_text().splitlines():
        row = json.loads(line)
        key = (*_method(row), *_conditions(row), row["seed"])
        latest.pop(key, None)  # so that the newest is last
        latest[key] = row
    return list(latest.values())


def newest(rows: Sequence[Row]) -> list[Row]:
    """Of each method on a set, the runs that are alike to its last."""
    last = {_method(row): _conditions(row) for row in rows}
    return [row for row in rows if _conditions(row) == last[_method(row)]]


def _method(row: Row) -> tuple[Any, ...]:
    return row["kind"], row["set"], row["name"]


def _conditions(row: Row) -> tuple[Any, ...]:
    if row["kind"] != "engine":  # a baseline's seconds and a generator's minutes are its result
        return ()
    return row.get("minutes"), "gpu" in row


def of(rows: Iterable[Row], **wanted: Any) -> list[Row]:
    """Those rows that have these values, by seed."""
    found = [row for row in rows if all(row.get(key) == value for key, value in wanted.items())]
    return sorted(found, key=lambda row: row["seed"])


@dataclass(frozen=True)
class Mean:
    """A figure over runs: its mean, and the interval's ends where there is one."""

    value: float
    low: float | None
    high: float | None
    n: int

    def __str__(self) -> str:
        ends = "" if self.low is None else f" [{self.low:.2f}, {self.high:.2f}]"
        return f"{self.value:.3f}{ends}"


def mean(values: Sequence[float], interval: Sequence[float] | None = None) -> Mean | None:
    """Over seeds; with one seed, `interval` is that over its images."""
    n = len(values)
    if not n:
        return None
    if n == 1:
        low, high = interval or (None, None)
        return Mean(values[0], low, high, 1)
    half = float(stats.t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n))
    middle = float(np.mean(values))
    return Mean(middle, middle - half, middle + half, n)


def figure(rows: Sequence[Row], name: str, main: str = "") -> Mean | None:
    """A figure of runs that differ by their seed alone; `main`: the one that intervals are of."""
    known = [row for row in rows if row.get("values", {}).get(name) is not None]
    interval = known[0].get("interval") if len(known) == 1 and name == main else None
    return mean([row["values"][name] for row in known], interval)


def ahead(rows: Sequence[Row], baselines: Sequence[Sequence[Row]], name: str) -> Mean | None:
    """How far runs lie above the best of the baselines on the same splits, seed by seed."""
    gaps = []
    for row in rows:
        beside = [each for own in baselines for each in own if each["seed"] == row["seed"]]
        others = [value for each in beside if (value := each["values"].get(name)) is not None]
        if others and row.get("values", {}).get(name) is not None:
            gaps.append(row["values"][name] - max(others))
    return mean(gaps)
