"""Carries generators' jobs out: learn from a version, draw from what was learnt. No Django.

Like runner.py: failures leave as contract.Failure, `report` raises Cancelled.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from workers import catalogue, data, store
from workers.contract import (
    EvaluationReport,
    Failure,
    Manifest,
    Progress,
    SplitName,
    TrainJob,
    TrainResult,
)
from workers.contract_drawing import DrawnImage, GenerateJob, GenerateResult, Stored
from workers.data import Report
from workers.generators.base import AT_ONCE, Generator, load_generator
from workers.generators.parts import examples, features, pasting
from workers.generators.parts.examples import Example, cut, scaled
from workers.generators.parts.pasting import Made, Scenes
from workers.generators.parts.quality import Limits, Reals
from workers.runner import code_version, ground_of, pick_device, working

CLOSEUP = 192  # pixels a side at most
MEASURED = 64  # drawn to measure a class
ENOUGH = 4  # real examples of a split to measure by
MOST = 2000  # real examples that drawn images are compared with


def train(order: TrainJob, report: Report) -> TrainResult:
    """Fit a generator, measure what it draws against real examples, store it."""
    began = time.monotonic()
    card = catalogue.card(order.engine)
    manifest = data.read_manifest(order.manifest)
    device = pick_device(order.device, report)
    with working(order.nice), tempfile.TemporaryDirectory(prefix="kizu-train-") as work:
        data.fetch_all([each for each in manifest.samples if not each.synthetic], report)
        ground = ground_of(order, manifest, Path(work), device)
        generator = load_generator(card, order.params, manifest.classes)
        generator.base = ground.base  # what it draws is measured by it too
        generator.fit(ground, report)
        folder = Path(work) / "artefact"
        generator.save(folder)
        artefact, size = store.put_folder(folder)
        found = measured(generator, manifest, report)
    return TrainResult(
        artefact=artefact,
        artefact_size=size,
        kind="generate",
        classes=generator.classes,
        evaluation=found,
        code_version=code_version(),
        seconds=round(time.monotonic() - began, 1),
        device=device,
    )


def measured(generator: Generator, manifest: Manifest, report: Report) -> EvaluationReport:
    """KID by class against real examples: held-out ones where there are a few, else learnt ones."""
    split, found = _held_out(generator, manifest)
    _, describe = features.of(generator.base)
    by_class: dict[str, dict[str, float | None]] = {}
    for number, name in enumerate(generator.classes, 1):
        some = [example for example in found if example.class_name == name]
        reals = Reals([example.pixels for example in some[:MOST]], describe, generator.turning)
        scenes = Scenes(manifest, some)
        drawn = [
            made.closeup(generator.side)
            for made in _made(generator, scenes, name, 0, MEASURED, not generator.whole)
        ]
        told = describe(drawn)
        by_class[name] = {"kid": reals.kid(told), "kid_spread": reals.spread(told)}
        done, total = number, len(generator.classes)
        report(Progress(stage="evaluate", done=done, total=total, share=done / total))
    kids = [kid for each in by_class.values() if (kid := each["kid"]) is not None]
    metrics = {"kid": float(np.mean(kids)) if kids else None, "examples": float(len(found))}
    return EvaluationReport(split=split, metrics=metrics, per_class=by_class)


def _held_out(generator: Generator, manifest: Manifest) -> tuple[SplitName, list[Example]]:
    splits: tuple[SplitName, ...] = ("test", "val", "train")
    for split in splits:
        found = examples.of(data.of_split(manifest, split), generator.classes, generator.window())
        counts = [sum(each.class_name == name for each in found) for name in generator.classes]
        if min(counts, default=0) >= ENOUGH or split == "train":
            return split, found
    raise AssertionError("the last split is always taken")


def draw(order: GenerateJob, report: Report) -> GenerateResult:
    """Draw images of a class, and compare each with the real examples that were learnt from."""
    began = time.monotonic()
    manifest = data.read_manifest(order.manifest)
    device = pick_device(order.device, report)
    with working(order.nice):
        generator = load_generator(catalogue.card(order.engine), order.params, order.classes)
        generator.base = store.fetch(order.base) if order.base else None
        generator.load(store.get_folder(order.artefact), device)
        if order.class_name not in generator.classes:
            words = f"The generator has not learnt the class {order.class_name}."
            raise Failure("class_not_learnt", words, "Choose a class that it has learnt.")
        train = [each for each in data.of_split(manifest, "train") if not each.synthetic]
        data.fetch_all(train, report)
        found = examples.of(train, [order.class_name], generator.window())[:MOST]
        if not found:
            words = f"No real training image shows {order.class_name}."
            hint = "Annotate some images of it, freeze a version, or choose another class."
            raise Failure("no_examples", words, hint)
        made = _made(
            generator, Scenes(manifest, found), order.class_name, order.seed, order.n,
            order.paste and not generator.whole,
        )  # fmt: skip
        images, told = _kept(made, generator, order, report)
        return _compared(images, told, found, generator, time.monotonic() - began)


def _made(
    generator: Generator, scenes: Scenes, name: str, seed: int, n: int, paste: bool
) -> "Iterator[Drawn]":
    """Images with their annotations, drawn some at a time."""
    for start in range(0, n, AT_ONCE):
        some = [seed + number for number in range(start, min(start + AT_ONCE, n))]
        places = [scenes.choose(each) for each in some]
        into = places if generator.paints else []
        contexts = [scenes.context(each, generator.side) for each in into]
        patches = generator.draw(len(some), some[0], name, contexts)
        for each, patch, place in zip(some, patches, places, strict=True):
            if paste:
                made, parents = scenes.paste(place, patch, name), [place.sample.id]
            else:
                extent = _usual([example.extent for example in scenes.found])
                made, parents = pasting.whole(patch, extent, name, scenes.manifest.task), []
            yield Drawn(each, made, parents)


@dataclass(frozen=True)
class Drawn:
    """A drawn image, its seed, and the samples it was made of."""

    seed: int
    made: Made
    parents: list[int]

    def closeup(self, side: int) -> NDArray[np.uint8]:
        """What was drawn, in its place, as a square of this side."""
        window, pixels = self.made.window, self.made.pixels
        return scaled(cut(pixels, window) if window else pixels, side)


def _usual(extents: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The middle one by width and by height."""
    width, height = np.median(np.array(extents), axis=0)
    return int(width), int(height)


def _kept(
    made: Iterator[Drawn], generator: Generator, order: GenerateJob, report: Report
) -> tuple[list[DrawnImage], list[NDArray[np.uint8]]]:
    """The images stored, and what is compared of each."""
    images: list[DrawnImage] = []
    told: list[NDArray[np.uint8]] = []
    for each in made:
        height, width = each.made.pixels.shape[:2]
        window = each.made.window
        closeup = scaled(cut(each.made.pixels, window), min(window[2], CLOSEUP)) if window else (
            each.closeup(min(max(width, height), CLOSEUP))
        )  # fmt: skip
        images.append(
            DrawnImage(
                seed=each.seed,
                image=stored(each.made.pixels),
                closeup=stored(closeup),
                width=width,
                height=height,
                annotations=each.made.annotations,
                parents=each.parents,
            )
        )
        told.append(each.closeup(generator.side))
        done = len(images)
        report(Progress(stage="draw", done=done, total=order.n, share=done / order.n))
    return images, told


def _compared(
    images: list[DrawnImage], told: list[NDArray[np.uint8]], found: list[Example],
    generator: Generator, seconds: float,
) -> GenerateResult:  # fmt: skip
    name, describe = features.of(generator.base)
    reals = Reals([example.pixels for example in found], describe, generator.turning)
    drawn = describe(told)
    nearest, distances = reals.nearest(drawn)
    limits = reals.limits()
    closeups = {int(at): stored(found[at].pixels) for at in np.unique(nearest)}
    beside = [
        image.model_copy(update=_beside(found[at], closeups[int(at)], float(distance), limits))
        for image, at, distance in zip(images, nearest, distances, strict=True)
    ]
    return GenerateResult(
        images=beside,
        features=name,
        real=len(found),
        kid=reals.kid(drawn),
        spread=reals.spread(drawn),
        near=limits.near if limits else None,
        far=limits.far if limits else None,
        seconds=round(seconds, 1),
        device=generator.device,
    )


def _beside(
    example: Example, closeup: Stored, distance: float, limits: Limits | None
) -> dict[str, object]:
    doubt = limits.doubt(distance) if limits else ""
    told = {"neighbour": example.sample, "neighbour_closeup": closeup}
    return told | {"distance": distance, "doubt": doubt}


def stored(pixels: NDArray[np.uint8]) -> Stored:
    """A picture as a PNG in the store."""
    _, data = cv2.imencode(".png", pixels[..., ::-1])
    held = data.tobytes()
    return Stored(sha256=store.put(held), size=len(held))
