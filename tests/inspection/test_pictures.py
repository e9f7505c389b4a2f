"""Images as the browser gets them: windows of grey values that have more than 8 bits."""

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from PIL import Image

from core import storage
from inspection.models.ids import new_id
from inspection.models.inspections import Inspection, InspectionImage
from inspection.models.plant import Line, Site, Station
from inspection.models.products import Product
from tests.inspection.test_imports import bring, picture, upload

LOW, HIGH = 1000, 3000  # a 12-bit camera: its values end at 4095


def deep(form: str, big_endian: bool = False) -> bytes:
    """A 12-bit ramp from 1000 to 3000 in a 16-bit file, one hot pixel in it."""
    ramp = np.linspace(LOW, HIGH, 64 * 64).reshape(64, 64).astype("uint16")
    ramp[0, 0] = 4095
    out = io.BytesIO()
    Image.fromarray(ramp.astype(">u2") if big_endian else ramp).save(out, form)
    return out.getvalue()


def get(client: Any, data: bytes, query: str = "") -> Any:
    upload(client, {"a.bin": data})
    return client.get(f"/api/v1/blobs/{hashlib.sha256(data).hexdigest()}{query}")


def pixels(reply: Any) -> Any:
    assert reply.status_code == 200, reply.content
    return np.asarray(Image.open(io.BytesIO(reply.content)))


def window(reply: Any) -> dict[str, float]:
    parts = (part.split("=") for part in reply["X-Window"].split(", "))
    return {name: float(value) for name, value in parts}


@pytest.mark.parametrize("data", [deep("PNG"), deep("TIFF"), deep("TIFF", big_endian=True)])
def test_12_bits_in_16_fill_the_screen(api: Callable[..., Any], data: bytes) -> None:
    reply = get(api("engineer"), data)
    seen, told = pixels(reply), window(reply)
    assert reply["Content-Type"] == "image/png"
    assert (seen.dtype, seen.min(), seen.max()) == (np.uint8, 0, 255)
    assert np.median(seen) == pytest.approx(128, abs=3)
    assert (told["least"], told["most"]) == (LOW, 4095)
    assert told["low"] == pytest.approx(1010, abs=2)
    assert told["high"] == pytest.approx(2990, abs=2)


def test_a_window_is_of_the_true_values(api: Callable[..., Any]) -> None:
    reply = get(api("engineer"), deep("PNG"), "?low=2000&high=2255")
    seen = pixels(reply)
    ramp = np.linspace(LOW, HIGH, 64 * 64).reshape(64, 64).astype("uint16")
    inside = (ramp > 2000) & (ramp < 2255)
    assert inside.sum() > 400
    assert np.array_equal(seen[inside], ramp[inside] - 2000)
    assert (seen[ramp <= 2000][1:] == 0).all()
    assert (seen[ramp >= 2255] == 255).all()
    assert window(reply) == {"low": 2000, "high": 2255, "least": LOW, "most": 4095}


def test_a_flat_image_and_an_empty_window_are_shown(api: Callable[..., Any]) -> None:
    out = io.BytesIO()
    Image.fromarray(np.full((8, 8), 700, "uint16")).save(out, "PNG")
    client = api("engineer")
    assert pixels(get(client, out.getvalue())).shape == (8, 8)
    assert pixels(get(client, out.getvalue(), "?low=700&high=700")).shape == (8, 8)


def test_what_was_not_measured_does_not_set_the_window(api: Callable[..., Any]) -> None:
    """Heights about half a metre, in millimetres, and a third of the pixels without one."""
    heights = np.linspace(500, 510, 60 * 60, dtype=np.float32).reshape(60, 60)
    heights[:, :20] = np.nan
    heights[0, 0] = np.inf
    out = io.BytesIO()
    Image.fromarray(heights).save(out, "TIFF")
    shown = pixels(get(api("engineer"), out.getvalue()))
    assert np.ptp(shown[:, 20:]) > 240
    assert not shown[:, :20].any()


def test_8_bits_are_sent_as_they_came_unless_asked(api: Callable[..., Any]) -> None:
    client, data = api("engineer"), picture(3)
    plain = get(client, data)
    assert plain.content == data
    assert not plain.has_header("X-Window")
    asked = get(client, data, "?low=100&high=150")
    sent = np.asarray(Image.open(io.BytesIO(data)))
    assert (pixels(asked)[sent <= 100] == 0).all()
    assert (pixels(asked)[sent >= 150] == 255).all()


@pytest.mark.parametrize("query", ["?low=much", "?high=nan", "?low=1e999"])
def test_a_window_of_no_numbers_is_refused(api: Callable[..., Any], query: str) -> None:
    reply = get(api("engineer"), deep("PNG"), query)
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid")


def test_what_is_no_image_is_not_shown_as_one(api: Callable[..., Any]) -> None:
    reply = get(api("engineer"), b"names: [pit, dent]\n")
    assert (reply.status_code, reply.json()["code"]) == (415, "not_an_image")


def test_the_thumbnail_of_a_sample_is_windowed(api: Callable[..., Any]) -> None:
    client = api("engineer")
    row = bring(client, {"good/a.png": deep("PNG")}, task="classify")
    image = client.get(f"/api/v1/datasets/{row['dataset']}/samples").json()["results"][0]["images"]
    assert image["rgb"]["bits"] == 16
    assert np.median(pixels(client.get(image["rgb"]["thumbnail_url"]))) == pytest.approx(128, abs=5)


def test_an_inspection_s_image_is_windowed_too(api: Callable[..., Any]) -> None:
    line = Line.objects.create(site=Site.objects.create(name="S", timezone="UTC"), name="L")
    station = Station.objects.create(line=line, name="St")
    now = timezone.now() - timedelta(seconds=5)
    unit = Inspection.objects.create(
        id=new_id(now), captured_day=now.date(), captured_at=now, received_at=now, decided_at=now,
        line=line, station=station, product=Product.objects.create(code="P", name="P"),
        client="test", verdict="OK", model_verdict="OK",
    )  # fmt: skip
    InspectionImage.objects.create(
        captured_day=now.date(), inspection_id=unit.id, position=0, width=64, height=64,
        sha256=storage.put(deep("TIFF")), size=1,
    )  # fmt: skip
    at = f"/api/v1/inspections/{unit.id}/images/0"
    client = api("viewer")
    assert window(client.get(at))["most"] == 4095
    assert window(client.get(f"{at}?low=1500&high=2500"))["low"] == 1500
    assert np.median(pixels(client.get(f"{at}?thumb=1"))) == pytest.approx(128, abs=5)
