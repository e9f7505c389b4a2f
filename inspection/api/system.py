"""Whether the product is well, for administrators."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inspection.selectors import health


class ServerShown(serializers.Serializer[Any]):
    """A server."""

    name = serializers.CharField()
    ok = serializers.BooleanField()
    detail = serializers.CharField()


class QueueShown(serializers.Serializer[Any]):
    """A queue."""

    name = serializers.CharField()
    length = serializers.IntegerField()


class WorkerShown(serializers.Serializer[Any]):
    """A worker process."""

    name = serializers.CharField()
    kind = serializers.CharField()
    seen_at = serializers.DateTimeField()
    job = serializers.IntegerField(allow_null=True)
    device = serializers.DictField()


class DiskShown(serializers.Serializer[Any]):
    """Bytes of the data disk."""

    path = serializers.CharField()
    free = serializers.IntegerField()
    total = serializers.IntegerField()


class SystemShown(serializers.Serializer[Any]):
    """Servers, queues, workers, devices, disk, versions."""

    servers = ServerShown(many=True)
    queues = QueueShown(many=True)
    workers = WorkerShown(many=True)
    devices = serializers.ListField(child=serializers.DictField())
    disk = DiskShown()
    versions = serializers.DictField(child=serializers.CharField())
    models_warm = serializers.ListField(child=serializers.IntegerField())
    models_broken = serializers.DictField(child=serializers.CharField())


class System(APIView):
    """The state of everything behind the pages."""

    needs = "system"

    @extend_schema(responses=SystemShown)
    def get(self, request: Request) -> Response:
        """Asked anew each time."""
        return Response(SystemShown(health.everything()).data)


urlpatterns = [path("system", System.as_view())]
