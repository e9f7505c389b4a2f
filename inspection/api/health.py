"""For load balancers, line computers and Prometheus: outside of the versioned API."""

import time
from typing import Any

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from inspection.selectors import health
from inspection.selectors.health import Gauge

STARTED = time.time()


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while this process answers; it asks no other server."""
    return JsonResponse({"ok": True})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when submissions can be judged and stored, 503 with what is missing.

    `?station=` asks for the models that judge at that station.
    """
    station = request.GET.get("station", "")
    if station and not (station.isdecimal() and len(station) <= 18):
        return JsonResponse({"ok": False, "missing": ["station is a number"]}, status=400)
    missing = health.missing(int(station) if station else None)
    return JsonResponse({"ok": not missing, "missing": missing}, status=503 if missing else 200)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text: counts of the running hour and day, queues, workers. No names of things."""
    gauges: list[Gauge] = [Gauge("kizu_uptime_seconds", "Since start.", time.time() - STARTED)]
    try:
        gauges += health.gauges()
        up = 1.0
    except (DatabaseError, RedisError, OSError):
        up = 0.0
        connection.close()
    gauges.append(Gauge("kizu_up", "Whether database and broker answer.", up))
    text = "".join(_family(name, gauges) for name in dict.fromkeys(g.name for g in gauges))
    return HttpResponse(text, content_type="text/plain; version=0.0.4")


def _family(name: str, gauges: list[Gauge]) -> str:
    """All gauges of a name under one heading, as the format wants."""
    own = [gauge for gauge in gauges if gauge.name == name]
    head = f"# HELP {name} {own[0].words}\n# TYPE {name} gauge\n"
    return head + "".join(map(_text, own))


def _text(gauge: Gauge) -> str:
    labels = ",".join(f'{name}="{value}"' for name, value in gauge.labels.items())
    label = f"{{{labels}}}" if labels else ""
    return f"{gauge.name}{label} {_number(gauge.value)}\n"


def _number(value: Any) -> str:
    return f"{float(value):.15g}"


urlpatterns = [path("healthz", healthz), path("readyz", readyz), path("metrics", metrics)]
