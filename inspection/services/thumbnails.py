"""Images as the browser shows them. No pixel of more than 100 megapixels is read."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageOps

from core import storage
from core.errors import Refused
from inspection.formats import grey
from inspection.formats.grey import Window
from workers import clouds

SIDE = 320  # pixels
KINDS = {b"\xff\xd8": "image/jpeg", b"\x89P": "image/png", b"BM": "image/bmp", b"RI": "image/webp",
         b"GI": "image/gif", b"II": "image/tiff", b"MM": "image/tiff"}  # fmt: skip
SHOWN = {"image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp"}  # by any browser
LIMIT = 100_000_000
FAST = 1  # of PNG's levels: a slider waits for the answer


@dataclass(frozen=True)
class Shown:
    """Bytes, their media type, and the window of the grey values where there is one."""

    data: bytes
    kind: str
    window: Window | None = None


def whole(sha256: str, low: float | None = None, high: float | None = None) -> Shown:
    """The bytes as they were sent; a PNG of what no browser shows, or of a window of its values.

    Grey of more than 8 bits is always windowed: browsers show the upper byte alone, and 12-bit
    data in it is black.
    """
    data = storage.get(sha256)
    kind = KINDS.get(data[:2], "application/octet-stream")
    if low is None and high is None and kind in SHOWN and not _is_deep(data):
        return Shown(data, kind)
    return _windowed(sha256, low, high)


@lru_cache(maxsize=512)
def small(sha256: str) -> Shown:
    """A JPEG of 320 px at most."""
    with _opened(storage.get(sha256)) as image:
        _check_size(image)
        image.draft("RGB", (SIDE * 2, SIDE * 2))
        pixels, window = grey.shown(image)
        pixels.thumbnail((SIDE, SIDE))
        out = io.BytesIO()
        pixels.save(out, "JPEG", quality=82)
    return Shown(out.getvalue(), "image/jpeg", window)


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """The image in these bytes. Refused(`not_an_image`) when there is none, or a broken one."""
    try:
        with Image.open(io.BytesIO(clouds.as_tiff(data) or data)) as image:
            yield image
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        words = "These bytes are no image that can be shown; ?raw=1 gives them as they are."
        raise Refused("not_an_image", words, status=415) from None


def _is_deep(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return grey.is_deep(image)
    except (OSError, SyntaxError, ValueError):
        return False  # the browser says what is wrong with it


@lru_cache(maxsize=4)  # what several people look at; the browsers keep the rest
def _windowed(sha256: str, low: float | None, high: float | None) -> Shown:
    with _opened(storage.get(sha256)) as image:
        _check_size(image)
        pixels, window = grey.shown(image, low, high)
        out = io.BytesIO()
        ImageOps.exif_transpose(pixels).save(out, "PNG", compress_level=FAST)
    return Shown(out.getvalue(), "image/png", window)


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > LIMIT:
        words = f"The image has {image.width} x {image.height} pixels"
        words += "; 100 megapixels at most are shown."
        size = {"width": image.width, "height": image.height}
        raise Refused("too_large_to_show", words, status=422, params=size)
