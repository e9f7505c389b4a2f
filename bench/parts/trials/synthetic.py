"""10 real images of a class to about 500 in all: what a classifier gains on real held-out images.

The classifier is a linear SVM on HOG with fixed settings, so that nothing is chosen anywhere.
"""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.svm import LinearSVC

from bench.parts.trials import figures, sets, splits, words
from bench.parts.trials.figures import Values
from bench.parts.trials.plain import grey
from bench.parts.trials.plain_whole import gradients
from bench.parts.trials.trial import PROBED, Clock, forgotten
from workers import catalogue, data
from workers.contract import Cancelled, Manifest, ManifestSample
from workers.engines.base import Ground
from workers.generators.base import Generator, load_generator

SHOTS, DRAWN = 10, 500
MOST = 2000  # epochs
SINGLE = ("dcgan", "wgan_gp")  # draw the class that they are trained on
PARAMS: dict[str, dict[str, Any]] = {
    "dcgan": {"side": 64}, "wgan_gp": {"side": 64}, "ddpm": {"side": 32, "draw_steps": 20},
}  # fmt: skip
Plane = NDArray[np.float32]
Named = list[tuple[str, Plane]]  # a class and a grey picture


def ways(
    root: Path, seed: int, minutes: float, engines: Sequence[str], device: str
) -> Iterator[tuple[str, Values, float]]:
    """Each way of making more images: its name, the accuracy, and the minutes it took."""
    whole = sets.frozen(root, "neu_classes", seed)
    manifest = splits.few(whole, seed, len(whole.classes), SHOTS)
    makers: dict[str, Callable[[], Named]] = {
        words.NOTHING: lambda: [],
        "classical augmentation": lambda: augmented(manifest, seed),
    }
    for name in engines:
        if name in catalogue.generators() and name in PARAMS:
            makers[name] = partial(drawn, name, manifest, seed, minutes, device)
    for name, make in makers.items():
        began = time.monotonic()
        more = make()
        yield name, accuracy(manifest, more), (time.monotonic() - began) / 60


def accuracy(manifest: Manifest, more: Named) -> Values:
    """Of the classifier on the held-out images, learnt from the real and the further ones."""
    real = named(manifest, data.of_split(manifest, "train"))
    asked = named(manifest, data.of_split(manifest, "test"))
    rows = np.stack([gradients(plane) for _, plane in (*real, *more)])
    names = [name for name, _ in (*real, *more)]
    machine = LinearSVC(C=0.1, random_state=0, max_iter=5000).fit(rows, names)
    told = machine.predict(np.stack([gradients(plane) for _, plane in asked])).tolist()
    return figures.classes([name for name, _ in asked], told).values


def named(manifest: Manifest, samples: Sequence[ManifestSample]) -> Named:
    """Samples as classes and grey pictures."""
    return [(data.class_of(s, manifest.classes) or "", grey(s)) for s in samples]


def each_class(manifest: Manifest) -> int:
    """How many are made of each class."""
    return -(-DRAWN // len(manifest.classes))


def augmented(manifest: Manifest, seed: int) -> Named:
    """Turned, mirrored, cut and lit anew: what is usual without a network."""
    rng = np.random.default_rng(seed)
    real = named(manifest, data.of_split(manifest, "train"))
    made: Named = []
    for name in manifest.classes:
        own = [plane for each, plane in real if each == name]
        for number in range(each_class(manifest)):
            made.append((name, varied(own[number % len(own)], rng)))
    return made


def varied(plane: Plane, rng: np.random.Generator) -> Plane:
    """One such picture, of the size it had."""
    height, width = plane.shape
    part = rng.uniform(0.75, 1)
    y, x = (int(rng.integers(0, side - int(side * part) + 1)) for side in (height, width))
    cut = plane[y : y + int(height * part), x : x + int(width * part)]
    turned = np.rot90(cut, int(rng.integers(0, 4)))
    turned = turned[:, ::-1] if rng.random() < 0.5 else turned
    lit = turned * rng.uniform(0.8, 1.25) + rng.uniform(-20, 20)
    sized = cv2.resize(np.ascontiguousarray(lit.clip(0, 255), np.float32), (width, height))
    return np.asarray(sized, np.float32)


def drawn(name: str, manifest: Manifest, seed: int, minutes: float, device: str) -> Named:
    """What a generator draws that has learnt these minutes from the real images alone.

    One that draws a single class is trained for each, its share of the minutes.
    """
    single = name in SINGLE
    found: Named = []
    for number, kind in enumerate(manifest.classes):
        if single or not number:
            share = minutes / len(manifest.classes) if single else minutes
            params = {**PARAMS[name], "seed": seed} | ({"class_name": kind} if single else {})
            made = learnt(name, manifest, params, share, device)
        patches = made.draw(each_class(manifest), seed * 10**6 + number * 10**4, kind)
        found += [(kind, cv2.cvtColor(p.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32))
                  for p in patches]  # fmt: skip
    return found


def learnt(
    name: str, manifest: Manifest, params: dict[str, Any], minutes: float, device: str
) -> Generator:
    """A generator that was trained as many epochs as its minutes suffice for."""
    clock = Clock(minutes * 60, PROBED)
    fit(generator(name, manifest, params), manifest, clock, device)
    pace = clock.at[-1] - clock.at[-2] if len(clock.at) > 1 else minutes * 60
    epochs = min(max(int(minutes * 60 / max(pace, 1e-3)), 1), MOST)
    made = generator(name, manifest, params | {"epochs": epochs})
    fit(made, manifest, Clock(minutes * 180), device)
    return made


def generator(name: str, manifest: Manifest, params: dict[str, Any]) -> Generator:
    """The generator, not built yet."""
    return load_generator(catalogue.card(name), params, manifest.classes)


def fit(made: Generator, manifest: Manifest, clock: Clock, device: str) -> None:
    """Train until the clock stops it, or it is done."""
    with tempfile.TemporaryDirectory() as work, contextlib.suppress(Cancelled):
        made.fit(Ground(manifest, Path(work), device, keep=forgotten), clock)
