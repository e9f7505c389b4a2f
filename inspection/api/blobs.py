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
from inspection.api import pictures
from inspection.api.datasets_shown import Hashes, Missing
from inspection.models.datasets import Blob
from inspection.services import blobs

SHA256 = re.compile(r"[0-9a-f]{64}")
WHOLE = 64 * 1024 * 1024  # bytes up to which the browser gets what it can show


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
        return Response({"missing": blobs.missing(body.validated_data["sha256"], request.user)})  # type: ignore[arg-type]


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
        made = blobs.take(sha256, body, request.user)  # type: ignore[arg-type]
        return Response({"sha256": sha256}, status=201 if made else 200)

    @extend_schema(
        parameters=[OpenApiParameter("raw", int), *pictures.LOW_HIGH],
        responses={(200, "image/*"): bytes},
    )
    def get(self, request: Request, sha256: str) -> Any:
        """The bytes; an image that no browser shows becomes a PNG unless ?raw=1.

        Grey of more than 8 bits comes as a window of its values; `X-Window` says which.
        """
        _check(sha256)
        blob = Blob.objects.filter(pk=sha256).first()
        if blob is None or not blobs.may_see(sha256, request.user):  # type: ignore[arg-type]
            raise Refused("not_found", "There are no such bytes, or not for you.", status=404)
        headers = {
            "Cache-Control": pictures.KEPT,
            "ETag": f'"{sha256}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'",
        }
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return HttpResponse(status=304, headers=headers)
        return _body(blob, request, headers)


def _body(blob: Blob, request: Request, headers: dict[str, str]) -> Any:
    try:
        if request.query_params.get("raw") == "1" or blob.size > WHOLE:
            headers["Content-Length"] = str(blob.size)
            chunks, kind = storage.stream(blob.pk), "application/octet-stream"
            return StreamingHttpResponse(chunks, content_type=kind, headers=headers)
        return pictures.answer(request, blob.pk, headers)
    except storage.Missing:
        raise Refused("gone", "The bytes are gone from the store.", status=410) from None


def _check(sha256: str) -> None:
    if not SHA256.fullmatch(sha256):
        raise Refused("invalid", "The address is a SHA-256 in lower-case hex.", status=400)
