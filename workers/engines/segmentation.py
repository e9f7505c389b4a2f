"""Encoder-decoder segmentation: U-Net (Ronneberger et al. 2015) and its kin, tile by tile."""

from collections.abc import Callable, Iterator, Sequence

import segmentation_models_pytorch as smp
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.nn import functional

from workers import masks
from workers.catalogue.segmentation import Params
from workers.contract import Answer, Kind
from workers.engines.base import Engine, Ground, Report
from workers.engines.parts.crops import Crops
from workers.engines.parts.heads import Dense
from workers.engines.parts.loop import Batch, Loop, begin, parts

Loss = Callable[[Tensor, Tensor], Tensor]


class Network(nn.Module):
    """n x 3 x side x side of 0..1 -> logits of each class, the background last, per pixel."""

    def __init__(self, architecture: str, encoder: str, outputs: int) -> None:
        super().__init__()
        self.inner = smp.create_model(architecture, encoder, None, 3, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        logits: Tensor = self.inner((x - 0.5) / 0.25)
        return logits


class Middle(nn.Module):
    """Probabilities of the middle of a tile: its margin has not seen enough."""

    def __init__(self, network: nn.Module, margin: int) -> None:
        super().__init__()
        self.network, self.margin = network, margin

    def forward(self, x: Tensor) -> Tensor:
        """Sums to one over the outputs."""
        m = self.margin
        told = torch.softmax(self.network(x), dim=1)
        return told[:, :, m : told.shape[2] - m, m : told.shape[3] - m]


class Segmentation(Engine):
    """The engine of the card `segmentation`."""

    params: Params
    kind: Kind = "segment"

    def build(self) -> None:
        """The network, and the head that joins its tiles."""
        p = self.params
        torch.manual_seed(p.seed)
        self.network = Network(p.architecture, p.encoder, len(self.classes) + 1)
        side = p.tile - 2 * p.margin
        self.head = Dense(
            self.classes, 2 * p.margin + 1, 1, side, p.image_size, p.level, outlined=True
        )

    def raw(self) -> nn.Module:
        """Probabilities, background last."""
        return Middle(self.network, self.params.margin).eval()

    def fit(self, ground: Ground, report: Report) -> None:
        """Train; the weights of the epoch that does best on the validation split remain."""
        begin(self, ground)
        Run(self, ground, report).run()


class Run(Loop):
    """Tiles drawn anew in each epoch."""

    def __init__(self, engine: Segmentation, ground: Ground, report: Report) -> None:
        p = engine.params
        self.source = Crops(ground.samples("train"), engine.classes, p.tile, p.image_size)
        self._loss = _loss(p.loss)
        super().__init__(engine, ground, report)

    def batches(self, rng: Generator) -> tuple[int, Iterator[Batch]]:
        """Tiles with the class of each of their pixels."""
        order = rng.permutation(len(self.source.samples) * self.p.crops)
        chosen = parts(order, self.batch)
        places = (part // self.p.crops for part in chosen)
        values = self.ground.augmentation
        return len(chosen), (self.source.draw(part, values, rng) for part in places)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """As the params have it."""
        return self._loss(outputs, targets)

    def figures(self, answers: Sequence[Answer]) -> tuple[dict[str, float | None], float]:
        """Findings against masks; the mean overlap chooses."""
        found = masks.segment(self.val, answers, self.engine.classes, "val").metrics
        return found, found["iou"] or 0.0


def _loss(name: str) -> Loss:
    if name == "focal":
        return smp.losses.FocalLoss("multiclass")  # type: ignore[no-any-return]  # untyped there
    if name == "lovasz":
        return smp.losses.LovaszLoss("multiclass")  # type: ignore[no-any-return]  # untyped there
    dice = smp.losses.DiceLoss("multiclass")
    return lambda outputs, targets: (
        functional.cross_entropy(outputs, targets) + dice(outputs, targets)
    )
