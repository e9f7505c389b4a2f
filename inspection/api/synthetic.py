"""Generators, and what they drew: looked through, then added to a dataset."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.narrowing import Narrowed
from core.paging import CursorPage
from core.resources import routes
from core.serializers import Strict
from inspection.api import asking
from inspection.api.training import EngineShown
from inspection.models.synthetic import Doubt, SyntheticBatch, SyntheticImage, SyntheticState
from inspection.selectors import engines
from inspection.selectors import synthetic as selectors
from inspection.services import synthetic

DOUBTS = {"none": Doubt.NONE, "too_near": Doubt.TOO_NEAR, "too_far": Doubt.TOO_FAR}


class Generators(APIView):
    """What draws images."""

    needs = "view"

    @extend_schema(responses=EngineShown(many=True))
    def get(self, request: Request) -> Response:
        """Every generator, as engines are shown."""
        return Response(EngineShown(engines.generators(), many=True).data)


class BatchShown(serializers.ModelSerializer[SyntheticBatch]):
    """Images of one class that a generator drew, beside the real ones.

    `kid` is 0 for images of the same kind; `near` and `far` are in units of an image's `distance`.
    """

    dataset = serializers.IntegerField(source="dataset_version.dataset_id")
    dataset_name = serializers.CharField(source="dataset_version.dataset.name")
    dataset_number = serializers.IntegerField(source="dataset_version.number")
    model_name = serializers.CharField(source="model.name")
    engine = serializers.CharField(source="model.engine")
    created_by = serializers.CharField(source="created_by.username")
    proposed = serializers.IntegerField()
    approved = serializers.IntegerField()
    rejected = serializers.IntegerField()
    added = serializers.IntegerField()

    class Meta:
        model = SyntheticBatch
        fields = (
            "id", "job", "model", "model_name", "engine", "dataset", "dataset_name",
            "dataset_number", "dataset_version", "class_name", "seed", "pasted", "real", "features",
            "kid", "spread", "near", "far", "proposed", "approved", "rejected", "added",
            "created_by", "created_at",
        )  # fmt: skip


class DrawnShown(serializers.ModelSerializer[SyntheticImage]):
    """One drawn image; `doubt` says why it started out rejected."""

    url = serializers.SerializerMethodField()
    closeup_url = serializers.SerializerMethodField()
    neighbour_url = serializers.SerializerMethodField()
    neighbour_path = serializers.CharField(source="neighbour.path", default=None, allow_null=True)
    annotations = serializers.ListField(child=serializers.DictField())
    parents = serializers.ListField(child=serializers.IntegerField())
    decided_by = serializers.CharField(source="decided_by.username", default=None, allow_null=True)

    class Meta:
        model = SyntheticImage
        fields = (
            "id", "position", "seed", "url", "closeup_url", "width", "height", "annotations",
            "parents", "neighbour", "neighbour_path", "neighbour_url", "distance", "doubt", "state",
            "decided_by", "decided_at", "sample",
        )  # fmt: skip

    def get_url(self, image: SyntheticImage) -> str:
        """The whole image."""
        return f"/api/v1/blobs/{image.image_id}"

    def get_closeup_url(self, image: SyntheticImage) -> str:
        """What was drawn in it."""
        return f"/api/v1/blobs/{image.closeup_id}"

    def get_neighbour_url(self, image: SyntheticImage) -> str | None:
        """The real example nearest to it."""
        return f"/api/v1/blobs/{image.neighbour_closeup_id}" if image.neighbour_closeup_id else None


class Decision(Strict):
    """What becomes of some images of a batch."""

    images = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=2**62), min_length=1, max_length=2000
    )
    state = serializers.ChoiceField(choices=SyntheticState.choices)


class Added(serializers.Serializer[Any]):
    """How many images a dataset has got."""

    added = serializers.IntegerField()


class DrawnPage(CursorPage):
    """In the order they were drawn."""

    ordering = "position"


class Batches(
    Narrowed,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[SyntheticBatch],
):
    """Batches of synthetic images, newest first; ?dataset= ?model= ?version= narrow."""

    needs: ClassVar[str] = "datasets"
    queryset = SyntheticBatch.objects.all()
    serializer_class = BatchShown
    filters = {
        "dataset": "dataset_version__dataset", "version": "dataset_version", "model": "model",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[SyntheticBatch]:
        """What the query asks for."""
        return self.narrowed(selectors.batches())

    @extend_schema(
        parameters=[OpenApiParameter(name, str) for name in ("state", "doubt", "cursor")],
        responses=DrawnShown(many=True),
    )
    @action(detail=True)
    def images(self, request: Request, pk: str) -> Response:
        """Its images; ?state= and ?doubt= (none, too_near, too_far) narrow."""
        state = asking.choice(request, "state", tuple(SyntheticState.values))
        doubt = asking.choice(request, "doubt", tuple(DOUBTS))
        asked = {"state": state, "doubt": DOUBTS[doubt] if doubt else None}
        pager = DrawnPage()
        rows = selectors.images(self.get_object().pk, asked)
        page = pager.paginate_queryset(rows, request, self)
        return pager.get_paginated_response(DrawnShown(page, many=True).data)

    @extend_schema(request=Decision, responses=BatchShown)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> Response:
        """Approve or reject images, or leave them open again."""
        body = Decision(data=request.data)
        body.is_valid(raise_exception=True)
        batch, ask = self.get_object(), body.validated_data
        synthetic.decide(batch, ask["images"], ask["state"], request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(BatchShown(self.get_object()).data)

    @extend_schema(request=None, responses=Added)
    @action(detail=True, methods=["post"])
    def add(self, request: Request, pk: str) -> Response:
        """Put what is approved into the dataset, for training alone."""
        added = synthetic.add(self.get_object(), request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response({"added": added})


urlpatterns = [path("generators", Generators.as_view()), *routes(synthetic=Batches)]
