"""Sites, lines, stations, cameras."""

from typing import Any
from zoneinfo import available_timezones

from django.db.models import Model, QuerySet
from rest_framework import serializers

from core import fresh
from core.accounts import scope
from core.accounts.permissions import check
from core.resources import Archivable, Resource, routes
from core.serializers import StrictModel
from inspection.models.plant import Camera, Line, Site, Station

DEADLINE_MS = (50, 120_000)


class SiteShown(StrictModel):
    """A plant with its IANA time zone."""

    class Meta:
        model = Site
        fields = ("id", "name", "timezone")

    def validate_timezone(self, zone: str) -> str:
        """A name that the time zone database knows."""
        if zone not in available_timezones():
            words = "Choose an IANA time zone such as Europe/Berlin."
            raise serializers.ValidationError(words, "timezone")
        return zone


class LineShown(StrictModel):
    """A line; takt in seconds per unit, the target NG rate as a share.

    A serial seen again at a station within `same_unit_hours` is the same unit, inspected again.
    """

    takt_s = serializers.FloatField(
        required=False, allow_null=True, min_value=0.01, max_value=86_400
    )
    target_ng_rate = serializers.FloatField(
        required=False, allow_null=True, min_value=0, max_value=1
    )

    same_unit_hours = serializers.IntegerField(required=False, min_value=1, max_value=8760)

    class Meta:
        model = Line
        fields = (
            "id", "site", "name", "takt_s", "target_ng_rate", "same_unit_hours", "position",
            "archived_at",
        )  # fmt: skip


class StationShown(StrictModel):
    """A station; `deadline_ms` holds where a request names none."""

    deadline_ms = serializers.IntegerField(
        required=False, min_value=DEADLINE_MS[0], max_value=DEADLINE_MS[1]
    )

    class Meta:
        model = Station
        fields = ("id", "line", "name", "position", "deadline_ms", "archived_at")


class CameraShown(StrictModel):
    """A camera; without mm_per_pixel sizes in mm are unknown."""

    mm_per_pixel = serializers.FloatField(required=False, allow_null=True, max_value=1000)

    class Meta:
        model = Camera
        fields = ("id", "station", "name", "mm_per_pixel")

    def validate_mm_per_pixel(self, value: float | None) -> float | None:
        """Positive, or unknown."""
        if value is not None and value <= 0:
            words = "Give a number above 0, or leave it empty."
            raise serializers.ValidationError(words, "not_positive")
        return value

    def validate_name(self, name: str) -> str:
        """A dot parts the camera from the modality in `image.<camera>.<modality>`."""
        if "." in name:
            raise serializers.ValidationError("A camera's name has no dot in it.", "dot")
        return name


class Plant:
    """What the plant's resources share: limited users, and caches that hear of a change."""

    line_path = "id"  # from the row to its line
    request: Any

    def visible(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of the caller's lines."""
        lines = scope.allowed_lines(self.request.user)
        return rows if lines is None else rows.filter(**{f"{self.line_path}__in": lines}).distinct()

    def may_write(self, values: dict[str, Any]) -> None:
        """A limited user writes on their own lines only."""
        line = line_of(values)
        if line is not None:
            scope.check_line(self.request.user, line)

    def changed(self, record: Model) -> None:
        """Recipes are cached with their station and cameras."""
        fresh.forget("recipes")


def line_of(values: dict[str, Any]) -> int | None:
    """The line that a write reaches, None when it reaches none."""
    if camera := values.get("camera"):
        return int(camera.station.line_id)
    if station := values.get("station"):
        return int(station.line_id)
    return int(values["line"].pk) if values.get("line") else None


class Sites(Plant, Resource):
    """Sites. Their zone and name are every line's."""

    needs = {"GET": "view", "*": "plant"}
    queryset = Site.objects.all()
    serializer_class = SiteShown
    line_path = "lines__id"


class Lines(Plant, Archivable):
    """Lines of a site. A limited user changes their own, but makes and archives none."""

    needs = {"GET": "view", "PATCH": "configure", "*": "plant"}
    queryset = Line.objects.all()
    serializer_class = LineShown
    filters = {"site": "site"}

    def may_write(self, values: dict[str, Any]) -> None:
        """Which site a line belongs to is no matter of one line."""
        if "site" in values:
            check(self.request.user, "plant")


class Stations(Plant, Archivable):
    """Stations of a line."""

    queryset = Station.objects.all()
    serializer_class = StationShown
    filters = {"line": "line", "site": "line__site"}
    line_path = "line"


class Cameras(Plant, Resource):
    """Cameras of a station."""

    queryset = Camera.objects.all()
    serializer_class = CameraShown
    filters = {"station": "station", "line": "station__line"}
    line_path = "station__line"


urlpatterns = routes(sites=Sites, lines=Lines, stations=Stations, cameras=Cameras)
