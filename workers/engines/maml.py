"""MAML (Finn et al. 2017): a start from which a few steps on a few examples are enough.

The last layer starts from the means of the examples (Proto-MAML, Triantafillou et al. 2020), so
that any number of classes can be told. The examples lie with the weights: a new class is added by
the same few steps from the same start, over its images and those of the classes before it.
"""

import copy
import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from workers.catalogue.maml import Params
from workers.engines.parts.embedding import Embedding, embedding
from workers.engines.parts.episodes import Examples
from workers.engines.parts.few_shot import FewShot

AT_ONCE = 32  # examples whose activations are in memory
NEVER = 1e4  # is taken off where a class has no examples
Fast = dict[str, Tensor]  # weights by name


class Meta(nn.Module):
    """The start, what a few steps made of it, and the examples that they were taken on.

    `examples` is classes x most x 3 x side x side of bytes, of which each class has `held`.
    """

    weight: Tensor
    bias: Tensor
    examples: Tensor
    held: Tensor

    def __init__(self, start: Embedding, classes: int, most: int, side: int) -> None:
        super().__init__()
        self.start, self.tuned = start, copy.deepcopy(start).requires_grad_(False)
        self.register_buffer("weight", torch.zeros(classes, start.length))
        self.register_buffer("bias", torch.full((classes,), -NEVER))
        held = torch.zeros(classes, most, 3, side, side, dtype=torch.uint8)
        self.register_buffer("examples", held)
        self.register_buffer("held", torch.zeros(classes, dtype=torch.int64))

    def forward(self, x: Tensor) -> Tensor:
        """n x classes: logits of the adapted weights."""
        return functional.linear(self.tuned(x), self.weight, self.bias)


class Maml(FewShot):
    """The engine of the card `maml`."""

    params: Params
    network: Meta
    _most: int | None = None  # examples that a class may have: more, where some were added by more

    def make(self, classes: int) -> nn.Module:
        """A start, and no example yet."""
        p = self.params
        most = self._most or p.examples
        return Meta(embedding(p.embedding, p.width), classes, most, p.image_size)

    def spec(self) -> dict[str, Any]:
        """How many examples there is room for, too."""
        return super().spec() | {"most": self.network.examples.shape[1]}

    def load(self, folder: Path, device: str = "cpu") -> None:
        """With room for the examples that it was saved with."""
        self._most = int(json.loads((folder / "spec.json").read_text())["most"])
        super().load(folder, device)

    def told(self, examples: Tensor, queries: Tensor, learn: bool) -> Tensor:
        """By weights that a few steps on the examples made."""
        ways, shots = examples.shape[:2]
        targets = torch.arange(ways, device=examples.device).repeat_interleave(shots)
        with torch.autocast(examples.device.type, enabled=False):
            fast, weight, bias = self._steps(examples.flatten(0, 1), targets, ways, learn)
            with torch.set_grad_enabled(learn):
                vectors: Tensor = functional_call(self.network.start, fast, (queries,))
                return functional.linear(vectors, weight, bias)

    def settle(self, examples: Examples) -> None:
        """A few steps from the start, on the same few training images of each class."""
        network = self.network
        for index in examples.known:
            some = examples.few(index, self.params.examples)
            pixels = torch.from_numpy(examples.scaled(some)).permute(0, 3, 1, 2)
            network.examples[index, : len(some)] = pixels.to(network.examples.device)
            network.held[index] = len(some)
        self._tune()

    def add(self, inputs: Tensor) -> None:
        """The same steps, with the new class's images beside those of the others."""
        network = self.network
        most = max(len(inputs), network.examples.shape[1])
        rows = len(network.held)
        wider = network.examples.new_zeros(rows + 1, most, *network.examples.shape[2:])
        wider[:rows, : network.examples.shape[1]] = network.examples
        wider[rows, : len(inputs)] = (inputs * 255).round().to(torch.uint8)
        network.examples = wider
        network.held = torch.cat([network.held, network.held.new_tensor([len(inputs)])])
        self._tune()

    def _tune(self) -> None:
        """Take the steps from the start, on all examples that are held."""
        network = self.network
        known = torch.nonzero(network.held)[:, 0]
        held = [network.examples[i, : int(network.held[i])] for i in known]
        targets = torch.cat([torch.full((len(x),), i) for i, x in enumerate(held)])
        inputs = torch.cat(held).float() / 255
        fast, weight, bias = self._steps(inputs, targets.to(inputs.device), len(held), False)
        network.tuned.load_state_dict(fast)
        network.weight = weight.new_zeros(len(network.held), weight.shape[1])
        network.bias = bias.new_full((len(network.held),), -NEVER)
        network.weight[known], network.bias[known] = weight, bias

    def _steps(
        self, inputs: Tensor, targets: Tensor, ways: int, learn: bool
    ) -> tuple[Fast, Tensor, Tensor]:
        """Adapted weights, and the last layer; `learn`: with the gradient by the start."""
        p, start = self.params, self.network.start
        fast: Fast = dict(start.named_parameters())
        if not learn:
            fast = {name: value.detach().clone().requires_grad_() for name, value in fast.items()}
        share = 1 / torch.bincount(targets, minlength=ways).clamp(min=1)[targets] / ways
        second = learn and not p.first_order
        with torch.enable_grad():
            weight, bias = self._last(fast, inputs, targets, share * ways, ways)
            for _ in range(p.inner_steps):
                values = [*fast.values(), weight, bias]
                slopes = self._slopes(fast, weight, bias, inputs, targets, share, second)
                moved = [v - p.inner_lr * g for v, g in zip(values, slopes, strict=True)]
                if not learn:
                    moved = [value.detach().requires_grad_() for value in moved]
                fast, (weight, bias) = dict(zip(fast, moved, strict=False)), moved[-2:]
        if learn:
            return fast, weight, bias
        return {k: v.detach() for k, v in fast.items()}, weight.detach(), bias.detach()

    def _last(
        self, fast: Fast, inputs: Tensor, targets: Tensor, share: Tensor, ways: int
    ) -> tuple[Tensor, Tensor]:
        """The layer that tells what the distance to each class's mean does, as a fresh start."""
        start = self.network.start
        vectors = torch.cat(
            [functional_call(start, fast, (x,)) for x in torch.split(inputs, AT_ONCE)]
        )
        rows = vectors.new_zeros(ways, start.length)
        means = rows.index_add(0, targets, vectors * share[:, None])
        return 2 * means, -means.square().sum(1)

    def _slopes(
        self,
        fast: Fast,
        weight: Tensor,
        bias: Tensor,
        inputs: Tensor,
        targets: Tensor,
        share: Tensor,
        second: bool,
    ) -> list[Tensor]:
        """The gradient of the examples' loss, each class counting alike."""
        values, sums = [*fast.values(), weight, bias], list[Tensor]()
        # Variables of their own: the last layer came from the other weights and is beside them now.
        values = [v.view_as(v) if second else v.detach().requires_grad_() for v in values]
        fast, (weight, bias) = dict(zip(fast, values, strict=False)), values[-2:]
        for part in torch.split(torch.arange(len(inputs), device=inputs.device), AT_ONCE):
            vectors: Tensor = functional_call(self.network.start, fast, (inputs[part],))
            logits = functional.linear(vectors, weight, bias)
            losses = functional.cross_entropy(logits, targets[part], reduction="none")
            loss = (losses * share[part]).sum()
            found = torch.autograd.grad(loss, values, create_graph=second)
            sums = [a + b for a, b in zip(sums, found, strict=True)] if sums else list(found)
        return sums
