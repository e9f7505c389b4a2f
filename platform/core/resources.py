"""Plain CRUD over the API in three declarations: queryset, serializer_class, needs."""

from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.db.models.fields import Field
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.serializers import BaseSerializer

from core import records
from core.narrowing import Narrowed

ARCHIVED = OpenApiParameter("archived", bool, description="The archived ones instead.")


class Resource(Narrowed, viewsets.ModelViewSet[Any]):
    """List, create, read, change, delete. What has `archived_at` is archived when it is in use."""

    http_method_names: ClassVar[list[str]] = ["get", "post", "patch", "delete", "head", "options"]  # type: ignore[misc]  # the stub lets no class say so
    needs: ClassVar[Any] = {"GET": "view", "*": "configure"}

    def get_queryset(self) -> QuerySet[Any]:
        """Its rows, without the archived ones unless ?archived=1 or one is asked for by id."""
        rows = self.visible(super().get_queryset())
        if "archived_at" in _fields(rows.model) and self.action == "list":
            archived = self.request.query_params.get("archived") in ("true", "1")
            rows = rows.filter(archived_at__isnull=not archived)
        return self.narrowed(rows)

    def asked(self) -> list[OpenApiParameter]:
        """With ?archived= where rows can be archived."""
        archives = "archived_at" in _fields(super().get_queryset().model)
        return [*super().asked(), *([ARCHIVED] if archives else [])]

    def visible(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """What this caller may see; all of it unless a resource says otherwise."""
        return rows

    def may_write(self, values: dict[str, Any]) -> None:
        """Refuse a write that reaches beyond the caller's lines."""

    def changed(self, record: Model) -> None:
        """Called when a write has been committed."""

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        """Create through `records`, with the audit entry."""
        self.may_write(serializer.validated_data)
        kind = self.get_queryset().model
        serializer.instance = records.create(self.request.user, kind, serializer.validated_data)
        self.announce(serializer.instance)

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        """Change through `records`, with the audit entry."""
        self.may_write(serializer.validated_data)
        serializer.instance = records.change(
            self.request.user, self.get_object(), serializer.validated_data
        )
        self.announce(serializer.instance)

    def perform_destroy(self, instance: Model) -> None:
        """Delete or archive."""
        records.remove(self.request.user, instance)
        self.announce(instance)

    def announce(self, record: Any) -> None:
        """Call `changed` once the write is committed."""
        transaction.on_commit(lambda: self.changed(record))


class Archivable(Resource):
    """A resource whose archived rows can be brought back."""

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Undo an archiving."""
        record = self.get_object()
        records.restore(request.user, record)
        self.announce(record)
        return Response(self.get_serializer(record).data, status=status.HTTP_200_OK)


def _fields(model: type[Model]) -> set[str]:
    return {field.name for field in model._meta.get_fields() if isinstance(field, Field)}


def routes(**resources: Any) -> list[Any]:
    """URL patterns for resources by their plural; an underscore becomes a hyphen."""
    router = SimpleRouter(trailing_slash=False)
    for plural, resource in resources.items():
        router.register(plural.replace("_", "-"), resource, basename=plural)
    return router.urls
