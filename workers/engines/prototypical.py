"""Prototypical networks (Snell et al. 2017): an image is of the class whose mean is nearest."""

import torch
from torch import Tensor, nn

from workers.catalogue.prototypical import Params
from workers.engines.parts.embedding import Embedding, embedding
from workers.engines.parts.episodes import Examples
from workers.engines.parts.few_shot import FewShot

MOST = 200  # images that a class's prototype is the mean of
AT_ONCE = 32
NEVER = 1e4  # is taken off where a class has no prototype


class Prototypes(nn.Module):
    """An embedding, and a mean of each class in it; `known` is 1 where there is one, else 0."""

    prototypes: Tensor
    known: Tensor

    def __init__(self, embed: Embedding, classes: int) -> None:
        super().__init__()
        self.embed = embed
        self.register_buffer("prototypes", torch.zeros(classes, embed.length))
        self.register_buffer("known", torch.zeros(classes))

    def forward(self, x: Tensor) -> Tensor:
        """n x classes: minus the squared distance to each prototype."""
        return apart(self.embed(x), self.prototypes) - NEVER * (1 - self.known)


def apart(vectors: Tensor, means: Tensor) -> Tensor:
    """Minus the squared Euclidean distances, n x classes, of n vectors."""
    return -(vectors.float()[:, None] - means.float()[None]).square().sum(2)


class Prototypical(FewShot):
    """The engine of the card `prototypical`."""

    params: Params
    network: Prototypes

    def make(self, classes: int) -> nn.Module:
        """The embedding, and no prototype yet."""
        return Prototypes(embedding(self.params.embedding, self.params.width), classes)

    def told(self, examples: Tensor, queries: Tensor, learn: bool) -> Tensor:
        """By the distance to the mean of each class's examples."""
        ways, shots = examples.shape[:2]
        with torch.set_grad_enabled(learn):
            vectors = self.network.embed(torch.cat([examples.flatten(0, 1), queries]))
            means = vectors[: ways * shots].float().reshape(ways, shots, -1).mean(1)
            return apart(vectors[ways * shots :], means)

    def settle(self, examples: Examples) -> None:
        """The mean of each class's training images."""
        for index in examples.known:
            inputs = examples.inputs(examples.few(index, MOST))
            self.network.prototypes[index] = self._mean(torch.from_numpy(inputs))
            self.network.known[index] = 1

    def add(self, inputs: Tensor) -> None:
        """A prototype more: the mean of its images."""
        network = self.network
        known = torch.ones(1, device=network.known.device)
        network.prototypes = torch.cat([network.prototypes, self._mean(inputs)[None]])
        network.known = torch.cat([network.known, known])

    def _mean(self, inputs: Tensor) -> Tensor:
        with torch.no_grad():
            parts = torch.split(inputs, AT_ONCE)
            return torch.cat([self.network.embed(part.to(self.device)) for part in parts]).mean(0)
