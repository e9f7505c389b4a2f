"""The Pareto of a period."""

from typing import Any

from inspection.models.products import DefectClass
from inspection.quality import pareto as quality
from inspection.quality.values import Unknown
from inspection.selectors import statistics
from inspection.selectors.statistics import Question


def pareto(ask: Question, most: int) -> dict[str, Any]:
    """{total, n, classes, other} of decisive findings in the chosen truth layer."""
    with statistics.snapshot() as cursor:
        rows = statistics.by_class(cursor, ask)
        n = statistics.total(statistics.by_hour(cursor, ask))["first"]
    known = {row.pk: row for row in DefectClass.objects.all()}
    layer = "_final" if ask.truth == "final" else ""
    counts = {known[row["class_id"]].name: row[f"findings{layer}"] for row in rows}
    units = {known[row["class_id"]].name: row[f"units{layer}"] for row in rows}
    colours = {row.name: row.colour for row in known.values()}
    present = {name: count for name, count in sorted(counts.items()) if count}
    bars = quality.pareto(present, most=most)
    if isinstance(bars, Unknown):
        return {"total": 0, "n": n, "classes": [], "other": None}
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
    return {"total": sum(present.values()), "n": n, "classes": shown, "other": other}
