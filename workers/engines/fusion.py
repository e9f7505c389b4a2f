"""Fusion: colour with infrared, depth or a template, joined early or mid; one of them may miss."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.random import Generator
from segmentation_models_pytorch.losses import DiceLoss
from torch import Tensor, nn
from torch.nn import functional

from workers import masks
from workers.catalogue.fusion import Params
from workers.contract import Answer, Failure, Kind, Log, ManifestSample
from workers.data import read_pixels
from workers.engines.base import Engine, Ground, Report
from workers.engines.parts.crops_stacked import Stacks
from workers.engines.parts.fused import ABSENT, Fused, align
from workers.engines.parts.fusion_network import Early, Middle, drop
from workers.engines.parts.loop import Batch, Loop, begin, parts

PAIRS = 12  # parts whose points align a camera pair
FAR = 2.0  # px of residual from which the alignment is not to be trusted


class Fusion(Engine):
    """The engine of the card `fusion`."""

    params: Params
    kind: Kind = "segment"
    _alignment: dict[str, list[float]] | None = None

    def __init__(self, params: Params, classes: list[str]) -> None:
        super().__init__(params, classes)
        self.modalities = ("rgb", *params.others())

    def build(self) -> None:
        """The network, and the head that stacks a part's pictures and joins its tiles."""
        p, n = self.params, len(self.modalities)
        torch.manual_seed(p.seed)
        groups = n + (n - 1) * p.difference
        made = Early if p.fusion == "early" else Middle
        self.network = made(p.encoder, groups, len(self.classes) + 1)
        side = p.tile - 2 * p.margin
        self.head = cast(Any, Fused(
            self.classes, list(self.modalities), 2 * p.margin + 1, side, p.image_size, p.level,
            difference=p.difference, alignment=self._alignment or {},
        ))  # fmt: skip

    def raw(self) -> nn.Module:
        """Probabilities of a tile's middle, background last."""
        return _Probabilities(self.network, self.params.margin).eval()

    def fit(self, ground: Ground, report: Report) -> None:
        """Align, then train; the weights of the epoch that does best on val remain."""
        learnt = ground.samples("train")
        for name in self.modalities[1:]:
            if not any(name in sample.images for sample in learnt):
                hint = "Name the modalities that the dataset has, or import the images that miss."
                raise Failure("no_modality", f"No training part has an image {name}.", hint)
        self._alignment = self._aligned(learnt, report) if self.params.align else {}
        begin(self, ground)
        Run(self, ground, report).run()

    def spec(self) -> dict[str, Any]:
        """The homography of each modality."""
        return {"alignment": self._alignment or {}}

    def load(self, folder: Path, device: str = "cpu") -> None:
        """With the alignment that it was trained with."""
        self._alignment = json.loads((folder / "spec.json").read_text())["alignment"]
        super().load(folder, device)

    def _aligned(self, samples: Sequence[ManifestSample], report: Report) -> dict[str, list[float]]:
        """A homography for each modality whose points could be matched, and what it leaves over."""
        found: dict[str, list[float]] = {}
        for name in self.modalities[1:]:
            some = [sample for sample in samples if name in sample.images][:PAIRS]
            made = align([(read_pixels(sample), read_pixels(sample, name)) for sample in some])
            if made is None:
                words = f"{name}: too few points match; it is taken to lie on the colour image."
                report(Log(level="warning", message=words, code="not_aligned"))
                continue
            words = f"{name}: aligned by {made.points} points, residual {made.residual:.2f} px."
            level = "warning" if made.residual > FAR else "info"
            report(Log(level=level, message=words, code="aligned"))
            found[name] = list(made.homography)
        return found


class _Probabilities(nn.Module):
    """Of the middle of a tile: its margin has not seen enough."""

    def __init__(self, network: nn.Module, margin: int) -> None:
        super().__init__()
        self.network, self.margin = network, margin

    def forward(self, x: Tensor) -> Tensor:
        """Sums to one over the outputs."""
        m, told = self.margin, torch.softmax(self.network(x), dim=1)
        return told[:, :, m : told.shape[2] - m, m : told.shape[3] - m]


class Run(Loop):
    """Stacks of tiles drawn anew in each epoch."""

    def __init__(self, engine: Fusion, ground: Ground, report: Report) -> None:
        p = engine.params
        self.source = Stacks(
            ground.samples("train"), engine.classes, p.tile, cast(Fused, engine.head)
        )
        self._dice = DiceLoss("multiclass")
        super().__init__(engine, ground, report)

    def batches(self, rng: Generator) -> tuple[int, Iterator[Batch]]:
        """Tiles with the class of each of their pixels."""
        order = rng.permutation(len(self.source.samples) * self.p.crops)
        chosen = parts(order, self.batch)
        values = self.ground.augmentation
        drawn = (self.source.draw(part // self.p.crops, values, rng) for part in chosen)
        return len(chosen), drawn

    def loss_of(self, batch: Batch) -> Tensor:
        """With some modalities taken out of some parts."""
        inputs, targets = (torch.from_numpy(each).to(self.engine.device) for each in batch)
        n = len(self.engine.modalities)
        inputs = drop(inputs, n, self.p.difference, self.p.dropout, ABSENT / 255)
        return self.loss(self.engine.network(inputs), targets)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy and Dice."""
        dice: Tensor = self._dice(outputs, targets)
        return functional.cross_entropy(outputs, targets) + dice

    def figures(self, answers: Sequence[Answer]) -> tuple[dict[str, float | None], float]:
        """Findings against boxes and masks; what is found and how well it overlaps chooses."""
        found = masks.segment(self.val, answers, self.engine.classes, "val").metrics
        return found, float(np.sum([found[name] or 0.0 for name in ("iou", "map50")]))
