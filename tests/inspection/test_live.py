"""Who hears what on the websocket, and for how long."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth import login
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from core.accounts import tokens
from core.accounts.models import ApiToken, User
from core.threads import in_thread
from inspection.live import bus, consumers, routing
from tests.inspection.lines import Line1

HOST = "kizu.test"


class Screen:
    """One websocket to the application itself."""

    def __init__(self, **headers: str) -> None:
        sent = {"host": HOST, "origin": f"https://{HOST}"} | headers
        scope = {
            "type": "websocket",
            "path": "/ws/live",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
            "subprotocols": [],
        }
        made: Any = ApplicationCommunicator  # has no types
        self.wire = made(routing.application, scope)

    async def open(self) -> None:
        await self.wire.send_input({"type": "websocket.connect"})
        assert (await self.wire.receive_output(5))["type"] == "websocket.accept"

    async def ask(self, **asked: Any) -> None:
        await self.wire.send_input({"type": "websocket.receive", "text": json.dumps(asked)})

    async def hear(self, kind: str = "") -> Any:
        """The next event of this kind, or the code that the socket was closed with."""
        while True:
            said = await self.wire.receive_output(10)
            if said["type"] == "websocket.close":
                return said["code"]
            event = json.loads(said["text"])
            if not kind or event["type"] == kind:
                return event

    async def end(self) -> None:
        await self.wire.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wire.wait(5)


def token(user: User) -> dict[str, str]:
    return {"authorization": f"Token {tokens.issue(user, 'screen')[1]}"}


def cookie(user: User) -> dict[str, str]:
    request = HttpRequest()
    request.session = SessionStore()
    login(request, user)
    request.session.save()
    return {"cookie": f"sessionid={request.session.session_key}"}


def told(line: Line1) -> dict[str, Any]:
    return {"type": "line.verdicts", "line": line.line.pk, "inspections": [{"id": "1"}]}


def test_a_viewer_hears_of_the_lines_it_asked_for(
    line: Line1, make_user: Callable[..., Any]
) -> None:
    headers = cookie(make_user("viewer"))

    async def watch() -> None:
        screen = Screen(**headers)
        await screen.open()
        await screen.ask(subscribe=["board", "line.99", "users"])
        assert (await screen.hear("refused"))["code"] == "no_such_topic"
        assert (await screen.hear("subscribed"))["topics"] == ["board", "line.99"]
        await _published(line)
        assert (await screen.hear("line.verdicts"))["inspections"] == [{"id": "1"}]
        await screen.end()

    asyncio.run(watch())


async def _published(line: Line1) -> None:
    """Once the process's reader listens."""
    await asyncio.sleep(0.3)
    await bus.apublish(f"line.{line.line.pk}", told(line))


def test_a_limited_viewer_hears_its_own_lines_only(
    line: Line1, make_user: Callable[..., Any]
) -> None:
    other = Line1("two")
    headers = token(make_user("operator", lines=[line.line.pk]))

    async def watch() -> None:
        screen = Screen(**headers)
        await screen.open()
        await screen.ask(subscribe=["board", f"line.{other.line.pk}"])
        assert (await screen.hear("refused"))["code"] == "wrong_line"
        await _published(other)
        await _published(line)
        assert (await screen.hear("line.verdicts"))["line"] == line.line.pk
        await screen.end()

    asyncio.run(watch())


def test_nobody_is_let_in_by_another_pages_script(make_user: Callable[..., Any]) -> None:
    headers = cookie(make_user("viewer")) | {"origin": "https://elsewhere.test"}

    async def watch() -> None:
        screen = Screen(**headers)
        await screen.open()
        assert await screen.hear() == consumers.SIGNED_OUT

    asyncio.run(watch())


def _revoke(user: User) -> None:
    tokens.revoke(user, ApiToken.objects.get(user=user))


def _expire_token(user: User) -> None:
    ApiToken.objects.filter(user=user).update(expires_at=timezone.now() - timedelta(seconds=1))


def _expire_session(_: User) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("comes_with", "end"),
    [(token, _revoke), (token, _expire_token), (cookie, _expire_session)],
    ids=["revoked token", "token that ran out", "session that ran out"],
)
def test_a_viewer_hears_no_longer_than_what_let_it_in_lasts(
    make_user: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    comes_with: Callable[[User], dict[str, str]],
    end: Callable[[User], None],
) -> None:
    monkeypatch.setattr(consumers, "PING_EVERY", 0.05)
    user = make_user("viewer")
    headers = comes_with(user)

    async def watch() -> None:
        screen = Screen(**headers)
        await screen.open()
        for _ in range(2 * consumers.LOOK_EVERY):  # looked at, and still welcome
            assert (await screen.hear("ping"))["type"] == "ping"
        await in_thread(end)(user)
        code = await screen.hear("end")
        assert code == consumers.SIGNED_OUT

    asyncio.run(watch())
