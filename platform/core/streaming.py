"""Long answers under ASGI, chunk after chunk: of a plain iterator Django makes a list first."""

from collections.abc import AsyncIterator, Iterable, Iterator

from asgiref.sync import sync_to_async

GATHERED = 64 * 1024  # bytes: short chunks go together


def in_chunks(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    """For StreamingHttpResponse: each chunk is made, in the request's own thread, when the one
    before it has been sent. The first is made at once: what is absent is still a plain refusal."""
    rest = _gathered(iter(chunks))
    return _asked_for(next(rest, b""), rest)


async def _asked_for(chunk: bytes, rest: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(_next, thread_sensitive=True)
    while chunk:
        yield chunk
        chunk = await following(rest)


def _next(chunks: Iterator[bytes]) -> bytes:
    return next(chunks, b"")


def _gathered(chunks: Iterator[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for chunk in chunks:
        held += chunk
        if len(held) >= GATHERED:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)
