"""The ORM from asynchronous code, outside of Django's request: `in_thread`."""

from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar, cast

from channels.db import DatabaseSyncToAsync

P = ParamSpec("P")
T = TypeVar("T")


def in_thread(
    function: Callable[P, T], threads: ThreadPoolExecutor | None = None
) -> Callable[P, Coroutine[Any, Any, T]]:
    """The function in one of these threads, else the loop's own, where no dead connection of an
    earlier call is left.

    Plain sync_to_async keeps a thread's connection for ever: after a restart of Postgres each call
    on that thread would fail.
    """
    wrapped = DatabaseSyncToAsync(function, thread_sensitive=False, executor=threads)
    return cast(Callable[P, Coroutine[Any, Any, T]], wrapped)
