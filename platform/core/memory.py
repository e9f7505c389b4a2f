"""The collector's pauses, kept out of answers."""

import gc


def settle() -> None:
    """Say that what is loaded by now stays: full collections, which stop every thread, pass it by.

    Call it once, when all modules are loaded and before the first request.
    """
    gc.collect()
    gc.freeze()
