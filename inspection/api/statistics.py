"""Statistics of a period: figures, trend, Pareto."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inspection.api import asking
from inspection.models.plant import Line, Site
from inspection.selectors import defects, statistics
from inspection.selectors.statistics import Question

PERIOD = timedelta(hours=24)
LONGEST = timedelta(days=800)
PARAMETERS = [
    *(OpenApiParameter(name, int) for name in ("site", "line", "station", "product", "model")),
    *(OpenApiParameter(name, str) for name in ("from", "to")),
    OpenApiParameter("truth", str, enum=["final", "model"]),
]
Rate = serializers.FloatField
Interval = serializers.ListField


class PeriodSummary(serializers.Serializer[Any]):
    """Figures of a period; a rate is null when there is nothing to divide by."""

    inspected = serializers.IntegerField()
    ng = serializers.IntegerField()
    ng_rate = Rate(allow_null=True)
    ng_interval = Interval(child=Rate(), allow_null=True)
    fpy = Rate(allow_null=True)
    fpy_interval = Interval(child=Rate(), allow_null=True)
    triggered = serializers.IntegerField()
    decided = serializers.IntegerField()
    reinspected = serializers.IntegerField()
    error = serializers.IntegerField()
    late = serializers.IntegerField()
    review = serializers.IntegerField()
    review_share = Rate(allow_null=True)
    verified = serializers.IntegerField()
    verified_share = Rate(allow_null=True)
    false_calls = serializers.IntegerField()
    availability = Rate(allow_null=True)
    latency_ms = Rate(allow_null=True)
    truth = serializers.CharField()
    to = serializers.DateTimeField()
    as_of = serializers.DateTimeField()

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python."""
        return super().get_fields() | {"from": serializers.DateTimeField()}


class Point(serializers.Serializer[Any]):
    """One bucket."""

    t = serializers.DateTimeField()
    inspected = serializers.IntegerField()
    ng = serializers.IntegerField()
    ng_rate = Rate(allow_null=True)
    interval = Interval(child=Rate(), allow_null=True)


class Trend(serializers.Serializer[Any]):
    """The NG rate over time; `timezone` is that of the days."""

    bucket = serializers.CharField()
    timezone = serializers.CharField()
    points = Point(many=True)


class ClassBar(serializers.Serializer[Any]):
    """One class of the Pareto."""

    colour = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()
    units = serializers.IntegerField(allow_null=True)
    share = Rate()
    cumulative = Rate()

    def get_fields(self) -> dict[str, Any]:
        """`class` is a word of Python."""
        return {"class": serializers.CharField()} | super().get_fields()


class Pareto(serializers.Serializer[Any]):
    """Decisive findings by class, most first; `n` units inspected.

    `unnamed` units are defective by a person's word alone, without a class. `upper_bound`: the
    share of defective units that no defect among `n` still allows (95 %); null when there are any.
    """

    total = serializers.IntegerField()
    n = serializers.IntegerField()
    classes = ClassBar(many=True)
    other = ClassBar(allow_null=True)
    unnamed = serializers.IntegerField()
    upper_bound = Rate(allow_null=True)


def _question(request: Request) -> Question:
    end = asking.moment(request, "to") or datetime.now(UTC)
    start = asking.moment(request, "from") or end - PERIOD
    if start >= end:
        raise asking.wrong("from", "The beginning must be before the end.")
    if end - start > LONGEST:
        raise asking.wrong("from", f"At most {LONGEST.days} days.")
    return Question(
        start=start,
        end=end,
        lines=_lines(request),
        station=asking.whole(request, "station"),
        product=asking.whole(request, "product"),
        model=asking.whole(request, "model"),
        truth=asking.choice(request, "truth", ("final", "model")) or "final",
    )


def _lines(request: Request) -> tuple[int, ...] | None:
    """The lines asked for, of those the caller may see; None: all."""
    allowed, line = asking.lines(request), asking.whole(request, "line")
    site = asking.whole(request, "site")
    if line is not None:
        return (line,) if allowed is None or line in allowed else ()
    if site is not None:
        of_site = set(Line.objects.filter(site=site).values_list("pk", flat=True))
        return tuple(sorted(of_site if allowed is None else of_site & allowed))
    return None if allowed is None else tuple(sorted(allowed))


def _zone(request: Request) -> ZoneInfo:
    """The plant's zone: of the line, the site, or the only site."""
    line, site = asking.whole(request, "line"), asking.whole(request, "site")
    sites = Site.objects.all()
    if line is not None:
        sites = sites.filter(lines=line)
    elif site is not None:
        sites = sites.filter(pk=site)
    names = set(sites.values_list("timezone", flat=True))
    return ZoneInfo(names.pop() if len(names) == 1 else "UTC")


class SummaryView(APIView):
    """How good a period was."""

    needs = "view"

    @extend_schema(parameters=PARAMETERS, responses=PeriodSummary)
    def get(self, request: Request) -> Response:
        """The last 24 hours unless asked otherwise."""
        return Response(PeriodSummary(statistics.summary(_question(request))).data)


class TrendView(APIView):
    """How the NG rate went."""

    needs = "view"

    @extend_schema(
        parameters=[*PARAMETERS, OpenApiParameter("bucket", str, enum=["hour", "day"])],
        responses=Trend,
    )
    def get(self, request: Request) -> Response:
        """By hour up to three days, by day beyond, unless asked otherwise."""
        ask, zone = _question(request), _zone(request)
        short = ask.end - ask.start <= timedelta(days=3)
        bucket = asking.choice(request, "bucket", ("hour", "day")) or ("hour" if short else "day")
        if bucket == "hour" and ask.end - ask.start > timedelta(days=62):
            raise asking.wrong("bucket", "By hour at most 62 days; ask by day.")
        points = statistics.trend(ask, bucket, zone)
        return Response(Trend({"bucket": bucket, "timezone": zone.key, "points": points}).data)


class ParetoView(APIView):
    """Which defects there are most of."""

    needs = "view"

    @extend_schema(parameters=[*PARAMETERS, OpenApiParameter("most", int)], responses=Pareto)
    def get(self, request: Request) -> Response:
        """Ten classes, the rest as `other`."""
        most = asking.whole(request, "most", 10) or 10
        return Response(defects.pareto(_question(request), max(1, min(most, 50))))


urlpatterns = [
    path("statistics/summary", SummaryView.as_view()),
    path("statistics/trend", TrendView.as_view()),
    path("statistics/pareto", ParetoView.as_view()),
]
