"""Looking at an image before it is taken in: can it be read, how large is it, what does it show."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from inspection.formats import grey

SIDE = 256  # pixels of a thumbnail's longer side
ENDINGS = {
    "JPEG": (".jpg", ".jpeg"), "MPO": (".jpg", ".jpeg", ".mpo"), "PNG": (".png",),
    "BMP": (".bmp",), "TIFF": (".tif", ".tiff"), "WEBP": (".webp",), "GIF": (".gif",),
    "JPEG2000": (".jp2",), "PPM": (".pgm", ".ppm", ".pnm"),
}  # fmt: skip
Image.MAX_IMAGE_PIXELS = None  # the header is looked at here, with words of our own


@dataclass(frozen=True)
class Look:
    """What an image is; `code` and `message` when it cannot be used, `remark` when it is odd."""

    width: int = 0
    height: int = 0
    bits: int = 8
    thumbnail: bytes = b""
    code: str = ""
    message: str = ""
    remark: str = ""
    params: dict[str, Any] = field(default_factory=dict)  # the values in the message or remark


class Room:
    """So many pixels are decoded at one time, or one larger image alone."""

    def __init__(self, most: int) -> None:
        self.most, self._used, self._changed = most, 0, threading.Condition()

    @contextmanager
    def __call__(self, pixels: int) -> Iterator[None]:
        """Wait until there is room."""
        with self._changed:
            self._changed.wait_for(lambda: not self._used or self._used + pixels <= self.most)
            self._used += pixels
        try:
            yield
        finally:
            with self._changed:
                self._used -= pixels
                self._changed.notify_all()


def look(data: bytes, path: str, room: Room) -> Look:
    """Decode it once, whole; never an image that has more pixels than the whole room."""
    if not data:
        return Look(code="empty_file", message="The file has no bytes.")
    try:
        with Image.open(io.BytesIO(data)) as image:
            if refused := _refused(image, room.most):
                return refused
            with room(image.width * image.height):
                return _seen(image, path)
    except UnidentifiedImageError:
        return Look(code="not_an_image", message="The file is not an image of a known kind.")
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        return Look(code="broken_image", message="The image is damaged or cut off.")


def _refused(image: Image.Image, most: int) -> Look | None:
    if image.width * image.height > most:
        words = f"It has {image.width} x {image.height} pixels; {most // 10**6} million are"
        size = {"width": image.width, "height": image.height, "most": most // 10**6}
        params = {"case": "pixels", **size}
        return Look(code="too_large", message=f"{words} the limit.", params=params)
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        words = "It has several frames or pages: save each as an image of its own."
        return Look(code="animated", message=words)
    return None


def _seen(image: Image.Image, path: str) -> Look:
    remark, params = _remark(image, path)
    size, bits = image.size, 16 if grey.is_deep(image) else 8
    turned = image.getexif().get(274, 1) in (5, 6, 7, 8)
    image.draft(image.mode, (SIDE, SIDE))  # a JPEG is decoded at half, a quarter or an eighth
    small = ImageOps.exif_transpose(grey.shown(image)[0])
    small.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    width, height = size[::-1] if turned else size
    return Look(width, height, bits, out.getvalue(), remark=remark, params=params)


def _remark(image: Image.Image, path: str) -> tuple[str, dict[str, Any]]:
    """What is odd about it, and the values in those words."""
    endings = ENDINGS.get(image.format or "", ())
    if endings and not path.lower().endswith(endings):
        words = f"It is a {image.format} under another file ending."
        return words, {"case": "ending", "format": image.format}
    if image.mode == "CMYK":
        return "Its colours are CMYK; they are turned into RGB.", {"case": "cmyk"}
    return "", {}
