"""PUT /api/v1/blobs/{sha256} for files that fit into memory: of a folder there are thousands.

A bare ASGI application behind the gate, which has asked who sends and whether they may.
"""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from rest_framework.request import Request

from core import bare
from core.accounts import permissions, tokens
from core.accounts.authentication import SessionAuthentication
from core.accounts.models import User
from core.errors import told
from core.threads import in_thread
from inspection.services import blobs

PATH = re.compile(r"/api/v1/blobs/([0-9a-f]{64})")
# Threads of their own: who waits for the object store delays no verdict.
take = in_thread(blobs.take, ThreadPoolExecutor(8, "take"))


def takes(scope: dict[str, Any]) -> bool:
    """Whether this request is ours: some bytes, and few; the others are Django's."""
    if scope["method"] != "PUT" or not PATH.fullmatch(scope["path"]) or "caller" not in scope:
        return False
    return bool(0 < scope["declared"] <= blobs.IN_MEMORY)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """201 stored, 200 it was here already; every refusal is problem+json."""
    try:
        status, body = await _answer(scope, receive)
    except ConnectionError:
        return
    except Exception as error:
        body = told(error)
        status = body["status"]
    await bare.answer(send, status, body)


async def _answer(scope: dict[str, Any], receive: Any) -> tuple[int, dict[str, Any]]:
    caller: User = scope["caller"]
    _check(scope, caller)
    sha256 = scope["path"].rpartition("/")[2]
    made = await take(sha256, io.BytesIO(await _body(receive)), caller)
    return 201 if made else 200, {"sha256": sha256}


def _check(scope: dict[str, Any], caller: User) -> None:
    """What Django's views ask besides: a password of one's own, and of a cookie its token."""
    permissions.check_own_password(caller)
    request = Request(ASGIRequest(scope, io.BytesIO()))
    if not tokens.from_header(request.headers.get("authorization", "")):
        SessionAuthentication().enforce_csrf(request)


async def _body(receive: Any) -> bytes:
    data = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        data += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(data)
