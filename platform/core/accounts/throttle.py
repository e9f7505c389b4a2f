"""Signing in, slowed down: guesses are counted by name and by address."""

from django.core.cache import cache
from rest_framework import exceptions

WINDOW = 300  # seconds
BY_NAME, BY_ADDRESS = 8, 60  # failures a window


def check(username: str, address: str) -> None:
    """Throttled (429, Retry-After) when this name or address has failed too often lately."""
    for key, limit in _counters(username, address):
        if (cache.get(key) or 0) >= limit:
            raise exceptions.Throttled(
                wait=WINDOW, detail="Too many failed attempts: wait a few minutes, then try again."
            )


def failed(username: str, address: str) -> None:
    """Count a failure."""
    for key, _ in _counters(username, address):
        cache.add(key, 0, WINDOW)
        try:
            cache.incr(key)
        except ValueError:  # it expired between the two calls
            cache.set(key, 1, WINDOW)


def passed(username: str, address: str) -> None:
    """Forget the failures of a name that has signed in."""
    cache.delete(_counters(username, address)[0][0])


def _counters(username: str, address: str) -> list[tuple[str, int]]:
    name = f"sign-in:{username.lower()[:150]}:{address}"
    return [(name, BY_NAME), (f"sign-in-from:{address}", BY_ADDRESS)]
