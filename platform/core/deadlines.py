"""A hard bound on a wait: `within(0.2, asking())`."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")


class Overrun(Exception):
    """It did not come in time."""


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Its result, or Overrun.

    What overruns is left to itself and not cancelled: a driver whose server hangs may take longer
    to cancel than there is time.
    """
    task: asyncio.Future[Any] = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=max(seconds, 0.001))
    if not done:
        task.add_done_callback(_unheard)
        raise Overrun
    return task.result()  # type: ignore[no-any-return]  # Awaitable hides the future's type


def _unheard(task: "asyncio.Future[Any]") -> None:
    if not task.cancelled():
        task.exception()
