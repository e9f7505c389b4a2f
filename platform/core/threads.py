"""The ORM from asynchronous code, outside of Django's request: `in_thread`."""

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar, cast

from channels.db import DatabaseSyncToAsync

P = ParamSpec("P")
T = TypeVar("T")


def in_thread(function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The function in a thread of the pool, where no dead connection of an earlier call is left.

    Plain sync_to_async keeps a thread's connection for ever: after a restart of Postgres each call
    on that thread would fail.
    """
    wrapped = DatabaseSyncToAsync(function, thread_sensitive=False)
    return cast(Callable[P, Coroutine[Any, Any, T]], wrapped)
