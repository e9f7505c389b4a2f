"""Images of inspections as the browser shows them. No pixel of more than 100 megapixels is read."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from PIL import Image

from core import storage
from core.errors import Refused

SIDE = 320  # pixels
KINDS = {b"\xff\xd8": "image/jpeg", b"\x89P": "image/png", b"BM": "image/bmp", b"RI": "image/webp",
         b"GI": "image/gif", b"II": "image/tiff", b"MM": "image/tiff"}  # fmt: skip
SHOWN = {"image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp"}  # by any browser
LIMIT = 100_000_000


def whole(sha256: str) -> tuple[bytes, str]:
    """The bytes as they were sent and their media type; what no browser shows becomes a PNG."""
    data = storage.get(sha256)
    kind = KINDS.get(data[:2], "application/octet-stream")
    return (data, kind) if kind in SHOWN else _as_png(data)


@lru_cache(maxsize=512)
def small(sha256: str) -> tuple[bytes, str]:
    """A JPEG of 320 px at most."""
    with _opened(storage.get(sha256)) as image:
        if image.width * image.height > LIMIT:
            raise storage.Missing(sha256)
        image.draft("RGB", (SIDE * 2, SIDE * 2))
        shown = _eight_bits(image)
        shown.thumbnail((SIDE, SIDE))
        out = io.BytesIO()
        shown.save(out, "JPEG", quality=82)
    return out.getvalue(), "image/jpeg"


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """The image in these bytes. Refused(`not_an_image`) when there is none, or a broken one."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            yield image
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        words = "These bytes are no image that can be shown; ?raw=1 gives them as they are."
        raise Refused("not_an_image", words, status=415) from None


def _as_png(data: bytes) -> tuple[bytes, str]:
    with _opened(data) as image:
        if image.width * image.height > LIMIT:
            raise storage.Missing("too large to show")
        out = io.BytesIO()
        _eight_bits(image).save(out, "PNG")
    return out.getvalue(), "image/png"


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit grey is scaled to its brightest pixel; the rest becomes RGB."""
    if image.mode.startswith(("I", "F")):
        grey = image.convert("F")
        top = max(float(grey.getextrema()[1]), 1.0)  # type: ignore[arg-type]  # of one band: two numbers
        return grey.point(lambda value: value * (255 / top)).convert("L").convert("RGB")
    return image.convert("RGB")
