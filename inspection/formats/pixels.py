"""Looking at an image before it is taken in: can it be read, how large is it, what does it show."""

import io
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PIXELS = 400_000_000  # a 16k x 16k line scan is 268 million
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


def look(data: bytes, path: str) -> Look:
    """Decode it once, whole; never more than MAX_PIXELS."""
    if not data:
        return Look(code="empty_file", message="The file has no bytes.")
    try:
        with Image.open(io.BytesIO(data)) as image:
            return _refused(image) or _seen(image, path)
    except UnidentifiedImageError:
        return Look(code="not_an_image", message="The file is not an image of a known kind.")
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        return Look(code="broken_image", message="The image is damaged or cut off.")


def _refused(image: Image.Image) -> Look | None:
    if image.width * image.height > MAX_PIXELS:
        words = f"It has {image.width} x {image.height} pixels; {MAX_PIXELS // 10**6} million are"
        size = {"width": image.width, "height": image.height, "most": MAX_PIXELS // 10**6}
        params = {"case": "pixels", **size}
        return Look(code="too_large", message=f"{words} the limit.", params=params)
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        words = "It has several frames or pages: save each as an image of its own."
        return Look(code="animated", message=words)
    return None


def _seen(image: Image.Image, path: str) -> Look:
    remark, params = _remark(image, path)
    size, bits = image.size, 16 if image.mode.startswith(("I", "F")) else 8
    turned = image.getexif().get(274, 1) in (5, 6, 7, 8)
    if image.mode == "RGB":
        image.draft("RGB", (SIDE * 2, SIDE * 2))
    small = ImageOps.exif_transpose(_eight_bits(image))
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


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit grey is shown from black to its brightest pixel."""
    if image.mode.startswith(("I", "F")):
        grey = image.convert("F")
        low, high = (float(value) for value in grey.getextrema())  # type: ignore[arg-type]
        scale = 255 / max(high - low, 1e-9)
        return grey.point(lambda value: value * scale - low * scale).convert("L").convert("RGB")
    return image.convert("RGB")
