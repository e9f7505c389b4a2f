"""Networks of adversarial reconstruction, in the manner of DCGAN (Radford et al. 2016).

Own ones: anomalib's GANomaly is the same in kind, but importing it takes longer than a small model
needs to answer.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from workers.catalogue.gan_reconstruction import Params

SMALLEST = 4  # px a side, where the code is made and the drawing begins
WIDEST = 8  # times the width, at most
SPREAD = 0.02  # of the first weights


class Pair(nn.Module):
    """What redraws an image and what tells drawn from real, with the units of both scores.

    Images are n x 3 x side x side of -1..1. `unit`: the map's value and the score at which an image
    is anomalous.
    """

    unit: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("unit", torch.ones(2))

    def told(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What was redrawn, and a score an image."""
        raise NotImplementedError


class Ganomaly(Pair):
    """Encoder, decoder, encoder: the score is the distance of the two codes."""

    def __init__(self, p: Params) -> None:
        super().__init__()
        self.encode, self.encode_again = _encoder(p), _encoder(p)
        self.draw = _decoder(p)
        self.features = _seen(p.side, p.width, True)
        self.judge = nn.Linear(_widest(p) * SMALLEST**2, 1)
        self.apply(_first)

    def redraw(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What was redrawn, its code before, and after."""
        before = self.encode(x)
        fake = self.draw(before)
        return fake, before, self.encode_again(fake)

    def told(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean squared distance of the codes."""
        fake, before, after = self.redraw(x)
        return fake, (before - after).square().mean((1, 2, 3))

    def judged(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of being real, and the features that they are told by."""
        features = self.features(x)
        return self.judge(features.flatten(1)), features


class FAnoGan(Pair):
    """A generator, a critic, and an encoder that finds what to draw (the paper's izi_f)."""

    def __init__(self, p: Params) -> None:
        super().__init__()
        self.encode, self.draw = _encoder(p), _decoder(p)
        # No norm over a batch in the critic: its gradient is penalised image by image.
        self.features = _seen(p.side, p.width, False)
        self.judge = nn.Linear(_widest(p) * SMALLEST**2, 1)
        self.apply(_first)

    def value(self, x: Tensor) -> Tensor:
        """The critic's."""
        told: Tensor = self.judge(self.features(x).flatten(1))
        return told

    def told(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The paper's A(x), by which the encoder learns too: pixels, and the critic's features."""
        fake = self.draw(torch.tanh(self.encode(x)))
        seen = (self.features(fake) - self.features(x)).square().mean((1, 2, 3))
        return fake, (fake - x).square().mean((1, 2, 3)) + seen


def _widest(p: Params) -> int:
    return _widths(p.side, p.width)[-1]


def _widths(side: int, width: int) -> list[int]:
    """Channels after each halving of the side."""
    stages = (side // SMALLEST).bit_length() - 1
    return [min(width * 2**stage, width * WIDEST) for stage in range(stages)]


def _seen(side: int, width: int, normed: bool) -> nn.Sequential:
    """n x 3 x side x side -> n x channels x 4 x 4."""
    layers, channels = list[nn.Module](), 3
    for number, wider in enumerate(_widths(side, width)):
        normal = normed and number > 0
        layers.append(nn.Conv2d(channels, wider, 4, 2, 1, bias=not normal))
        layers += [nn.BatchNorm2d(wider), nn.LeakyReLU(0.2)] if normal else [nn.LeakyReLU(0.2)]
        channels = wider
    return nn.Sequential(*layers)


def _encoder(p: Params) -> nn.Sequential:
    """-> n x latent x 1 x 1."""
    seen = _seen(p.side, p.width, True)
    return seen.append(nn.Conv2d(_widest(p), p.latent, SMALLEST))


def _decoder(p: Params) -> nn.Sequential:
    """n x latent x 1 x 1 -> n x 3 x side x side."""
    widths = _widths(p.side, p.width)[::-1]
    layers = [*_drawn(p.latent, widths[0], 1, 0)]
    for before, after in pairwise(widths):
        layers += _drawn(before, after, 2, 1)
    return nn.Sequential(*layers, nn.ConvTranspose2d(widths[-1], 3, 4, 2, 1), nn.Tanh())


def _drawn(before: int, after: int, stride: int, padding: int) -> list[nn.Module]:
    drawn = nn.ConvTranspose2d(before, after, 4, stride, padding, bias=False)
    return [drawn, nn.BatchNorm2d(after), nn.ReLU(inplace=True)]


def _first(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, SPREAD)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, SPREAD)
