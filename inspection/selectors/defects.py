"""The Pareto of a period."""

from typing import Any

from inspection.models.products import DefectClass
from inspection.quality import intervals
from inspection.quality import pareto as quality
from inspection.quality.values import Unknown
from inspection.selectors import statistics
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
    known = {row.pk: row for row in DefectClass.objects.all()}
    layer = "_final" if ask.truth == "final" else ""
    counts = {known[row["class_id"]].name: row[f"findings{layer}"] for row in rows}
    units = {known[row["class_id"]].name: row[f"units{layer}"] for row in rows}
    colours = {row.name: row.colour for row in known.values()}
    present = {name: count for name, count in sorted(counts.items()) if count}
    bars = quality.pareto(present, most=most)
    beside = {"n": n, "unnamed": unnamed if layer else 0, "upper_bound": None}
    if isinstance(bars, Unknown):
        bound = None if beside["unnamed"] else intervals.upper_bound(0, n)
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
