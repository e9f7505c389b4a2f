"""Cascaded autoencoders and a compact classifier (CASAE; Tao et al., Applied Sciences 2018)."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.nn import functional

from workers import data, masks
from workers.catalogue.cascaded_ae import Params
from workers.contract import Answer, Kind
from workers.engines.base import Engine, Ground, Report, TorchGraph
from workers.engines.parts import dense, thresholds
from workers.engines.parts.blobs import Blobs
from workers.engines.parts.crops import Crops
from workers.engines.parts.loop import Batch, Loop, begin, parts

BINS = 1000  # of probabilities, that a threshold is chosen from
QUICK = 32  # images that it is chosen on between epochs; at the end it is all of them
ATROUS = (1, 2, 4)  # dilations at the bottom, one after another


class Autoencoder(nn.Module):
    """n x channels x side x side -> n x 1 x side x side of logits, through an eighth of the side.

    Atrous convolutions at the bottom widen what it sees without making it coarser.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        w = width
        self.down = nn.ModuleList([_convs(channels, w), _convs(w, 2 * w), _convs(2 * w, 4 * w)])
        self.bottom = nn.Sequential(*(_conv(4 * w, 4 * w, rate) for rate in ATROUS))
        self.up = nn.ModuleList([_convs(8 * w, 2 * w), _convs(4 * w, w), _convs(2 * w, w)])
        self.tell = nn.Conv2d(w, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        seen = []
        for stage in self.down:
            x = stage(x)
            seen.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.bottom(x)
        for stage, beside in zip(self.up, reversed(seen), strict=True):
            wide = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = stage(torch.cat([wide, beside], dim=1))
        logits: Tensor = self.tell(x)
        return logits


def _conv(inputs: int, outputs: int, rate: int = 1, stride: int = 1) -> nn.Module:
    made = nn.Conv2d(inputs, outputs, 3, stride, rate, rate, bias=False)
    return nn.Sequential(made, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def _convs(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(_conv(inputs, outputs), _conv(outputs, outputs))


class Cascade(nn.Module):
    """Both autoencoders, and the classifier that sees the image with the refined mask.

    The classifier runs over the whole tile, at an eighth of its side: a region's class is the mean
    of what it says there (parts/blobs.py), so that all is one graph.
    """

    def __init__(self, width: int, class_width: int, classes: int) -> None:
        super().__init__()
        self.first, self.second = Autoencoder(3, width), Autoencoder(4, width)
        c = class_width
        self.classify = nn.Sequential(
            _conv(4, c, stride=2), _conv(c, 2 * c, stride=2), _conv(2 * c, 4 * c, stride=2),
            _conv(4 * c, 4 * c, 2), nn.Conv2d(4 * c, classes, 1),
        )  # fmt: skip

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of the first and the second mask, and of the classes, n x .. x side x side."""
        seen = (x - 0.5) / 0.25
        coarse = self.first(seen)
        fine = self.second(torch.cat([seen, torch.sigmoid(coarse)], dim=1))
        marked = torch.cat([seen, torch.sigmoid(fine).detach()], dim=1)
        kinds = functional.interpolate(self.classify(marked), scale_factor=8.0, mode="nearest")
        return coarse, fine, kinds


class Middle(nn.Module):
    """Probabilities of the middle of a tile: of a defect, then of each class."""

    def __init__(self, network: Cascade, margin: int) -> None:
        super().__init__()
        self.network, self.margin = network, margin

    def forward(self, x: Tensor) -> Tensor:
        """n x (1 + classes) x the middle's side x side."""
        _, fine, kinds = self.network(x)
        told = torch.cat([torch.sigmoid(fine), torch.softmax(kinds, dim=1)], dim=1)
        m = self.margin
        return told[:, :, m : x.shape[2] - m, m : x.shape[3] - m]


class CascadedAe(Engine):
    """The engine of the card `cascaded_ae`."""

    params: Params
    network: Cascade
    head: Blobs
    kind: Kind = "segment"

    def build(self) -> None:
        """The networks, and the head that joins their tiles."""
        p = self.params
        torch.manual_seed(p.seed)
        self.network = Cascade(p.width, p.class_width, len(self.classes))
        self.head = Blobs(self.classes, p.tile, p.margin, p.image_size)

    def raw(self) -> nn.Module:
        """Probabilities."""
        return Middle(self.network, self.params.margin).eval()

    def spec(self) -> dict[str, Any]:
        """The threshold of the mask."""
        return {"threshold": self.head.threshold}

    def load(self, folder: Path, device: str = "cpu") -> None:
        """With the threshold that was chosen."""
        super().load(folder, device)
        self.head.threshold = float(json.loads((folder / "spec.json").read_text())["threshold"])

    def fit(self, ground: Ground, report: Report) -> None:
        """Train; the weights of the epoch that does best on the validation split remain."""
        begin(self, ground)
        Run(self, ground, report).run()


class Run(Loop):
    """Tiles drawn anew in each epoch."""

    engine: CascadedAe

    def __init__(self, engine: CascadedAe, ground: Ground, report: Report) -> None:
        p = engine.params
        self.source = Crops(ground.samples("train"), engine.classes, p.tile, p.image_size)
        super().__init__(engine, ground, report)
        self.now = self.first

    def run(self) -> None:
        """All epochs that are left, then the threshold of the weights that remain."""
        super().run()
        self._settle(len(self.val), 1.0)

    def ready(self) -> None:
        """A threshold for the answers of this epoch."""
        self._settle(QUICK, 0.9)

    def _epoch(self, epoch: int) -> None:
        self.now = epoch
        super()._epoch(epoch)

    def _settle(self, most: int, part: float) -> None:
        """Where F1 over the pixels of the validation split is best, and so their overlap."""
        good, bad = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
        graph = TorchGraph(self.engine.raw(), self.engine.device)
        classes = self.engine.classes
        for sample in self.val[:most]:
            arrays, known = self.engine.head.inputs(data.read_pixels(sample))
            plane = dense.stitch([out[:, :1] for out in graph.run(arrays)], known)[0]
            true = data.labels(sample, classes, plane.shape[1], plane.shape[0]) < len(classes)
            bins = np.minimum((plane * BINS).astype(np.int64), BINS - 1)
            good += np.bincount(bins[~true], minlength=BINS)
            bad += np.bincount(bins[true], minlength=BINS)
            self.pace.tell(self.now, part)
        self.engine.head.threshold = thresholds.of_pixels(good, bad)

    def batches(self, rng: Generator) -> tuple[int, Iterator[Batch]]:
        """Tiles with the class of each of their pixels."""
        order = rng.permutation(len(self.source.samples) * self.p.crops)
        chosen = parts(order, self.batch)
        places = (part // self.p.crops for part in chosen)
        values = self.ground.augmentation
        return len(chosen), (self.source.draw(part, values, rng) for part in places)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Of one mask: cross-entropy and Dice."""
        true = targets.to(outputs.dtype)[:, None]
        told = torch.sigmoid(outputs)
        shared = (told * true).sum()
        dice = 1 - (2 * shared + 1) / (told.sum() + true.sum() + 1)
        return functional.binary_cross_entropy_with_logits(outputs, true) + dice

    def loss_of(self, batch: Batch) -> Tensor:
        """Of both masks, and of the classes where there is a defect."""
        tiles, planes = (torch.from_numpy(each).to(self.engine.device) for each in batch)
        n = len(self.engine.classes)
        coarse, fine, kinds = (each.float() for each in self.engine.network(tiles))
        loss = self.loss(coarse, planes < n) + self.loss(fine, planes < n)
        told = functional.cross_entropy(kinds, planes, ignore_index=n, reduction="sum")
        return loss + told / (planes < n).sum().clamp_min(1)

    def figures(self, answers: Sequence[Answer]) -> tuple[dict[str, float | None], float]:
        """Findings against masks; the mean overlap chooses."""
        found = masks.segment(self.val, answers, self.engine.classes, "val").metrics
        return found, found["iou"] or 0.0
