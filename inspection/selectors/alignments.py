"""Pictures that a camera's alignment can be marked on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404

from core.accounts import scope
from inspection.models.inspections import Inspection, InspectionImage
from inspection.models.plant import Camera
from inspection.selectors.inspections import with_images

LOOKED_AT, SHOWN = 50, 12  # units of the station, pairs among them


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
    last = Inspection.objects.filter(station=known.station_id).order_by("-captured_at")
    units = list(last[:LOOKED_AT])
    images = with_images(units)
    found = [pair for unit in units for pair in _of(unit, images.get(unit.id, []), camera)]
    return found[:SHOWN]


def _of(unit: Inspection, images: list[InspectionImage], camera: int) -> list[Pair]:
    own = {image.modality: image for image in images if image.camera_id == camera}
    colour = own.pop("rgb", None)
    if colour is None:
        return []
    return [Pair(unit.serial, unit.captured_at, colour, other) for other in own.values()]
