"""Patch CNN (Wang et al. 2018): a small network on windows, run densely over the whole image."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from workers import evaluation
from workers.catalogue.patch_cnn import Params
from workers.contract import ManifestSample, Metric
from workers.engines.base import Engine, Ground, Pace, Report, pictures, shown
from workers.engines.parts import dense
from workers.engines.parts.heads import Dense
from workers.engines.parts.patch_network import PatchNet, Probabilities
from workers.engines.parts.patches import Patches, augment, cut
from workers.images import Pixels

MOST_CELLS = 64  # a tile's side in cells: memory stays bounded, the overlap small
AT_ONCE = 16  # validation images in memory


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

    def patch_by_patch(self, pixels: Pixels, at_once: int = 256) -> NDArray[np.float32]:
        """The class map of an image window by window: what `predict` equals, and is faster than."""
        scaled = dense.scale(pixels, self.params.image_size)
        height, width = scaled.shape[:2]
        stride = self.head.stride
        rows, columns = -(-height // stride), -(-width // stride)
        # The cell's square starts at j * stride; its patch is centred on the middle of the square.
        ys, xs = np.mgrid[0:rows, 0:columns] * stride + stride // 2
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
        return np.asarray(table.T.reshape(-1, rows, columns))

    def fit(self, ground: Ground, report: Report) -> None:
        """Train; the weights of the epoch that does best on the validation split remain."""
        self._cells = self._tile_of(ground.samples("train"))
        self.build()
        self.device = ground.device
        self.network.to(self.device)
        if ground.parent:
            weights = load_file(ground.parent / "weights.safetensors")
            self.network.load_state_dict(weights)
        run = Run(self, ground, report)
        for epoch in range(run.first, self.params.epochs):
            run.epoch(epoch)
        self.network.load_state_dict(run.best)
        self.network.eval()


class Run:
    """One training: everything that a checkpoint holds."""

    def __init__(self, engine: PatchCnn, ground: Ground, report: Report) -> None:
        self.engine, self.ground, self.report, self.p = engine, ground, report, engine.params
        p = self.p
        self.source = Patches(ground.samples("train"), engine.classes, p.patch, p.image_size)
        self.val = ground.samples("val") or ground.samples("train")[:20]
        network = engine.network
        self.optimizer = torch.optim.AdamW(
            network.parameters(), lr=p.lr, weight_decay=p.weight_decay
        )
        self.first, self.best_fitness, self.best = 0, -1.0, _copied(network)
        if ground.checkpoint:
            self._go_on(ground.checkpoint)
        self.pace = Pace(report, p.epochs, self.first, ground.device)

    def epoch(self, epoch: int) -> None:
        """Draw, learn, look, keep."""
        # Chance is seeded by the epoch, so a resumed training equals one that never stopped.
        torch.manual_seed(self.p.seed * 100_003 + epoch)
        rng = np.random.default_rng([self.p.seed, epoch])
        patches, labels = self.source.draw(self.p.patches, rng)
        order = rng.permutation(len(patches))
        self.engine.network.train()
        losses = [
            self._step(patches[chosen], labels[chosen], epoch, (i + 1) / n, rng)
            for i, chosen, n in _batches(order, self.p.batch)
        ]
        values = self._look(epoch) | {"loss": float(np.mean(losses))}
        self.report(Metric(step=epoch + 1, values=values))
        if self.ground.due() and epoch + 1 < self.p.epochs:
            self._keep(epoch)

    def _step(
        self, patches: NDArray[np.uint8], labels: NDArray[np.int64], epoch: int, part: float,
        rng: np.random.Generator,
    ) -> float:  # fmt: skip
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate((epoch + part) / self.p.epochs)
        inputs = torch.from_numpy(augment(patches, self.ground.preset, rng))
        logits = self.engine.network(inputs.to(self.engine.device))[:, :, 0, 0]
        loss = functional.cross_entropy(logits, torch.from_numpy(labels).to(self.engine.device))
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # untyped in torch
        self.optimizer.step()
        self.pace.tell(epoch, 0.9 * part)
        return float(loss.detach())

    def _rate(self, done: float) -> float:
        """Up over the first tenth, then down along a cosine."""
        rise = min(done / 0.1, 1.0)
        return self.p.lr * rise * (0.01 + 0.99 * 0.5 * (1 + float(np.cos(np.pi * done))))

    def _look(self, epoch: int) -> dict[str, float]:
        """Figures on the validation split, and a few pictures."""
        self.engine.network.eval()
        answers = []
        for start in range(0, len(self.val), AT_ONCE):
            answers += self.engine.predict(pictures(self.val[start : start + AT_ONCE]))
            self.pace.tell(epoch, 0.9 + 0.1 * len(answers) / len(self.val))
        report = evaluation.detect(self.val, answers, self.engine.classes, "val")
        values = {k: v for k, v in report.metrics.items() if v is not None}
        for sample, answer in list(zip(self.val, answers, strict=True))[:5]:
            self.report(shown(sample, answer, epoch + 1))
        fitness = values.get("map50", 0.0) + values.get("f1", 0.0)
        if fitness >= self.best_fitness:
            self.best_fitness, self.best = fitness, _copied(self.engine.network)
        return values

    def _keep(self, epoch: int) -> None:
        path = self.ground.work / "checkpoint.pt"
        state = {"epoch": epoch, "model": _copied(self.engine.network), "best": self.best}
        state |= {"optimizer": self.optimizer.state_dict(), "best_fitness": self.best_fitness}
        torch.save(state, path)
        self.ground.keep_checkpoint(path, self.report, epoch + 1)

    def _go_on(self, checkpoint: Path) -> None:
        state: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
        self.engine.network.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.first, self.best = state["epoch"] + 1, state["best"]
        self.best_fitness = state["best_fitness"]


def _batches(order: NDArray[np.int64], size: int) -> list[tuple[int, NDArray[np.int64], int]]:
    """(number, indices, how many) of each batch; a last single one joins the batch before it."""
    n = max(round(len(order) / size), 1)
    return [(i, part, n) for i, part in enumerate(np.array_split(order, n))]


def _copied(network: nn.Module) -> dict[str, torch.Tensor]:
    return {k: copy.deepcopy(v.detach().cpu()) for k, v in network.state_dict().items()}
