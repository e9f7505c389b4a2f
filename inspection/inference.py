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

from redis.exceptions import RedisError

from core import valkey
from workers.contract import InferJob, InferReply, ModelRef, Part

log = logging.getLogger(__name__)

QUEUE = "kizu:infer"
# Memory shared with `serve`, under our own random names; containers share a volume of their own.
SHARED = Path(os.environ.get("KIZU_SHARED") or "/dev/shm")  # noqa: S108 - memory, and each file in it has a random name
REPLY_EXPIRES = 120  # seconds


class Unreachable(Exception):
    """The question could not be put: Valkey is away."""


class Inference:
    """One process's line to `serve`: a reader task resolves the futures of `ask`."""

    def __init__(self) -> None:
        self._replies = f"kizu:reply:{os.getpid()}-{secrets.token_hex(6)}"
        self._waiting: dict[str, asyncio.Future[InferReply]] = {}
        self._reader: asyncio.Task[None] | None = None

    async def ask(
        self, model: ModelRef, parts: list[Part], files: dict[str, str], deadline: float
    ) -> "asyncio.Future[InferReply]":
        """Put the question; the future resolves whenever the answer comes, however late.

        `deadline` is Unix time: `serve` drops what it cannot begin before it.
        """
        self._listen()
        request = secrets.token_hex(12)
        job = InferJob(
            request_id=request, reply_to=self._replies, deadline=deadline, model=model,
            parts=parts, files=files,
        )  # fmt: skip
        future = asyncio.get_running_loop().create_future()
        self._waiting[request] = future
        future.add_done_callback(lambda _: self._waiting.pop(request, None))
        try:
            await valkey.aclient().rpush(QUEUE, job.model_dump_json())
        except (RedisError, OSError) as error:
            future.cancel()
            raise Unreachable from error
        return future

    def _listen(self) -> None:
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
                self._resolve(InferReply.model_validate_json(str(text)))

    def _resolve(self, reply: InferReply) -> None:
        future = self._waiting.get(reply.request_id)
        if future is not None and not future.done():
            future.set_result(reply)


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


def clear_shared(older_than: float = 600) -> None:
    """Take away what processes that were killed left behind. Seconds."""
    for path in SHARED.glob("kizu-*"):
        with contextlib.suppress(OSError):
            if path.is_file() and time.time() - path.stat().st_mtime > older_than:
                path.unlink()
