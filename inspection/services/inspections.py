"""From images to a verdict that is stored: what happens within a takt.

The bytes go to the object store while `serve` looks at them; findings are judged; image, rows and
idempotency key are committed; only then an answer carries an id. What cannot be both decided and
stored before the deadline is ERROR, never OK; a result that comes later is stored as `late`.
"""

import asyncio
import contextlib
import logging
import time
from datetime import UTC, datetime
from typing import Any

from core.accounts.permissions import can
from core.accounts.tokens import Identity
from core.deadlines import Overrun, within
from core.errors import Refused
from core.fresh import Fresh
from core.threads import in_thread
from inspection import inference
from inspection.models.ids import new_id
from inspection.models.inspections import Mode, Verdict
from inspection.selectors import places
from inspection.selectors.places import Place
from inspection.services import cases, findings, recording
from inspection.services.behind import Behind, Put, Reply, Store
from inspection.services.cases import Case, SentImage, Submission
from workers.contract import InferReply, ModelRef, Part

log = logging.getLogger(__name__)

MARGIN = 0.03  # seconds kept for judging and committing, or a quarter of a short deadline
PATIENCE = 5.0  # seconds for finding the place, whose deadline is not known before
LOOK_UP = (
    1.0  # seconds that finding place and key may take at least: a shorter deadline is then ERROR
)


class Desk:
    """Takes submissions, one a unit; joins equal ones; one a process."""

    def __init__(self) -> None:
        self._inference = inference.Inference()
        self._store = Store()
        self._behind = Behind(self._store, self._settled)
        self._places: Fresh[tuple[int, str, bool], Place | str] = Fresh(_find_place)
        self._running: dict[tuple[str, str], tuple[str, asyncio.Future[dict[str, Any]]]] = {}

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
            earlier = await self._earlier(key, print_, _left(sent, place))
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

    def put(self, images: list[SentImage]) -> Put:
        """Begin to store images whose rows follow."""
        return self._store.begin(images)

    def discard(self, images: list[SentImage], put: Put) -> None:
        """No rows follow after all."""
        self._behind.discard(images, put)

    async def _place(self, who: Identity, sent: Submission) -> Place:
        if not can(who.user, "inspect"):
            raise Refused("forbidden", "Your role may not submit inspections.", status=403)
        if who.stations and sent.station not in who.stations:
            raise Refused("wrong_station", "This token is for other stations.", status=403)
        if sent.mode != Mode.PRODUCTION and sent.mode not in who.modes:
            words = f"This token may not inspect in the mode {sent.mode}: make one that may."
            raise Refused("mode_scope", words, status=403)
        seconds = sent.deadline_ms / 1000 if sent.deadline_ms else PATIENCE
        asked = self._places.get((sent.station, sent.product, sent.by_code))
        found = await within(max(sent.began + seconds - time.monotonic(), LOOK_UP), asked)
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
        try:
            return await within(_left(sent, place), future)
        except Overrun:
            words = "The same request is still running; ask again with the same key."
            raise Refused("key_running", words, status=409) from None

    async def _earlier(
        self, key: tuple[str, str], print_: str, left: float
    ) -> dict[str, Any] | None:
        try:
            found = await within(max(left, LOOK_UP), recording.answered(*key))
        except (recording.NotStored, Overrun):
            return None  # the commit will tell
        if found is None:
            return None
        if found[0] != print_:
            raise _key_reused()
        return found[1]

    def _case(self, who: Identity, place: Place, sent: Submission) -> Case:
        captured = sent.captured_at or sent.received_at
        deadline = time.monotonic() + _left(sent, place)
        return Case(sent, place, who.client, deadline, new_id(captured), captured, late=sent.late)

    async def _decide(self, case: Case) -> dict[str, Any]:
        """Look, judge and store before the deadline, or say that it was not possible."""
        images = case.sent.images
        if self._behind.full:
            raise Refused("overloaded", "Too much is waiting to be stored; slow down.", status=503)
        files = [inference.share(image.data) for image in images]
        put = self.put(images)
        reply: Reply | None = None
        try:
            reply = await self._ask(case, files)
            if reply is not None:
                await self._look(case, reply)
            return await self._finish(case, put)
        except _TooLate as late:
            return self._answer_error(case, late.code, put, reply)
        except Refused:
            self.discard(images, put)
            raise
        finally:
            _unshare([file for file in files if file], put, reply)

    async def _ask(self, case: Case, files: list[str | None]) -> Reply | None:
        """Put the question to `serve`; None where there is nobody to ask, with the code why."""
        model = case.place.model
        if model is None:
            case.code = "no_recipe"
            return None
        if case.left() < 0.002:
            raise _TooLate("deadline")
        parts, shared = findings.parts(case.sent.images, files, case.place)
        try:
            return await self._inference.ask(model, parts, shared, time.time() + case.left())
        except inference.Unreachable:
            case.code = "broker_down"
            return None

    async def _look(self, case: Case, reply: Reply) -> None:
        """Wait for the findings, and judge them."""
        margin = min(MARGIN, case.left() / 4)
        await asyncio.wait({reply}, timeout=max(case.left() - margin, 0.001))
        if not reply.done():
            alive = True
            with contextlib.suppress(Overrun):
                alive = await within(min(0.02, case.left()), inference.alive())
            raise _TooLate("deadline" if alive else "worker_down")
        found = reply.result()
        if found.error == "deadline":
            raise _TooLate("deadline")
        began = time.perf_counter()
        case.judged = findings.judge(found, case.sent.images, case.place)
        case.code = case.judged.code
        case.ms |= case.judged.ms | {"judge": _ms(began)}

    async def _finish(self, case: Case, put: Put) -> dict[str, Any]:
        """Commit, and answer with the id; or ERROR when it does not come about in time."""
        record = cases.record(case)
        began = time.perf_counter()
        stored = asyncio.ensure_future(self._store.commit(record, put))
        await asyncio.wait({stored}, timeout=max(case.left(), 0.001))
        if not stored.done():
            refusal = self._refusal(case, "deadline")
            self._behind.amend(case, record, stored, refusal)
            return refusal
        try:
            stored.result()
        except recording.KeyTaken:
            key = (case.client, case.sent.key)
            found = await self._earlier(key, record.fingerprint, case.left())
            if found is None:
                raise Refused("key_running", "Ask again with the same key.", status=409) from None
            return found
        except Exception:
            log.warning("inspection %s is not stored yet", case.id, exc_info=True)
            return self._answer_error(case, "not_stored", put, None)
        record.answer["latency_ms"] |= {"store": _ms(began), "total": case.total()}
        self._behind.tell(case, record)
        return record.answer

    def _answer_error(self, case: Case, code: str, put: Put, reply: Reply | None) -> dict[str, Any]:
        """ERROR at once; what comes later is stored behind the answer, as late."""
        refusal = self._refusal(case, code)
        self._behind.error(case, put, reply)
        return refusal

    def _settled(self, case: Case) -> None:
        self._running.pop((case.client, case.sent.key), None)

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


def _unshare(files: list[str], put: Put, reply: Reply | None) -> None:
    """Take the shared bytes away once `serve` has looked, or will find them in the store."""
    if reply is None or reply.done():
        inference.unshare(files)
    else:
        put.add_done_callback(lambda _: inference.unshare(files))


def _left(sent: Submission, place: Place) -> float:
    """Seconds until the deadline that the request names, or else its station."""
    return sent.began + (sent.deadline_ms or place.deadline_ms) / 1000 - time.monotonic()


def _key_reused() -> Refused:
    words = "This Idempotency-Key was used with other images or fields; use a new one for each."
    return Refused("key_reused", words, status=422)


def _ms(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)


@in_thread
def _find_place(asked: tuple[int, str, bool]) -> Place | str:
    return places.find(*asked)
