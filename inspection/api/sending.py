"""PUT /api/v1/blobs/{sha256} for files that fit into memory: of a folder there are thousands.

A bare ASGI application behind the gate, which has asked who sends and whether they may.
"""

import io
import json
import logging
import re
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from rest_framework.authentication import CSRFCheck

from core.accounts import tokens
from core.accounts.models import User
from core.errors import PROBLEM, Refused, of_absence, of_refusal, problem
from inspection.services import blobs, taking

log = logging.getLogger(__name__)

PATH = re.compile(r"/api/v1/blobs/([0-9a-f]{64})")


def takes(scope: dict[str, Any]) -> bool:
    """Whether this request is ours: some bytes, and few; the others are Django's."""
    if scope["method"] != "PUT" or not PATH.fullmatch(scope["path"]) or "caller" not in scope:
        return False
    return bool(0 < scope["declared"] <= blobs.IN_MEMORY)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """201 stored, 200 it was here already; every refusal is problem+json."""
    try:
        status, body, kind = *await _answer(scope, receive), "application/json"
    except Refused as refusal:
        status, body, kind = refusal.status, of_refusal(refusal), PROBLEM
    except ConnectionError:
        return
    except Exception as error:
        status, body = _broken(error)
        kind = PROBLEM
    data = json.dumps(body).encode()
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(data)).encode())]
    headers += [(b"retry-after", b"2")] if status == 503 else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


async def _answer(scope: dict[str, Any], receive: Any) -> tuple[int, dict[str, Any]]:
    caller: User = scope["caller"]
    _check(scope, caller)
    sha256 = scope["path"].rpartition("/")[2]
    made = await taking.take(sha256, await _body(receive), caller.pk)
    return 201 if made else 200, {"sha256": sha256}


def _check(scope: dict[str, Any], caller: User) -> None:
    """What Django's views ask besides: a password of one's own, and of a cookie its token."""
    if caller.must_change_password:
        words = "Choose a password of your own first."
        raise Refused("must_change_password", words, status=403)
    request = ASGIRequest(scope, io.BytesIO())
    if tokens.from_header(request.headers.get("authorization", "")):
        return
    check = CSRFCheck(lambda _: None)  # type: ignore[arg-type]  # it asks nobody after itself
    check.process_request(request)
    if reason := check.process_view(request, lambda _: HttpResponse(), (), {}):
        raise Refused("permission_denied", f"CSRF Failed: {reason}", status=403)


async def _body(receive: Any) -> bytes:
    data = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        data += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(data)


def _broken(error: Exception) -> tuple[int, dict[str, Any]]:
    if away := of_absence(error):
        return away["status"], away
    log.error("a file could not be taken in", exc_info=error)
    words = "Something broke on the server. The log has the details."
    return 500, problem(500, "internal", words)
