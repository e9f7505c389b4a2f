"""Inspections in lists and one by one. Ids sort by capture time, so pages are cut by id."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from inspection.models.ids import day_of, first_id
from inspection.models.inspections import (
    Disposition,
    Finding,
    Inspection,
    InspectionImage,
    Outcome,
    Verdict,
)  # fmt: skip

EXACT = ("line", "station", "product", "verdict", "serial", "lot", "mode", "model", "recipe")
HISTORY = 50  # rows of the same serial


def visible(lines: set[int] | None) -> QuerySet[Inspection]:
    """Inspections of these lines; None: of all."""
    rows = Inspection.objects.order_by("-id")
    return rows if lines is None else rows.filter(line__in=lines)


def one(pk: UUID, lines: set[int] | None) -> Inspection | None:
    """An inspection, if it is there and may be seen."""
    day = day_of(pk)
    return visible(lines).filter(captured_day=day, id=pk).first() if day else None


def narrowed(rows: QuerySet[Inspection], asked: dict[str, Any]) -> QuerySet[Inspection]:
    """By the filters of the list: EXACT, site, class (its id), outcome, start, end, late."""
    for name in EXACT:
        if asked.get(name) is not None:
            rows = rows.filter(**{name: asked[name]})
    if asked.get("site") is not None:
        rows = rows.filter(line__site=asked["site"])
    if asked.get("outcome") is not None:
        rows = rows.filter(outcome="" if asked["outcome"] == "none" else asked["outcome"])
    if asked.get("defect_class") is not None:
        named = Finding.objects.filter(
            captured_day=OuterRef("captured_day"), inspection_id=OuterRef("id"),
            defect_class=asked["defect_class"], decisive=True,
        )  # fmt: skip
        rows = rows.filter(Exists(named))
    return _within(rows, asked.get("start"), asked.get("end"))


def _within(
    rows: QuerySet[Inspection], start: datetime | None, end: datetime | None
) -> QuerySet[Inspection]:
    """Captured from `start` to before `end`: by partition and by id."""
    if start is not None:
        rows = rows.filter(captured_day__gte=start.date(), id__gte=first_id(start))
    if end is not None:
        rows = rows.filter(captured_day__lte=end.date(), id__lt=first_id(end))
    return rows


def page(
    rows: QuerySet[Inspection], before: UUID | None, limit: int
) -> tuple[list[Inspection], UUID | None]:
    """`limit` rows older than `before`, newest first, and where the next page begins."""
    if before is not None:
        day = day_of(before)
        rows = rows.filter(id__lt=before)
        rows = rows.filter(captured_day__lte=day) if day else rows
    found = _by_days(rows, limit + 1)
    more = len(found) > limit
    return found[:limit], found[limit - 1].id if more else None


def _by_days(rows: QuerySet[Inspection], limit: int) -> list[Inspection]:
    """The newest rows: Postgres walks the partitions' indexes by id and stops at the limit."""
    return list(rows.order_by("-id")[:limit])


def with_images(rows: Sequence[Inspection]) -> dict[UUID, list[InspectionImage]]:
    """Their images, by inspection, in order."""
    days, ids = {row.captured_day for row in rows}, [row.id for row in rows]
    found: dict[UUID, list[InspectionImage]] = {}
    images = InspectionImage.objects.filter(captured_day__in=days, inspection_id__in=ids)
    for image in images.order_by("position"):
        found.setdefault(image.inspection_id, []).append(image)
    return found


def finding_counts(rows: Sequence[Inspection]) -> Counter[UUID]:
    """How many decisive findings each has."""
    days, ids = {row.captured_day for row in rows}, [row.id for row in rows]
    found = Finding.objects.filter(captured_day__in=days, inspection_id__in=ids, decisive=True)
    return Counter(found.values_list("inspection_id", flat=True))


def findings(row: Inspection) -> QuerySet[Finding]:
    """Its findings, in the order they were stored, with their classes."""
    named = Finding.objects.filter(captured_day=row.captured_day, inspection_id=row.id)
    return named.select_related("defect_class").order_by("position")


def dispositions(row: Inspection) -> QuerySet[Disposition]:
    """What was said of it, newest first, the undone too."""
    named = Disposition.objects.filter(captured_day=row.captured_day, inspection_id=row.id)
    return named.select_related("by", "defect_class").order_by("-at")


def history(row: Inspection, lines: set[int] | None) -> list[Inspection]:
    """Inspections of the same serial and product anywhere, newest first."""
    if not row.serial:
        return []
    same = visible(lines).filter(serial=row.serial, product=row.product_id)
    return list(same[:HISTORY])


def to_review(
    lines: set[int] | None, now: datetime, line: int | None = None, site: int | None = None
) -> QuerySet[Inspection]:
    """NG and REVIEW of the last seven days that nobody has judged yet, oldest first."""
    rows = visible(lines).filter(
        verdict__in=[Verdict.NG, Verdict.REVIEW], outcome="", mode="production", late=False
    )
    rows = _within(rows, now - timedelta(days=7), None)
    rows = rows if line is None else rows.filter(line=line)
    rows = rows if site is None else rows.filter(line__site=site)
    return rows.order_by("id")


def following(rows: QuerySet[Inspection], after: UUID) -> QuerySet[Inspection]:
    """Those captured after this one."""
    day = day_of(after)
    rows = rows.filter(id__gt=after)
    return rows.filter(captured_day__gte=day) if day else rows


def image(row: Inspection, position: int) -> InspectionImage | None:
    """One of its images."""
    return InspectionImage.objects.filter(
        captured_day=row.captured_day, inspection_id=row.id, position=position
    ).first()


OUTCOMES = (*Outcome.values, "none")
