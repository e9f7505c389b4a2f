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
from workers.engines.base import (
    SHOWN,
    Engine,
    Ground,
    Learner,
    Pace,
    Report,
    halved,
    pictures,
    shown,
)
from workers.engines.parts.group import Group

AT_ONCE = 16  # validation images in memory
APART = 2**40  # between the seeds of two processes of a group
Batch = tuple[NDArray[np.float32], NDArray[Any]]  # inputs, targets


def begin(engine: Learner, ground: Ground) -> None:
    """Build the network on the training's device, from the parent where there is one."""
    engine.build()
    engine.device = ground.device
    engine.network.to(engine.device)
    if ground.parent:
        engine.network.load_state_dict(load_file(ground.parent / "weights.safetensors"))


class Loop(ABC):
    """One training: everything that a checkpoint holds.

    The engine's params have `epochs`, `batch`, `lr`, `weight_decay` and `seed`. The weights of the
    epoch that does best on the validation split remain. On an accelerator it computes in mixed
    precision (bfloat16). A full memory halves `batch`, and the epoch begins anew. In a group
    (parts/group.py) every process draws the same batches and learns its share of each.
    """

    def __init__(self, engine: Engine, ground: Ground, report: Report) -> None:
        self.engine, self.ground, self.report = engine, ground, report
        self.group = ground.group
        self.p = cast(Any, engine.params)
        self.batch: int = self.p.batch
        self.val = ground.samples("val") or ground.samples("train")[:20]
        self.optimizer = self.optimizer_of()
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

    def optimizer_of(self) -> torch.optim.Optimizer:
        """What learns; its rate follows `lr` up and down."""
        wanted = [each for each in self.engine.network.parameters() if each.requires_grad]
        return torch.optim.AdamW(wanted, lr=self.p.lr, weight_decay=self.p.weight_decay)

    def loss_of(self, batch: Batch) -> Tensor:
        """The loss of a batch; for networks whose loss is not of outputs and targets alone."""
        inputs, targets = (torch.from_numpy(each).to(self.engine.device) for each in batch)
        return self.loss(self.engine.network(inputs), targets)

    def learn(self, batch: Batch) -> float:
        """One step, and its loss; for networks that take more than one optimizer."""
        with torch.autocast(self.kind, torch.bfloat16, enabled=self.kind != "cpu"):
            loss = self.loss_of(batch)
        return self.descend(self.optimizer, self.group.tied(loss) if self.group else loss)

    def descend(self, optimizer: torch.optim.Optimizer, loss: Tensor) -> float:
        """A step of an optimizer down a loss of this share; the loss of the whole batch."""
        optimizer.zero_grad()
        torch.autograd.backward(self.weighed(loss))
        told = self.gathered(optimizer, loss)
        optimizer.step()
        return told

    def weighed(self, loss: Tensor) -> Tensor:
        """What a share's loss counts for in the batch."""
        return loss * self.group.weight if self.group else loss

    def gathered(self, optimizer: torch.optim.Optimizer, loss: Tensor) -> float:
        """The gradients of what an optimizer moves become the batch's; the batch's loss."""
        loss = self.weighed(loss.detach())
        if self.group is None:
            return float(loss)
        weights = [each for group in optimizer.param_groups for each in group["params"]]
        return self.group.gathered(weights, loss)

    def ready(self) -> None:  # noqa: B027  # most have nothing to do here
        """Before the look at the validation split: what answers need beside the weights."""

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds beside the network: tensors, numbers, dicts and lists of them."""
        return {"optimizer": self.optimizer.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take it up again."""
        self.optimizer.load_state_dict(state["optimizer"])

    @property
    def kind(self) -> str:
        """Of the device: cpu, cuda."""
        return self.ground.device.partition(":")[0]

    def run(self) -> None:
        """All epochs that are left. Raises Cancelled, by `report`."""
        if self.group:
            self.group.join(self.engine.network)
        for epoch in range(self.first, self.p.epochs):
            self._epoch(epoch)
        if self.group:
            self.group.leave(self.engine.network)
        self.engine.network.load_state_dict(self.best)
        self.engine.network.eval()

    def _epoch(self, epoch: int) -> None:
        """Draw, learn, look, keep."""
        if self.group:
            self.group.same(self.engine.network)
        losses = self._learnt(epoch)
        if self.group and not self.group.first:
            return
        values = self._look(epoch) | {"loss": float(np.mean(losses))}
        self.report(Metric(step=epoch + 1, values=values))
        if self.ground.due() and epoch + 1 < self.p.epochs:
            self._keep(epoch)

    def _learnt(self, epoch: int) -> list[float]:
        """The losses of an epoch; begun anew with half the batch where memory did not suffice."""
        alone = self.group is None  # others would wait for one that begins anew
        before = self._held() if alone and self.kind != "cpu" else None
        while True:
            try:
                return self._pass(epoch)
            except torch.cuda.OutOfMemoryError:
                if before is None or self.batch < 2:
                    raise
            self.batch //= 2
            self.report(halved(self.batch))
            torch.cuda.empty_cache()
            self._take_up(before)

    def _pass(self, epoch: int) -> list[float]:
        # Chance is seeded by the epoch, so a resumed training equals one that never stopped.
        rank = self.group.rank if self.group else 0
        torch.manual_seed(self.p.seed * 100_003 + epoch + rank * APART)
        rng = np.random.default_rng([self.p.seed, epoch])
        self.engine.network.train()
        n, batches = self.batches(rng)
        return [self._step(batch, epoch, (i + 1) / n) for i, batch in enumerate(batches)]

    def _step(self, batch: Batch, epoch: int, part: float) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate((epoch + part) / self.p.epochs)
        loss = self.learn(batch) if self.group is None else self._shared(self.group, batch)
        self.pace.tell(epoch, 0.9 * part)
        return loss

    def _shared(self, group: Group, batch: Batch) -> float:
        with group.step():
            return self.learn(cast(Batch, group.share(batch)))

    def _rate(self, done: float) -> float:
        """Up over the first tenth, then down along a cosine."""
        rise = min(done / 0.1, 1.0)
        turn = 0.5 * (1 + float(np.cos(np.pi * done)))
        return float(self.p.lr) * rise * (0.01 + 0.99 * turn)

    def _look(self, epoch: int) -> dict[str, float]:
        """Figures on the validation split, and a few pictures."""
        self.engine.network.eval()
        self.ready()
        answers: list[Answer] = []
        for start in range(0, len(self.val), AT_ONCE):
            answers += self.engine.predict(
                pictures(self.val[start : start + AT_ONCE], self.engine.modalities)
            )
            self.pace.tell(epoch, 0.9 + 0.1 * len(answers) / len(self.val))
        for sample, answer in list(zip(self.val, answers, strict=True))[:SHOWN]:
            self.report(shown(sample, answer, epoch + 1))
        values, fitness = self.figures(answers)
        if fitness >= self.best_fitness:
            self.best_fitness, self.best = fitness, copied(self.engine.network)
        return {name: value for name, value in values.items() if value is not None}

    def _held(self) -> dict[str, Any]:
        return {"model": copied(self.engine.network)} | copy.deepcopy(self.state())

    def _take_up(self, state: dict[str, Any]) -> None:
        self.engine.network.load_state_dict(state["model"])
        self.restore(state)

    def _keep(self, epoch: int) -> None:
        path = self.ground.work / "checkpoint.pt"
        state = self._held() | {"epoch": epoch, "best": self.best, "batch": self.batch}
        torch.save(state | {"best_fitness": self.best_fitness}, path)
        self.ground.keep_checkpoint(path, self.report, epoch + 1)

    def _go_on(self, checkpoint: Path) -> None:
        state: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
        self._take_up(state)
        self.first, self.best = state["epoch"] + 1, state["best"]
        self.best_fitness, self.batch = state["best_fitness"], state["batch"]


def parts(order: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    """Indices by batch; a last single one joins the batch before it."""
    return np.array_split(order, max(round(len(order) / size), 1))


def copied(network: nn.Module) -> dict[str, Tensor]:
    """The network's weights as they are now, on the processor."""
    return {k: copy.deepcopy(v.detach().cpu()) for k, v in network.state_dict().items()}
