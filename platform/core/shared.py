"""One making for all who ask for the same thing at the same time."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Answers that are dear and that many ask for: a making at a time for each key.

    Who asks while one is being made waits for the next, together with all others who do: nobody
    is given an answer that was begun before they asked.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._running: dict[Hashable, Future[T]] = {}
        self._next: dict[Hashable, Future[T]] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` returns, or what it raises; for threads, not for the event loop."""
        with self._guard:
            before, joined = self._running.get(key), self._next.get(key)
            answer = self._next[key] = joined or Future()
        if joined is None:
            if before:
                wait([before])
            self._run(key, answer, make)
        return answer.result()

    def _run(self, key: Hashable, answer: Future[T], make: Callable[[], T]) -> None:
        with self._guard:
            self._running[key] = self._next.pop(key)
        try:
            answer.set_result(make())
        except BaseException as error:
            answer.set_exception(error)
        with self._guard:
            if self._running.get(key) is answer:  # else the next one has begun already
                del self._running[key]
