"""Frozen data for engines, drawn and put where the store would have fetched it: no server."""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from workers import store
from workers.contract import (
    Artefact,
    Cancelled,
    Event,
    Manifest,
    ManifestAnnotation,
    ManifestSample,
)
from workers.engines.base import Ground

CLASSES = ["dark", "bright"]
SCREWS = ["fixed", "missing"]


def plate(number: int, size: int) -> tuple[np.ndarray[Any, Any], list[ManifestAnnotation]]:
    """A noisy grey plate; every third is good, the others have one square, dark or bright."""
    rng = np.random.default_rng(number)
    pixels = rng.normal(128, 8, (size, size, 1)).repeat(3, axis=2).clip(0, 255).astype(np.uint8)
    if number % 3 == 2:
        return pixels, []
    name, side = CLASSES[number % 2], int(rng.integers(size // 6, size // 3))
    x, y = (int(edge) for edge in rng.integers(2, size - side - 2, 2))
    pixels[y : y + side, x : x + side] = 25 if name == "dark" else 230
    box = (x / size, y / size, (x + side) / size, (y + side) / size)
    return pixels, [ManifestAnnotation(class_name=name, kind="box", box=box)]


def manifest(train: int = 24, val: int = 6, test: int = 12, size: int = 96) -> Manifest:
    """A drawn detect dataset version."""
    samples = [_sample(n, split, size) for n, split in enumerate(_splits(train, val, test))]
    return Manifest(task="detect", classes=CLASSES, samples=samples)


def labelled(train: int = 36, val: int = 6, test: int = 18, size: int = 96) -> Manifest:
    """A drawn classify dataset version: dark, bright, or good."""
    samples = [_sample(n, split, size) for n, split in enumerate(_splits(train, val, test))]
    named = [sample.model_copy(update={"annotations": [_label(sample)]}) for sample in samples]
    return Manifest(
        task="classify", classes=[*CLASSES, "good"], good_classes=["good"], samples=named
    )


def normal(train: int = 24, val: int = 8, test: int = 18, size: int = 96) -> Manifest:
    """A drawn anomaly dataset version: good plates to learn from, good and bad ones to tell."""
    learnt = [_sample(3 * n + 2, "train", size) for n in range(train)]
    learnt += [_sample(3 * (train + n) + 2, "val", size) for n in range(val)]
    told = [_sample(1000 + n, "test", size) for n in range(test)]
    return Manifest(task="anomaly", classes=CLASSES, samples=learnt + told)


def housing(number: int, size: int) -> tuple[np.ndarray[Any, Any], list[ManifestAnnotation]]:
    """A noisy ground; on two of three a light housing with two screws, each fixed or missing."""
    rng = np.random.default_rng(number)
    pixels = rng.normal(90, 8, (size, size, 1)).repeat(3, axis=2).clip(0, 255).astype(np.uint8)
    if number % 3 == 2:
        return pixels, []
    side, screw = int(size * 0.6), int(size * 0.14)
    x, y = (int(edge) for edge in rng.integers(2, size - side - 2, 2))
    pixels[y : y + side, x : x + side] = 160
    told = [_boxed("housing", x, y, side, size)]
    for column in (0.12, 0.62):  # two places of a housing
        left, top = x + int(side * column), y + int(rng.integers(4, side - screw - 4))
        name = SCREWS[int(rng.integers(0, 2))]
        pixels[top : top + screw, left : left + screw] = 235
        if name == "missing":
            pixels[top + 2 : top + screw - 2, left + 2 : left + screw - 2] = 20
        told.append(_boxed(name, left, top, screw, size))
    return pixels, told


def _boxed(name: str, x: int, y: int, side: int, size: int) -> ManifestAnnotation:
    box = (x / size, y / size, (x + side) / size, (y + side) / size)
    return ManifestAnnotation(class_name=name, kind="box", box=box)


def housings(train: int = 48, val: int = 6, test: int = 15, size: int = 96) -> Manifest:
    """A drawn detect dataset version of three levels: a structure, parts in it, their states."""
    samples = [
        _sample(n, split, size, housing) for n, split in enumerate(_splits(train, val, test))
    ]
    return Manifest(task="detect", classes=["housing", *SCREWS], samples=samples)


def paired(
    train: int = 48, val: int = 6, test: int = 15, size: int = 64, clutter: int = 0
) -> Manifest:
    """Plates with a template each: the same plate before the square. `clutter`: squares of both."""
    samples = []
    for number, split in enumerate(_splits(train, val, test)):
        pixels, annotations = plate(number, size)
        template = plate(3 * number + 2, size)[0]  # of these every one is good
        rng = np.random.default_rng(10_000 + number)
        for _ in range(clutter):
            side = int(rng.integers(size // 8, size // 4))
            x, y = (int(edge) for edge in rng.integers(0, size - side, 2))
            for each in (pixels, template):
                each[y : y + side, x : x + side] = 25
        sample = _sample(number, split, size, lambda *_, p=pixels, a=annotations: (p, a))
        out = io.BytesIO()
        Image.fromarray(template).save(out, "PNG")
        images = sample.images | {"template": cached(out.getvalue())}
        samples.append(sample.model_copy(update={"images": images}))
    return Manifest(task="detect", classes=CLASSES, samples=samples)


def of_task(task: str) -> Manifest:
    """The version that an engine for this task is tried on."""
    if task == "paired":
        return paired()
    if task == "housings":
        return housings()
    made = {"classify": labelled, "anomaly": normal}
    return made[task](size=64) if task in made else manifest(48, 6, 15, size=64)


def _splits(train: int, val: int, test: int) -> list[Any]:
    return ["train"] * train + ["val"] * val + ["test"] * test


def _label(sample: ManifestSample) -> ManifestAnnotation:
    name = sample.annotations[0].class_name if sample.annotations else "good"
    return ManifestAnnotation(class_name=name, kind="label")


def _sample(number: int, split: Any, size: int, draw: Any = plate) -> ManifestSample:
    pixels, annotations = draw(number, size)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return ManifestSample(
        id=number,
        path=f"plates/{number:03}.png",
        split=split,
        images={"rgb": cached(out.getvalue())},
        width=size,
        height=size,
        annotations=annotations,
    )


def cached(data: bytes) -> str:
    """Put bytes where the store looks first; returns their sha256."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = store.path_of(sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return sha256


def keep(path: Path) -> tuple[str, int]:
    """What a Ground keeps files with here."""
    return cached(path.read_bytes()), path.stat().st_size


def ground(frozen: Manifest, work: Path, **fields: Any) -> Ground:
    """What an engine trains on."""
    work.mkdir(exist_ok=True)
    return Ground(frozen, work, keep=keep, **fields)


class Watch:
    """Collects events; raises Cancelled at the n-th event that fits, as a person's cancel does."""

    def __init__(self, stop_at: int = 0, stop_when: Any = None) -> None:
        self.events: list[Event] = []
        self._stop_at, self._when = stop_at, stop_when or (lambda event: True)
        self._seen = 0

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self._seen += bool(self._when(event))
        if self._stop_at and self._seen >= self._stop_at:
            raise Cancelled

    def of(self, kind: str) -> list[Any]:
        """The events of one type."""
        return [event for event in self.events if event.type == kind]

    @property
    def checkpoint(self) -> Path:
        """The last checkpoint that was kept."""
        kept: Sequence[Artefact] = self.of("artefact")
        return store.path_of([event for event in kept if event.role == "checkpoint"][-1].sha256)
