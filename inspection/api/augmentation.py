"""How training images may be varied, and a look at what that does."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.serializers import Strict
from inspection.models.datasets import DatasetVersion
from inspection.selectors import engines, previews
from inspection.selectors import training as selectors


class Augmentations(serializers.Serializer[Any]):
    """The values that there are, as a JSON schema, and those of each preset."""

    values = serializers.DictField()
    presets = serializers.DictField(child=serializers.DictField(child=serializers.FloatField()))


class PreviewAsked(Strict):
    """A dataset version, whose engine would see it, and the values where they differ."""

    dataset_version = serializers.IntegerField()
    engine = serializers.CharField(max_length=64)
    preset = serializers.CharField(max_length=64, required=False, allow_null=True)
    augmentation = serializers.DictField(required=False)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)


class PreviewImage(serializers.Serializer[Any]):
    """A training image varied: a JPEG in base64, and what is annotated, where it lies now."""

    sample = serializers.IntegerField()
    path = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    picture = serializers.CharField()
    annotations = serializers.ListField(child=serializers.DictField())
    error = serializers.CharField()


class Preview(serializers.Serializer[Any]):
    """A few training images, and how many milliseconds they took."""

    images = PreviewImage(many=True)
    ms = serializers.FloatField()


class Show(APIView):
    """GET /augmentation."""

    needs = "view"

    @extend_schema(responses=Augmentations)
    def get(self, request: Request) -> Response:
        """The values with titles and bounds, and the presets."""
        return Response(engines.augmentation())


class Look(APIView):
    """POST /augmentation/preview."""

    needs = "train"

    @extend_schema(request=PreviewAsked, responses=Preview)
    def post(self, request: Request) -> Response:
        """Six of the version's training images, varied; the same seed draws the same chance."""
        body = PreviewAsked(data=request.data)
        body.is_valid(raise_exception=True)
        ask = body.validated_data
        version = get_object_or_404(DatasetVersion, pk=ask["dataset_version"])
        card = selectors.card_of(ask["engine"])
        _, values = selectors.variation(card, ask)
        found = previews.drawn(version, card.kind, values, ask["seed"])
        return Response(Preview(found.model_dump(mode="json")).data)


urlpatterns = [
    path("augmentation", Show.as_view()),
    path("augmentation/preview", Look.as_view()),
]
