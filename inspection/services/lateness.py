"""What a line computer reports afterwards of a unit that was answered ERROR, or not in time.

The verdict that the line heard stands; what the images say is kept beside it, marked `late`, and
counts in no rate.
"""

import time
from typing import Any
from uuid import UUID

from django.db import transaction

from core.accounts.models import User
from core.accounts.permissions import can
from core.accounts.tokens import Identity
from core.audit import trail as audit
from core.errors import Refused
from core.threads import in_thread
from inspection.models.ids import day_of
from inspection.models.inspections import Finding, Inspection, InspectionImage, Verdict
from inspection.models.statistics import DirtyHour
from inspection.selectors import places
from inspection.selectors.places import Place
from inspection.services import findings, seals
from inspection.services.cases import Judged, SentImage

WAIT = 60.0  # seconds a late look may take


async def report(
    desk: Any, who: Identity, pk: UUID, fields: dict[str, str], images: list[SentImage]
) -> dict[str, Any]:
    """Store the late images' result, or that the line fell back to its own action.

    Refused unless the inspection's verdict is ERROR. `fields`: fail_safe (true | false).
    """
    if not can(who.user, "inspect"):
        raise Refused("forbidden", "Your role may not submit inspections.", status=403)
    fail_safe = _flag(fields)
    row, place = await _find(who, pk)
    put = desk.put(images)
    try:
        await put
        judged = await _look(desk, place, images) if images else None
    except Refused:
        desk.discard(images, put)
        raise
    return await _store(who.user, row, judged, fail_safe)


def _flag(fields: dict[str, str]) -> bool:
    for name in fields:
        if name != "fail_safe":
            raise Refused("unknown_field", f"Unknown field {name!r}: fail_safe is the known one.")
    if fields.get("fail_safe", "true") not in ("true", "false"):
        raise Refused(
            "invalid", "fail_safe is true or false.", fields={"fail_safe": ["true, false"]}
        )
    return fields.get("fail_safe", "true") == "true"


@in_thread
def _find(who: Identity, pk: UUID) -> tuple[Inspection, Place]:
    day = day_of(pk)
    row = Inspection.objects.filter(captured_day=day, id=pk).first() if day else None
    lines = who.user.lines
    if row is None or (lines and row.line_id not in lines):
        raise Refused("not_found", "There is no such inspection.", status=404)
    if who.stations and row.station_id not in who.stations:
        raise Refused("wrong_station", "This token is for other stations.", status=403)
    if row.verdict != Verdict.ERROR:
        words = "This unit was answered in time; nothing is late about it."
        raise Refused("not_late", words, status=409)
    place = places.find(row.station_id, str(row.product_id), by_code=False)
    if isinstance(place, str):
        raise Refused(f"unknown_{place}", f"The {place} is archived.", status=409)
    return row, place


async def _look(desk: Any, place: Place, images: list[SentImage]) -> Judged:
    if place.model is None:
        raise Refused("no_recipe", "No recipe is released here; release one first.", status=409)
    built, files = findings.parts(images, [None] * len(images), place)
    reply = await desk.look(place.model, built, files, time.time() + WAIT)
    return findings.judge(reply, images, place)


@in_thread
def _store(by: User, row: Inspection, judged: Judged | None, fail_safe: bool) -> dict[str, Any]:
    with transaction.atomic():
        old = {"model_verdict": row.model_verdict, "late": row.late, "fail_safe": row.fail_safe}
        row.late, row.fail_safe = True, fail_safe
        if judged is not None and judged.verdict != Verdict.ERROR:
            row.model_verdict = judged.verdict
            _replace(row, judged)
        row.save(update_fields=["late", "fail_safe", "model_verdict"])
        seals.seal(row.captured_day, row.id)
        hour = row.captured_at.replace(minute=0, second=0, microsecond=0)
        DirtyHour.objects.create(hour=hour, station_id=row.station_id)
        new = {"model_verdict": row.model_verdict, "late": True, "fail_safe": fail_safe}
        audit.note(by, "inspection.late", f"inspection.{row.id}", old, new)
    return {"id": str(row.id), "verdict": row.verdict} | new


def _replace(row: Inspection, judged: Judged) -> None:
    """The late images and findings take the place of what was stored with the ERROR."""
    named = {"captured_day": row.captured_day, "inspection_id": row.id}
    for kind in (Finding, InspectionImage):
        kind.objects.filter(**named).delete()
    InspectionImage.objects.bulk_create(
        InspectionImage(
            **named, position=i.position, camera_id=i.camera, modality=i.modality,
            sha256=i.sha256, size=i.size, width=i.width, height=i.height, score=i.score,
        )
        for i in judged.images
    )  # fmt: skip
    Finding.objects.bulk_create(
        Finding(
            **named, position=n, image=f.image, defect_class_id=f.class_id, score=f.score,
            box=f.box, polygon=f.polygon, area=f.area, size_mm=f.size_mm, decisive=f.decisive,
        )
        for n, f in enumerate(judged.findings)
    )  # fmt: skip
