"""Two drawn products with drawn defects: a brushed-metal plate and a printed board.

Every picture comes from a seeded generator, so the same seed draws the same pixels. An image is
H x W x 3 uint8; a defect is its class and its box as shares of the image.
"""

from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

SIZE = 320
PLATE_CLASSES = ("scratch", "dent", "pit")
BOARD_CLASSES = ("open", "short")
CLASSES = {"plate": PLATE_CLASSES, "board": BOARD_CLASSES}

SUBSTRATE, COPPER, PAD = (18, 78, 52), (196, 142, 74), (222, 178, 104)
PITCH = 32  # px between two tracks of the board


@dataclass
class Drawing:
    """A drawn unit: its pixels and what is wrong with it."""

    pixels: Image.Image
    defects: list[tuple[str, tuple[float, float, float, float]]] = field(default_factory=list)

    def jpeg(self) -> bytes:
        """The picture as a camera would send it."""
        out = BytesIO()
        self.pixels.save(out, "JPEG", quality=92)
        return out.getvalue()

    def mark(self, name: str, x0: float, y0: float, x1: float, y1: float) -> None:
        """Note a defect by its pixel box, clipped to the picture."""
        edges = (max(x0, 0), max(y0, 0), min(x1, SIZE), min(y1, SIZE))
        a, b, c, d = (round(float(edge) / SIZE, 5) for edge in edges)
        if c > a and d > b:
            self.defects.append((name, (a, b, c, d)))


def unit(product: str, rng: Generator, defects: int) -> Drawing:
    """A plate or a board with this many defects."""
    drawing = plate(rng) if product == "plate" else board(rng)
    for _ in range(defects):
        DEFECTS[str(rng.choice(CLASSES[product]))](drawing, rng)
    return drawing


def plate(rng: Generator) -> Drawing:
    """Brushed metal: streaks along x under an uneven light."""
    streaks = rng.normal(0, 9, (SIZE, SIZE + 48)).cumsum(axis=1)
    brushed = (streaks[:, 48:] - streaks[:, :-48]) / 7
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    light = 150 + 34 * np.cos(3 * (x - rng.uniform(0.2, 0.8))) - 26 * (y - 0.5) ** 2
    grey = np.clip(light + brushed + rng.normal(0, 2.5, (SIZE, SIZE)), 0, 255)
    tint = np.stack([grey * 0.985, grey, grey * 1.02], axis=-1).clip(0, 255)
    return Drawing(Image.fromarray(tint.astype(np.uint8)))


def board(rng: Generator) -> Drawing:
    """A printed board: vertical copper tracks with pads at their ends and steps in between."""
    picture = Image.new("RGB", (SIZE, SIZE), SUBSTRATE)
    pen = ImageDraw.Draw(picture)
    for centre in range(PITCH // 2, SIZE, PITCH):
        pen.line([(centre, 0), (centre, SIZE)], COPPER, 9)
        for y in rng.choice(range(24, SIZE - 16, 40), 2, replace=False):
            pen.ellipse([centre - 9, y - 9, centre + 9, y + 9], PAD)
            pen.ellipse([centre - 3, y - 3, centre + 3, y + 3], SUBSTRATE)
    noisy = np.asarray(picture, np.float32) + rng.normal(0, 5, (SIZE, SIZE, 1))
    noisy = noisy * rng.uniform(0.9, 1.08)
    lit = Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
    return Drawing(lit.filter(ImageFilter.GaussianBlur(0.7)))


def scratch(drawing: Drawing, rng: Generator) -> None:
    """A bright line with a dark edge, 60 to 120 px long and far from upright and level."""
    length, angle = rng.uniform(60, 120), rng.choice([0.8, 2.3]) + rng.uniform(-0.3, 0.3)
    x, y = rng.uniform(30, SIZE - 30, 2)
    dx, dy = length / 2 * np.cos(angle), length / 2 * np.sin(angle)
    pen = ImageDraw.Draw(drawing.pixels)
    pen.line([(x - dx, y - dy + 4), (x + dx, y + dy + 4)], (30, 30, 34), 6)
    pen.line([(x - dx, y - dy), (x + dx, y + dy)], (252, 252, 255), 6)
    pad = 6
    drawing.mark(
        "scratch", x - abs(dx) - pad, y - abs(dy) - pad, x + abs(dx) + pad, y + abs(dy) + pad
    )


def dent(drawing: Drawing, rng: Generator) -> None:
    """A soft dark hollow with a highlight on its lower rim, 36 to 60 px across."""
    radius = rng.uniform(18, 30)
    x, y = rng.uniform(radius, SIZE - radius, 2)
    shade = Image.new("L", (SIZE, SIZE), 128)
    pen = ImageDraw.Draw(shade)
    pen.ellipse([x - radius, y - radius, x + radius, y + radius], 10)
    pen.ellipse([x - radius * 0.5, y, x + radius * 0.7, y + radius * 0.9], 235)
    soft = np.asarray(shade.filter(ImageFilter.GaussianBlur(3)), np.float32) - 128
    pixels = np.asarray(drawing.pixels, np.float32) + soft[..., None]
    drawing.pixels = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    drawing.mark("dent", x - radius - 2, y - radius - 2, x + radius + 2, y + radius + 2)


def pit(drawing: Drawing, rng: Generator) -> None:
    """A cluster of black pinholes, about 40 px across."""
    x, y = rng.uniform(24, SIZE - 24, 2)
    spots = rng.normal(0, 9, (rng.integers(6, 10), 2)).clip(-16, 16)
    pen = ImageDraw.Draw(drawing.pixels)
    for dx, dy in spots:
        r = rng.uniform(3, 6)
        pen.ellipse([x + dx - r, y + dy - r, x + dx + r, y + dy + r], (14, 14, 16))
    low, high = spots.min(axis=0) - 7, spots.max(axis=0) + 7
    drawing.mark("pit", x + low[0], y + low[1], x + high[0], y + high[1])


def open_track(drawing: Drawing, rng: Generator) -> None:
    """A gap in a copper track, 26 to 44 px long."""
    centre = PITCH // 2 + PITCH * int(rng.integers(0, SIZE // PITCH))
    y, gap = rng.uniform(30, SIZE - 30), rng.uniform(26, 44)
    pen = ImageDraw.Draw(drawing.pixels)
    pen.rectangle([centre - 6, y - gap / 2, centre + 6, y + gap / 2], SUBSTRATE)
    drawing.mark("open", centre - 10, y - gap / 2 - 4, centre + 10, y + gap / 2 + 4)


def short(drawing: Drawing, rng: Generator) -> None:
    """A copper bridge between two neighbouring tracks."""
    left = PITCH // 2 + PITCH * int(rng.integers(0, SIZE // PITCH - 1))
    y, tilt = rng.uniform(20, SIZE - 20), rng.uniform(-8, 8)
    pen = ImageDraw.Draw(drawing.pixels)
    pen.line([(left, y), (left + PITCH, y + tilt)], COPPER, 9)
    drawing.mark("short", left - 2, y - 9 + min(tilt, 0), left + PITCH + 2, y + 9 + max(tilt, 0))


DEFECTS = {"scratch": scratch, "dent": dent, "pit": pit, "open": open_track, "short": short}
