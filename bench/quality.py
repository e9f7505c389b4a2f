"""The quality library by columns: a p' chart with all rules, and units judged by a recipe.

Beside each the same thing in plain Python, one subgroup and one unit after the other.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "platform")]

import numpy as np

from bench.parts import report
from inspection.quality import charts, rejudge, rules, verdict
from inspection.quality.verdict import Finding, ImageResult, Recipe, Rule

SUBGROUPS, UNITS, RUNS = 100_000, 10_000, 9
ALL = range(1, 9)


def subgroups() -> tuple[Any, Any]:
    """Defective and inspected of hours with varying n, and more spread than binomial."""
    rng = np.random.default_rng(3)
    n = rng.integers(400, 4000, SUBGROUPS)
    return rng.binomial(n, rng.beta(30, 970, SUBGROUPS)), n


def chart(d: Any, n: Any) -> dict[int, Any]:
    """The p' chart's signals by all eight rules."""
    made = charts.p_chart(d, n, laney=True)
    assert isinstance(made, charts.Chart)
    return rules.signals(made, ALL)


def plain_chart(d: list[int], n: list[int]) -> list[int]:
    """Centre, sigma_z, limits and rule 1 alone, in a loop."""
    mean = sum(d) / sum(n)
    sigmas = [(mean * (1 - mean) / size) ** 0.5 for size in n]
    z = [(bad / size - mean) / sigma for bad, size, sigma in zip(d, n, sigmas, strict=True)]
    factor = sum(abs(a - b) for a, b in zip(z[1:], z[:-1], strict=True)) / (len(z) - 1) / 1.128
    return [place for place, value in enumerate(z) if abs(value / max(1.0, factor)) > 3]


def units() -> list[list[ImageResult]]:
    """Units of two images with 0 to 4 findings each."""
    rng = np.random.default_rng(5)
    names = ("scratch", "dent", "pit", "dust")
    made = []
    for _ in range(UNITS):
        pair = []
        for _ in range(2):
            found = []
            for _ in range(rng.integers(0, 5)):
                x, y = rng.uniform(0, 0.8, 2)
                box = (x, y, x + 0.1, y + 0.05)
                kind = str(rng.choice(names))
                severity = "nuisance" if kind == "dust" else "major"
                found.append(Finding(kind, float(rng.random()), box, 0.005, severity))
            pair.append(ImageResult(tuple(found), 640, 640, 0.1))
        made.append(pair)
    return made


RECIPE = Recipe(
    {"default": 0.5, "dent": 0.7},
    (
        Rule("NG", class_name="scratch", min_size_mm=5.0),
        Rule("NG", class_name="pit", min_count=2, zone=((0, 0), (0.5, 0), (0.5, 0.5), (0, 0.5))),
        Rule("REVIEW", severity="major", min_score=0.9),
    ),
)


def milliseconds(act: Callable[[], object], runs: int = RUNS) -> float:
    """Median of the runs."""
    act()
    spent = []
    for _ in range(runs):
        began = time.perf_counter()
        act()
        spent.append((time.perf_counter() - began) * 1000)
    return report.median(spent)


def main() -> None:
    """Measure, and write docs/benchmarks/quality.md."""
    d, n = subgroups()
    as_lists = d.tolist(), n.tolist()
    made = units()
    table = rejudge.tabulate(made)
    same = [rejudge.NAMES[rank] for rank in rejudge.judge(table, RECIPE)]
    assert same == [verdict.judge(unit, RECIPE).verdict for unit in made]
    pairs = [
        (f"p' chart, {SUBGROUPS:,} subgroups, eight rules (loop: rule 1 alone)",
         milliseconds(lambda: chart(d, n)), milliseconds(lambda: plain_chart(*as_lists), 3)),
        (f"{UNITS:,} units judged by three rules",
         milliseconds(lambda: rejudge.judge(table, RECIPE)),
         milliseconds(lambda: [verdict.judge(unit, RECIPE) for unit in made], 3)),
    ]  # fmt: skip
    rows = [[name, fast, slow, slow / fast] for name, fast, slow in pairs]
    head = ["", "by columns, ms", "loop, ms", "times"]
    body = (__doc__ or "").split("\n\n", 1)[1] + "\n" + report.table(head, rows)
    report.write("quality", "The quality library", body)


if __name__ == "__main__":
    main()
