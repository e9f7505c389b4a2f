"""Before a body is read: how large it may be, and who may send a large one.

Django keeps a whole body on disk before its views ask who sends it; here the headers are enough.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from core import bare
from core.accounts import callers
from core.accounts.models import User
from core.accounts.permissions import check
from core.bare import Send
from core.errors import Refused, told
from core.parsers import LIMIT

Scope = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class Large:
    """An address that takes more than others, from those who hold a capability."""

    method: str
    path: re.Pattern[str]
    limit: int  # bytes
    needs: str


def guarded(application: Application, large: Sequence[Large]) -> Application:
    """The same application, which never sees a body that is too large or from nobody."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            declared, caller = await _admit(scope, large)
        except Exception as error:
            body = told(error)
            await bare.answer(send, body["status"], body, (b"connection", b"close"))  # not read
            return
        if caller:  # whoever is inside need not ask again
            scope = scope | {"caller": caller, "declared": declared}
        await application(scope, _counted(receive, declared), send)

    return guard


async def _admit(scope: Scope, large: Sequence[Large]) -> tuple[int, User | None]:
    """The bytes to come, and of many who sends them. Refused (401, 403, 411, 413) by the headers
    alone.
    """
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    if "transfer-encoding" in headers:
        words = "Send the body with its Content-Length, not in chunks."
        raise Refused("length_required", words, status=411)
    text = headers.get("content-length") or "0"
    declared = int(text) if text.isdecimal() and len(text) <= 18 else 10**18
    here = _large(scope, large)
    limit = here.limit if here else LIMIT
    if declared > limit:
        words = f"The body is larger than {limit // 2**20} MB: send it in smaller pieces."
        raise Refused("too_large", words, status=413)
    caller = await _check(headers, here.needs) if here and declared > 0 else None
    return declared, caller


def _large(scope: Scope, large: Sequence[Large]) -> Large | None:
    for place in large:
        if scope["method"] == place.method and place.path.fullmatch(scope["path"]):
            return place
    return None


async def _check(headers: dict[str, str], needs: str) -> User:
    caller = await callers.known(headers)
    if caller is None:
        raise Refused("not_authenticated", "Sign in first, or send a token.", status=401)
    check(caller, needs)
    return caller


def _counted(receive: Receive, declared: int) -> Receive:
    """The messages of a body; it ends where its declared length does, whatever the server does."""
    left = declared

    async def counted() -> Mapping[str, Any]:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        return message if left >= 0 else {"type": "http.disconnect"}

    return counted
