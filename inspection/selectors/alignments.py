"""Pictures that a camera's alignment can be marked on."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404

from core.accounts import scope
from inspection.models.inspections import Inspection, InspectionImage
from inspection.models.plant import Camera
from inspection.selectors.inspections import visible, with_images

LOOKED_AT, SHOWN = 50, 12  # units of the station, pairs of a modality among them


@dataclass(frozen=True)
class Pair:
    """A unit's colour picture and one of another modality, by the same camera."""

    serial: str
    captured_at: datetime
    colour: InspectionImage
    other: InspectionImage


def pairs(user: Any, camera: int) -> list[Pair]:
    """Of the last units of its station. 404 for a camera that the user may not see."""
    lines = scope.allowed_lines(user)
    seen = Camera.objects.all() if lines is None else Camera.objects.filter(station__line__in=lines)
    known = get_object_or_404(seen, pk=camera)
    last = visible(lines).filter(station=known.station_id).order_by("-captured_at")
    units = list(last[:LOOKED_AT])
    images, shown, seen_of = with_images(units), list[Pair](), Counter[str]()
    for pair in (pair for unit in units for pair in _of(unit, images.get(unit.id, []), camera)):
        seen_of[pair.other.modality] += 1
        shown += [pair] if seen_of[pair.other.modality] <= SHOWN else []
    return shown


def _of(unit: Inspection, images: list[InspectionImage], camera: int) -> list[Pair]:
    own = {image.modality: image for image in images if image.camera_id == camera}
    colour = own.pop("rgb", None)
    if colour is None:
        return []
    return [Pair(unit.serial, unit.captured_at, colour, other) for other in own.values()]
