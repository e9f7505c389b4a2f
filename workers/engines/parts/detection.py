"""The training of box detectors whose network tells its own losses."""

from collections.abc import Iterator, Sequence

import torch
from numpy.random import Generator
from torch import Tensor, nn

from workers import evaluation
from workers.contract import Answer
from workers.engines.base import Engine, Ground, Report
from workers.engines.parts.drawn import Drawn
from workers.engines.parts.loop import Batch, Loop, parts
from workers.engines.parts.ssd_network import of_boxes

STEEPEST = 10.0  # the norm that a step's gradient is cut to


class Detection(Loop):
    """Whole images or their tiles, letterboxed; the network has `losses(images, targets)`.

    The engine's params have `image_size` beside those of Loop.
    """

    def __init__(self, engine: Engine, ground: Ground, report: Report, tile: int = 0) -> None:
        size = engine.head.shape[-1]
        self.source = Drawn(ground.samples("train"), engine.classes, size, tile)
        super().__init__(engine, ground, report)

    def run(self) -> None:
        """Train; while it looks, findings count from as low as in the evaluation."""
        usual, self.engine.head.floor = self.engine.head.floor, evaluation.FLOOR
        try:
            super().run()
        finally:
            self.engine.head.floor = usual

    def batches(self, rng: Generator) -> tuple[int, Iterator[Batch]]:
        """Every image once, in an order of chance."""
        places = parts(rng.permutation(len(self.source.samples)), self.batch)
        return len(places), (
            self.source.draw(part, self.ground.augmentation, rng) for part in places
        )

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The sum of the network's own losses."""
        return outputs.sum()

    def loss_of(self, batch: Batch) -> Tensor:
        """By name, from the network; the gradient is cut on its way back."""
        images, rows = (torch.from_numpy(each).to(self.engine.device) for each in batch)
        losses = self.engine.network.losses(images, of_boxes(rows))  # type: ignore[operator]  # ours
        return self.loss(torch.stack(list(losses.values())), rows)

    def optimizer_of(self) -> torch.optim.Optimizer:
        """AdamW over gradients of bounded length."""
        made = super().optimizer_of()
        wanted = [each for group in made.param_groups for each in group["params"]]
        made.register_step_pre_hook(lambda *_: _cut(wanted))
        return made

    def figures(self, answers: Sequence[Answer]) -> tuple[dict[str, float | None], float]:
        """Findings against boxes; mAP chooses, over 0.5 to 0.95 for the most part."""
        found = evaluation.detect(self.val, answers, self.engine.classes, "val").metrics
        return found, 0.1 * (found["map50"] or 0.0) + 0.9 * (found["map50_95"] or 0.0)


def _cut(parameters: list[Tensor]) -> None:
    nn.utils.clip_grad_norm_(parameters, STEEPEST)
