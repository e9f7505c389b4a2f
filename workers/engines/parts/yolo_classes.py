"""Learns what whole images show: ultralytics' -cls networks in the training loop of ours."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from workers import data, evaluation
from workers.augment import augmented
from workers.contract import Answer, Failure
from workers.engines.base import Ground, Report
from workers.engines.parts import heat
from workers.engines.parts.loop import Batch, Loop, parts
from workers.engines.parts.yolo_outlines import quicken


class ClassRun(Loop):
    """Images scaled to a square, with their class."""

    def __init__(self, engine: Any, ground: Ground, report: Report) -> None:
        named = [(s, data.class_of(s, engine.classes)) for s in ground.samples("train")]
        self.samples = [(s, engine.classes.index(name)) for s, name in named if name is not None]
        if not self.samples:
            hint = "Label some images, then freeze a version."
            raise Failure("no_labels", "No training image has a label.", hint)
        self.side, self.pictures = engine.head.size, data.Pictures()
        quicken(engine.network)
        super().__init__(engine, ground, report)

    def ready(self) -> None:
        """What answers is made of the weights as they are now."""
        cast(Any, self.engine).forget()

    def batches(self, rng: Generator) -> tuple[int, Iterator[Batch]]:
        """`batch` images a step."""
        chosen = parts(rng.permutation(len(self.samples)), self.batch)
        return len(chosen), (self._drawn(places, rng) for places in chosen)

    def _drawn(self, places: NDArray[np.int64], rng: Generator) -> Batch:
        some = [self.samples[int(place)] for place in places]
        scaled = [heat.squeezed(self.pictures(sample), self.side) for sample, _ in some]
        how = self.ground.augmentation
        pixels = np.stack([augmented(each, None, None, how, rng).pixels for each in scaled])
        inputs = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2) / 255, np.float32)
        return inputs, np.array([index for _, index in some], np.int64)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy."""
        return functional.cross_entropy(outputs.float(), targets)

    def figures(self, answers: Sequence[Answer]) -> tuple[dict[str, float | None], float]:
        """The mean recall of the classes."""
        found = evaluation.classify(self.val, answers, self.engine.classes, "val").metrics
        return found, found["balanced_accuracy"] or 0.0
