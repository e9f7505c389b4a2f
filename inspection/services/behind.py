"""What goes on behind an answer: records that follow it, results that come late, refused bytes.

What is not stored yet is bounded, since it holds images in memory; so are the results waited for,
on their own, so that a `serve` that is away keeps nobody from being answered.
"""

import asyncio
import contextlib
import io
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from core import storage
from core.errors import Refused
from core.threads import in_thread
from inspection.live import bus
from inspection.services import blobs, cases, findings, recording
from inspection.services.cases import Case, SentImage
from inspection.services.recording import Record
from workers.contract import InferReply

log = logging.getLogger(__name__)

UNSTORED = 256  # records with their images that may wait to be stored
AWAITED = 2000  # late results that are waited for; more are given up
PAUSES = (0, 0.5, 2, 5, 15, *[30] * 19)  # seconds between attempts to store what was answered
TELL = 5.0  # seconds an event may take

Put = asyncio.Future[None]
Reply = asyncio.Future[InferReply]


class Store:
    """Images to the object store, then rows to the database."""

    def __init__(self) -> None:
        self._writer = recording.Writer()
        self._threads = ThreadPoolExecutor(16, "put")
        self._untouched: list[str] = []
        self._touch: asyncio.Future[set[str]] | None = None
        self._touching = asyncio.Lock()

    def begin(self, images: list[SentImage]) -> Put:
        """Begin to put the images."""
        return asyncio.ensure_future(self._put(images))

    async def _put(self, images: list[SentImage]) -> None:
        self._untouched += [image.sha256 for image in images]
        if self._touch is None:
            self._touch = asyncio.ensure_future(self._touch_all())
        known = await asyncio.shield(self._touch)
        await asyncio.gather(*(self._put_one(image, image.sha256 not in known) for image in images))

    async def _put_one(self, image: SentImage, new: bool) -> None:
        """`new`: the store need not be asked first, which would be a third of the work."""
        call = partial(
            storage.put_stream, image.sha256, io.BytesIO(image.data), len(image.data), new
        )
        await asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def _touch_all(self) -> set[str]:
        """For all who come while the last one is under way: they share a connection."""
        async with self._touching:
            hashes, self._untouched, self._touch = self._untouched, [], None
            return await recording.touch(hashes)

    async def commit(self, record: Record, put: Put) -> None:
        """The rows, once the images are there."""
        await put
        await self._writer.commit(record)


class Behind:
    """The work behind the answers of one process. `settled` hears of each case that is stored, or
    given up: its key may be asked for again.
    """

    def __init__(self, store: Store, settled: Callable[[Case], None]) -> None:
        self._store, self._settled = store, settled
        self._unstored: set[asyncio.Task[None]] = set()
        self._awaited: set[asyncio.Task[None]] = set()
        self._telling: set[asyncio.Task[None]] = set()

    @property
    def full(self) -> bool:
        """Whether too much waits to be stored to take on more."""
        return len(self._unstored) > UNSTORED

    def tell(self, case: Case, record: Record) -> None:
        """Tell the boards; nobody waits for it."""
        event = findings.event(record)
        work = asyncio.wait_for(bus.apublish(f"line.{case.place.line}", event), TELL)
        _run(self._telling, _quietly(work))

    def error(self, case: Case, put: Put, reply: Reply | None) -> None:
        """Store the ERROR that the line hears at once, then what `serve` says after all."""
        _run(self._unstored, self._error(case, put, reply))

    def amend(self, case: Case, record: Record, stored: Put, refusal: dict[str, Any]) -> None:
        """A commit that overruns the deadline: the line has heard ERROR, so the record says so."""
        _run(self._unstored, self._amend(case, record, stored, refusal))

    def discard(self, images: list[SentImage], put: Put) -> None:
        """Leave refused bytes to the sweep: another submission may be naming them just now."""
        _run(self._unstored, self._discard(images, put))

    async def _error(self, case: Case, put: Put, reply: Reply | None) -> None:
        case.late = True
        stored = await self._insist(case, put)
        self._settled(case)
        if reply is None or not stored:
            return
        case.forget_bytes()
        if len(self._awaited) < AWAITED:
            _run(self._awaited, self._add_late(case, reply))
        else:
            reply.cancel()

    async def _add_late(self, case: Case, reply: Reply) -> None:
        await asyncio.wait({reply})  # cancelled where it never comes
        if reply.cancelled() or reply.result().error:
            return
        try:
            case.judged = findings.judge(reply.result(), case.sent.images, case.place)
            record = cases.record(case)
            await recording.add_late(record)
            self.tell(case, record)
        except Refused:
            return  # of a broken image there is nothing to add
        except Exception as error:
            log.warning("the late result of %s is not stored: %s", case.id, error)

    async def _insist(self, case: Case, put: Put) -> bool:
        """Store what has been answered already, however long the servers are away (ten minutes)."""
        record = cases.record(case)
        for pause in PAUSES:
            await asyncio.sleep(pause)
            try:
                if put.done() and put.exception():
                    put = self._store.begin(case.sent.images)
                await self._store.commit(record, put)
                self.tell(case, record)
                return True
            except recording.KeyTaken:
                return False  # another process has answered it
            except recording.AlreadyStored:
                with contextlib.suppress(Exception):  # a commit of ours that was cut off
                    await recording.mark_late(record, record.answer)
                return True
            except Exception as error:
                log.warning("the record of %s waits: %s", case.id, error)
        return False

    async def _amend(
        self, case: Case, record: Record, stored: Put, refusal: dict[str, Any]
    ) -> None:
        case.late = True
        try:
            await stored
            await recording.mark_late(record, refusal | {"id": str(case.id), "late": True})
            self.tell(case, cases.record(case))
        except recording.KeyTaken:
            pass  # another process has answered it
        except Exception:
            log.warning("inspection %s is not stored yet", case.id, exc_info=True)
            await self._insist(case, self._store.begin(case.sent.images))
        self._settled(case)

    async def _discard(self, images: list[SentImage], put: Put) -> None:
        try:
            await put
            for image in images:
                await _leave_to_sweep(image.sha256, image.size)
        except Exception as error:
            log.warning("refused bytes are not noted for the sweep: %s", error)


@in_thread
def _leave_to_sweep(sha256: str, size: int) -> None:
    blobs.row({sha256: size})


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    with contextlib.suppress(TimeoutError):
        await work


def _run(held: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    """Run it, held until it is done: the event loop alone would forget it."""
    task = asyncio.get_running_loop().create_task(work)
    held.add(task)
    task.add_done_callback(held.discard)
