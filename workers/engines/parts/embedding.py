"""Networks that turn an image into a vector, for engines that compare images with few examples.

Normalisation is by groups of channels (Wu and He, ECCV 2018): an image's vector does not depend on
what lies beside it in a batch, which with one to twenty images a class is a handful.
"""

import torch
from torch import Tensor, nn
from torchvision.models import resnet18

GROUP = 8  # channels that are normalised together, at most


class Embedding(nn.Module):
    """n x 3 x side x side of 0..1 -> n x `length`."""

    def __init__(self, see: nn.Module, length: int) -> None:
        super().__init__()
        self.see, self.length = see, length

    def forward(self, x: Tensor) -> Tensor:
        """Means and maxima over the places: a small defect hardly moves the mean."""
        planes: Tensor = self.see((x - 0.5) / 0.25)
        return torch.cat([planes.mean((2, 3)), planes.amax((2, 3))], dim=1)


def embedding(name: str, width: int) -> Embedding:
    """`conv4` (Vinyals et al. 2016): four blocks of `width` channels; `resnet18`: as it is."""
    if name == "conv4":
        inputs = [3, width, width, width]
        return Embedding(nn.Sequential(*(_block(n, width) for n in inputs)), 2 * width)
    whole = resnet18(weights=None, norm_layer=_norm)
    return Embedding(nn.Sequential(*list(whole.children())[:-2]), 1024)


def _block(inputs: int, width: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(inputs, width, 3, padding=1, bias=False),
        _norm(width),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )


def _norm(channels: int) -> nn.Module:
    return nn.GroupNorm(max(channels // GROUP, 1), channels)
