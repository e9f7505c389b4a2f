"""Long answers are made while they are sent, and not before."""

import asyncio
from collections.abc import Iterator

import pytest

from core.streaming import GATHERED, in_chunks


def test_a_chunk_is_made_when_the_one_before_was_sent() -> None:
    made: list[int] = []

    def rows() -> Iterator[bytes]:
        for number in range(5):
            made.append(number)
            yield bytes(GATHERED)

    async def read() -> list[int]:
        seen = []
        async for chunk in in_chunks(rows()):
            assert len(chunk) == GATHERED
            seen.append(len(made))
        return seen

    assert asyncio.run(read()) == [1, 2, 3, 4, 5]


def test_short_chunks_go_together_and_all_arrive() -> None:
    async def read() -> list[bytes]:
        lines = (b"%d\n" % n for n in range(30_000))
        return [chunk async for chunk in in_chunks(lines)]

    chunks = asyncio.run(read())
    assert b"".join(chunks) == b"".join(b"%d\n" % n for n in range(30_000))
    assert len(chunks) == 3


def test_nothing_is_an_empty_answer() -> None:
    async def read() -> list[bytes]:
        return [chunk async for chunk in in_chunks(iter(()))]

    assert asyncio.run(read()) == []


def test_what_is_absent_is_told_at_once() -> None:
    def absent() -> Iterator[bytes]:
        raise LookupError("gone")
        yield b""

    with pytest.raises(LookupError):
        in_chunks(absent())
