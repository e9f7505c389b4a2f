"""How a camera's further modalities lie on its colour picture: marked points, and what is left."""

from datetime import UTC, datetime
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import Refused
from core.resources import Resource, routes
from core.serializers import Strict, StrictModel
from inspection.api.inspections_shown import image_url
from inspection.api.plant import Plant
from inspection.models.plant import Alignment
from inspection.quality.registration import FEWEST, Registration, register
from inspection.selectors import alignments as selectors

WRONG = {
    "too_few": f"Mark {FEWEST} points in both pictures at least.",
    "on_a_line": "The points lie on a line: mark some away from it, best near the corners.",
    "crossed": "No camera sees these points so: look for a pair that is mixed up.",
}


class Marked(Strict):
    """Points x, y, u, v as shares of both pictures; the size of the second one in px."""

    points = serializers.ListField(
        child=serializers.ListField(
            child=serializers.FloatField(min_value=0, max_value=1), min_length=4, max_length=4
        ),
        max_length=200,
    )
    width = serializers.IntegerField(min_value=1, max_value=100_000)
    height = serializers.IntegerField(min_value=1, max_value=100_000)


class RegistrationShown(serializers.Serializer[Any]):
    """The homography from the colour picture (shares), row by row; px that points are off."""

    homography = serializers.ListField(child=serializers.FloatField())
    residual_px = serializers.FloatField(source="residual")
    residuals_px = serializers.ListField(child=serializers.FloatField(), source="residuals")


class AlignmentShown(Marked, StrictModel):
    """A modality's alignment; `residual_px` is a root mean square."""

    modality = serializers.RegexField(r"^(?!rgb$)", max_length=32)
    homography = serializers.ListField(child=serializers.FloatField(), read_only=True)

    class Meta:
        model = Alignment
        fields = (
            "id", "camera", "modality", "points", "width", "height", "homography", "residual_px",
            "marked_at",
        )  # fmt: skip
        read_only_fields = ("residual_px", "marked_at")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """With the homography that the points give."""
        found = registered({name: values.get(name, getattr(self.instance, name, None))
                            for name in ("points", "width", "height")})  # fmt: skip
        known = {"homography": list(found.homography), "residual_px": found.residual}
        return values | known | {"marked_at": datetime.now(UTC)}


def registered(marked: dict[str, Any]) -> Registration:
    """Refused on the points when they give no homography."""
    try:
        return register(marked["points"], (marked["width"], marked["height"]))
    except ValueError as wrong:
        words = WRONG[str(wrong)]
        raise Refused(f"points_{wrong}", words, status=422, fields={"points": [words]}) from None


class PairShown(serializers.Serializer[Any]):
    """Two pictures that a camera took of one unit: the colour picture, and another modality."""

    inspection = serializers.UUIDField(source="colour.inspection_id")
    serial = serializers.CharField()
    captured_at = serializers.DateTimeField()
    modality = serializers.CharField(source="other.modality")
    colour_url = serializers.SerializerMethodField()
    other_url = serializers.SerializerMethodField()

    def get_colour_url(self, pair: selectors.Pair) -> str:
        """Where the colour picture is."""
        return image_url(pair.colour)

    def get_other_url(self, pair: selectors.Pair) -> str:
        """Where the other one is."""
        return image_url(pair.other)


class Alignments(Plant, Resource):
    """Alignments of cameras. Verdicts use a change from the next unit on."""

    queryset = Alignment.objects.order_by("camera", "modality")
    serializer_class = AlignmentShown
    filters = {"camera": "camera", "station": "camera__station"}
    line_path = "camera__station__line"

    @extend_schema(request=Marked, responses=RegistrationShown)
    @action(detail=False, methods=["post"])
    def fit(self, request: Request) -> Response:
        """What points would give; nothing is stored."""
        asked = Marked(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(RegistrationShown(registered(asked.validated_data)).data)


class Pairs(APIView):
    """What a camera's alignment can be marked on."""

    needs = "view"

    @extend_schema(responses=PairShown(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """The last units that the camera took several pictures of, newest first."""
        return Response(PairShown(selectors.pairs(request.user, pk), many=True).data)


urlpatterns = [*routes(alignments=Alignments), path("cameras/<int:pk>/pairs", Pairs.as_view())]
