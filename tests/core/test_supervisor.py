"""Children are started in order, watched, restarted, stopped in reverse, and never left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from core import supervisor
from core.environment import CannotStart
from core.supervisor import Service, Supervisor

ROOT = Path(__file__).resolve().parents[2]


def sleeper(name: str, words: str = "", **fields: object) -> Service:
    """A service that writes `words`, then sleeps until it is told to end."""
    program = f"import time; print({words!r}, flush=True); time.sleep(60)"
    return Service(name, [sys.executable, "-c", program], **fields)  # type: ignore[arg-type]  # the test's own fields


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: object, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]  # a callable of the test
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def boss(tmp_path: Path) -> Iterator[Supervisor]:
    said: list[str] = []
    boss = Supervisor(tmp_path / "log", tmp_path / "run", said.append)
    boss.said = said  # type: ignore[attr-defined]  # what it told the person
    yield boss
    boss.stop()


def pid_of(boss: Supervisor, name: str) -> int:
    return int((boss.run_dir / f"{name}.pid").read_text())


def run_for(boss: Supervisor, seconds: float) -> None:
    threading.Timer(seconds, boss._asked.set).start()
    boss.run()


def run_until(boss: Supervisor, condition: object) -> None:
    """Supervise until it holds, a minute at most."""

    def look() -> None:
        with suppress(AssertionError):
            until(condition)
        boss._asked.set()

    threading.Thread(target=look).start()
    boss.run()


def test_start_returns_when_the_service_is_ready(boss: Supervisor) -> None:
    log = boss.logs / "a.log"
    boss.start(sleeper("a", "hello", ready=lambda: "hello" in log.read_text()))
    assert log.read_text() == "hello\n"
    assert alive(pid_of(boss, "a"))


def test_a_service_that_ends_before_it_is_ready_is_named_with_its_last_words(
    boss: Supervisor,
) -> None:
    broken = Service("a", [sys.executable, "-c", "exit('no such thing')"], ready=lambda: False)
    with pytest.raises(CannotStart, match=r"a ended at once: no such thing \(see .*a\.log\)"):
        boss.start(broken)


def test_a_service_that_never_gets_ready_is_given_up(boss: Supervisor) -> None:
    with pytest.raises(CannotStart, match="a was not ready after 0 s"):
        boss.start(sleeper("a", ready=lambda: False, ready_seconds=0.3))


def test_stop_goes_in_reverse_order_and_leaves_nothing(tmp_path: Path) -> None:
    boss = Supervisor(tmp_path / "log", tmp_path / "run", print)
    order = tmp_path / "order"
    program = (
        "import signal, sys, time\n"
        "def end(*_): open(sys.argv[1], 'a').write(sys.argv[2]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True); time.sleep(60)\n"
    )
    pids = []
    for name in "abc":
        log = tmp_path / "log" / f"{name}.log"
        boss.start(
            Service(
                name,
                [sys.executable, "-c", program, str(order), name],
                ready=lambda log=log: "up" in log.read_text(),  # type: ignore[misc]  # bound
            )
        )
        pids.append(pid_of(boss, name))
    boss.stop()
    assert order.read_text() == "cba"
    assert not any(alive(pid) for pid in pids)


def test_who_does_not_end_in_time_is_killed_with_its_children(boss: Supervisor) -> None:
    program = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)\n"
    )
    log = boss.logs / "a.log"
    boss.start(
        Service(
            "a",
            [sys.executable, "-c", program],
            ready=lambda: bool(log.read_text()),
            stop_seconds=0.3,
        )
    )
    pids = [pid_of(boss, "a"), int(log.read_text())]
    boss.stop()
    until(lambda: not any(alive(pid) for pid in pids), 2)


def test_a_killed_child_is_started_again(boss: Supervisor) -> None:
    boss.start(sleeper("a"))
    first = pid_of(boss, "a")
    os.kill(first, signal.SIGKILL)
    run_for(boss, 1.5)
    assert pid_of(boss, "a") != first
    assert alive(pid_of(boss, "a"))
    assert boss.said == ["a ended (killed by SIGKILL) and is started again."]  # type: ignore[attr-defined]  # as above


def test_a_vital_service_that_keeps_dying_ends_the_product(
    boss: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "PATIENCE", 3)
    boss.start(Service("a", ["/bin/sh", "-c", "echo no disk; exit 3"], vital=True))
    with pytest.raises(CannotStart, match="a ended 3 times in a row: no disk"):
        run_for(boss, 10)


def test_another_one_that_keeps_dying_is_reported_and_the_rest_goes_on(
    boss: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "PATIENCE", 3)
    boss.start(Service("a", ["/bin/sh", "-c", "echo no disk; exit 3"]), sleeper("b"))
    said: list[str] = boss.said  # type: ignore[attr-defined]  # what it told the person
    words = "a ended 3 times in a row: no disk"
    run_until(boss, lambda: said and said[-1].startswith(words))
    assert said[-1].startswith(words)
    assert alive(pid_of(boss, "b"))


def test_a_service_that_runs_once_is_not_started_again(boss: Supervisor) -> None:
    boss.start(Service("a", ["/bin/sh", "-c", "echo ran"], once=True))
    run_for(boss, 1)
    assert (boss.logs / "a.log").read_text() == "ran\n"


def test_nothing_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    """The child by its death signal, its own child by the keeper."""
    program = f"""
import sys
sys.path.insert(0, {str(ROOT / "platform")!r})
from pathlib import Path
from core.supervisor import Service, Supervisor
boss = Supervisor(Path({str(tmp_path)!r}), Path({str(tmp_path)!r}), print)
log = Path({str(tmp_path)!r}) / "a.log"
argv = ["/bin/sh", "-c", "sleep 60 & echo $!; wait"]
boss.start(Service("a", argv, ready=lambda: log.read_text()))
boss.run()
"""
    killed = subprocess.Popen([sys.executable, "-c", program])
    written = [tmp_path / "a.log", tmp_path / "a.pid"]  # one after the other
    until(lambda: all(file.exists() and file.read_text().strip() for file in written))
    pids = [int(file.read_text()) for file in written]
    assert all(alive(pid) for pid in pids)
    killed.kill()
    killed.wait()
    until(lambda: not any(alive(pid) for pid in pids))


def test_one_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "run" / "up.lock"
    held = supervisor.only_one(lock)
    with pytest.raises(
        CannotStart, match=rf"already running on {tmp_path} \(process {os.getpid()}"
    ):
        supervisor.only_one(lock)
    held.close()
    supervisor.only_one(lock).close()


def test_logs_rotate_at_start_and_when_they_grow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "a.log"
    for text in ("one", "two", "three", "four", "five"):
        supervisor.rotate(log)
        log.write_text(text)
    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert kept == {"a.log": "five", "a.log.1": "four", "a.log.2": "three", "a.log.3": "two"}
    monkeypatch.setattr(supervisor, "LOG_BYTES", 3)
    supervisor.trim(log)
    assert log.read_text() == ""
    assert (tmp_path / "a.log.1").read_text() == "five"
