"""The synchronous Valkey client: heartbeats, flags, wake-ups. No Django in here."""

from functools import cache

import redis

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
