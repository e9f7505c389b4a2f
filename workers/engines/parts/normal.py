"""Engines that learn from good images alone: whom they learn from, and the threshold of their maps.

Nobody types the threshold: it comes from good images of the validation split, or from labelled ones
where that split has defects (parts/thresholds.py). One class is told: `anomaly`.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import BaseModel

from workers import anomalies, data
from workers.contract import Answer, Failure, Kind, Log, ManifestSample
from workers.engines.base import Array, Engine, Ground, Report, TorchGraph, pictures
from workers.engines.parts import heat, thresholds
from workers.engines.parts.crops import augment
from workers.engines.parts.dense import Grid
from workers.engines.parts.heads import HeatMap, by_modality
from workers.engines.parts.loop import Loop
from workers.engines.parts.thresholds import Chosen
from workers.images import Pixels
from workers.presets import Augmentation

ENOUGH_BAD = 5  # labelled bad images from which they, and not the good ones alone, choose
QUICK = 16  # images that a threshold is looked at on between epochs; at the end it is all of them
AT_ONCE = 16  # images in memory
MEMORY = 1024**3  # bytes of scaled images that are kept
Tell = Callable[[], None]
Of = Callable[[Sequence[Array], Grid], float]


class AnomalyEngine(Engine):
    """A network that gives a map, read by a HeatMap whose threshold is kept in the spec."""

    head: HeatMap
    kind: Kind = "anomaly"

    def __init__(self, params: BaseModel, classes: list[str]) -> None:
        super().__init__(params, [anomalies.NAME])
        self.chosen: Chosen | None = None

    def spec(self) -> dict[str, Any]:
        """The threshold, and how it came."""
        chosen = asdict(self.chosen) if self.chosen else None
        return {"threshold": self.head.threshold, "chosen": chosen}

    def load(self, folder: Path, device: str = "cpu") -> None:
        """With the threshold that was chosen."""
        super().load(folder, device)
        spec = json.loads((folder / "spec.json").read_text())
        self.head.threshold = float(spec["threshold"])
        self.chosen = Chosen(**spec["chosen"]) if spec.get("chosen") else None

    def values(self, samples: Sequence[ManifestSample], tell: Tell, of: Of) -> list[float]:
        """A value `of` each image's outputs, not told; `tell` at each few may raise Cancelled."""
        graph, found = TorchGraph(self.raw(), self.device), list[float]()
        for start in range(0, len(samples), AT_ONCE):
            for picture in pictures(samples[start : start + AT_ONCE]):
                arrays, known = self.head.inputs(by_modality(picture)["rgb"])
                found.append(of(graph.run(arrays), known))
            tell()
        return found

    def choose(self, ground: Ground, rate: float, tell: Tell, of: Of, most: int = 0) -> Chosen:
        """A threshold on images of the validation split, at most so many a kind.

        `rate`: of false alarms that are allowed, where there are no labelled bad images.
        """
        good, bad = judged(ground)
        if most:
            good, bad = good[:most], bad[:most]
        normal = self.values(good, tell, of)
        if len(bad) >= ENOUGH_BAD:
            return thresholds.from_labelled(normal, self.values(bad, tell, of))
        return thresholds.from_normal(normal, rate)

    def settle(self, ground: Ground, rate: float, tell: Tell, most: int = 0) -> None:
        """Choose the head's threshold: of the images' values."""
        self.chosen = self.choose(ground, rate, tell, self.head.value, most)
        self.head.threshold = self.chosen.threshold


def learnt(ground: Ground) -> list[ManifestSample]:
    """The good images of the training split. Failure no_good_images when there are none."""
    if good := ground.good("train"):
        return good
    words = "The training split has no image without a defect: there is nothing normal to learn."
    raise Failure("no_good_images", words, "Add good images, or label some as a good class.")


def judged(ground: Ground) -> tuple[list[ManifestSample], list[ManifestSample]]:
    """Good and bad images that a threshold is chosen on: of val, else good ones of train."""
    good = ground.good("val")
    shown = {sample.id for sample in good}
    bad = [sample for sample in ground.samples("val") if sample.id not in shown]
    return (good, bad) if good else (ground.good("train"), bad)


def warn(ground: Ground, report: Report) -> None:
    """Say so when the threshold comes from images that were learnt from."""
    if not ground.good("val"):
        words = (
            "The validation split has no good image: the threshold comes from training images, "
            "which look more normal to the model than new ones will."
        )
        report(Log(level="warning", message=words, code="threshold_from_train"))


class NormalLoop(Loop):
    """Epochs over good images. With defects in val the best AUROC remains, else the last epoch.

    The params have `false_alarms`.
    """

    engine: AnomalyEngine

    def __init__(self, engine: AnomalyEngine, ground: Ground, report: Report) -> None:
        self.good = learnt(ground)
        warn(ground, report)
        super().__init__(engine, ground, report)
        self.now, self.part = self.first, 0.9

    def run(self) -> None:
        """All epochs that are left, then the threshold of the weights that remain."""
        super().run()
        self.part = 1.0
        self.settled()
        self.engine.settle(self.ground, self.p.false_alarms, self.tell)

    def ready(self) -> None:
        """A threshold for the pictures of this epoch."""
        self.settled()
        self.engine.settle(self.ground, self.p.false_alarms, self.tell, QUICK)

    def tell(self) -> None:
        """That it goes on. Raises Cancelled."""
        self.pace.tell(self.now, self.part)

    def settled(self) -> None:
        """What the map itself needs to know of normal images; the threshold comes after."""

    def _epoch(self, epoch: int) -> None:
        self.now = epoch
        super()._epoch(epoch)

    def figures(self, answers: Sequence[Answer]) -> tuple[dict[str, float | None], float]:
        """AUROC and average precision of images, where val has both kinds."""
        manifest = self.ground.manifest
        bad = [bool(data.defects(sample, manifest)) for sample in self.val]
        found = anomalies.image_figures([answer.image_score or 0.0 for answer in answers], bad)
        return found, found["image_auroc"] or 0.0


class TwoPhases(NormalLoop):
    """First one thing is learnt, from `turn` on another, each at a rate that rises and falls.

    What the first leaves is no answer yet: none of its epochs remains.
    """

    turn: int

    @property
    def first_phase(self) -> bool:
        """Whether the epoch that runs now is one of the first phase."""
        return self.now < self.turn

    def _rate(self, done: float) -> float:
        turn = self.turn / self.p.epochs
        within = done / turn if self.first_phase else (done - turn) / (1 - turn)
        return super()._rate(min(max(within, 0.0), 1.0))

    def figures(self, answers: Sequence[Answer]) -> tuple[dict[str, float | None], float]:
        """Those of the first phase count for nothing."""
        found, fitness = super().figures(answers)
        return found, -0.5 if self.first_phase else fitness


class Squares:
    """Whole images scaled to one square, as many of them kept as fit into MEMORY."""

    def __init__(self, samples: Sequence[ManifestSample], side: int) -> None:
        self.samples, self.side = samples, side
        self._kept: dict[int, Pixels] = {}

    def __len__(self) -> int:
        return len(self.samples)

    def draw(
        self, places: NDArray[np.int64], how: str | Augmentation, rng: Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """n x 3 x side x side of 0..1 of these samples, varied, and their places."""
        pixels = np.stack([self._of(int(place)) for place in places])
        planes = np.zeros((len(places), 1, 1), np.uint8)
        return augment(pixels, planes, how, rng)[0], places

    def batches(self, size: int) -> Iterator[NDArray[np.float32]]:
        """All of them in order, unchanged."""
        rng = np.random.default_rng(0)
        for start in range(0, len(self), size):
            yield self.draw(np.arange(start, min(start + size, len(self))), "none", rng)[0]

    def _of(self, place: int) -> Pixels:
        if place in self._kept:
            return self._kept[place]
        square = heat.squeezed(data.read_pixels(self.samples[place]), self.side)
        if (len(self._kept) + 1) * square.nbytes <= MEMORY:
            self._kept[place] = square
        return square
