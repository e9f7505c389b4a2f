"""Bytes by their hash."""

import io
import re
from typing import Any, ClassVar

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import storage
from core.errors import Refused
from core.parsers import BoundedJSON
from core.streaming import in_chunks
from inspection.api import asking, pictures
from inspection.api.datasets_shown import Hashes, Missing
from inspection.models.datasets import Blob
from inspection.services import blobs

SHA256 = re.compile(r"[0-9a-f]{64}")
PART = 1024 * 1024  # bytes of a thumbnail at most
WHOLE = 64 * 1024 * 1024  # bytes up to which the browser gets what it can show
HEADERS = {
    "Cache-Control": pictures.KEPT,
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
}


class Raw(BaseParser):
    """Any media type, left as a stream."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The stream itself."""
        return stream


class MissingBlobs(APIView):
    """What to upload."""

    needs = "datasets"
    parser_classes = (BoundedJSON,)

    @extend_schema(request=Hashes, responses=Missing)
    def post(self, request: Request) -> Response:
        """Those of these hashes that are not here, or not the caller's to name."""
        body = Hashes(data=request.data)
        body.is_valid(raise_exception=True)
        return Response({"missing": blobs.missing(body.validated_data["sha256"], request.user)})  # type: ignore[arg-type]  # signed in: see permissions.Can


class BlobView(APIView):
    """One blob."""

    needs: ClassVar[dict[str, str]] = {"GET": "datasets", "PUT": "datasets"}
    parser_classes = (Raw,)

    @extend_schema(
        request={"application/octet-stream": bytes}, responses={200: None, 201: None, 422: None}
    )
    def put(self, request: Request, sha256: str) -> Response:
        """201 stored, 200 it was here already, 422 the bytes have another hash."""
        _check(sha256)
        body = request.data if hasattr(request.data, "read") else io.BytesIO()  # no bytes
        made = blobs.take(sha256, body, request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response({"sha256": sha256}, status=201 if made else 200)

    @extend_schema(
        parameters=[
            *(OpenApiParameter(name, int) for name in ("raw", "at", "size")),
            *pictures.LOW_HIGH,
        ],
        responses={(200, "image/*"): bytes},
    )
    def get(self, request: Request, sha256: str) -> Any:
        """The bytes; an image that no browser shows becomes a PNG unless ?raw=1.

        ?at=&size= gives the thumbnail that lies there.
        Grey of more than 8 bits comes as a window of its values; `X-Window` says which.
        """
        blob = _visible(sha256, request)
        place = _place(request, blob)
        headers = HEADERS | {"ETag": f'"{sha256}{f"-{place[0]}" if place else ""}"'}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return HttpResponse(status=304, headers=headers)
        if place:
            return HttpResponse(_part(blob, *place), content_type="image/jpeg", headers=headers)
        return _body(blob, request, headers)


def _visible(sha256: str, request: Request) -> Blob:
    _check(sha256)
    blob = Blob.objects.filter(pk=sha256).first()
    if blob is None or not blobs.may_see(sha256, request.user):  # type: ignore[arg-type]  # signed in: see permissions.Can
        raise Refused("not_found", "There are no such bytes, or not for you.", status=404)
    return blob


def _body(blob: Blob, request: Request, headers: dict[str, str]) -> Any:
    try:
        if request.query_params.get("raw") == "1" or blob.size > WHOLE:
            headers["Content-Length"] = str(blob.size)
            chunks, kind = in_chunks(storage.stream(blob.pk)), "application/octet-stream"
            return StreamingHttpResponse(chunks, content_type=kind, headers=headers)
        return pictures.answer(request, blob.pk, headers)
    except storage.Missing:
        raise _gone() from None


def _place(request: Request, blob: Blob) -> tuple[int, int] | None:
    """From which byte how many are asked for."""
    at, size = asking.whole(request, "at"), asking.whole(request, "size")
    if at is None or size is None:
        return None
    if not 0 < size <= PART or at + size > blob.size:
        raise Refused("invalid", "There is nothing at this place.", status=400)
    return at, size


def _part(blob: Blob, at: int, size: int) -> bytes:
    try:
        return b"".join(storage.stream(blob.pk, at, size))
    except storage.Missing:
        raise _gone() from None


def _gone() -> Refused:
    return Refused("gone", "The bytes are gone from the store.", status=410)


def _check(sha256: str) -> None:
    if not SHA256.fullmatch(sha256):
        raise Refused("invalid", "The address is a SHA-256 in lower-case hex.", status=400)
