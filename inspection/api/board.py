"""The board, and the heartbeats that keep a line from going grey."""

import time
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import valkey
from core.accounts import scope
from core.accounts.models import ApiToken
from core.errors import Refused
from core.shared import Shared
from inspection.api import asking
from inspection.api.inspections_shown import Row, rows
from inspection.models.plant import Line, Station
from inspection.selectors import board

KEPT = 86_400  # seconds a heartbeat is remembered
STATES = ("ok", "warn", "stop", "act", "idle", "no_data")


class Why(serializers.Serializer[Any]):
    """Why a line is in its state."""

    code = serializers.CharField()
    words = serializers.CharField()


class Step(serializers.Serializer[Any]):
    """Five minutes."""

    t = serializers.DateTimeField()
    n = serializers.IntegerField()
    ng = serializers.IntegerField()


class InForce(serializers.Serializer[Any]):
    """A model that judges on the line."""

    station = serializers.IntegerField()
    station_name = serializers.CharField()
    product = serializers.IntegerField()
    product_code = serializers.CharField()
    model = serializers.IntegerField()
    name = serializers.CharField()
    recipe = serializers.IntegerField()
    revision = serializers.IntegerField()
    since = serializers.DateTimeField()


class Clock(serializers.Serializer[Any]):
    """A station whose clock is more than 2 s from the server's; positive: behind."""

    station = serializers.IntegerField()
    station_name = serializers.CharField()
    skew_s = serializers.FloatField()


class Tile(serializers.Serializer[Any]):
    """A line now. Rates are shares; `units`, `ng` of the last hour."""

    line = serializers.IntegerField()
    site = serializers.IntegerField()
    site_name = serializers.CharField()
    name = serializers.CharField()
    timezone = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    state_reason = Why()
    units = serializers.IntegerField()
    ng = serializers.IntegerField()
    ng_rate = serializers.FloatField(allow_null=True)
    ng_interval = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    errors = serializers.IntegerField()  # type: ignore[assignment]  # a field of that name
    trend = Step(many=True)
    target_ng_rate = serializers.FloatField(allow_null=True)
    takt_s = serializers.FloatField(allow_null=True)
    last_ng = Row(many=True)
    models = InForce(many=True)
    clocks = Clock(many=True)
    last_verdict_at = serializers.DateTimeField(allow_null=True)
    last_heartbeat_at = serializers.DateTimeField(allow_null=True)
    silence_limit_s = serializers.FloatField()
    as_of = serializers.DateTimeField()


_made: Shared[list[dict[str, Any]]] = Shared()


def _tiles(allowed: set[int] | None) -> list[dict[str, Any]]:
    """Those lines' tiles; all who look at the same lines at the same time share one making."""
    return _made.get(None if allowed is None else frozenset(allowed), lambda: _make(allowed))


def _make(allowed: set[int] | None) -> list[dict[str, Any]]:
    lines = Line.objects.filter(archived_at=None).select_related("site")
    if allowed is not None:
        lines = lines.filter(pk__in=allowed)
    tiles = board.tiles(board.in_plant_order(lines))
    shown = iter(rows([row for tile in tiles for row in tile["last_ng"]]))
    for tile in tiles:
        tile["last_ng"] = [next(shown) for _ in tile["last_ng"]]
    return tiles


class Board(APIView):
    """Every line the caller may see."""

    needs = "view"

    @extend_schema(responses=Tile(many=True))
    def get(self, request: Request) -> Response:
        """One tile a line."""
        return Response(_tiles(asking.lines(request)))


class LineBoard(APIView):
    """One line."""

    needs = "view"

    @extend_schema(responses=Tile)
    def get(self, request: Request, pk: int) -> Response:
        """Its tile."""
        allowed = asking.lines(request)
        found = _tiles({pk}) if allowed is None or pk in allowed else []
        if not found:
            raise Http404
        return Response(found[0])


class Heartbeat(APIView):
    """A line computer says that it is there."""

    needs = "inspect"

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        """Every few seconds; a line without a sign of life goes grey."""
        station = get_object_or_404(Station, pk=pk, archived_at=None)
        scope.check_line(request.user, station.line_id)  # type: ignore[arg-type]  # signed in: see permissions.Can
        token = request.auth
        if isinstance(token, ApiToken) and token.stations and pk not in token.stations:
            raise Refused("wrong_station", "This token is for other stations.", status=403)
        valkey.client().set(board.beat_key(station.line_id), time.time(), ex=KEPT)
        return Response(status=status.HTTP_204_NO_CONTENT)


urlpatterns = [
    path("board", Board.as_view()),
    path("board/<int:pk>", LineBoard.as_view()),
    path("stations/<int:pk>/heartbeat", Heartbeat.as_view()),
]
