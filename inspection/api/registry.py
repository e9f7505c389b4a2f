"""Models with their evidence, exports, and the history of releases."""

from typing import Any, get_args

from django.db.models import Prefetch, QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import storage
from core.accounts import permissions, scope
from core.narrowing import Narrowed
from core.resources import routes
from core.serializers import Strict
from core.streaming import in_chunks
from inspection.api import asking
from inspection.api.image_scores import CurveShown, NearestShown
from inspection.api.products import RecipeShown, Why
from inspection.api.training import JobShown
from inspection.models.products import RecipeState
from inspection.models.registry import Evaluation, Export, ModelVersion, Release
from inspection.selectors import image_scores
from inspection.selectors import jobs as jobs_listed
from inspection.selectors import registry as selectors
from inspection.services import artefacts, registry
from workers.contract import CardKind


class ExportShown(serializers.ModelSerializer[Export]):
    """A form that a model is served in."""

    class Meta:
        model = Export
        fields = ("format", "precision", "parity", "created_at")


class EvaluationShown(serializers.ModelSerializer[Evaluation]):
    """What the model is worth on a held-out split."""

    class Meta:
        model = Evaluation
        fields = ("split", "metrics", "per_class", "confusion", "curves", "created_at")


class InUse(serializers.Serializer[Any]):
    """Where a model judges now."""

    release = serializers.IntegerField(source="pk")
    line = serializers.IntegerField(source="line_id")
    line_name = serializers.CharField(source="line.name")
    station = serializers.IntegerField(source="station_id")
    station_name = serializers.CharField(source="station.name")
    product = serializers.IntegerField(source="product_id")
    product_code = serializers.CharField(source="product.code")
    recipe = serializers.IntegerField(source="recipe_id")
    since = serializers.DateTimeField(source="at")
    by = serializers.CharField(source="by.username")


class BaseShown(serializers.Serializer[Any]):
    """Base weights as they were when a training started from them; `through` an earlier model."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    sha256 = serializers.CharField()
    licence = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    through = serializers.IntegerField(required=False)


class ModelShown(serializers.ModelSerializer[ModelVersion]):
    """A trained model and where it came from."""

    dataset_name = serializers.CharField(
        source="dataset_version.dataset.name", read_only=True, allow_null=True, default=None
    )
    dataset_number = serializers.IntegerField(
        source="dataset_version.number", read_only=True, allow_null=True, default=None
    )
    artefact_sha256 = serializers.CharField(source="artefact_id", read_only=True)
    exports = ExportShown(many=True, read_only=True)
    base = serializers.SerializerMethodField()
    in_use = serializers.SerializerMethodField()

    class Meta:
        model = ModelVersion
        fields = (
            "id", "name", "job", "engine", "kind", "params", "augmentation", "classes", "metrics",
            "dataset_version", "dataset_name", "dataset_number", "parent", "base",
            "code_version", "note", "artefact_sha256", "created_at", "exports", "in_use",
        )  # fmt: skip

    @extend_schema_field(BaseShown(allow_null=True))
    def get_base(self, model: ModelVersion) -> Any:
        """The base weights that it goes back to."""
        return model.job and model.job.request.get("base")

    @extend_schema_field(InUse(many=True))
    def get_in_use(self, model: ModelVersion) -> Any:
        """Its standing releases on the caller's lines."""
        return InUse(self.context["in_use"].get(model.pk, []), many=True).data


class ModelWhole(ModelShown):
    """The same with its evaluations."""

    evaluations = EvaluationShown(many=True, read_only=True)

    class Meta(ModelShown.Meta):
        fields = (*ModelShown.Meta.fields, "evaluations")  # type: ignore[assignment]  # one more


class ExportAsked(Strict):
    """Another form of a model."""

    format = serializers.ChoiceField(choices=list(artefacts.FORMATS), default="openvino")


class Models(Narrowed, mixins.ListModelMixin, viewsets.GenericViewSet[ModelVersion]):
    """Models, newest first; ?job= ?engine= ?dataset= ?version= ?kind= narrow.

    Generators are there for kind=generate alone.
    """

    needs = {"GET": "view", "POST": "train"}
    queryset = ModelVersion.objects.all()
    serializer_class = ModelShown
    filters = {"job": "job", "dataset": "dataset_version__dataset", "version": "dataset_version"}
    asks = (OpenApiParameter("kind", str, enum=get_args(CardKind)), OpenApiParameter("engine", str))

    def get_queryset(self) -> QuerySet[ModelVersion]:
        """What the query asks for."""
        rows = selectors.models()
        if self.action == "retrieve":  # each image's score is asked for apart
            evaluations = Evaluation.objects.defer("scores")
            rows = rows.prefetch_related(Prefetch("evaluations", queryset=evaluations))
        if self.action != "list":
            return rows
        rows, engine = self.narrowed(rows), self.request.query_params.get("engine")
        kind = asking.choice(self.request, "kind", get_args(CardKind))
        # Without a wish no generators, which judge nothing.
        rows = rows.filter(kind=kind) if kind else rows.exclude(kind="generate")
        return rows.filter(engine=engine) if engine else rows

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of models with where they are in use."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(
            ModelShown(page, many=True, context=self._use(page)).data
        )

    @extend_schema(responses=ModelWhole)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One model with its evidence."""
        model = self.get_object()
        return Response(ModelWhole(model, context=self._use([model])).data)

    @extend_schema(responses=CurveShown)
    @action(detail=True)
    def curve(self, request: Request, pk: str) -> Response:
        """What each threshold on the image score would do to the held-out images."""
        return Response(CurveShown(image_scores.curve(self.get_object().pk)).data)

    @extend_schema(
        parameters=[OpenApiParameter("at", float, description="The threshold, 0.5 without.")],
        responses=NearestShown,
    )
    @action(detail=True)
    def nearest(self, request: Request, pk: str) -> Response:
        """The held-out images whose scores are nearest to a threshold, on both sides of it."""
        at = asking.number(request, "at")
        at = image_scores.CHOSEN if at is None else at
        found = image_scores.nearest(self.get_object().pk, at)
        may = {"datasets": "datasets" in permissions.held(request.user)}  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(NearestShown({"at": at} | found, context=may).data)

    @extend_schema(responses={(200, "application/zip"): bytes})
    @action(detail=True)
    def artefact(self, request: Request, pk: str) -> StreamingHttpResponse:
        """The trained weights with the spec they are rebuilt from."""
        model = self.get_object()
        headers = {
            "Content-Disposition": f'attachment; filename="model-{model.pk}.zip"',
            "Content-Length": str(model.artefact.size),
        }
        chunks = in_chunks(storage.stream(model.artefact_id))
        return StreamingHttpResponse(chunks, content_type="application/zip", headers=headers)

    @extend_schema(request=ExportAsked, responses={201: JobShown})
    @action(detail=True, methods=["post"])
    def export(self, request: Request, pk: str) -> Response:
        """Queue the making of an export."""
        body = ExportAsked(data=request.data)
        body.is_valid(raise_exception=True)
        model, form = self.get_object(), body.validated_data["format"]
        job = artefacts.export(model.pk, form, request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        shown = JobShown(jobs_listed.listed().get(pk=job.pk))
        return Response(shown.data, status=status.HTTP_201_CREATED)

    def _use(self, models: Any) -> dict[str, Any]:
        lines = scope.allowed_lines(self.request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return {"in_use": selectors.in_use([model.pk for model in models], lines)}


class ReleaseShown(serializers.ModelSerializer[Release]):
    """Who put which recipe in force, when and why."""

    by = serializers.CharField(source="by.username")
    line_name = serializers.CharField(source="line.name")
    station_name = serializers.CharField(source="station.name")
    product_code = serializers.CharField(source="product.code")
    revision = serializers.IntegerField(source="recipe.revision")
    model = serializers.IntegerField(source="recipe.model_id")
    model_name = serializers.CharField(source="recipe.model.name")
    replaced_revision = serializers.IntegerField(
        source="replaced.revision", allow_null=True, default=None
    )
    replaced_model = serializers.IntegerField(
        source="replaced.model_id", allow_null=True, default=None
    )

    class Meta:
        model = Release
        fields = (
            "id", "line", "line_name", "station", "station_name", "product", "product_code",
            "recipe", "revision", "model", "model_name", "replaced", "replaced_revision",
            "replaced_model", "kind", "reason", "by", "asked_at", "at", "ended_at",
        )  # fmt: skip


class Releases(Narrowed, mixins.ListModelMixin, viewsets.GenericViewSet[Release]):
    """What was in production when; ?site= ?line= ?station= ?product= ?model= narrow.

    ?now=true: only what is in force or warming up to be.
    """

    needs = {"GET": "view", "POST": "release"}
    queryset = Release.objects.all()
    serializer_class = ReleaseShown
    filters = {
        "site": "line__site", "line": "line", "station": "station", "product": "product",
        "model": "recipe__model",
    }  # fmt: skip
    asks = (OpenApiParameter("now", str, enum=["true", "false"]),)

    def get_queryset(self) -> QuerySet[Release]:
        """What the query asks for, on the caller's lines."""
        rows = selectors.releases(scope.allowed_lines(self.request.user))  # type: ignore[arg-type]  # signed in: see permissions.Can
        rows = rows.select_related("replaced")
        now = self.action == "list" and asking.choice(self.request, "now", ("true", "false"))
        if now == "true":
            rows = rows.filter(ended_at=None)
        return self.narrowed(rows)

    @extend_schema(request=Why, responses=RecipeShown)
    @action(detail=True, methods=["post"])
    def rollback(self, request: Request, pk: str) -> Response:
        """Put that release's recipe in force again: 200, or 202 while its model warms."""
        body = Why(data=request.data)
        body.is_valid(raise_exception=True)
        why = body.validated_data["reason"]
        recipe = registry.rollback(self.get_object().pk, why, request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        done = recipe.state == RecipeState.RELEASED
        return Response(RecipeShown(recipe).data, status=200 if done else 202)


urlpatterns = routes(models=Models, releases=Releases)
