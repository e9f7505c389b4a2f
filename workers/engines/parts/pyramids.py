"""Feature pyramids (Lin et al., FPN, CVPR 2017) over torchvision's backbones, strides 4 to 64."""

from collections.abc import Callable
from functools import partial

from torch import nn
from torchvision.models import mobilenet_v3_large, resnet18, resnet50
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.ops.misc import FrozenBatchNorm2d

# The backbone's modules after which strides 4, 8, 16 and 32 end, and the channels there.
RESNET = {"layer1": "0", "layer2": "1", "layer3": "2", "layer4": "3"}
MOBILE = {"3": "0", "6": "1", "12": "2", "16": "3"}
CHANNELS = {
    "resnet50": [256, 512, 1024, 2048],
    "resnet18": [64, 128, 256, 512],
    "mobilenet_v3": [24, 40, 112, 960],
}
WIDTH = {"resnet50": 256, "resnet18": 128, "mobilenet_v3": 128}  # of the pyramid
Norm = Callable[[int], nn.Module]


def grouped(channels: int) -> nn.GroupNorm:
    """Normalisation for batches of a few large images, from scratch (He et al., ICCV 2019)."""
    return nn.GroupNorm(max(channels // 8, 1), channels)


def pyramid(name: str, based: bool) -> BackboneWithFPN:
    """Levels "0" to "3" and "pool", of WIDTH[name] channels.

    On base weights (`based`) the running means of their batch normalisation are kept as they are.
    """
    norm: Norm = FrozenBatchNorm2d if based else grouped
    if name == "mobilenet_v3":
        norm = partial(FrozenBatchNorm2d, eps=0.001) if based else grouped
        body: nn.Module = mobilenet_v3_large(weights=None, norm_layer=norm).features
    else:
        made = resnet50 if name == "resnet50" else resnet18
        body = made(weights=None, norm_layer=norm)
    layers = MOBILE if name == "mobilenet_v3" else RESNET
    return BackboneWithFPN(body, layers, CHANNELS[name], WIDTH[name])
