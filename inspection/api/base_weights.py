"""The store of base weights, and the list of pickles that may be read."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.resources import routes
from core.serializers import Strict, StrictModel
from inspection.models.base_weights import AllowedPickle, BaseWeights, WeightsFormat
from inspection.selectors import base_weights as selectors
from inspection.services import base_weights

SHA256 = r"^[0-9a-f]{64}$"


class AllowedShown(StrictModel):
    """A pickle that may be read, and who says so."""

    sha256 = serializers.RegexField(SHA256, max_length=64)
    created_by = serializers.CharField(source="created_by.username", read_only=True)

    class Meta:
        model = AllowedPickle
        fields = ("id", "sha256", "note", "created_by", "created_at")


class TensorShown(serializers.Serializer[Any]):
    """One tensor of a file."""

    name = serializers.CharField()
    dtype = serializers.CharField()
    shape = serializers.ListField(child=serializers.IntegerField())


class UsedBy(serializers.Serializer[Any]):
    """A model that was trained from the weights."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class WeightsShown(StrictModel):
    """A file of weights: what it fits, where it is from, its licence, what is in it."""

    sha256 = serializers.CharField(source="blob_id", read_only=True)
    size = serializers.IntegerField(source="blob.size", read_only=True)
    uploaded_by = serializers.CharField(source="uploaded_by.username", read_only=True)
    first = TensorShown(many=True, read_only=True)
    used_by = serializers.SerializerMethodField()
    vouched = serializers.SerializerMethodField()

    class Meta:
        model = BaseWeights
        fields = (
            "id", "name", "architecture", "sha256", "size", "format", "file_name", "licence",
            "source", "note", "state", "tensors", "parameters", "first", "problem_code", "problem",
            "vouched", "used_by", "uploaded_by", "created_at", "archived_at",
        )  # fmt: skip
        read_only_fields = (
            "format", "file_name", "state", "tensors", "parameters", "problem_code", "problem",
            "created_at",
        )  # fmt: skip

    @extend_schema_field(UsedBy(many=True))
    def get_used_by(self, row: BaseWeights) -> Any:
        """Models that were trained from these weights, newest first."""
        return self.context["used_by"].get(row.pk, [])

    @extend_schema_field(AllowedShown(allow_null=True))
    def get_vouched(self, row: BaseWeights) -> Any:
        """Of a pickle: who says that its hash is its publisher's; null while nobody does."""
        entry = self.context["vouched"].get(row.blob_id)
        return entry and AllowedShown(entry).data


class WeightsAsked(Strict):
    """Uploaded bytes to be taken into the store."""

    sha256 = serializers.RegexField(SHA256, max_length=64)
    name = serializers.CharField(max_length=200)
    architecture = serializers.CharField(max_length=200)
    licence = serializers.CharField(max_length=500)
    source = serializers.CharField(max_length=500)  # type: ignore[assignment]  # a word of ours
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)
    file_name = serializers.CharField(max_length=255, required=False, allow_blank=True)


class WeightsViews(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[BaseWeights]
):
    """Base weights, newest first; ?archived=1 has the archived ones."""

    needs = {"GET": "train", "*": "system"}
    queryset = BaseWeights.objects.all()
    serializer_class = WeightsShown

    def get_queryset(self) -> QuerySet[BaseWeights]:
        """What can be chosen, or what was archived; by id either."""
        if self.action != "list":
            return BaseWeights.objects.select_related("blob", "uploaded_by")
        return selectors.listed(self.request.query_params.get("archived") in ("true", "1"))

    @extend_schema(parameters=[OpenApiParameter("archived", bool)])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of weights with the models that came of them."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(self._shown(page, many=True))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One file of weights."""
        return Response(self._one(self.get_object()))

    @extend_schema(request=WeightsAsked, responses={201: WeightsShown})
    def create(self, request: Request) -> Response:
        """Take uploaded bytes into the store: PUT them to /blobs/{sha256} first."""
        body = WeightsAsked(data=request.data)
        body.is_valid(raise_exception=True)
        row = base_weights.add(body.validated_data, request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(self._one(row), status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is said of them: name, architecture, licence, source, note."""
        body = WeightsShown(self.get_object(), data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        row = base_weights.change(self.get_object().pk, body.validated_data, request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(self._one(row))

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete what no training has used; archive what one has."""
        base_weights.remove(self.get_object().pk, request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """Take them out of what can be chosen."""
        base_weights.archive(self.get_object().pk, request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(self._one(self.get_object()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Undo an archiving."""
        base_weights.restore(self.get_object().pk, request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(self._one(self.get_object()))

    def _one(self, row: BaseWeights) -> Any:
        return self._shown([row], many=True)[0]

    def _shown(self, rows: Any, many: bool) -> Any:
        pickles = [row.blob_id for row in rows if row.format == WeightsFormat.PT]
        context = {
            "used_by": selectors.used_by([row.pk for row in rows]),
            "vouched": selectors.vouched(pickles),
        }
        return WeightsShown(rows, many=many, context=context).data


class Allowed(mixins.ListModelMixin, viewsets.GenericViewSet[AllowedPickle]):
    """Hashes of pickles that may be read."""

    needs = {"GET": "train", "*": "system"}
    queryset = AllowedPickle.objects.select_related("created_by")
    serializer_class = AllowedShown

    @extend_schema(request=AllowedShown, responses={201: AllowedShown})
    def create(self, request: Request) -> Response:
        """Register a hash: the note says who vouches for it."""
        body = AllowedShown(data=request.data)
        body.is_valid(raise_exception=True)
        row = base_weights.allow(**body.validated_data, by=request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(AllowedShown(row).data, status=status.HTTP_201_CREATED)

    def destroy(self, request: Request, pk: str) -> Response:
        """Take a hash off the list: its pickle is read no more."""
        base_weights.withdraw(self.get_object().pk, request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(status=status.HTTP_204_NO_CONTENT)


urlpatterns = routes(**{"base_weights/allow_list": Allowed, "base_weights": WeightsViews})
