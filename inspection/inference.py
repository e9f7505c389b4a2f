"""Asking `serve`: a small message on a Valkey list, the answer on this process's own reply list.

The image bytes go beside it: in /dev/shm on one host, in the object store everywhere.
"""

import asyncio
import contextlib
import logging
import os
import secrets
import time
from pathlib import Path

from pydantic import ValidationError
from redis.exceptions import RedisError

from core import deadlines, valkey
from workers.contract import InferJob, InferReply, ModelRef, Part

log = logging.getLogger(__name__)

QUEUE = "kizu:infer"
MARGIN = 0.01  # seconds of a deadline kept for the ERROR when the question cannot be put
# Memory shared with `serve`, under our own random names; containers share a volume of their own.
SHARED = Path(os.environ.get("KIZU_SHARED") or "/dev/shm")  # noqa: S108 - memory, and each file in it has a random name
GRACE = 60.0  # seconds after its deadline that an answer is waited for
WAITING = 2000  # questions on the list; older ones give way while no `serve` takes them
TIDY_EVERY = 60.0  # seconds
LOST = 300.0  # seconds after which shared bytes are nobody's: the longest deadline and GRACE


class Unreachable(Exception):
    """The question could not be put: Valkey is away."""


class Inference:
    """One process's line to `serve`: a reader task resolves the futures of `ask`."""

    def __init__(self) -> None:
        self._replies = f"kizu:reply:{os.getpid()}-{secrets.token_hex(6)}"
        self._waiting: dict[str, asyncio.Future[InferReply]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._tidying: asyncio.Task[None] | None = None

    async def ask(
        self, model: ModelRef, parts: list[Part], files: dict[str, str], deadline: float
    ) -> "asyncio.Future[InferReply]":
        """Put the question; the future resolves when the answer comes, even late.

        `deadline` is Unix time: `serve` drops what it cannot begin before it. An answer that has
        not come GRACE seconds after it never will: the future is cancelled.
        """
        self._listen()
        request = secrets.token_hex(12)
        job = InferJob(
            request_id=request, reply_to=self._replies, deadline=deadline, model=model,
            parts=parts, files=files,
        )  # fmt: skip
        future = asyncio.get_running_loop().create_future()
        self._waiting[request] = future
        left = deadline - time.time()
        lost = asyncio.get_running_loop().call_later(max(left, 0) + GRACE, future.cancel)
        future.add_done_callback(lambda _: lost.cancel())
        future.add_done_callback(lambda _: self._waiting.pop(request, None))
        try:
            await deadlines.within(left - MARGIN, _put(job.model_dump_json(exclude_defaults=True)))
        except (RedisError, OSError, deadlines.Overrun) as error:
            future.cancel()
            raise Unreachable from error
        return future

    async def _tidy(self) -> None:
        """Take away, now and then, what processes that were killed left in shared memory."""
        while True:
            await asyncio.to_thread(clear_shared)
            await asyncio.sleep(TIDY_EVERY)

    def _listen(self) -> None:
        if self._tidying is None or self._tidying.done():
            self._tidying = asyncio.get_running_loop().create_task(self._tidy())
        if self._reader is None or self._reader.done():
            self._reader = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        while True:
            try:
                popped = await valkey.aclient().blmpop(
                    5, 1, self._replies, direction="LEFT", count=64
                )
            except (RedisError, OSError):
                log.warning("Valkey is away; the replies of serve wait for it.")
                await asyncio.sleep(0.3)
                continue
            for text in popped[1] if popped else []:
                self._resolve(str(text))

    def _resolve(self, text: str) -> None:
        try:
            reply = InferReply.model_validate_json(text)
        except ValidationError:
            log.exception("a reply of serve cannot be read")
            return
        future = self._waiting.get(reply.request_id)
        if future is not None and not future.done():
            future.set_result(reply)


async def _put(question: str) -> None:
    async with valkey.aclient().pipeline(transaction=False) as pipe:
        pipe.rpush(QUEUE, question)
        pipe.ltrim(QUEUE, -WAITING, -1)
        await pipe.execute()


async def alive() -> bool:
    """Whether any `serve` process shows a heartbeat."""
    try:
        async for key in valkey.aclient().scan_iter("kizu:serve:*", count=500):
            if key != "kizu:serve:wanted":
                return True
    except (RedisError, OSError):
        return False
    return False


def share(data: bytes) -> str | None:
    """Lay bytes where `serve` on this host reads them without the network; None without room."""
    path = SHARED / f"kizu-{secrets.token_hex(12)}"
    try:
        path.write_bytes(data)
    except OSError:
        path.unlink(missing_ok=True)
        return None
    return str(path)


def unshare(paths: list[str]) -> None:
    """Take shared bytes away again."""
    for path in paths:
        with contextlib.suppress(OSError):
            Path(path).unlink(missing_ok=True)


def clear_shared(older_than: float = LOST) -> None:
    """Take away what processes that were killed left behind. Seconds."""
    for path in SHARED.glob("kizu-*"):
        with contextlib.suppress(OSError):
            if path.is_file() and time.time() - path.stat().st_mtime > older_than:
                path.unlink()
