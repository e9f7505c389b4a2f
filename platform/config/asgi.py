"""What answers: submissions and small files by themselves, websockets by the live consumers, the
rest by Django.
"""

import os
import re
from typing import Any

import django
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.urls import get_resolver  # noqa: E402 - settings first

from core import memory  # noqa: E402 - as above
from core.gate import Large, guarded  # noqa: E402 - models need Django set up
from inspection.api import datasets, sending, verdicts  # noqa: E402 - their models need it too
from inspection.live import routing  # noqa: E402 - as above
from inspection.services import blobs  # noqa: E402 - as above

LARGE = [
    Large("PUT", re.compile(r"/api/v1/blobs/[^/]+"), blobs.LIMIT, "datasets"),
    Large("POST", re.compile(r"/api/v1/datasets/\d+/imports"), datasets.MANIFEST, "datasets"),
]
_django = get_asgi_application()


async def _inside(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await (sending.application if sending.takes(scope) else _django)(scope, receive, send)


pages = guarded(_inside, LARGE)
list(get_resolver().url_patterns)  # loads them; else the first request would
memory.settle()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Send each connection where it belongs."""
    if scope["type"] == "websocket":
        await routing.application(scope, receive, send)
    elif scope["type"] == "http" and verdicts.takes(scope):
        await verdicts.application(scope, receive, send)
    else:
        await pages(scope, receive, send)
