"""The training loop of engines with a network of their own: epochs that can be stopped, kept and
gone on from. A training that was resumed equals one that never stopped.
"""

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from workers.contract import Answer, Metric
from workers.engines.base import SHOWN, Engine, Ground, Pace, Report, pictures, shown

AT_ONCE = 16  # validation images in memory
Batch = tuple[NDArray[np.float32], NDArray[np.int64]]  # inputs, targets


def begin(engine: Engine, ground: Ground) -> None:
    """Build the network on the training's device, from the parent where there is one."""
    engine.build()
    engine.device = ground.device
    engine.network.to(engine.device)
    if ground.parent:
        engine.network.load_state_dict(load_file(ground.parent / "weights.safetensors"))


class Loop(ABC):
    """One training: everything that a checkpoint holds.

    The engine's params have `epochs`, `lr`, `weight_decay` and `seed`. The weights of the epoch
    that does best on the validation split remain.
    """

    def __init__(self, engine: Engine, ground: Ground, report: Report) -> None:
        self.engine, self.ground, self.report = engine, ground, report
        self.p = cast(Any, engine.params)
        self.val = ground.samples("val") or ground.samples("train")[:20]
        self.optimizer = torch.optim.AdamW(
            engine.network.parameters(), lr=self.p.lr, weight_decay=self.p.weight_decay
        )
        self.first, self.best_fitness, self.best = 0, -1.0, copied(engine.network)
        if ground.checkpoint:
            self._go_on(ground.checkpoint)
        self.pace = Pace(report, self.p.epochs, self.first, ground.device)

    @abstractmethod
    def batches(self, rng: Generator) -> tuple[int, Iterator[Batch]]:
        """How many an epoch has, and each; all chance is from `rng`."""

    @abstractmethod
    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """What is made small."""

    @abstractmethod
    def figures(self, answers: Sequence[Answer]) -> tuple[dict[str, float | None], float]:
        """What the answers on `val` are worth: by name, and as the one number that chooses."""

    def run(self) -> None:
        """All epochs that are left. Raises Cancelled, by `report`."""
        for epoch in range(self.first, self.p.epochs):
            self._epoch(epoch)
        self.engine.network.load_state_dict(self.best)
        self.engine.network.eval()

    def _epoch(self, epoch: int) -> None:
        """Draw, learn, look, keep."""
        # Chance is seeded by the epoch, so a resumed training equals one that never stopped.
        torch.manual_seed(self.p.seed * 100_003 + epoch)
        rng = np.random.default_rng([self.p.seed, epoch])
        self.engine.network.train()
        n, batches = self.batches(rng)
        losses = [self._step(batch, epoch, (i + 1) / n) for i, batch in enumerate(batches)]
        values = self._look(epoch) | {"loss": float(np.mean(losses))}
        self.report(Metric(step=epoch + 1, values=values))
        if self.ground.due() and epoch + 1 < self.p.epochs:
            self._keep(epoch)

    def _step(self, batch: Batch, epoch: int, part: float) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate((epoch + part) / self.p.epochs)
        inputs, targets = (torch.from_numpy(each).to(self.engine.device) for each in batch)
        loss = self.loss(self.engine.network(inputs), targets)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # untyped in torch
        self.optimizer.step()
        self.pace.tell(epoch, 0.9 * part)
        return float(loss.detach())

    def _rate(self, done: float) -> float:
        """Up over the first tenth, then down along a cosine."""
        rise = min(done / 0.1, 1.0)
        turn = 0.5 * (1 + float(np.cos(np.pi * done)))
        return float(self.p.lr) * rise * (0.01 + 0.99 * turn)

    def _look(self, epoch: int) -> dict[str, float]:
        """Figures on the validation split, and a few pictures."""
        self.engine.network.eval()
        answers: list[Answer] = []
        for start in range(0, len(self.val), AT_ONCE):
            answers += self.engine.predict(pictures(self.val[start : start + AT_ONCE]))
            self.pace.tell(epoch, 0.9 + 0.1 * len(answers) / len(self.val))
        for sample, answer in list(zip(self.val, answers, strict=True))[:SHOWN]:
            self.report(shown(sample, answer, epoch + 1))
        values, fitness = self.figures(answers)
        if fitness >= self.best_fitness:
            self.best_fitness, self.best = fitness, copied(self.engine.network)
        return {name: value for name, value in values.items() if value is not None}

    def _keep(self, epoch: int) -> None:
        path = self.ground.work / "checkpoint.pt"
        state = {"epoch": epoch, "model": copied(self.engine.network), "best": self.best}
        state |= {"optimizer": self.optimizer.state_dict(), "best_fitness": self.best_fitness}
        torch.save(state, path)
        self.ground.keep_checkpoint(path, self.report, epoch + 1)

    def _go_on(self, checkpoint: Path) -> None:
        state: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
        self.engine.network.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.first, self.best = state["epoch"] + 1, state["best"]
        self.best_fitness = state["best_fitness"]


def parts(order: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    """Indices by batch; a last single one joins the batch before it."""
    return np.array_split(order, max(round(len(order) / size), 1))


def copied(network: nn.Module) -> dict[str, Tensor]:
    """The network's weights as they are now, on the processor."""
    return {k: copy.deepcopy(v.detach().cpu()) for k, v in network.state_dict().items()}
