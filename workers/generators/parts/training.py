"""The training loop of generators: batches of real examples, and how like them the drawn ones are.

An epoch is a number of steps, however few examples there are. The weights of the epoch whose drawn
images are most like the real ones (by KID) remain.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import torch
from numpy.random import Generator as Chance
from torch import Tensor, nn
from torch.nn import functional

from workers.contract import Answer, Artefact, Image
from workers.engines.base import SHOWN, Engine, Ground, Report
from workers.engines.parts.loop import Batch, Loop, copied
from workers.generators.base import Context, Generator, Patch
from workers.generators.parts import examples, features
from workers.generators.parts.examples import Example
from workers.generators.parts.quality import Reals

LOOKED_AT = 32  # drawn after each epoch
PICTURES = 20  # epochs at most of which drawn images are kept
MANY = 400  # real examples that an epoch's drawn ones are compared with


class Training(Loop):
    """One training of a generator. Subclasses say how it learns."""

    def __init__(
        self, generator: Generator, found: list[Example], ground: Ground, report: Report
    ) -> None:
        self.generator, self.turning = generator, generator.turning
        self.planes = examples.stacked(found, generator.masked)
        names = generator.classes
        self.labels = np.array([names.index(example.class_name) for example in found])
        _, describe = features.of(ground.base)
        some = [example.pixels for example in found[:: max(len(found) // MANY, 1)]]
        self.reals = Reals(some, describe, self.turning)
        # The loop asks nothing of an engine that a generator has not, but to answer: see _look.
        super().__init__(cast(Engine, generator), ground, report)

    def batches(self, rng: Chance) -> tuple[int, Iterator[Batch]]:
        """Examples of -1..1 with the index of their class, drawn with replacement."""
        return self.p.steps, (self._batch(rng) for _ in range(self.p.steps))

    def _batch(self, rng: Chance) -> Batch:
        chosen = rng.integers(0, len(self.planes), self.batch)
        planes = self.planes[chosen]
        return examples.turned(planes, rng) if self.turning else planes, self.labels[chosen]

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean squared error."""
        return functional.mse_loss(outputs.float(), targets.float())

    def figures(self, answers: Sequence[Answer]) -> tuple[dict[str, float | None], float]:
        """KID of what it draws now; there are no answers to measure."""
        kid = self.reals.kid(self.reals.describe([patch.pixels for patch in self._patches()]))
        return {"kid": kid}, 1 / (1 + max(kid or 0.0, 0.0))

    def _patches(self) -> list[Patch]:
        """A few of each class, the same noise in every epoch."""
        names = self.generator.classes
        each = max(LOOKED_AT // len(names), 1)
        return [patch for name in names for patch in self._drawn(each, name)]

    def _drawn(self, n: int, class_name: str) -> list[Patch]:
        contexts = self.contexts(n, class_name)
        return self.generator.draw(n, self.p.seed, class_name, contexts)

    def contexts(self, n: int, class_name: str) -> Sequence[Context]:
        """What is painted into, for generators that paint."""
        return ()

    def _look(self, epoch: int) -> dict[str, float]:
        """Draw, compare, show some now and then."""
        self.generator.network.eval()
        values, fitness = self.figures(())
        self.pace.tell(epoch, 1.0)
        if epoch % max(self.p.epochs // PICTURES, 1) == 0 or epoch + 1 == self.p.epochs:
            self._show(epoch)
        if fitness >= self.best_fitness:
            self.best_fitness, self.best = fitness, copied(self.generator.network)
        return {name: value for name, value in values.items() if value is not None}

    def _show(self, epoch: int) -> None:
        """Some drawn images, as files of the job."""
        name = self.generator.classes[0]
        for number, patch in enumerate(self._drawn(SHOWN, name)):
            path = self.ground.work / f"drawn-{number}.png"
            write(path, patch)
            sha256, size = self.ground.keep(path)
            self.report(Artefact(role="results", sha256=sha256, size=size, name=path.name))
            shown = Image(step=epoch + 1, sample=number, path=path.name, sha256=sha256)
            self.report(shown)


def write(path: Path, patch: Patch) -> None:
    """A patch as a PNG."""
    cv2.imwrite(str(path), patch.pixels[..., ::-1])


def average(kept: nn.Module, now: nn.Module, decay: float) -> None:
    """Move averaged weights towards those of now (Yazici et al., ICLR 2019)."""
    with torch.no_grad():
        for old, new in zip(kept.parameters(), now.parameters(), strict=True):
            old.lerp_(new, 1 - decay)
        for told, counted in zip(kept.buffers(), now.buffers(), strict=True):
            told.copy_(counted)


def noise(n: int, seed: int, shape: tuple[int, ...], device: str) -> Tensor:
    """n x shape of standard normal numbers; the i-th depends on seed + i alone."""
    drawn = [
        torch.randn(shape, generator=torch.Generator().manual_seed((seed + number) % 2**63))
        for number in range(n)
    ]
    return torch.stack(drawn).to(device) if drawn else torch.empty((0, *shape), device=device)
