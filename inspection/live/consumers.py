"""A viewer: a websocket that names topics and hears what changes in them."""

import asyncio
import contextlib
import itertools
import json
from typing import Any
from urllib.parse import urlsplit

from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from core.accounts import callers
from core.accounts.models import User
from core.errors import Refused
from inspection.live import topics
from inspection.live.hub import hub

PING_EVERY = 10.0  # seconds
LOOK_EVERY = 6  # pings between two looks whether the session or the token has run out
BACKLOG = 200  # frames a viewer may be behind before it is cut off and comes back
MAX_TOPICS = 300
SIGNED_OUT, TOO_SLOW, TRY_AGAIN = 4401, 4408, 1012  # close codes


class Viewer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """{"subscribe": [...]} and {"unsubscribe": [...]} in; events out."""

    user: User | None = None

    async def connect(self) -> None:
        """Accept who is signed in; a cookie only from our own pages."""
        self._wanted: set[str] = set()
        self._out: asyncio.Queue[str] = asyncio.Queue(BACKLOG)
        self._tasks: list[asyncio.Task[None]] = []
        await self.accept()
        self.user = await self._identify()
        if self.user is None:
            await self.close(SIGNED_OUT)
            return
        self._tasks = [asyncio.ensure_future(task()) for task in (self._pump, self._ping)]
        hub().join(self._check, self._drop)

    async def disconnect(self, code: int) -> None:
        """Forget this viewer."""
        hub().leave(self._check, self._drop, self._hear)
        for task in self._tasks:
            task.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Subscribe or unsubscribe; anything else is told to be malformed."""
        try:
            asked = json.loads(text_data or "")
            wanted, unwanted = _names(asked, "subscribe"), _names(asked, "unsubscribe")
        except ValueError:
            self._say({"type": "refused", "topic": "", "code": "malformed"})
            return
        for topic in unwanted:
            self._unsubscribe(topic)
        for topic in wanted:
            self._subscribe(topic)
        self._say({"type": "subscribed", "topics": sorted(self._wanted)})

    def _subscribe(self, topic: str) -> None:
        if self.user is None:
            return
        code = topics.refusal(self.user, topic)
        if code is None and len(self._wanted) >= MAX_TOPICS:
            code = "too_many"
        if code:
            self._say({"type": "refused", "topic": topic, "code": code})
            return
        self._wanted.add(topic)
        for channel in topics.channels(self.user, topic):
            hub().subscribe(channel, self._hear)

    def _unsubscribe(self, topic: str) -> None:
        if topic not in self._wanted or self.user is None:
            return
        self._wanted.discard(topic)
        kept = {name for t in self._wanted for name in topics.channels(self.user, t)}
        for channel in topics.channels(self.user, topic):
            if channel not in kept:
                hub().unsubscribe(channel, self._hear)

    def _say(self, event: dict[str, Any]) -> None:
        self._hear(json.dumps(event, separators=(",", ":")))

    def _hear(self, frame: str) -> None:
        try:
            self._out.put_nowait(frame)
        except asyncio.QueueFull:
            self._end(TOO_SLOW)

    async def _pump(self) -> None:
        while True:
            await self.send(text_data=await self._out.get())

    async def _ping(self) -> None:
        for count in itertools.count(1):
            await asyncio.sleep(PING_EVERY)
            self._say({"type": "ping"})
            if count % LOOK_EVERY == 0:
                await self._look()

    async def _look(self) -> None:
        """End with what let this viewer in; a database that is away signs nobody out."""
        with contextlib.suppress(DatabaseError):
            if await self._identify() is None:
                self._end(SIGNED_OUT)

    def _drop(self) -> None:
        """Events were lost: come back and refetch."""
        self._end(TRY_AGAIN)

    def _check(self) -> None:
        """Accounts changed: whoever may hear less now, hears less."""
        self._tasks.append(asyncio.ensure_future(self._recheck()))

    async def _recheck(self) -> None:
        user = await self._identify()
        if user is None:
            self._end(SIGNED_OUT)
            return
        wanted = list(self._wanted)
        for topic in wanted:
            self._unsubscribe(topic)
        self.user = user
        for topic in wanted:
            self._subscribe(topic)

    def _end(self, code: int) -> None:
        self._tasks.append(asyncio.ensure_future(self._close(code)))

    async def _close(self, code: int) -> None:
        with contextlib.suppress(Exception):
            await self.close(code)

    async def _identify(self) -> User | None:
        headers = {name.decode(): value.decode("latin-1") for name, value in self.scope["headers"]}
        if not _same_origin(headers):
            headers.pop("cookie", None)
        with contextlib.suppress(Refused):
            return await callers.find(headers)
        return None


def _names(asked: Any, key: str) -> list[str]:
    names = asked.get(key, []) if isinstance(asked, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(key)
    return names


def _same_origin(headers: dict[str, str]) -> bool:
    return urlsplit(headers.get("origin", "")).netloc == headers.get("host", "")
