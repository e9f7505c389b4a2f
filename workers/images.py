"""Bytes of an image into pixels, the same way for training, batches and the line. No torch."""

import io
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from workers import clouds
from workers.contract import MAX_PIXELS

Pixels = NDArray[np.uint8]  # height x width x 3, red first
WHOLE = {"JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82"}  # how they must end
TAILS = (0.5, 99.5)  # percentiles, as on the screen: a few wild values do not set the range
LOOKED_AT = 1_000_000  # values that the percentiles are taken from
Image.MAX_IMAGE_PIXELS = None  # we look at the header ourselves, with words of our own


class DecodeFailed(Exception):
    """Bytes that are no usable image: a stable code, and the cause in words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def decode(data: bytes) -> Pixels:
    """8-bit RGB pixels of a still image; grey, palette, CMYK, alpha and 16 bit are converted.

    Turned upright by its EXIF orientation. 16-bit samples are read as 10, 12 or 16 bit by the
    image's brightest one, floats between all but their outermost half per cent on either side. A
    point cloud is seen as its height map (clouds.py). Raises DecodeFailed with the code
    `not_an_image`, `broken`, `animated` or `too_large`; the size of a picture is read from the
    header before any pixel is decoded.
    """
    if (cloud := _heights(data)) is not None:
        return np.repeat(_eight_bits(cloud)[..., None], 3, axis=2)
    _check_header(data)
    flags = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH
    try:
        raw = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise _broken() from error
    if raw is None:
        return _by_pillow(data)
    eight = _eight_bits(raw)
    code = cv2.COLOR_GRAY2RGB if eight.ndim == 2 else cv2.COLOR_BGR2RGB
    return np.ascontiguousarray(cv2.cvtColor(eight, code))


def _heights(data: bytes) -> NDArray[np.float32] | None:
    try:
        return clouds.heights(data)
    except clouds.BrokenCloud as error:
        raise DecodeFailed("broken", str(error)) from error


def _check_header(data: bytes) -> None:
    try:
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
            frames = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
            if width * height > MAX_PIXELS:
                words = f"The image has {width} x {height} pixels; {MAX_PIXELS // 10**6} megapixels"
                raise DecodeFailed("too_large", f"{words} are the limit.")
            if frames > 1:
                words = f"The image has {frames} frames or pages; send one still image."
                raise DecodeFailed("animated", words)
            ending = WHOLE.get(image.format or "")
            if ending and not data.endswith(ending):
                image.load()  # cut off, or followed by something: Pillow tells which
    except UnidentifiedImageError as error:
        raise DecodeFailed("not_an_image", "The bytes are not an image of a known kind.") from error
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise _broken() from error


def _by_pillow(data: bytes) -> Pixels:
    """What OpenCV does not read and Pillow does."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        raise _broken() from error


def _eight_bits(raw: NDArray[Any]) -> Pixels:
    if raw.dtype == np.uint8:
        return raw
    if raw.dtype == np.uint16:
        top = int(raw.max(initial=0))
        shift = 2 if top < 1 << 10 else 4 if top < 1 << 12 else 8
        return (raw >> shift).astype(np.uint8)
    return _windowed(raw.astype(np.float32))


def _windowed(values: NDArray[np.float32]) -> Pixels:
    """Black is what is no number, too: nothing was measured there."""
    known = values[np.isfinite(values)]
    if not known.size:
        return np.zeros(values.shape, np.uint8)
    step = max(1, known.size // LOOKED_AT)
    low, high = np.percentile(known[::step], TAILS)
    if low >= high:
        low, high = known.min(), known.max()
    scaled = (np.nan_to_num(values, nan=low) - low) * (255 / max(float(high - low), 1e-12))
    return np.asarray(scaled.clip(0, 255), np.uint8)


def _broken() -> DecodeFailed:
    return DecodeFailed("broken", "The image is damaged or cut off.")
