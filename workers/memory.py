"""A memory that does not suffice, in words."""

from collections.abc import Iterator
from contextlib import contextmanager

from workers.contract import Failure

HINT = "Choose a smaller batch, image size or model, or another device; then retry."


@contextmanager
def told() -> Iterator[None]:
    """Failure out_of_memory where a device or the machine has no more; torch says it in prose."""
    try:
        yield
    except RuntimeError as error:
        words = str(error).lower()
        if "not enough memory" in words or "out of memory" in words:
            text = "The device's memory does not suffice."
            raise Failure("out_of_memory", text, HINT) from error
        raise
