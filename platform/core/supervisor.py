"""Child processes: started in order, watched, restarted, and stopped in reverse. No Django in here.

Nothing is left behind: on Linux the kernel signals every child when the supervisor dies, and a
small keeper process then kills what is left of their process groups.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from core.environment import CannotStart

QUICK = 10.0  # seconds: who dies younger than this died quickly
PATIENCE = 6  # quick deaths in a row before we give up
SLOW_RETRY = 60.0  # seconds between further tries of a service that is not vital
LOG_BYTES = 20 * 1024 * 1024
LOGS_KEPT = 3
PR_SET_PDEATHSIG = 1
# Reads the groups that live, one line each time they change; at the end of the pipe (we are dead)
# it leaves them 2 s to end by their death signal.
KEEPER = 'while read -r l; do g=$l; done; [ -z "$g" ] || { sleep 2; kill -9 $g; } 2>/dev/null'

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass
class Service:
    """How to run one process, how to see that it is ready, and how to ask it to stop.

    `vital`: without it the product ends; another one that keeps dying is only reported and tried
    again now and then. `death_signal` reaches it when the supervisor itself is killed. `once`: it
    may end by itself with status 0. `nice` also makes it the first to go when memory runs out.
    """

    name: str
    argv: list[str]
    ready: Callable[[], bool] = lambda: True
    stop_signal: signal.Signals = signal.SIGTERM
    env: dict[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    prepare: Callable[[], None] = lambda: None
    death_signal: signal.Signals = signal.SIGKILL
    stop_seconds: float = 10.0
    ready_seconds: float = 60.0
    nice: int = 0
    vital: bool = False
    once: bool = False


@dataclass
class _Child:
    service: Service
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    quick_deaths: int = 0
    retry_at: float | None = None
    finished: bool = False

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Stopped(Exception):
    """Somebody asked us to stop while we were still starting."""


class Supervisor:
    """Runs services until asked to stop; `say` gets the sentences meant for a person."""

    def __init__(self, logs: Path, run: Path, say: Callable[[str], None]) -> None:
        self.logs, self.run_dir, self.say = logs, run, say
        self._tiers: list[list[_Child]] = []
        self._asked = threading.Event()
        self._hurry = False
        logs.mkdir(parents=True, exist_ok=True)
        run.mkdir(parents=True, exist_ok=True)
        self._keeper = subprocess.Popen(  # noqa: S603 - our own words
            ["/bin/sh", "-c", KEEPER],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def listen(self) -> None:
        """Let SIGINT, SIGTERM and SIGHUP ask us to stop; a second one kills at once."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._hurry = self._asked.is_set()
        self._asked.set()

    def check(self) -> None:
        """Stopped when somebody asked us to stop: for between long steps of a start."""
        if self._asked.is_set():
            raise Stopped

    def start(self, *services: Service) -> None:
        """Start these at once and return when all of them are ready. CannotStart, Stopped."""
        tier = [_Child(service) for service in services]
        self._tiers.append(tier)
        for child in tier:
            rotate(self._log(child.service.name))
            self._spawn(child)
        for child in tier:
            self._await(child)

    def run(self) -> None:
        """Watch, restart and wait until asked to stop. CannotStart when a vital service is lost."""
        checked = time.monotonic()
        while not self._asked.wait(0.2):
            for child in self._children():
                self._mind(child)
            if time.monotonic() - checked > 60:
                checked = time.monotonic()
                for child in self._children():
                    trim(self._log(child.service.name))

    def stop(self) -> None:
        """Stop the tiers in reverse order, those of one tier together; kill what does not end."""
        for tier in reversed(self._tiers):
            for child in tier:
                if child.alive():
                    self._signal(child, child.service.stop_signal)
            end = time.monotonic() + max((c.service.stop_seconds for c in tier), default=0)
            while any(child.alive() for child in tier) and time.monotonic() < end:
                if self._hurry:
                    break
                time.sleep(0.03)
            for child in tier:
                self._bury(child)
        self._tiers.clear()
        self._tell_keeper()
        if self._keeper.stdin:
            self._keeper.stdin.close()
        self._keeper.wait(5)

    def _children(self) -> Iterable[_Child]:
        return [child for tier in self._tiers for child in tier]

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def _spawn(self, child: _Child) -> None:
        service = child.service
        service.prepare()
        child.retry_at, child.started = None, time.monotonic()
        with self._log(service.name).open("ab") as log:
            child.process = _popen(service, log)
        (self.run_dir / f"{service.name}.pid").write_text(str(child.pid))
        self._tell_keeper()

    def _await(self, child: _Child) -> None:
        end = time.monotonic() + child.service.ready_seconds
        while not child.service.ready():
            self.check()
            if not child.alive():
                raise CannotStart(f"{child.service.name} ended at once{self._last_words(child)}")
            if time.monotonic() > end:
                raise CannotStart(
                    f"{child.service.name} was not ready after {child.service.ready_seconds:.0f} s"
                    f"{self._last_words(child)}"
                )
            time.sleep(0.05)

    def _last_words(self, child: _Child) -> str:
        """The last line of its log, and where the rest is."""
        path = self._log(child.service.name)
        lines = path.read_bytes()[-2000:].decode(errors="replace").split("\n")
        words = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f": {words[:300]} (see {path})" if words else f" (see {path})."

    def _mind(self, child: _Child) -> None:
        """Notice a death, and restart when it is time to."""
        if child.finished or child.alive():
            return
        if child.retry_at is None:
            self._on_death(child)
        elif time.monotonic() >= child.retry_at:
            self._spawn(child)

    def _on_death(self, child: _Child) -> None:
        service, status = child.service, child.process.returncode if child.process else 0
        self._bury(child)
        if service.once and status == 0:
            child.finished = True
            return
        quick = time.monotonic() - child.started < QUICK
        child.quick_deaths = child.quick_deaths + 1 if quick else 1
        wait = min(0.25 * 2 ** (child.quick_deaths - 1), 8.0)
        if child.quick_deaths == PATIENCE:
            self._give_up(child)
        if child.quick_deaths >= PATIENCE:
            wait = SLOW_RETRY
        elif child.quick_deaths <= 2:
            self.say(f"{service.name} ended ({_words(status)}) and is started again.")
        child.retry_at = time.monotonic() + wait

    def _give_up(self, child: _Child) -> None:
        sentence = f"{child.service.name} ended {PATIENCE} times in a row{self._last_words(child)}"
        if child.service.vital:
            raise CannotStart(sentence)
        self.say(f"{sentence} It is tried again every {SLOW_RETRY:.0f} s.")

    def _signal(self, child: _Child, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(child.pid, number)

    def _bury(self, child: _Child) -> None:
        """Kill what is left of the child and of its group, and reap it."""
        if child.process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.process.wait()
        (self.run_dir / f"{child.service.name}.pid").unlink(missing_ok=True)
        self._tell_keeper()

    def _tell_keeper(self) -> None:
        groups = " ".join(f"-{child.pid}" for child in self._children() if child.alive())
        if self._keeper.stdin and not self._keeper.stdin.closed:
            with suppress(OSError):
                self._keeper.stdin.write(f"{groups}\n".encode())
                self._keeper.stdin.flush()


def _popen(service: Service, log: IO[bytes]) -> subprocess.Popen[bytes]:
    parent = os.getpid()

    def in_child() -> None:
        # Between fork and exec: only system calls. The death signal belongs to this very thread.
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(service.death_signal))
            if os.getppid() != parent:
                os._exit(1)
        if service.nice:
            os.nice(service.nice)
            with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123 - between fork and exec: no more Python than needed
                score.write("500")

    return subprocess.Popen(  # noqa: S603 - our own argv
        service.argv,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=os.environ | service.env,
        cwd=service.cwd,
        start_new_session=True,
        preexec_fn=in_child,
    )


def only_one(path: Path) -> IO[str]:
    """Hold this lock file for as long as the result lives. CannotStart when another one does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise CannotStart(
            f"Kizu is already running on {path.parents[1]} (process {holder}): "
            "stop that one first, or name another data folder with KIZU_VAR."
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def rotate(path: Path) -> None:
    """name.log becomes name.log.1, that .2, and so on; the oldest goes."""
    if not path.exists() or path.stat().st_size == 0:
        return
    for number in range(LOGS_KEPT - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.rename(path.with_name(f"{path.name}.{number + 1}"))
    path.rename(path.with_name(f"{path.name}.1"))


def trim(path: Path) -> None:
    """Copy a log that has grown too long to name.log.1 and empty it under its writer."""
    if path.exists() and path.stat().st_size > LOG_BYTES:
        shutil.copyfile(path, path.with_name(f"{path.name}.1"))
        os.truncate(path, 0)


def _words(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"status {status}"
