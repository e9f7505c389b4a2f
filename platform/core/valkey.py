"""Valkey clients: heartbeats, flags, wake-ups, requests to `serve`. No Django in here."""

import asyncio
from functools import cache

import redis
import redis.asyncio

from core import environment


@cache
def client() -> redis.Redis:
    """One a process, thread-safe; text, not bytes; short timeouts."""
    return redis.Redis.from_url(
        environment.redis_url(),
        decode_responses=True,
        socket_timeout=5,
        socket_connect_timeout=3,
        health_check_interval=30,
    )


_loops: dict[asyncio.AbstractEventLoop, redis.asyncio.Redis] = {}


def aclient() -> redis.asyncio.Redis:
    """The running loop's client. No read timeout of its own: blocking reads wait as they say."""
    loop = asyncio.get_running_loop()
    if loop not in _loops:
        _loops[loop] = redis.asyncio.Redis.from_url(
            environment.redis_url(),
            decode_responses=True,
            socket_timeout=None,
            socket_connect_timeout=3,
        )
    return _loops[loop]
