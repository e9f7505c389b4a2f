"""What the hot path remembers: for 5 seconds at most, and not past an invalidation."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Generic, TypeVar

from redis.exceptions import RedisError

from core import valkey

log = logging.getLogger(__name__)

CHANNEL = "kizu:invalidate"
SECONDS = 5.0
LIMIT = 10_000  # entries; then it starts over

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Fresh(Generic[K, V]):
    """A cache over an asynchronous look-up; askers share one that is running."""

    def __init__(self, look_up: Callable[[K], Awaitable[V]]) -> None:
        self._look_up = look_up
        self._known: dict[K, tuple[float, V]] = {}
        self._running: dict[K, asyncio.Future[V]] = {}
        caches.append(self)

    async def get(self, key: K) -> V:
        """The value, at most 5 s old."""
        _listen()
        known = self._known.get(key)
        if known and known[0] > time.monotonic():
            return known[1]
        running = self._running.get(key)
        if running is None:
            running = asyncio.ensure_future(self._fill(key))
            self._running[key] = running
            running.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(running)

    async def _fill(self, key: K) -> V:
        asked = time.monotonic()
        value = await self._look_up(key)
        if len(self._known) >= LIMIT:
            self._known.clear()
        if asked > _cleared[0]:  # else it may have been read before the change it was cleared for
            self._known[key] = (asked + SECONDS, value)
        return value

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()


caches: list["Fresh[Any, Any]"] = []
_cleared = [0.0]
_listeners: dict[asyncio.AbstractEventLoop, asyncio.Task[None]] = {}


def forget(kind: str) -> None:
    """Tell every process that something changed: `recipes`, `accounts`. Call on commit.

    The change itself stands; without Valkey it is seen when what is remembered expires.
    """
    try:
        valkey.client().publish(CHANNEL, json.dumps({"kind": kind}))
    except (RedisError, OSError):
        log.warning("Valkey is away: other processes hear of it within %s s.", SECONDS)


def _forget() -> None:
    _cleared[0] = time.monotonic()
    for cache in caches:
        cache.clear()


def _listen() -> None:
    loop = asyncio.get_running_loop()
    if loop not in _listeners or _listeners[loop].done():
        _listeners[loop] = loop.create_task(_hear())


async def _hear() -> None:
    """Clear the caches at every invalidation, and whenever one may have been missed."""
    while True:
        try:
            async with valkey.aclient().pubsub() as heard:
                await heard.subscribe(CHANNEL)
                async for message in heard.listen():
                    if message["type"] == "message":
                        _forget()
        except (RedisError, OSError):
            log.warning("Valkey is away; what is remembered expires after %s s.", SECONDS)
        _forget()
        await asyncio.sleep(0.5)
