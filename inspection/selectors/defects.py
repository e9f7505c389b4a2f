"""The Pareto of a period."""

from collections import Counter
from typing import Any

from inspection.quality import intervals
from inspection.quality import pareto as quality
from inspection.quality.values import Unknown
from inspection.selectors import catalogue, statistics
from inspection.selectors.statistics import Question


def pareto(ask: Question, most: int) -> dict[str, Any]:
    """{total, n, classes, other} of decisive findings in the chosen truth layer.

    `unnamed`: units that a person called defective without a class, on which nothing was found.
    `upper_bound`: without any defect, the share that the units inspected still allow, at 95 %.
    """
    with statistics.snapshot() as cursor:
        rows = statistics.by_class(cursor, ask)
        n = statistics.total(statistics.by_hour(cursor, ask))["first"]
    unnamed = sum(row["units_final"] for row in rows if row["class_id"] is None)
    rows = [row for row in rows if row["class_id"] is not None]
    became = catalogue.standing()
    layer = "_final" if ask.truth == "final" else ""
    counts, units = Counter[str](), Counter[str]()
    for row in rows:  # a merged class counts as what it became
        name = became[row["class_id"]].name
        counts[name] += row[f"findings{layer}"]
        units[name] += row[f"units{layer}"]
    colours = {row.name: row.colour for row in became.values()}
    present = {name: count for name, count in sorted(counts.items()) if count}
    bars = quality.pareto(present, most=most)
    beside = {"n": n, "unnamed": unnamed if layer else 0, "upper_bound": None}
    if isinstance(bars, Unknown):
        bound = None if beside["unnamed"] else intervals.upper_bound(0, n) or None
        return {"total": 0, "classes": [], "other": None} | beside | {"upper_bound": bound}
    shown = [
        {
            "class": bar.name,
            "colour": colours.get(bar.name),
            "count": bar.count,
            "units": None if bar.merged else units[bar.name],
            "share": bar.share,
            "cumulative": bar.cumulative,
        }
        for bar in bars
    ]
    other = shown.pop() if bars[-1].merged else None
    return {"total": sum(present.values()), "classes": shown, "other": other} | beside
