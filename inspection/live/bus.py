"""Telling every web process that something changed: one Valkey channel, published after commit.

Events are hints: a lost one costs freshness, never truth, so nothing here ever raises.
"""

import json
import logging
from typing import Any

from redis.exceptions import RedisError

from core import valkey

log = logging.getLogger(__name__)

CHANNEL = "kizu:live"


def publish(topic: str, event: dict[str, Any]) -> None:
    """Tell the viewers of a topic (`line.3`, `job.12`, `import.4`). Call on commit."""
    try:
        valkey.client().publish(CHANNEL, _message(topic, event))
    except (RedisError, OSError):
        log.warning("Valkey is away: viewers of %s hear of it when they refetch.", topic)


async def apublish(topic: str, event: dict[str, Any]) -> None:
    """The same from the event loop."""
    try:
        await valkey.aclient().publish(CHANNEL, _message(topic, event))
    except (RedisError, OSError):
        log.warning("Valkey is away: viewers of %s hear of it when they refetch.", topic)


def _message(topic: str, event: dict[str, Any]) -> str:
    return json.dumps({"topic": topic, "event": event}, separators=(",", ":"), default=str)
