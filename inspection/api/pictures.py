"""An image as the browser shows it, with the window of its grey values beside it."""

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from inspection.api import asking
from inspection.formats.grey import Window
from inspection.services import thumbnails

LOW_HIGH = [
    OpenApiParameter("low", float, description="Grey value that is shown black."),
    OpenApiParameter("high", float, description="Grey value that is shown white."),
]
KEPT = "private, max-age=31536000, immutable"  # the address names the content


def answer(request: Request, sha256: str, headers: dict[str, str]) -> HttpResponse:
    """The whole image, or the window ?low=&high= of it. `X-Window` says which window is shown."""
    low, high = asking.number(request, "low"), asking.number(request, "high")
    return respond(thumbnails.whole(sha256, low, high), headers)


def respond(shown: thumbnails.Shown, headers: dict[str, str]) -> HttpResponse:
    """Bytes that the browser may keep."""
    safe = {"Cache-Control": KEPT, "X-Content-Type-Options": "nosniff"}
    if shown.window is not None:
        safe["X-Window"] = _worded(shown.window)
    return HttpResponse(shown.data, content_type=shown.kind, headers=headers | safe)


def _worded(window: Window) -> str:
    return ", ".join(f"{name}={value:g}" for name, value in vars(window).items())
