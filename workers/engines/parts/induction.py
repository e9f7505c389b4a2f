"""The networks of the self-induction transformer: features of a backbone, and what redraws them."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision import models

from workers.engines.parts.cut_paste import KINDS

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # as pretrained backbones expect
STAGES = ("layer1", "layer2", "layer3")  # strides 4, 8, 16


class Backbone(nn.Module):
    """n x 3 x side x side of 0..1 -> n x channels x side / stride: three stages' features as one.

    While `frozen` it takes no part in training mode: its running means stay.
    """

    light: Tensor

    def __init__(self, name: str, stride: int) -> None:
        super().__init__()
        self.body = models.get_model(name, weights=None)
        self.body.layer4, self.body.fc = nn.Identity(), nn.Identity()
        self.stride, self.frozen = stride, False
        self.register_buffer("light", torch.tensor([MEAN, STD])[:, :, None, None], persistent=False)
        with torch.no_grad():
            stages = self.eval().stages(torch.zeros(1, 3, 32, 32))
        self.channels = sum(stage.shape[1] for stage in stages)
        self.tell = nn.Linear(stages[-1].shape[1], KINDS)

    def train(self, mode: bool = True) -> "Backbone":
        """Not while it is frozen."""
        super().train(mode and not self.frozen)
        return self

    def stages(self, x: Tensor) -> list[Tensor]:
        """The features of each stage."""
        body, made = self.body, []
        x = (x - self.light[0]) / self.light[1]
        x = body.maxpool(body.relu(body.bn1(body.conv1(x))))
        for name in STAGES:
            x = getattr(body, name)(x)
            made.append(x)
        return made

    def kinds(self, x: Tensor) -> Tensor:
        """Logits of how an image was spoilt (parts/cut_paste.py)."""
        logits: Tensor = self.tell(self.stages(x)[-1].mean((2, 3)))
        return logits

    def forward(self, x: Tensor) -> Tensor:
        """All stages at one resolution."""
        side = x.shape[2] // self.stride
        made = []
        for stage in self.stages(x):
            if stage.shape[2] > side:
                stage = functional.avg_pool2d(stage, stage.shape[2] // side)
            elif stage.shape[2] < side:
                stage = functional.interpolate(stage, scale_factor=2.0, mode="nearest")
            made.append(stage)
        return torch.cat(made, dim=1)


class Block(nn.Module):
    """Attention and a perceptron, each behind a norm and around a shortcut."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.ask, self.join = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.think = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """n x tokens x width."""
        n, tokens, width = x.shape
        asked = self.ask(self.norms[0](x)).reshape(n, tokens, 3, self.heads, width // self.heads)
        query, key, value = asked.permute(2, 0, 3, 1, 4).unbind(0)
        weights = (query @ key.transpose(2, 3) * (width // self.heads) ** -0.5).softmax(dim=-1)
        x = x + self.join((weights @ value).transpose(1, 2).reshape(n, tokens, width))
        told: Tensor = x + self.think(self.norms[1](x))
        return told


class Redraw(nn.Module):
    """Features of tokens, some of them hidden, redrawn from the others and the induction tokens."""

    def __init__(
        self, channels: int, tokens: int, width: int, depth: int, heads: int, induction: int
    ) -> None:
        super().__init__()
        self.inward, self.outward = nn.Linear(channels, width), nn.Linear(width, channels)
        self.places = nn.Parameter(torch.randn(1, tokens, width) * 0.02)
        self.hidden = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.induction = nn.Parameter(torch.randn(1, induction, width) * 0.02)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)

    def forward(self, features: Tensor, hide: Tensor) -> Tensor:
        """n x tokens x channels; `hide`, n (or 1) x tokens x 1, is 1 where a token is hidden."""
        x = self.inward(features) * (1 - hide) + self.hidden * hide + self.places
        x = torch.cat([self.induction.expand(x.shape[0], -1, -1), x], dim=1)
        told: Tensor = self.outward(self.norm(self.blocks(x)[:, self.induction.shape[1] :]))
        return told


class Induction(nn.Module):
    """The backbone, the mean and deviation of its features on good images, and what redraws."""

    mean: Tensor
    std: Tensor

    def __init__(self, backbone: Backbone, redraw: Redraw) -> None:
        super().__init__()
        self.backbone, self.redraw = backbone, redraw
        self.register_buffer("mean", torch.zeros(backbone.channels))
        self.register_buffer("std", torch.ones(backbone.channels))

    def features(self, x: Tensor) -> Tensor:
        """n x tokens x channels, each channel normalised."""
        made: Tensor = self.backbone(x).flatten(2).transpose(1, 2)
        return (made - self.mean) / self.std


class Differences(nn.Module):
    """The map: every token hidden once, a group at a time, its difference spread over pixels."""

    hides: Tensor

    def __init__(self, network: Induction, groups: int, side: int) -> None:
        super().__init__()
        self.network, self.side = network, side
        tokens = network.redraw.places.shape[1]
        order = torch.randperm(tokens, generator=torch.Generator().manual_seed(0)) % groups
        hides = torch.stack([(order == group).float() for group in range(groups)])
        self.register_buffer("hides", hides[:, None, :, None].to(network.mean.device))

    def forward(self, x: Tensor) -> Tensor:
        """n x 1 x side x side, the root of the mean square over the channels."""
        features = self.network.features(x)
        apart = torch.zeros_like(features[:, :, 0])
        for hide in self.hides:
            redrawn = self.network.redraw(features, hide)
            apart = apart + hide[:, :, 0] * (redrawn - features).square().mean(2)
        side = self.side // self.network.backbone.stride
        plane = apart.sqrt().reshape(-1, 1, side, side)
        size = (self.side, self.side)
        return functional.interpolate(plane, size=size, mode="bilinear", align_corners=False)
