"""The processes of a training on several devices: started, listened to, and ended together.

They meet by a file, on this machine alone. This is what torchrun does for a script; it is done here
because a job's process lives on, has signals and threads of its own and hears events. No torch.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from pydantic import JsonValue, TypeAdapter

from workers.contract import Event, Failure, Frozen, Manifest
from workers.presets import Augmentation

QUIET = 2.0  # seconds without a word, after which None is said
LAST_WORDS = 3.0  # seconds that others have to say why, once one has ended
LOST_HINT = "Look at the worker's log; then retry, or choose one device."


class Order(Frozen):
    """What each process needs to train the same; paths are of this machine."""

    engine: str
    params: dict[str, JsonValue]
    classes: list[str]
    manifest: Manifest
    devices: list[str]
    preset: str
    augmentation: Augmentation | None
    checkpoint: Path | None
    parent: Path | None
    base: Path | None


class Told(Frozen):
    """An event of the training, from the first process."""

    type: Literal["told"] = "told"
    event: Event


class Kept(Frozen):
    """A checkpoint that the first process has written, after the epoch `step`."""

    type: Literal["kept"] = "kept"
    path: Path
    step: int


class Done(Frozen):
    """A process is through; the first has saved its artefact."""

    type: Literal["done"] = "done"


class Failed(Frozen):
    """Why a process cannot go on; without a code it is an error of the software."""

    type: Literal["failed"] = "failed"
    code: str = ""
    message: str
    hint: str = ""


Word = Told | Kept | Done | Failed
WORD: TypeAdapter[Word] = TypeAdapter(Word)


class Processes:
    """One for each device, from `with` on; at its end, however it comes, none is left."""

    def __init__(self, folder: Path, world: int) -> None:
        self.folder, self.world = folder, world
        self._running: list[subprocess.Popen[bytes]] = []
        self._selector = selectors.DefaultSelector()
        self._rest: dict[int, bytes] = {}  # by rank: a word that has not come whole
        self._done: set[int] = set()

    def __enter__(self) -> Self:
        try:
            for rank in range(self.world):
                self._start(rank)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def words(self) -> Iterator[Word | None]:
        """What they say, in order; None where nobody spoke for a while. Failure when one is lost.

        Ends when all are through.
        """
        while len(self._done) < self.world:
            heard = self._hear(QUIET)
            for rank, word in heard:
                if isinstance(word, Done):
                    self._done.add(rank)
                elif word is None or isinstance(word, Failed):
                    self._fail([(rank, word)])
                else:
                    yield word
            if not heard:
                yield None
        for process in self._running:
            process.wait()

    def _start(self, rank: int) -> None:
        reads, writes = os.pipe()
        paths = [path for path in sys.path if path]
        command = [sys.executable, "-m", "workers.rank", str(self.folder), str(rank)]
        command += [str(writes), str(os.getpid())]
        # A session of its own: what it starts ends with it, and no terminal's signal reaches it.
        made = subprocess.Popen(  # noqa: S603  # our own module, by our own interpreter
            command,
            pass_fds=[writes],
            stdin=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,
        )
        os.close(writes)
        self._running.append(made)
        self._rest[rank] = b""
        self._selector.register(reads, selectors.EVENT_READ, rank)

    def _hear(self, seconds: float) -> list[tuple[int, Word | None]]:
        """Words by rank, soonest; None of one that ended without being through."""
        found: list[tuple[int, Word | None]] = []
        for key, _ in self._selector.select(seconds):
            rank, data = key.data, os.read(key.fd, 1 << 16)
            *lines, self._rest[rank] = (self._rest[rank] + data).split(b"\n")
            found += [(rank, WORD.validate_json(line)) for line in lines]
            if not data:
                self._selector.unregister(key.fd)
                os.close(key.fd)
                through = rank in self._done or any(
                    who == rank and isinstance(word, Done) for who, word in found
                )
                found += [] if through else [(rank, None)]
        return found

    def _fail(self, said: list[tuple[int, Word | None]]) -> None:
        """Raise what was the cause: a reason with a code, a death, then the first error told."""
        until = time.monotonic() + LAST_WORDS
        while self._selector.get_map() and (left := until - time.monotonic()) > 0:
            said += self._hear(left)
        failed = [word for _, word in said if isinstance(word, Failed)]
        for known in failed:
            if known.code:
                raise Failure(known.code, known.message, known.hint)
        told = {rank for rank, word in said if isinstance(word, Failed)}
        for rank, word in said:
            if word is None and rank not in told:
                raise self._lost(rank)
        raise RuntimeError(failed[0].message)

    def _lost(self, rank: int) -> Failure:
        process = self._running[rank]
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LAST_WORDS)
        code = process.returncode
        how = signal.Signals(-code).name if code is not None and code < 0 else f"exit {code}"
        words = f"Process {rank + 1} of {self.world} of this training ended by itself ({how})."
        return Failure("rank_lost", words, LOST_HINT)

    def _end(self) -> None:
        for process in self._running:
            # The whole session, or what a process has started would outlive it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        fds: list[Any] = [key.fd for key in list(self._selector.get_map().values())]
        self._selector.close()
        for fd in fds:
            os.close(fd)
