"""The past judged by a recipe that is not saved yet."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inspection.api import asking
from inspection.api.inspections_shown import FindingShown, ImageShown
from inspection.api.products import RecipeShown
from inspection.models.inspections import Verdict
from inspection.services import rejudge
from inspection.services.findings import reason_shown

LAST, MOST = 200, 1000  # units that are judged again


class UnitShown(serializers.Serializer[Any]):
    """A unit of the past under the draft."""

    id = serializers.UUIDField()
    serial = serializers.CharField()
    captured_at = serializers.DateTimeField()
    outcome = serializers.CharField()
    before = serializers.ChoiceField(choices=Verdict.choices)
    after = serializers.ChoiceField(choices=Verdict.choices)
    reasons = serializers.ListField(child=serializers.DictField())
    images = ImageShown(many=True)
    findings = FindingShown(many=True)


class BeforeAfter(serializers.Serializer[Any]):
    """Units with one verdict."""

    before = serializers.IntegerField()
    after = serializers.IntegerField()


class Passed(serializers.Serializer[Any]):
    """Units that people have judged, and how many of them the draft would pass."""

    n = serializers.IntegerField()
    passed = serializers.IntegerField()


class PreviewShown(serializers.Serializer[Any]):
    """What the draft would have said of the last `n` units."""

    n = serializers.IntegerField()
    changed = serializers.IntegerField()
    verdicts = serializers.DictField(child=BeforeAfter())
    told_by_people = serializers.DictField(child=Passed())
    units = UnitShown(many=True)


class Preview(APIView):
    """A draft recipe against stored findings; nothing is inferred again, nothing is saved."""

    needs = "configure"

    @extend_schema(
        request=RecipeShown, parameters=[OpenApiParameter("last", int)], responses=PreviewShown
    )
    def post(self, request: Request) -> Response:
        """The body of POST /recipes; ?last= units of its station, product and model."""
        body = RecipeShown(data=request.data)
        body.is_valid(raise_exception=True)
        last = max(1, min(asking.whole(request, "last", LAST) or LAST, MOST))
        found = rejudge.preview(body.validated_data, last, request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(_shown(found))


def _shown(found: rejudge.Preview) -> dict[str, Any]:
    return {
        "n": len(found.units),
        "changed": found.changed(),
        "verdicts": found.counts(),
        "told_by_people": found.told_by_people(),
        "units": [_unit(unit) for unit in found.shown()],
    }


def _unit(unit: rejudge.Unit) -> dict[str, Any]:
    shown = FindingShown(unit.findings, many=True).data
    return {
        "id": unit.row.id,
        "serial": unit.row.serial,
        "captured_at": unit.row.captured_at,
        "outcome": unit.row.outcome,
        "before": unit.row.model_verdict,
        "after": unit.judgement.verdict,
        "reasons": [reason_shown(reason) for reason in unit.judgement.reasons],
        "images": ImageShown(unit.images, many=True).data,
        "findings": [
            dict(one) | {"decisive": finding.position in unit.decisive}
            for one, finding in zip(shown, unit.findings, strict=True)
        ],
    }


urlpatterns = [path("recipes/preview", Preview.as_view())]
