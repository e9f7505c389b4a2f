"""What engines that learn from few images share: episodes to learn by, and classes to be added.

`fit` learns how to tell classes apart by a few examples of each; then the network is settled on the
examples of the training split. `extend` adds a class by its own examples, without training.
"""

import json
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.random import Generator
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from workers import data, evaluation
from workers.contract import Answer, Failure
from workers.engines.base import Engine, Ground, Report
from workers.engines.parts.episodes import Array, Episodes, Examples, wilson
from workers.engines.parts.heads import Classes
from workers.engines.parts.loop import Batch, Loop
from workers.engines.parts.patch_network import Probabilities
from workers.images import Pixels

LOOKS = 10  # episodes that an epoch's accuracy is the mean of
MOST_TOLD = 200  # validation images in each of them
MOST_IMAGES = 20  # of a class that is added


class FewShot(Engine):
    """An engine to whose classes others can be added by 1 to 20 images each."""

    head: Classes
    kind = "classify"
    _good: Sequence[str] = ()

    @abstractmethod
    def make(self, classes: int) -> nn.Module:
        """The network for so many classes, untrained."""

    @abstractmethod
    def told(self, examples: Tensor, queries: Tensor, learn: bool) -> Tensor:
        """Logits, n x ways, of n queries by ways x shots examples; `learn`: with their gradient."""

    @abstractmethod
    def settle(self, examples: Examples) -> None:
        """Make the network tell the dataset's classes, by their examples."""

    @abstractmethod
    def add(self, inputs: Tensor) -> None:
        """Make the network tell a class more, by n x 3 x side x side of its images."""

    def build(self) -> None:
        """The network for the classes that there are."""
        p = cast(Any, self.params)
        torch.manual_seed(p.seed)
        self.network = self.make(len(self.classes))
        self._head()

    def _head(self) -> None:
        self.head = Classes(self.classes, cast(Any, self.params).image_size, list(self._good))

    def raw(self) -> nn.Module:
        """Probabilities of the classes."""
        return Probabilities(self.network).eval()

    def spec(self) -> dict[str, Any]:
        """The classes that show no defect."""
        return {"good": list(self._good)}

    def load(self, folder: Path, device: str = "cpu") -> None:
        """With the classes and good classes that it was saved with."""
        spec = json.loads((folder / "spec.json").read_text())
        self.classes, self._good = list(spec["classes"]), tuple(spec["good"])
        super().load(folder, device)

    def fit(self, ground: Ground, report: Report) -> None:
        """Learn by episodes; the weights of the epoch that does best remain."""
        self._good = tuple(sorted(data.harmless(ground.manifest)))
        self.build()
        self.device = ground.device
        self.network.to(self.device)
        if ground.parent:
            self._take(ground.parent)
        Run(self, ground, report).run()

    def _take(self, parent: Path) -> None:
        """What an earlier model has learnt; the classes are settled anew."""
        theirs = load_file(parent / "weights.safetensors")
        mine = dict(self.network.named_parameters())
        if any(k not in theirs or theirs[k].shape != v.shape for k, v in mine.items()):
            hint = "Choose the embedding and width of the earlier model, or train without it."
            raise Failure("parent_differs", "The earlier model has another network.", hint)
        self.network.load_state_dict({k: theirs[k] for k in mine}, strict=False)

    def extend(self, name: str, images: Sequence[Pixels], good: bool = False) -> None:
        """Tell one class more, by 1 to 20 images of it; the other classes stay. No training.

        Failure `class_known` or `images_of_class`. The engine is changed: save it elsewhere.
        """
        if name in self.classes:
            hint = "Choose another name for the new class."
            raise Failure("class_known", f"The model tells the class {name} already.", hint)
        if not 1 <= len(images) <= MOST_IMAGES:
            words = f"A class is added by 1 to {MOST_IMAGES} images; these are {len(images)}."
            raise Failure("images_of_class", words, "Choose those that differ most.")
        inputs = np.concatenate([self.head.inputs(image)[0][0] for image in images])
        self.add(torch.from_numpy(inputs).to(self.device))
        self.classes = [*self.classes, name]
        self._good = (*self._good, name) if good else self._good
        self._head()


class Run(Loop):
    """Episodes, drawn anew in each epoch."""

    def __init__(self, engine: FewShot, ground: Ground, report: Report) -> None:
        p = cast(Any, engine.params)
        self.few = engine
        self.examples = Examples(ground.samples("train"), engine.classes, p.image_size)
        self.episodes = Episodes(self.examples, p.ways, p.shots, p.queries)
        super().__init__(engine, ground, report)
        self.held = Examples(self.val, engine.classes, p.image_size)

    def batches(self, rng: Generator) -> tuple[int, Iterator[Batch]]:
        """`batch` episodes a step: episodes x ways x (shots + queries) images, their classes."""
        steps = max(round(self.p.episodes / self.batch), 1)
        return steps, (self._drawn(rng) for _ in range(steps))

    def _drawn(self, rng: Generator) -> Batch:
        drawn = [self.episodes.draw(self.ground.augmentation, rng) for _ in range(self.batch)]
        return np.stack([images for images, _ in drawn]), np.stack([names for _, names in drawn])

    def loss_of(self, batch: Batch) -> Tensor:
        """Over the queries of each episode."""
        shots = self.episodes.shots
        losses = []
        for images in torch.from_numpy(batch[0]).to(self.engine.device):
            ways, queries = images.shape[0], images.shape[1] - shots
            logits = self.few.told(images[:, :shots], images[:, shots:].flatten(0, 1), True)
            losses.append(self.loss(logits, torch.arange(ways).repeat_interleave(queries)))
        return torch.stack(losses).mean()

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy over the episode's classes."""
        return functional.cross_entropy(outputs.float(), targets.to(outputs.device))

    def ready(self) -> None:
        """The network as it would be kept."""
        self.few.settle(self.examples)

    def figures(self, answers: Sequence[Answer]) -> tuple[dict[str, float | None], float]:
        """Accuracy over all classes, and in episodes with few examples of each."""
        found = evaluation.classify(self.val, answers, self.engine.classes, "val").metrics
        figures = found | self._by_episodes()
        worth = [figures["balanced_accuracy"], figures["episode_accuracy"]]
        return figures, float(np.mean([value or 0.0 for value in worth]))

    def _by_episodes(self) -> dict[str, float | None]:
        """The mean accuracy on validation images by `shots` training images a class.

        The interval is Wilson's, over images: several episodes tell of the same ones.
        """
        rng, right = np.random.default_rng(self.p.seed), dict[int, list[bool]]()
        there = [index for index in self.examples.known if self.held.of[index]]
        for _ in range(LOOKS if there else 0):
            chosen = [int(i) for i in rng.permutation(self.examples.known)[: self.episodes.ways]]
            told = [(s, place) for place, i in enumerate(chosen) for s in self.held.of[i]]
            told = [told[int(i)] for i in rng.permutation(len(told))[:MOST_TOLD]]
            if told:
                examples = self.episodes.examples_of(chosen, rng)
                queries = self.held.inputs([sample for sample, _ in told])
                for (sample, place), best in zip(told, self._best(examples, queries), strict=True):
                    right.setdefault(sample.id, []).append(bool(best == place))
        if not right:
            return {"episode_accuracy": None}
        share = float(np.mean([np.mean(hits) for hits in right.values()]))
        low, high = wilson(share, len(right))
        return {"episode_accuracy": share, "episode_low": low, "episode_high": high}

    def _best(self, examples: Array, queries: Array) -> Array:
        shown, asked = (
            torch.from_numpy(each).to(self.engine.device) for each in (examples, queries)
        )
        return np.asarray(self.few.told(shown, asked, False).argmax(1).cpu())
