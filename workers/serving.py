"""The loop of `manage.py serve`: warm models, requests from a Valkey list, deadlines.

Batches by load and without a timer: as many requests are taken at once as there are free hands.
A model is loaded by a thread of its own: requests for other models do not wait for it.
"""

import json
import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from redis.exceptions import RedisError

from core import storage, valkey
from workers import offline, previewing
from workers.contract import Answer, Failure, InferJob, InferReply, ModelRef, Part
from workers.served import Served, open_model, seen

offline.apply()
log = logging.getLogger(__name__)

QUEUE, WANTED, LOAD = "kizu:infer", "kizu:serve:wanted", "kizu:serve:load"
BEAT_EVERY, BEAT_EXPIRES, LOOK_EVERY = 1.0, 5, 1.0  # seconds
REPLY_EXPIRES = 120  # seconds
HANDS = 3  # requests in work at once: two infer while one is decoded or answered
HELD = 1000  # requests that may wait for models that load
KEEP = 15.0  # seconds a model stays after the wish: web processes may ask for it a little longer


class Serve:
    """One process: takes requests, answers them, keeps the wanted models warm."""

    def __init__(self, hands: int = HANDS, threads: int = 0) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._hands, self._threads = hands, threads
        self._free = threading.Semaphore(hands)
        self._warm: dict[int, Served] = {}
        self._broken: dict[int, tuple[str, float]] = {}  # model -> cause, when to try again
        self._unwanted: dict[int, float] = {}  # model -> since when, monotonic
        self._held: deque[InferJob] = deque()
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(hands, "infer")

    def run(self) -> None:
        """Serve until `stop`."""
        for target in (self._beat, self._keep_warm, self._preview):
            threading.Thread(target=target, name=target.__name__, daemon=True).start()
        while not self._over.is_set():
            self._take()
        self._pool.shutdown(wait=True)
        _quietly(lambda: valkey.client().delete(self._key))

    def stop(self) -> None:
        """Finish what is in work and end."""
        self._over.set()

    @property
    def _key(self) -> str:
        return f"kizu:serve:{self.name}"

    def _take(self) -> None:
        """Wait for a free hand, then for requests; take no more than there are hands."""
        if not self._free.acquire(timeout=0.5):
            return
        free = 1
        while free < self._hands and self._free.acquire(blocking=False):
            free += 1
        for job in self._next(free):
            free -= 1
            self._pool.submit(self._handle, job)
        for _ in range(free):
            self._free.release()

    def _next(self, count: int) -> list[InferJob]:
        """Requests for warm models: first those held back, then new ones."""
        ready = self._unhold(count)
        if ready:
            return ready
        try:
            popped = valkey.client().blmpop(0.5, 1, QUEUE, direction="LEFT", count=count)
        except (RedisError, OSError):
            log.warning("Valkey is away.")
            time.sleep(0.3)
            return []
        jobs = [job for text in (popped[1] if popped else []) if (job := _read(str(text)))]
        for job in jobs:
            if job.model.model_id in self._warm:
                ready.append(job)
            else:
                self._hold(job)
        return ready

    def _hold(self, job: InferJob) -> None:
        if len(self._held) >= HELD:
            _reply(job, [], error="overloaded")
            return
        self._held.append(job)

    def _unhold(self, count: int) -> list[InferJob]:
        """Those held whose model is warm by now; those too late or never to be warm are told."""
        ready: list[InferJob] = []
        for _ in range(len(self._held)):
            job = self._held.popleft()
            if job.model.model_id in self._warm and len(ready) < count:
                ready.append(job)
            elif job.deadline < time.time():
                _reply(job, [], error="deadline")
            elif job.model.model_id in self._broken:
                _reply(job, [], error="no_model")
            else:
                self._held.append(job)
        return ready

    def _handle(self, job: InferJob) -> None:
        """Answer one request; whatever breaks is answered too."""
        try:
            began = time.time()
            if job.deadline < began:
                _reply(job, [], error="deadline")
                return
            model = self._warm[job.model.model_id]
            _reply(job, [_answer(model, job, part) for part in job.parts])
        except KeyError:
            _reply(job, [], error="no_model")
        except Exception:
            log.exception("request %s broke", job.request_id)
            _reply(job, [], error="engine_broke")
        finally:
            self._free.release()

    def _keep_warm(self) -> None:
        """Follow what is wanted; with Valkey away, what is warm stays warm."""
        while not self._over.is_set():
            try:
                self._follow()
            except (RedisError, OSError):
                log.warning("Valkey is away.")
                self._over.wait(LOOK_EVERY)

    def _follow(self) -> None:
        """Look at every wish and every second; listening before the first look, none is lost."""
        with valkey.client().pubsub() as heard:  # type: ignore[no-untyped-call]  # the client has no type for it
            heard.subscribe(LOAD)
            while not self._over.is_set():
                self._keep(self._wanted())
                heard.get_message(timeout=LOOK_EVERY)

    def _keep(self, wanted: dict[int, ModelRef]) -> None:
        """Load what is wanted and not warm; drop what has not been wanted for a while.

        No wish at all is a list that was lost: then everything stays.
        """
        self._load_missing(wanted)
        now = time.monotonic()
        for model in [m for m in self._broken if m not in wanted]:
            del self._broken[model]
        unwanted = [model for model in self._warm if wanted and model not in wanted]
        self._unwanted = {model: self._unwanted.get(model, now) for model in unwanted}
        for model in [m for m, since in self._unwanted.items() if now - since > KEEP]:
            del self._warm[model], self._unwanted[model]
            log.info("model %s is wanted no more", model)

    def _wanted(self) -> dict[int, ModelRef]:
        wanted = {}
        for key, text in valkey.client().hgetall(WANTED).items():
            try:
                wanted[int(key)] = ModelRef.model_validate_json(text)
            except ValueError:
                log.warning("the wish for model %s cannot be read", key)
        return wanted

    def _load_missing(self, wanted: dict[int, ModelRef]) -> None:
        for pk, ref in wanted.items():
            known = self._warm.get(pk)
            if known is not None and known.ref == ref:
                continue
            if pk in self._broken and self._broken[pk][1] > time.monotonic():
                continue
            self._load(pk, ref)

    def _load(self, pk: int, ref: ModelRef) -> None:
        began = time.perf_counter()
        try:
            self._warm[pk] = open_model(ref, threads=self._threads, streams=max(self._hands - 1, 1))
        except Exception as error:
            cause = str(error) if isinstance(error, Failure) else f"{type(error).__name__}: {error}"
            log.exception("model %s cannot be loaded", pk)
            self._broken[pk] = (cause, time.monotonic() + 10)
            return
        self._broken.pop(pk, None)
        log.info(
            "model %s is warm (%s) after %.2f s", pk, self._warm[pk].name,
            time.perf_counter() - began,
        )  # fmt: skip
        _quietly(self._show)

    def _preview(self) -> None:
        previewing.follow(self._over.is_set)

    def _beat(self) -> None:
        while not self._over.wait(BEAT_EVERY):
            _quietly(self._show)

    def _show(self) -> None:
        body = {
            "models": sorted(self._warm),
            "broken": {str(pk): cause for pk, (cause, _) in self._broken.items()},
            "with": {str(pk): model.name for pk, model in list(self._warm.items())},
            "at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        }
        valkey.client().set(self._key, json.dumps(body), ex=BEAT_EXPIRES)


def _read(text: str) -> InferJob | None:
    """The request, or None where it is none: there is nobody to tell."""
    try:
        return InferJob.model_validate_json(text)
    except ValidationError:
        log.exception("a request cannot be read and is dropped")
        return None


def _answer(model: Served, job: InferJob, part: Part) -> Answer:
    """The answer for a part; one that breaks takes no other's with it."""
    try:
        return _look(model, job, part)
    except Exception:
        log.exception("request %s broke", job.request_id)
        return Answer(error="engine_broke", error_message="The engine failed on this image.")


def _look(model: Served, job: InferJob, part: Part) -> Answer:
    """Decode a part's images and ask the model."""
    began = time.perf_counter()
    try:
        pictures = seen(part, lambda key: _bytes(job, key))
    except storage.Missing:
        return Answer(error="image_gone", error_message="The image is not in the store.")
    if isinstance(pictures, Answer):
        return pictures
    decoded = time.perf_counter()
    answer = model.predict([pictures])[0]
    ms = {
        "decode": round((decoded - began) * 1000, 2),
        "infer": round((time.perf_counter() - decoded) * 1000, 2),
    }
    return answer.model_copy(update={"ms": ms})


def _bytes(job: InferJob, key: str) -> bytes:
    """From this host's shared memory, or from the object store once the bytes have arrived."""
    shared = job.files.get(key)
    if shared:
        try:
            return Path(shared).read_bytes()
        except OSError:
            pass
    while True:
        try:
            return storage.get(key)
        except storage.Missing:
            if time.time() > job.deadline:
                raise
            time.sleep(0.005)


def _reply(job: InferJob, answers: list[Answer], error: str | None = None) -> None:
    sent = InferReply(request_id=job.request_id, answers=answers, error=error)
    with valkey.client().pipeline(transaction=False) as pipe:
        pipe.rpush(job.reply_to, sent.model_dump_json())
        pipe.expire(job.reply_to, REPLY_EXPIRES)
        _quietly(pipe.execute)


def _quietly(act: Callable[[], Any]) -> Any:
    """Its result; None while Valkey is away."""
    try:
        return act()
    except (RedisError, OSError):
        log.warning("Valkey is away.")
        return None
