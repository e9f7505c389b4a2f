"""Looking at an image before it is taken in: can it be read, how large is it, what does it show."""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from inspection.formats import grey

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
        return Look(code="too_large", message=f"{words} the limit.")
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        words = "It has several frames or pages: save each as an image of its own."
        return Look(code="animated", message=words)
    return None


def _seen(image: Image.Image, path: str) -> Look:
    remark = _remark(image, path)
    size, bits = image.size, 16 if grey.is_deep(image) else 8
    turned = image.getexif().get(274, 1) in (5, 6, 7, 8)
    if image.mode == "RGB":
        image.draft("RGB", (SIDE * 2, SIDE * 2))
    small = ImageOps.exif_transpose(grey.shown(image)[0])
    small.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    width, height = size[::-1] if turned else size
    return Look(width, height, bits, out.getvalue(), remark=remark)


def _remark(image: Image.Image, path: str) -> str:
    endings = ENDINGS.get(image.format or "", ())
    if endings and not path.lower().endswith(endings):
        return f"It is a {image.format} under another file ending."
    return "Its colours are CMYK; they are turned into RGB." if image.mode == "CMYK" else ""
