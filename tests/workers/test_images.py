"""Every kind of picture a camera or an editor writes becomes the same 8-bit RGB pixels."""

import io

import numpy as np
import pytest
from PIL import Image

from workers import images

RED = np.zeros((20, 30, 3), np.uint8)
RED[..., 0] = 200
RED[5:9, 3:9] = (10, 180, 20)


def encoded(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK"])
def test_modes_become_rgb(mode: str) -> None:
    picture = Image.fromarray(RED).convert(mode, dither=Image.Dither.NONE)
    data = encoded(picture, "TIFF" if mode == "CMYK" else "PNG")
    pixels = images.decode(data)
    assert pixels.shape == (20, 30, 3)
    assert np.abs(pixels.astype(int) - RED).max() <= (60)


def test_cmyk_jpeg_and_grey() -> None:
    pixels = images.decode(encoded(Image.fromarray(RED).convert("CMYK"), "JPEG", quality=98))
    assert pixels[15, 20, 0] > 120 > pixels[15, 20, 1]
    grey = images.decode(encoded(Image.fromarray(RED).convert("L")))
    assert (grey[..., 0] == grey[..., 2]).all()


@pytest.mark.parametrize(("top", "shift"), [(1000, 2), (4000, 4), (60000, 8)])
def test_sixteen_bits_by_their_brightest_sample(top: int, shift: int) -> None:
    raw = np.linspace(0, top, 400).reshape(20, 20).astype(np.uint16)
    pixels = images.decode(encoded(Image.fromarray(raw)))
    assert (pixels[..., 0] == raw >> shift).all()


def test_refusals() -> None:
    whole = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), "u1")))
    photo = encoded(Image.fromarray(RED).resize((300, 300)), "JPEG")
    frames = [Image.fromarray(RED), Image.fromarray(RED[::-1].copy())]
    moving = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    huge = encoded(Image.new("1", (20000, 6000)))
    cases = [(b"hello", "not_an_image"), (b"", "not_an_image"), (whole[:2000], "broken")]
    cases += [(photo[:-300], "broken"), (moving, "animated"), (huge, "too_large")]
    for data, code in cases:
        with pytest.raises(images.DecodeFailed) as refusal:
            images.decode(data)
        assert refusal.value.code == code


def test_bytes_after_the_end_are_no_damage() -> None:
    assert images.decode(encoded(Image.fromarray(RED), "JPEG") + b"\0trailer").shape == RED.shape
