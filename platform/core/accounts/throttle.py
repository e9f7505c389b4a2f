"""Signing in, slowed down: guesses are counted by name and by address."""

import contextlib

from django.core.cache import cache
from rest_framework import exceptions

WINDOW = 300  # seconds
BY_NAME, BY_ADDRESS = 8, 60  # failures a window


def attempt(username: str, address: str) -> None:
    """Count an attempt. Throttled (429, Retry-After) when too many failed lately.

    Counted before the password is looked at: guesses sent at once do not pass together.
    """
    for key, limit in _counters(username, address):
        if _counted(key) > limit:
            raise exceptions.Throttled(
                wait=WINDOW, detail="Too many failed attempts: wait a few minutes, then try again."
            )


def passed(username: str, address: str) -> None:
    """Forget the failures of a name that has signed in; its attempt was no guess."""
    (name, _), (place, _) = _counters(username, address)
    cache.delete(name)
    with contextlib.suppress(ValueError):  # it has expired
        cache.decr(place)


def _counted(key: str) -> int:
    cache.add(key, 0, WINDOW)
    try:
        return int(cache.incr(key))
    except ValueError:  # it expired between the two calls
        cache.set(key, 1, WINDOW)
        return 1


def _counters(username: str, address: str) -> list[tuple[str, int]]:
    name = f"sign-in:{username.lower()[:150]}:{address}"
    return [(name, BY_NAME), (f"sign-in-from:{address}", BY_ADDRESS)]
