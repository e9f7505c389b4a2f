"""Patch CNN (Wang et al. 2018): a small network on windows, run densely over the whole image."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from workers import evaluation
from workers.catalogue.patch_cnn import Params
from workers.contract import Answer, ManifestSample
from workers.engines.base import Engine, Ground, Report
from workers.engines.parts import dense
from workers.engines.parts.heads import Dense
from workers.engines.parts.loop import Batch, Loop, begin, parts
from workers.engines.parts.patch_network import PatchNet, Probabilities
from workers.engines.parts.patches import Patches, augment, cut
from workers.images import Pixels

MOST_CELLS = 64  # a tile's side in cells: memory stays bounded, the overlap small


class PatchCnn(Engine):
    """The engine of the card `patch_cnn`."""

    params: Params
    head: Dense
    _cells = MOST_CELLS

    def build(self) -> None:
        """The network, and the head that joins its cells."""
        p = self.params
        torch.manual_seed(p.seed)
        self.network = PatchNet(p.patch, p.width, len(self.classes) + 1)
        self.head = Dense(self.classes, p.patch, p.patch // 8, self._cells, p.image_size, p.level)

    def raw(self) -> nn.Module:
        """Probabilities, background last."""
        return Probabilities(self.network).eval()

    def spec(self) -> dict[str, Any]:
        """The tile's side, which was chosen by the training images."""
        return {"cells": self._cells}

    def load(self, folder: Path, device: str = "cpu") -> None:
        """With the tile that it was saved with."""
        self._cells = int(json.loads((folder / "spec.json").read_text())["cells"])
        super().load(folder, device)

    def _tile_of(self, samples: list[ManifestSample]) -> int:
        """Cells that cover the usual image in one tile, where that is no large one."""
        longer = int(np.median([max(sample.width, sample.height) for sample in samples]))
        longer = self.params.image_size or longer or MOST_CELLS * self.params.patch
        return max(8, min(MOST_CELLS, -(-longer * 8 // self.params.patch)))

    def patch_by_patch(
        self, pixels: Pixels, at_once: int = 256, every: int = 1
    ) -> NDArray[np.float32]:
        """The class map of an image window by window: what `predict` equals, and is faster than.

        `every` n-th cell down and across alone.
        """
        scaled = dense.scale(pixels, self.params.image_size)
        height, width = scaled.shape[:2]
        stride = self.head.stride
        rows, columns = -(-height // stride), -(-width // stride)
        # The cell's square starts at j * stride; its patch is centred on the middle of the square.
        ys, xs = np.mgrid[0:rows:every, 0:columns:every] * stride + stride // 2
        places = np.stack([xs.ravel(), ys.ravel()], axis=1)
        network, columns_of = self.raw(), []
        for start in range(0, len(places), at_once):
            some = augment(
                cut(scaled, places[start : start + at_once], self.params.patch),
                "none",
                np.random.default_rng(0),
            )
            with torch.no_grad():
                columns_of.append(network(torch.from_numpy(some).to(self.device)).cpu().numpy())
        table = np.concatenate(columns_of)[:, :, 0, 0]
        return np.asarray(table.T.reshape(-1, *xs.shape))

    def fit(self, ground: Ground, report: Report) -> None:
        """Train; the weights of the epoch that does best on the validation split remain."""
        self._cells = self._tile_of(ground.samples("train"))
        begin(self, ground)
        Run(self, ground, report).run()


class Run(Loop):
    """Patches drawn anew in each epoch."""

    def __init__(self, engine: PatchCnn, ground: Ground, report: Report) -> None:
        p = engine.params
        self.source = Patches(ground.samples("train"), engine.classes, p.patch, p.image_size)
        super().__init__(engine, ground, report)

    def batches(self, rng: Generator) -> tuple[int, Iterator[Batch]]:
        """Patches with what is in the middle of each."""
        patches, planes = self.source.draw(self.p.patches, rng)
        chosen = parts(rng.permutation(len(patches)), self.batch)
        values = self.ground.augmentation
        some = ((patches[i], planes[i]) for i in chosen)
        return len(chosen), (self.source.varied(each, values, rng) for each in some)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Of the one column that a patch gives."""
        return functional.cross_entropy(outputs[:, :, 0, 0], targets)

    def figures(self, answers: Sequence[Answer]) -> tuple[dict[str, float | None], float]:
        """Findings against boxes."""
        found = evaluation.detect(self.val, answers, self.engine.classes, "val").metrics
        return found, (found["map50"] or 0.0) + (found["f1"] or 0.0)
