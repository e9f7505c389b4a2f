"""What answers: submissions by themselves, websockets by the live consumers, the rest by Django."""

import os
from typing import Any

import django
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from inspection.api import verdicts  # noqa: E402 - models need Django set up
from inspection.live import routing  # noqa: E402 - as above

pages = get_asgi_application()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Send each connection where it belongs."""
    if scope["type"] == "websocket":
        await routing.application(scope, receive, send)
    elif scope["type"] == "http" and verdicts.takes(scope):
        await verdicts.application(scope, receive, send)
    else:
        await pages(scope, receive, send)
