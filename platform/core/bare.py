"""Answers of the ASGI applications that stand beside Django."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from core.errors import PROBLEM

Send: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]
BESIDE = {401: (b"www-authenticate", b"Token"), 503: (b"retry-after", b"1")}


async def answer(
    send: Send, status: int, body: Mapping[str, Any], *extra: tuple[bytes, bytes]
) -> None:
    """JSON; from 400 on it is a problem."""
    data = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    headers = [
        (b"content-type", (PROBLEM if status >= 400 else "application/json").encode()),
        (b"content-length", str(len(data)).encode()),
        *([BESIDE[status]] if status in BESIDE else []),
        *extra,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})
