"""From images to a verdict that is stored: what happens within a takt.

The bytes go to the object store while `serve` looks at them; findings are judged; image, rows and
idempotency key are committed; only then an answer carries an id. What cannot be both decided and
stored before the deadline is ERROR, never OK; a result that comes later is stored as `late`.
"""

import asyncio
import contextlib
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from core import storage
from core.accounts.permissions import can
from core.accounts.tokens import Identity
from core.errors import Refused
from core.fresh import Fresh
from core.threads import in_thread
from inspection import inference
from inspection.live import bus
from inspection.models.datasets import Blob
from inspection.models.ids import new_id
from inspection.models.inspections import InspectionImage, Mode, Verdict
from inspection.selectors import places
from inspection.selectors.places import Place
from inspection.services import cases, findings, recording
from inspection.services.cases import Case, SentImage, Submission
from inspection.services.recording import Record
from workers.contract import InferReply, ModelRef, Part

log = logging.getLogger(__name__)

MARGIN = 0.03  # seconds kept for judging and committing, or a quarter of a short deadline
GRACE = 60.0  # seconds a late result is waited for
STALE = timedelta(minutes=1)  # captured longer ago than this (or the deadline): nobody waits for it
BEHIND = 256  # submissions whose late result may wait to be stored


class Desk:
    """Takes submissions, one a unit; joins equal ones; one a process."""

    def __init__(self) -> None:
        self._inference = inference.Inference()
        self._writer = recording.Writer()
        self._places: Fresh[tuple[int, str, bool], Place | str] = Fresh(_find_place)
        self._running: dict[tuple[str, str], tuple[str, asyncio.Future[dict[str, Any]]]] = {}
        self._store = ThreadPoolExecutor(16, "put")
        self._behind: set[asyncio.Task[None]] = set()

    async def submit(self, who: Identity, sent: Submission) -> tuple[int, dict[str, Any]]:
        """(status, answer). Refused when the request is wrong; nothing is stored then."""
        place = await self._place(who, sent)
        if not sent.key:
            return _fresh(await self._decide(self._case(who, place, sent)))
        print_ = sent.fingerprint()
        key = (who.client, sent.key)
        if key in self._running:
            return 200, await self._join(key, print_, sent, place)
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._running[key] = (print_, future)
        try:
            earlier = await self._earlier(key, print_)
            answer = earlier or await self._decide(self._case(who, place, sent))
        except BaseException as error:
            _fail(future, error)
            self._running.pop(key, None)
            raise
        future.set_result(answer)
        if earlier or answer["id"]:  # else the record that follows still holds the key
            self._running.pop(key, None)
        return (200, answer) if earlier else _fresh(answer)

    async def look(
        self, model: ModelRef, parts: list[Part], files: dict[str, str], deadline: float
    ) -> InferReply:
        """What `serve` finds, for those whose takt is over. Refused when it does not answer."""
        try:
            reply = await self._inference.ask(model, parts, files, deadline)
            return await asyncio.wait_for(reply, max(deadline - time.time(), 0.001))
        except (inference.Unreachable, TimeoutError):
            words = "No inference process answers: try again later."
            raise Refused("worker_down", words, status=503) from None

    async def _place(self, who: Identity, sent: Submission) -> Place:
        if not can(who.user, "inspect"):
            raise Refused("forbidden", "Your role may not submit inspections.", status=403)
        if who.stations and sent.station not in who.stations:
            raise Refused("wrong_station", "This token is for other stations.", status=403)
        if sent.mode != Mode.PRODUCTION and sent.mode not in who.modes:
            words = f"This token may not inspect in the mode {sent.mode}: make one that may."
            raise Refused("mode_scope", words, status=403)
        found = await self._places.get((sent.station, sent.product, sent.by_code))
        if isinstance(found, str):
            words = f"There is no {found} {getattr(sent, found)}; see GET /api/v1/{found}s."
            raise Refused(f"unknown_{found}", words, status=404, fields={found: ["Unknown."]})
        if who.user.lines and found.line not in who.user.lines:
            raise Refused("wrong_line", "You are limited to other lines.", status=403)
        for image in sent.images:
            if image.camera and image.camera not in found.cameras:
                known = ", ".join(found.cameras) or "none"
                words = f"The station has no camera {image.camera!r}; it has: {known}."
                raise Refused("unknown_camera", words, status=422)
        return found

    async def _join(
        self, key: tuple[str, str], print_: str, sent: Submission, place: Place
    ) -> dict[str, Any]:
        """The answer of the same request, which is running."""
        known, future = self._running[key]
        if known != print_:
            raise _key_reused()
        left = (sent.deadline_ms or place.deadline_ms) / 1000 - (time.monotonic() - sent.began)
        try:
            return await asyncio.wait_for(asyncio.shield(future), max(left, 0.001))
        except TimeoutError:
            words = "The same request is still running; ask again with the same key."
            raise Refused("key_running", words, status=409) from None

    async def _earlier(self, key: tuple[str, str], print_: str) -> dict[str, Any] | None:
        try:
            found = await recording.answered(*key)
        except recording.NotStored:
            return None  # the commit will tell
        if found is None:
            return None
        if found[0] != print_:
            raise _key_reused()
        return found[1]

    def _case(self, who: Identity, place: Place, sent: Submission) -> Case:
        captured = sent.captured_at or sent.received_at
        seconds = (sent.deadline_ms or place.deadline_ms) / 1000
        old = sent.received_at - captured > max(STALE, timedelta(seconds=seconds))
        deadline = sent.began + seconds
        return Case(sent, place, who.client, deadline, new_id(captured), captured, late=old)

    async def _decide(self, case: Case) -> dict[str, Any]:
        """Look, judge and store before the deadline, or say that it was not possible."""
        images = case.sent.images
        if len(self._behind) > BEHIND:
            raise Refused("overloaded", "Too much is waiting to be stored; slow down.", status=503)
        files = [inference.share(image.data) for image in images]
        put = asyncio.ensure_future(self._put(images))
        reply: asyncio.Future[InferReply] | None = None
        try:
            reply = await self._ask(case, files)
            if reply is not None:
                await self._look(case, reply)
            return await self._finish(case, put)
        except _TooLate as late:
            return self._answer_error(case, late.code, put, reply)
        except Refused:
            self._later(self._discard(images, put))
            raise
        finally:
            if reply is None or reply.done():
                inference.unshare([file for file in files if file])
            else:
                reply.add_done_callback(
                    lambda _: inference.unshare([file for file in files if file])
                )

    async def _ask(
        self, case: Case, files: list[str | None]
    ) -> "asyncio.Future[InferReply] | None":
        """Put the question to `serve`; None where there is nobody to ask, with the code why."""
        model = case.place.model
        if model is None:
            case.code = "no_recipe"
            return None
        if case.left() < 0.002:
            raise _TooLate("deadline")
        parts, shared = findings.parts(case.sent.images, files, case.place.cameras)
        try:
            return await self._inference.ask(model, parts, shared, time.time() + case.left())
        except inference.Unreachable:
            case.code = "broker_down"
            return None

    async def _look(self, case: Case, reply: "asyncio.Future[InferReply]") -> None:
        """Wait for the findings, and judge them."""
        margin = min(MARGIN, case.left() / 4)
        try:
            found = await asyncio.wait_for(asyncio.shield(reply), max(case.left() - margin, 0.001))
        except TimeoutError:
            quick = min(0.02, max(case.left(), 0.001))
            alive = True
            with contextlib.suppress(TimeoutError):
                alive = await asyncio.wait_for(inference.alive(), quick)
            raise _TooLate("deadline" if alive else "worker_down") from None
        if found.error == "deadline":
            raise _TooLate("deadline")
        began = time.perf_counter()
        case.judged = findings.judge(found, case.sent.images, case.place)
        case.code = case.judged.code
        case.ms |= case.judged.ms | {"judge": _ms(began)}

    async def _finish(self, case: Case, put: "asyncio.Future[None]") -> dict[str, Any]:
        """Commit, and answer with the id; or ERROR when it does not come about in time."""
        record = cases.record(case)
        began = time.perf_counter()
        stored = asyncio.ensure_future(self._stored(record, put))
        try:
            await asyncio.wait_for(asyncio.shield(stored), max(case.left(), 0.001))
        except TimeoutError:
            self._later(self._amend(case, record, stored))
            return self._refusal(case, "deadline")
        except recording.KeyTaken:
            found = await self._earlier((case.client, case.sent.key), record.fingerprint)
            if found is None:
                raise Refused("key_running", "Ask again with the same key.", status=409) from None
            return found
        except Exception:
            log.warning("inspection %s is not stored yet", case.id, exc_info=True)
            return self._answer_error(case, "not_stored", put, None)
        record.answer["latency_ms"] |= {"store": _ms(began), "total": case.total()}
        await self._tell(case, record)
        return record.answer

    def _answer_error(
        self,
        case: Case,
        code: str,
        put: "asyncio.Future[None]",
        reply: "asyncio.Future[InferReply] | None",
    ) -> dict[str, Any]:
        """ERROR at once; what comes later is stored behind the answer, as late."""
        case.code = code
        self._later(self._store_late(case, put, reply))
        return self._refusal(case, code)

    async def _store_late(
        self,
        case: Case,
        put: "asyncio.Future[None]",
        reply: "asyncio.Future[InferReply] | None",
    ) -> None:
        """The ERROR that the line heard at once, then what `serve` says after all."""
        case.late = True
        stored = await self._store_behind(case, put)
        self._running.pop((case.client, case.sent.key), None)
        if reply is None or not stored:
            return
        try:
            found = await asyncio.wait_for(asyncio.shield(reply), GRACE)
            if found.error:
                return
            case.judged = findings.judge(found, case.sent.images, case.place)
            record = cases.record(case)
            await recording.add_late(record)
            await self._tell(case, record)
        except (TimeoutError, Refused):
            return
        except Exception as error:
            log.warning("the late result of %s is not stored: %s", case.id, error)

    async def _store_behind(self, case: Case, put: "asyncio.Future[None]") -> bool:
        """Store what has been answered already, however long the servers are away (a minute)."""
        record = cases.record(case)
        for pause in (0, 0.5, 2, 5, 15, 30):
            await asyncio.sleep(pause)
            try:
                if put.done() and put.exception():
                    put = asyncio.ensure_future(self._put(case.sent.images))
                await self._stored(record, put)
                await self._tell(case, record)
                return True
            except recording.KeyTaken:
                # Another process's, or a commit of ours that was cut off after it took effect.
                with contextlib.suppress(Exception):
                    await recording.mark_late(record, record.answer)
                return False
            except Exception as error:
                log.warning("the record of %s waits: %s", case.id, error)
        return False

    async def _amend(self, case: Case, record: Record, stored: "asyncio.Future[None]") -> None:
        """The commit overran the deadline: the line has heard ERROR, so the record says so."""
        case.late, case.code = True, "deadline"
        try:
            await stored
            refusal = self._refusal(case, "deadline") | {"id": str(case.id), "late": True}
            await recording.mark_late(record, refusal)
            await self._tell(case, record)
        except Exception:
            log.warning("inspection %s is not stored yet", case.id, exc_info=True)
            await self._store_behind(case, asyncio.ensure_future(self._put(case.sent.images)))
        self._running.pop((case.client, case.sent.key), None)

    async def _stored(self, record: Record, put: "asyncio.Future[None]") -> None:
        await put
        await self._writer.commit(record)

    async def _put(self, images: list[SentImage]) -> None:
        loop = asyncio.get_running_loop()
        puts = [loop.run_in_executor(self._store, storage.put, image.data) for image in images]
        await asyncio.gather(*puts)

    async def _discard(self, images: list[SentImage], put: "asyncio.Future[None]") -> None:
        """Take refused bytes out of the store again, unless something else names them."""
        with contextlib.suppress(Exception):
            await put
        for image in images:
            await _remove_unnamed(image.sha256)

    async def _tell(self, case: Case, record: Record) -> None:
        await bus.apublish(f"line.{case.place.line}", findings.event(record))

    def _later(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)

    def _refusal(self, case: Case, code: str) -> dict[str, Any]:
        """ERROR, with nothing stored yet."""
        case.code = code
        return cases.body(case, Verdict.ERROR, datetime.now(UTC)) | {"id": None}


class _TooLate(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _fresh(answer: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return (201 if answer["id"] else 200), answer


def _fail(future: "asyncio.Future[Any]", error: BaseException) -> None:
    if isinstance(error, Exception):
        future.set_exception(error)
        future.exception()  # whoever joined has it; nobody else needs a warning
    else:
        future.cancel()


def _key_reused() -> Refused:
    words = "This Idempotency-Key was used with other images or fields; use a new one for each."
    return Refused("key_reused", words, status=422)


def _ms(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)


@in_thread
def _find_place(asked: tuple[int, str, bool]) -> Place | str:
    return places.find(*asked)


@in_thread
def _remove_unnamed(sha256: str) -> None:
    """Remove bytes that no row names."""
    named = Blob.objects.filter(pk=sha256).exists()
    if not named and not InspectionImage.objects.filter(sha256=sha256).exists():
        storage.remove(sha256)
