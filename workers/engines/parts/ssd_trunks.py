"""What SSD sees with: images in, feature maps from fine to coarse out.

A trunk has `channels` (of each map) and, in `seen`, the part that base weights are for.
"""

from collections.abc import Iterable
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import mobilenet_v3_large
from torchvision.models.vgg import cfgs, make_layers

LEVELS = 6  # feature maps at most
CONV4_3, POOL4, POOL5 = 22, 23, 30  # places in torchvision's VGG16
EXPANDED = 13  # the MobileNetV3 block whose expanded input is the first map (stride 16)


def groups(channels: int) -> nn.GroupNorm:
    """Normalisation that knows no batch: eight channels a group (Wu, He, ECCV 2018)."""
    return nn.GroupNorm(max(channels // 8, 1), channels)


class Trunk(nn.Module):
    """Maps of a backbone, then further ones at half the side each, down to a single cell."""

    channels: list[int]
    seen: nn.Module
    fits_base = True  # whether there are base weights for it

    def _add(self, side: int, channels: list[int], wanted: list[int]) -> None:
        """`side` is that of the last map so far."""
        self.channels, self.extra = list(channels), nn.ModuleList()
        for width in wanted:
            if side == 1 or len(self.channels) == LEVELS:
                break
            self.extra.append(_extra(self.channels[-1], width))
            self.channels.append(width)
            side = (side + 1) // 2

    def maps(self, x: Tensor) -> list[Tensor]:
        """Those of the backbone."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> list[Tensor]:
        """All maps."""
        found = self.maps(x)
        for block in self.extra:
            found.append(block(found[-1]))
        return found


def _extra(before: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, width // 2, 1, bias=False), groups(width // 2), nn.ReLU(inplace=True),
        nn.Conv2d(width // 2, width, 3, 2, 1, bias=False), groups(width), nn.ReLU(inplace=True),
    )  # fmt: skip


class Normed(nn.Conv2d):
    """A convolution and its batch normalisation under the convolution's own name."""

    def __init__(self, of: nn.Conv2d) -> None:
        super().__init__(of.in_channels, of.out_channels, 3, padding=1)
        self.weight, self.bias = of.weight, of.bias
        self.norm = nn.BatchNorm2d(of.out_channels)

    def forward(self, input: Tensor) -> Tensor:
        """Convolved and normalised."""
        normed: Tensor = self.norm(super().forward(input))
        return normed


class Vgg(Trunk):
    """VGG16 as SSD has it (Liu et al. 2016): maps at strides 8 and 16, fc6 and fc7 as convolutions.

    From scratch it learns only with batch normalisation (Zhu et al., ScratchDet, CVPR 2019), which
    the usual base weights do not have.
    """

    def __init__(self, size: int, normed: bool) -> None:
        super().__init__()
        layers = list(make_layers(cfgs["D"]))[:POOL5]
        for layer in layers:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
        if normed:
            layers = [Normed(each) if isinstance(each, nn.Conv2d) else each for each in layers]
        self.seen = nn.Module()
        self.seen.features = nn.Sequential(*layers)
        self.scale = nn.Parameter(torch.full((512,), 20.0))
        self.fc = nn.Sequential(
            nn.MaxPool2d(3, 1, 1),
            nn.Conv2d(512, 1024, 3, padding=6, dilation=6), nn.ReLU(inplace=True),
            nn.Conv2d(1024, 1024, 1), nn.ReLU(inplace=True),
        )  # fmt: skip
        self._add(size // 16, [512, 1024], [512, 256, 256, 256])

    def maps(self, x: Tensor) -> list[Tensor]:
        """conv4_3, its channels scaled to one length, and fc7."""
        features: list[nn.Module] = list(self.seen.features)  # type: ignore[arg-type]  # a list
        for layer in features[: CONV4_3 + 1]:
            x = layer(x)
        first = functional.normalize(x) * self.scale.view(1, -1, 1, 1)
        for layer in features[POOL4:]:
            x = layer(x)
        return [first, self.fc(x)]


class MobileNet(Trunk):
    """MobileNetV3-Large as SSDlite has it (Howard et al. 2019): maps at strides 16 and 32."""

    def __init__(self, size: int) -> None:
        super().__init__()
        # Running means follow within dozens of steps: torchvision's momentum is for ImageNet.
        norm = partial(nn.BatchNorm2d, eps=0.001, momentum=0.1)
        self.seen = nn.Module()
        self.seen.features = mobilenet_v3_large(weights=None, norm_layer=norm).features
        self._add(size // 32, [672, 960], [512, 256, 256, 128])

    def maps(self, x: Tensor) -> list[Tensor]:
        """The expanded input of the last stage, and that stage's end."""
        features: list[nn.Module] = list(self.seen.features)  # type: ignore[arg-type]  # a list
        for layer in features[:EXPANDED]:
            x = layer(x)
        block: nn.Sequential = features[EXPANDED].block  # type: ignore[assignment]  # torchvision's
        first = block[0](x)
        x = block[1:](first)
        for layer in features[EXPANDED + 1 :]:
            x = layer(x)
        return [first, x]


class Small(Trunk):
    """A few convolutions: maps at strides 8 and 16, `width` channels at first."""

    fits_base = False

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.seen = nn.ModuleList([
            nn.Sequential(_step(3, width, 2), _step(width, 2 * width, 2)),
            nn.Sequential(_step(2 * width, 4 * width, 2), _step(4 * width, 4 * width, 1)),
            nn.Sequential(_step(4 * width, 8 * width, 2), _step(8 * width, 8 * width, 1)),
        ])  # fmt: skip
        self._add(size // 16, [4 * width, 8 * width], [8 * width] * 4)

    def maps(self, x: Tensor) -> list[Tensor]:
        """Those of the last two steps."""
        first, second, third = cast(Iterable[nn.Module], self.seen)
        fine = second(first(x))
        return [fine, third(fine)]


def _step(before: int, width: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, width, 3, stride, 1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
    )


def trunk(name: str, size: int, width: int, normed: bool) -> Trunk:
    """By its name: vgg16, mobilenet_v3 or small; `normed`: there are no base weights."""
    if name == "vgg16":
        return Vgg(size, normed)
    return MobileNet(size) if name == "mobilenet_v3" else Small(size, width)
