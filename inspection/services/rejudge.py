"""What a recipe that is not saved yet would say of the units that came last.

The findings are stored and the judge is pure, so nothing is inferred again. Findings below the
score from which engines report (0.05) were never stored and cannot come back.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.accounts import scope
from core.accounts.models import User
from inspection.models.inspections import (
    Finding,
    Inspection,
    InspectionImage,
    Mode,
    Outcome,
    Verdict,
)  # fmt: skip
from inspection.models.plant import Camera
from inspection.models.products import Recipe
from inspection.models.registry import ModelVersion
from inspection.quality import verdict
from inspection.quality.verdict import ImageResult, Judgement
from inspection.selectors import inspections as selectors
from inspection.selectors import places
from inspection.services import recipes

SHOWN = 24  # units that are handed over with their images, changed ones first
Images = Sequence[InspectionImage]


@dataclass(frozen=True)
class Unit:
    """A unit of the past under the draft: what was said, what would be, by which findings."""

    row: Inspection
    images: Images
    findings: Sequence[Finding]
    judgement: Judgement
    decisive: frozenset[int]  # positions of the findings that would decide

    @property
    def changes(self) -> bool:
        """Whether the draft would say something else."""
        return self.row.model_verdict != self.judgement.verdict


@dataclass(frozen=True)
class Preview:
    """All units under the draft, newest first."""

    units: Sequence[Unit]

    def counts(self) -> dict[str, dict[str, int]]:
        """Units by verdict, as it was said and as the draft would say."""
        before = Counter(str(unit.row.model_verdict) for unit in self.units)
        after = Counter(str(unit.judgement.verdict) for unit in self.units)
        names = [name for name in verdict.RANK if name != Verdict.ERROR or after[name]]
        return {name: {"before": before[name], "after": after[name]} for name in names}

    def told_by_people(self) -> dict[str, dict[str, int]]:
        """Of the units that people have judged: how many the draft would pass as OK."""
        outcomes = (Outcome.REAL_DEFECT, Outcome.FALSE_CALL)
        of = {str(name): [u for u in self.units if u.row.outcome == name] for name in outcomes}
        return {
            name: {"n": len(units), "passed": sum(u.judgement.verdict == "OK" for u in units)}
            for name, units in of.items()
        }

    def changed(self) -> int:
        """How many units would be told otherwise."""
        return sum(unit.changes for unit in self.units)

    def shown(self) -> list[Unit]:
        """Those worth a look: the changed ones, then the defective ones, the newest first."""
        rank = {"NG": 0, "REVIEW": 1}
        order = sorted(
            self.units, key=lambda u: (not u.changes, rank.get(u.judgement.verdict, 2))
        )  # stable: the newest first in each group
        return order[:SHOWN]


def preview(ask: dict[str, Any], last: int, by: User) -> Preview:
    """Judge the last units of this station, product and model by the draft. `ask`: as for a save.

    Production units whose model verdict is known; those of other models found other things.
    """
    station, product, model = ask["station"], ask["product"], ask["model"]
    scope.check_line(by, station.line_id)
    recipes.check_classes(ask, model.classes)
    known = selectors.visible(scope.allowed_lines(by)).filter(
        station=station, product=product, model=model, mode=Mode.PRODUCTION
    )
    rows = list(known.exclude(model_verdict=Verdict.ERROR)[:last])
    stored = Recipe(model=model, thresholds=ask.get("thresholds", {}), rules=ask.get("rules", []))
    draft = places.to_recipe(stored, places.classes(model.classes))
    return Preview(_judged(rows, model, draft))


def _judged(rows: list[Inspection], model: ModelVersion, draft: verdict.Recipe) -> list[Unit]:
    images = selectors.with_images(rows)
    findings = _findings(rows)
    scales = _scales(rows)
    known = places.classes(model.classes).values()
    named = {row.id: (row.name, row.severity) for row in known}
    units = []
    for row in rows:
        own, found = images.get(row.id, []), findings.get(row.id, [])
        results, positions = _results(row, own, found, scales, named)
        judgement = verdict.judge(results, draft)
        decisive = frozenset(positions[place] for place in judgement.decisive)
        units.append(Unit(row, own, found, judgement, decisive))
    return units


def _findings(rows: list[Inspection]) -> dict[UUID, list[Finding]]:
    days, ids = {row.captured_day for row in rows}, [row.id for row in rows]
    stored = Finding.objects.filter(captured_day__in=days, inspection_id__in=ids)
    found: dict[UUID, list[Finding]] = {}
    for finding in stored.select_related("defect_class").order_by("position"):
        found.setdefault(finding.inspection_id, []).append(finding)
    return found


def _scales(rows: list[Inspection]) -> dict[int | None, float | None]:
    """mm per pixel by camera; under None that of the station's only one."""
    cameras = Camera.objects.filter(station__in={row.station_id for row in rows})
    scales: dict[int | None, float | None] = {each.pk: each.mm_per_pixel for each in cameras}
    return scales | {None: next(iter(scales.values())) if len(scales) == 1 else None}


def _results(
    row: Inspection,
    images: Images,
    findings: Sequence[Finding],
    scales: Mapping[int | None, float | None],
    named: Mapping[int, tuple[str, str]],
) -> tuple[list[ImageResult], dict[tuple[int, int], int]]:
    """The unit as the judge takes it, and the stored position of each of its findings."""
    errors = _errors(row)
    results: list[ImageResult] = []
    positions: dict[tuple[int, int], int] = {}
    for part, image in enumerate(_parts(images)):
        own = [finding for finding in findings if finding.image == image.position]
        positions |= {(part, index): each.position for index, each in enumerate(own)}
        results.append(
            ImageResult(
                findings=tuple(_finding(each, named) for each in own),
                width=image.width,
                height=image.height,
                mm_per_pixel=scales.get(image.camera_id),
                image_score=image.score,
                error=errors.get(part),
            )
        )
    return results, positions


def _parts(images: Images) -> list[InspectionImage]:
    """The first image of each camera; every image where none is named: those carry findings."""
    first: dict[object, InspectionImage] = {}
    for image in images:
        first.setdefault(image.camera_id or f"#{image.position}", image)
    return list(first.values())


def _errors(row: Inspection) -> dict[int, str]:
    """Images that could not be judged then cannot be now."""
    told = [reason for reason in row.reasons if reason.get("verdict") == Verdict.ERROR]
    return {reason["image"]: reason["code"] for reason in told if "image" in reason}


def _finding(stored: Finding, named: Mapping[int, tuple[str, str]]) -> verdict.Finding:
    """As the engine named it: a merged class is stored as what it became."""
    own = stored.defect_class
    name, severity = named.get(own.pk, (own.name, own.severity))
    box = None if stored.box is None else (*stored.box,)
    return verdict.Finding(name, stored.score, box, stored.area, severity)
