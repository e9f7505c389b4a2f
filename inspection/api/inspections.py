"""Inspections: the list, one with everything, its images, dispositions, the review queue."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import storage
from core.errors import Refused
from inspection.api import asking, pictures
from inspection.api.inspections_shown import (
    Detail,
    DispositionAsked,
    ListPage,
    ReviewPage,
    detail,
    rows,
)  # fmt: skip
from inspection.models.inspections import Inspection, Mode, Verdict
from inspection.models.products import DefectClass
from inspection.selectors import inspections as selectors
from inspection.services import dispositions, thumbnails

PLACES = ("site", "line", "station", "product", "model", "recipe")
FILTERS = [
    *(OpenApiParameter(name, int) for name in PLACES),
    *(OpenApiParameter(name, str) for name in ("verdict", "class", "serial", "lot", "mode")),
    *(OpenApiParameter(name, str) for name in ("outcome", "from", "to", "cursor")),
    OpenApiParameter("limit", int),
]
WAITING = [
    *(OpenApiParameter(name, int) for name in ("line", "site", "limit")),
    OpenApiParameter("after", str),
]
REVIEWED_AT_ONCE = 5


def _filters(request: Request) -> dict[str, Any]:
    asked: dict[str, Any] = {name: asking.whole(request, name) for name in PLACES}
    asked["verdict"] = asking.choice(request, "verdict", tuple(Verdict.values))
    asked["mode"] = asking.choice(request, "mode", tuple(Mode.values))
    asked["outcome"] = asking.choice(request, "outcome", selectors.OUTCOMES)
    for name in ("serial", "lot"):
        asked[name] = request.query_params.get(name) or None
    asked["start"], asked["end"] = asking.moment(request, "from"), asking.moment(request, "to")
    if named := request.query_params.get("class"):
        found = DefectClass.objects.filter(name=named).first()
        asked["defect_class"] = found.pk if found else 0
    return asked


class Inspections(APIView):
    """Newest first, by cursor."""

    needs = "view"

    @extend_schema(operation_id="v1_inspections_list", parameters=FILTERS, responses=ListPage)
    def get(self, request: Request) -> Response:
        """A page; `next` is a ready link or null."""
        found = selectors.narrowed(selectors.visible(asking.lines(request)), _filters(request))
        cursor = request.query_params.get("cursor")
        before = asking.uuid(cursor) if cursor else None
        page, last = selectors.page(found, before, asking.limit(request))
        return Response({"results": rows(page), "next": _next(request, last)})


def _next(request: Request, last: Any) -> str | None:
    if last is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = str(last)
    return f"{request.path}?{query.urlencode()}"


def _one(request: Request, pk: str) -> Inspection:
    row = selectors.one(asking.uuid(pk), asking.lines(request))
    if row is None:
        raise Refused("not_found", "There is no such inspection.", status=404)
    return row


class InspectionView(APIView):
    """One inspection."""

    needs = "view"

    @extend_schema(responses=Detail)
    def get(self, request: Request, pk: str) -> Response:
        """With images, findings, versions, dispositions and the history of its serial."""
        return Response(detail(_one(request, pk), asking.lines(request)))


class Image(APIView):
    """An image of an inspection, as it was sent."""

    needs = "view"

    @extend_schema(
        parameters=[OpenApiParameter("thumb", int), *pictures.LOW_HIGH],
        responses={(200, "image/*"): bytes},
    )
    def get(self, request: Request, pk: str, position: int) -> HttpResponse:
        """The bytes; ?thumb=1 for a JPEG of 320 px.

        Grey of more than 8 bits comes as a window of its values; `X-Window` says which.
        """
        image = selectors.image(_one(request, pk), position)
        if image is None:
            raise Refused("not_found", "There is no such image.", status=404)
        try:
            if request.query_params.get("thumb") == "1":
                return pictures.respond(thumbnails.small(image.sha256), {})
            return pictures.answer(request, image.sha256, {})
        except storage.Missing:
            raise Refused("image_gone", "The image is no longer kept.", status=410) from None


class Dispositions(APIView):
    """What a person says of a unit."""

    needs = "dispose"

    @extend_schema(request=DispositionAsked, responses=Detail)
    def post(self, request: Request, pk: str) -> Response:
        """Record it; the newest stands."""
        body = DispositionAsked(data=request.data)
        body.is_valid(raise_exception=True)
        row = dispositions.record(asking.uuid(pk), body.validated_data, request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(detail(row, asking.lines(request)))


class Undo(APIView):
    """Take the standing disposition back."""

    needs = "dispose"

    @extend_schema(request=None, responses=Detail)
    def post(self, request: Request, pk: str) -> Response:
        """The one before it stands again."""
        row = dispositions.undo(asking.uuid(pk), request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(detail(row, asking.lines(request)))


class Review(APIView):
    """What waits for a person's word: NG and REVIEW, oldest first."""

    needs = "dispose"

    @extend_schema(parameters=WAITING, responses=ReviewPage)
    def get(self, request: Request) -> Response:
        """The next few, those after `after` (an id) if it is given, with everything, and how many
        wait in all (1000 at most are counted)."""
        lines = asking.lines(request)
        where = {name: asking.whole(request, name) for name in ("line", "site")}
        waiting = selectors.to_review(lines, datetime.now(UTC), **where)
        after = request.query_params.get("after")
        some = selectors.following(waiting, asking.uuid(after)) if after else waiting
        shown = [detail(r, lines) for r in some[: asking.limit(request, REVIEWED_AT_ONCE, 20)]]
        return Response({"results": shown, "remaining": waiting[:1000].count()})


urlpatterns = [
    path("inspections", Inspections.as_view()),
    path("inspections/<str:pk>", InspectionView.as_view()),
    path("inspections/<str:pk>/images/<int:position>", Image.as_view()),
    path("inspections/<str:pk>/disposition", Dispositions.as_view()),
    path("inspections/<str:pk>/disposition/undo", Undo.as_view()),
    path("review", Review.as_view()),
]
