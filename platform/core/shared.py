"""One making for all who ask for the same thing at the same time."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
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
        self._turns: dict[Hashable, Lock] = {}
        self._next: dict[Hashable, Future[T]] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` returns, or what it raises; for threads, not for the event loop."""
        with self._guard:
            turn = self._turns.setdefault(key, Lock())
            waited = self._next.get(key)
            answer = self._next[key] = waited or Future()
        if waited is None:
            with turn:
                with self._guard:
                    del self._next[key]
                _fill(answer, make)
        return answer.result()


def _fill(answer: Future[T], make: Callable[[], T]) -> None:
    try:
        answer.set_result(make())
    except BaseException as error:
        answer.set_exception(error)
