"""One making for many who ask."""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Lock
from time import monotonic, sleep
from types import FrameType

import pytest

from core.shared import Shared


def test_nobody_gets_an_answer_begun_before_they_asked() -> None:
    """Forty ask while the first is being made: they share the second making, and it alone."""
    shared: Shared[int] = Shared()
    started, go, asked = Event(), Event(), Barrier(41)
    made, guard = 0, Lock()

    def make() -> int:
        nonlocal made
        with guard:
            made += 1
            number = made
        started.set()
        assert go.wait(60)
        return number

    def ask() -> int:
        asked.wait(60)
        return shared.get("board", make)

    with ThreadPoolExecutor(41) as pool:
        first = pool.submit(shared.get, "board", make)
        assert started.wait(60)
        others = [pool.submit(ask) for _ in range(40)]
        asked.wait(60)
        _until_asked(41)
        go.set()
        assert first.result(10) == 1
        answers = {other.result(10) for other in others}
    assert 1 not in answers
    assert made == 1 + len(answers) <= 3  # a late one of the forty may have needed a third


def _until_asked(threads: int) -> None:
    """Until so many threads are within Shared.get."""
    end = monotonic() + 60
    while sum(map(_asks, sys._current_frames().values())) < threads:
        assert monotonic() < end, "not all have asked"
        sleep(0.001)


def _asks(frame: FrameType | None) -> bool:
    while frame and frame.f_code is not Shared.get.__code__:
        frame = frame.f_back
    return frame is not None


def test_keys_do_not_wait_for_each_other() -> None:
    shared: Shared[str] = Shared()
    go = Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(shared.get, 1, lambda: str(go.wait(60)))
        assert shared.get(2, lambda: "at once") == "at once"
        go.set()
        assert slow.result(10) == "True"


def test_what_fails_is_told_and_made_anew() -> None:
    shared: Shared[int] = Shared()

    def fails() -> int:
        raise ValueError("lost")

    with pytest.raises(ValueError, match="lost"):
        shared.get("a", fails)
    assert shared.get("a", lambda: 3) == 3
    assert not shared._running  # nothing is kept of what was asked once
    assert not shared._next
