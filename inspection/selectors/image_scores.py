"""The image scores that a model was measured by: what a threshold does, and what is nearest."""

from dataclasses import dataclass
from typing import Any

from inspection.models.datasets import Sample, Split
from inspection.models.registry import Evaluation
from inspection.quality import image_scores
from inspection.quality.image_scores import Step
from inspection.selectors import datasets

CHOSEN = 0.5  # scores are told as v / (v + t): t, which the engine has chosen, is here
BESIDE = 6  # images on each side of a threshold


@dataclass(frozen=True)
class Curve:
    """`images` have a score of the `scored` ones of the split. No image: no step, no split.

    `good` are the clean ones, `nuisances` show dust or the like and no defect.
    """

    split: str
    images: int
    scored: int
    good: int
    nuisances: int
    defective: int
    chosen: float
    steps: list[Step]


@dataclass(frozen=True)
class Near:
    """An image of the split, its score and truth; `sample` is None when it is there no more."""

    id: int
    score: float
    defective: bool
    nuisance: bool
    sample: Sample | None


def curve(model: int) -> Curve:
    """What each threshold would do, on the newest evaluation that kept scores."""
    found = _newest(model)
    rows = found.scores if found else []
    dusty = [row["score"] for row in rows if row.get("nuisance", False)]
    good = [r["score"] for r in rows if not (r["defective"] or r.get("nuisance", False))]
    bad = [row["score"] for row in rows if row["defective"]]
    return Curve(
        split=found.split if found else "",
        images=len(rows),
        scored=found.scored if found else 0,
        good=len(good),
        nuisances=len(dusty),
        defective=len(bad),
        chosen=CHOSEN,
        steps=image_scores.curve(good, bad, dusty) if rows else [],
    )


def nearest(model: int, at: float) -> dict[str, list[Near]]:
    """The images nearest to a threshold: `above` are called (at it or over it), `below` are not.

    The nearest is first on either side.
    """
    found = _newest(model)
    rows = sorted(found.scores if found else [], key=lambda row: (row["score"], row["sample"]))
    below = [row for row in rows if row["score"] < at][-BESIDE:][::-1]
    above = [row for row in rows if row["score"] >= at][:BESIDE]
    wanted = [row["sample"] for row in (*above, *below)]
    there = {row.pk: row for row in datasets.whole(Sample.objects.filter(pk__in=wanted))}
    return {"above": _near(above, there), "below": _near(below, there)}


def _near(rows: list[dict[str, Any]], there: dict[int, Sample]) -> list[Near]:
    return [
        Near(
            row["sample"],
            row["score"],
            row["defective"],
            row.get("nuisance", False),
            there.get(row["sample"]),
        )
        for row in rows
    ]


def _newest(model: int) -> Evaluation | None:
    kept = Evaluation.objects.filter(model=model, scored__gt=0).exclude(split=Split.TRAIN)
    return kept.order_by("-id").first()
