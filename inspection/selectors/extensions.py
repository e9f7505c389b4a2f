"""What a class more does to a model: image by image on the same test images, with its limits."""

from typing import Any

from inspection.quality.comparison import matched
from inspection.quality.intervals import wilson
from inspection.quality.values import Unknown
from workers.contract import EvaluationReport, ExtendResult

Row = dict[str, Any]


def result(made: ExtendResult) -> Row:
    """The job's result: files, figures before and after, the difference by class and in all.

    `alone`: of the new class's images those that were told right by a class made of the others.
    """
    whole = made.model_dump(mode="json")
    kept = {name: whole[name] for name in ("before", "after", "export", "skipped", "seconds")}
    return kept | {
        "artefact": made.artefact,
        "size": made.artefact_size,
        "classes": made.classes,
        "code_version": made.code_version,
        "device": made.device,
        "compared": [*_compared(made)],
        "alone": _alone(made),
    }


def _compared(made: ExtendResult) -> list[Row]:
    """A row a class that has test images, and one of all (class None)."""
    rows = [_row(made, name) for name in made.classes]
    sums = ("n", "before", "after", "gained", "lost")
    total: Row = {"class": None} | {key: sum(row[key] for row in rows) for key in sums}
    return [row | _limits(row) for row in [*rows, total]]


def _row(made: ExtendResult, name: str) -> Row:
    return {
        "class": name,
        "n": int(made.after.per_class[name]["n"] or 0),
        "before": _right(made.before, name),
        "after": _right(made.after, name),
        "gained": made.gained[name],
        "lost": made.lost[name],
    }


def _right(report: EvaluationReport, name: str) -> int:
    at = report.confusion["classes"].index(name)
    return int(report.confusion["matrix"][at][at])


def _limits(row: Row) -> Row:
    found = matched(row["gained"], row["lost"], row["n"])
    if isinstance(found, Unknown):
        return {"difference": None, "low": None, "high": None}
    return dict(zip(("difference", "low", "high"), found, strict=True))


def _alone(made: ExtendResult) -> Row:
    name = made.classes[-1]
    told = [each.model_dump(mode="json") for each in made.left_out]
    right = sum(each.told == name for each in made.left_out)
    limits = wilson(right, len(told))
    low, high = (None, None) if isinstance(limits, Unknown) else limits
    return {"right": right, "n": len(told), "low": low, "high": high, "told": told}
