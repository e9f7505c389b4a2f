"""The patch network: no padding, and strides that divide, so that a whole image gives the same
scores as its patches one by one."""

import torch
from torch import Tensor, nn

STEM = (4, 2)  # pixels that the first stage's two convolutions take, then those of each further one


class PatchNet(nn.Module):
    """Patches of side 32, 64 or 128 in, one column of logits out; of an image, a map of them.

    Stages of convolution and pooling halve the side, 32 -> 14 -> 6 or 64 -> 30 -> 14 -> 6, then
    two convolutions make the 6 a 1. The stride of the map is an eighth of the patch.
    """

    def __init__(self, patch: int, width: int, outputs: int) -> None:
        super().__init__()
        stages = [_conv(3, width), _conv(width, width), nn.MaxPool2d(2)]
        side, channels = (patch - STEM[0]) // 2, width
        while side > 6:
            wider = min(channels * 2, width * 4)
            stages += [_conv(channels, wider), nn.MaxPool2d(2)]
            side, channels = (side - STEM[1]) // 2, wider
        self.see = nn.Sequential(*stages, _conv(channels, width * 4))
        self.join = nn.Sequential(_conv(width * 4, width * 4, side - 2), nn.Dropout2d(0.2))
        self.tell = nn.Conv2d(width * 4, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """n x 3 x h x w of 0..1 -> n x outputs x cells down x cells across."""
        logits: Tensor = self.tell(self.join(self.see((x - 0.5) / 0.25)))
        return logits


class Probabilities(nn.Module):
    """The same network, answering in probabilities."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """Sums to one over the outputs."""
        return torch.softmax(self.network(x), dim=1)


def _conv(inputs: int, outputs: int, kernel: int = 3) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )
