"""One Valkey reader a process, and the fan-out to its viewers in memory.

A channel's first change is sent at once, then at most one frame per 50 ms, and per 100 ms where a
thousand listen; a frame is made once for all viewers of the channel and names everything since the
last one.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError

from core import valkey
from inspection.live import bus, topics

log = logging.getLogger(__name__)

PACE = 0.05  # seconds between two frames of a channel, at least
EACH = 0.0001  # and so many for each viewer: handing a frame out must not take most of the loop
NAMED = 50  # inspections a frame names; more: refetch
INVALIDATE = "kizu:invalidate"

Hear = Callable[[str], None]


class Channel:
    """The viewers of one topic and what they have not been told yet."""

    def __init__(self) -> None:
        self.viewers: set[Hear] = set()
        self._pending: list[dict[str, Any]] = []
        self._resting = False

    def add(self, event: dict[str, Any]) -> None:
        """Send now, or with the next frame."""
        merge(self._pending, event)
        if not self._resting:
            self._flush()

    def _flush(self) -> None:
        self._resting = bool(self._pending)
        if not self._pending:
            return
        frames = [json.dumps(event, separators=(",", ":")) for event in self._pending]
        self._pending = []
        for hear in list(self.viewers):
            for frame in frames:
                hear(frame)
        pace = max(PACE, EACH * len(self.viewers))
        asyncio.get_running_loop().call_later(pace, self._flush)


def merge(pending: list[dict[str, Any]], event: dict[str, Any]) -> None:
    """Put an event with those of its kind and subject that wait for the same frame."""
    subject = [event.get(name) for name in ("type", "line", "job", "import")]
    for held in pending:
        if [held.get(name) for name in ("type", "line", "job", "import")] == subject:
            _join(held, event)
            return
    pending.append(dict(event))


def _join(held: dict[str, Any], event: dict[str, Any]) -> None:
    for name, value in event.items():
        listed = name in ("inspections", "events")
        held[name] = [*held.get(name, []), *value] if listed else value
    if len(held.get("inspections", [])) > NAMED:
        held["inspections"], held["refetch"] = held["inspections"][-NAMED:], True


class Hub:
    """One process's reader and its channels."""

    def __init__(self) -> None:
        self._channels: dict[str, Channel] = {}
        self._checks: set[Callable[[], None]] = set()
        self._drops: set[Callable[[], None]] = set()
        self._reader: asyncio.Task[None] | None = None

    def join(self, check: Callable[[], None], drop: Callable[[], None]) -> None:
        """A viewer came: `check` is called when accounts change, `drop` when events were lost."""
        self._checks.add(check)
        self._drops.add(drop)
        if self._reader is None or self._reader.done():
            self._reader = asyncio.get_running_loop().create_task(self._read())

    def leave(self, check: Callable[[], None], drop: Callable[[], None], hear: Hear) -> None:
        """A viewer went."""
        self._checks.discard(check)
        self._drops.discard(drop)
        for name in list(self._channels):
            self.unsubscribe(name, hear)

    def subscribe(self, name: str, hear: Hear) -> None:
        """Call `hear` with every frame of a channel."""
        self._channels.setdefault(name, Channel()).viewers.add(hear)

    def unsubscribe(self, name: str, hear: Hear) -> None:
        """No more."""
        channel = self._channels.get(name)
        if channel is None:
            return
        channel.viewers.discard(hear)
        if not channel.viewers:
            del self._channels[name]

    async def _read(self) -> None:
        while True:
            try:
                async with valkey.aclient().pubsub(ignore_subscribe_messages=True) as heard:
                    await heard.subscribe(bus.CHANNEL, INVALIDATE)
                    async for message in heard.listen():
                        self._heard(message["channel"], message["data"])
            except (RedisError, OSError):
                log.warning("Valkey is away; viewers reconnect and refetch.")
            for drop in list(self._drops):  # what was published meanwhile is lost
                drop()
            await asyncio.sleep(0.5)

    def _heard(self, channel: str, data: str) -> None:
        body = json.loads(data)
        if channel == INVALIDATE:
            if body.get("kind") == "accounts":
                for check in list(self._checks):
                    check()
            return
        for name in topics.reached(body["topic"]):
            if name in self._channels:
                self._channels[name].add(body["event"])


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The running loop's hub."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
