"""Attention behind a network's stages: SE (Hu et al., CVPR 2018), CBAM (Woo et al., ECCV 2018)."""

from typing import Any

import torch
from torch import Tensor, nn


class SE(nn.Module):
    """Squeeze-and-excitation: weighs channels by what they hold on average."""

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        hidden = max(channels // reduction, 4)
        self.weigh = nn.Sequential(
            nn.Conv2d(channels, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, channels, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """The same shape, each channel times 0..1."""
        return x * torch.sigmoid(self.weigh(x.mean((2, 3), keepdim=True)))


class CBAM(nn.Module):
    """Convolutional block attention: weighs channels by average and maximum, then places."""

    def __init__(self, channels: int, reduction: int = 16, kernel: int = 7) -> None:
        super().__init__()
        hidden = max(channels // reduction, 4)
        self.weigh = nn.Sequential(
            nn.Conv2d(channels, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, channels, 1)
        )
        self.place = nn.Conv2d(2, 1, kernel, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape, each channel and each place times 0..1."""
        average, most = x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
        x = x * torch.sigmoid(self.weigh(average) + self.weigh(most))
        seen = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], dim=1)
        return x * torch.sigmoid(self.place(seen))


KINDS: dict[str, type[SE] | type[CBAM]] = {"se": SE, "cbam": CBAM}


class Attended(nn.Module):
    """A stage of an ultralytics network with attention behind it, in the stage's own place."""

    def __init__(self, stage: nn.Module, attention: nn.Module) -> None:
        super().__init__()
        self.stage, self.attention = stage, attention
        # What ultralytics reads of a layer: where its input comes from, its index, type and size.
        for name in ("f", "i", "type", "np"):
            setattr(self, name, getattr(stage, name))

    def forward(self, x: Tensor) -> Tensor:
        """The stage's output, weighed."""
        out: Tensor = self.attention(self.stage(x))
        return out


def insert(network: nn.Module, kind: str) -> None:
    """Put attention behind each stage that feeds the detection head. "none" changes nothing."""
    if kind == "none":
        return
    layers: Any = network.model
    head = layers[-1]
    for source, branch in zip(head.f, head.cv2, strict=True):
        channels = int(branch[0].conv.in_channels)
        layers[source] = Attended(layers[source], KINDS[kind](channels))
