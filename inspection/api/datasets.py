"""Datasets, their samples, imports and versions."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.resources import Archivable, routes
from inspection.api import asking, blobs
from inspection.api.datasets_shown import (
    AnnotationsAsked,
    DatasetShown,
    FreezeAsked,
    Ids,
    ImportAgain,
    ImportAsked,
    ImportShown,
    SampleShown,
    VersionShown,
)  # fmt: skip
from inspection.models.datasets import Dataset, DatasetVersion, Import, Sample, Split
from inspection.selectors import datasets as selectors
from inspection.services import imports, samples, versions

MARKS = ("annotated", "synthetic")  # of samples
MANIFEST = 128 * 1024 * 1024  # bytes of JSON: a million files


def _valid(kind: Any, request: Request) -> dict[str, Any]:
    body = kind(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


class Datasets(Archivable):
    """Datasets with their summaries."""

    needs = "datasets"
    queryset = Dataset.objects.select_related("product")
    serializer_class = DatasetShown
    filters = {"product": "product"}

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """With the summaries of what is shown."""
        shown = args[0] if args else None
        if isinstance(shown, list):
            kwargs["context"] = {"summaries": selectors.summaries(shown)}
        return super().get_serializer(*args, **kwargs)

    def get_serializer_context(self) -> dict[str, Any]:
        """One dataset's summary, asked when it is wanted."""
        return {**super().get_serializer_context(), "summaries": _Lazy()}

    def perform_create(self, serializer: Any) -> None:
        """Whoever makes it is noted."""
        serializer.validated_data["created_by"] = self.request.user
        super().perform_create(serializer)

    @extend_schema(
        parameters=[
            *(OpenApiParameter(name, str) for name in ("class", "split", "cursor")),
            *(OpenApiParameter(name, str, enum=["true", "false"]) for name in MARKS),
            OpenApiParameter("limit", int),
        ],
        responses=SampleShown(many=True),
    )
    @action(detail=True, methods=["get"], url_path="samples")
    def samples(self, request: Request, pk: str) -> Response:
        """Samples, newest first."""
        found = selectors.samples(self.get_object().pk, _filters(request))
        page = self.paginate_queryset(found)
        return self.get_paginated_response(SampleShown(page, many=True).data)

    @extend_schema(request=Ids, responses={204: None})
    @samples.mapping.delete
    def remove_samples(self, request: Request, pk: str) -> Response:
        """Take samples out."""
        samples.remove(self.get_object(), _valid(Ids, request)["ids"], request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(status=status.HTTP_204_NO_CONTENT)


class _Lazy(dict[int, Any]):
    def __missing__(self, pk: int) -> Any:
        return selectors.summaries([Dataset(pk=pk)])[pk]


def _filters(request: Request) -> dict[str, Any]:
    return {
        "class": request.query_params.get("class") or None,
        "split": asking.choice(request, "split", (*Split.values, "none")),
        "annotated": _yes(request, "annotated"),
        "synthetic": _yes(request, "synthetic"),
    }


def _yes(request: Request, name: str) -> bool | None:
    said = asking.choice(request, name, ("true", "false"))
    return None if said is None else said == "true"


class DatasetImports(viewsets.GenericViewSet[Import]):
    """Imports into one dataset."""

    needs = "datasets"
    queryset = Import.objects.select_related("created_by").defer("files")
    serializer_class = ImportShown
    json_limit = MANIFEST

    def get_queryset(self) -> QuerySet[Import]:
        """Of this dataset."""
        return super().get_queryset().filter(dataset=self.kwargs["dataset"])

    def list(self, request: Request, dataset: int) -> Response:
        """Newest first."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(ImportShown(page, many=True).data)

    @extend_schema(request=ImportAsked)
    def create(self, request: Request, dataset: int) -> Response:
        """Queue a dry run, or an import."""
        target = get_object_or_404(Dataset, pk=dataset, archived_at=None)
        row = imports.submit(target, _valid(ImportAsked, request), request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(ImportShown(row).data, status=status.HTTP_201_CREATED)


class Imports(mixins.RetrieveModelMixin, viewsets.GenericViewSet[Import]):
    """One import."""

    needs = "datasets"
    queryset = Import.objects.select_related("created_by").defer("files")
    serializer_class = ImportShown

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop it; nothing of it stays."""
        row = imports.cancel(self.get_object(), request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(ImportShown(row).data)

    @extend_schema(request=ImportAgain, responses={201: ImportShown})
    @action(detail=True, methods=["post"])
    def again(self, request: Request, pk: str) -> Response:
        """The same files once more: the import after a dry run, or another try."""
        row = imports.again(self.get_object(), _valid(ImportAgain, request), request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(ImportShown(row).data, status=status.HTTP_201_CREATED)


class Samples(mixins.RetrieveModelMixin, viewsets.GenericViewSet[Sample]):
    """One sample."""

    needs = "datasets"
    queryset = Sample.objects.all()
    serializer_class = SampleShown

    def get_queryset(self) -> QuerySet[Sample]:
        """With everything."""
        return selectors.whole(super().get_queryset())

    @extend_schema(request=AnnotationsAsked)
    @action(detail=True, methods=["put"])
    def annotations(self, request: Request, pk: str) -> Response:
        """Replace its annotations."""
        asked = _valid(AnnotationsAsked, request)["annotations"]
        sample = samples.annotate(self.get_object(), asked, request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(SampleShown(self.get_queryset().get(pk=sample.pk)).data)


class DatasetVersions(viewsets.GenericViewSet[DatasetVersion]):
    """Frozen versions of one dataset."""

    needs = "datasets"
    queryset = DatasetVersion.objects.select_related("created_by", "dataset")
    serializer_class = VersionShown

    def list(self, request: Request, dataset: int) -> Response:
        """Newest first."""
        page = self.paginate_queryset(self.get_queryset().filter(dataset=dataset))
        return self.get_paginated_response(VersionShown(page, many=True).data)

    @extend_schema(request=FreezeAsked)
    def create(self, request: Request, dataset: int) -> Response:
        """201 a new version, 200 the one that holds the same."""
        target = get_object_or_404(Dataset, pk=dataset, archived_at=None)
        version, made = versions.freeze(target, _valid(FreezeAsked, request), request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(VersionShown(version).data, status=201 if made else 200)


class Versions(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[DatasetVersion]
):
    """Every version."""

    needs = "datasets"
    queryset = DatasetVersion.objects.select_related("created_by", "dataset")
    serializer_class = VersionShown


_list: Any = {"get": "list", "post": "create"}
urlpatterns = [
    path("blobs/missing", blobs.MissingBlobs.as_view()),
    path("blobs/<str:sha256>", blobs.BlobView.as_view()),
    path("datasets/<int:dataset>/imports", DatasetImports.as_view(_list)),
    path("datasets/<int:dataset>/versions", DatasetVersions.as_view(_list)),
    *routes(datasets=Datasets, imports=Imports, samples=Samples, versions=Versions),
]
