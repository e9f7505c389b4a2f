"""Multi-scale convolutional denoising autoencoder (MSCDAE; Mei, Wang, Wen, Sensors 2018)."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.nn import functional

from workers.catalogue.multiscale_dae import Params
from workers.engines.base import Ground, Report
from workers.engines.parts.crops import Crops
from workers.engines.parts.heads import HeatMap
from workers.engines.parts.loop import Batch, begin, parts
from workers.engines.parts.normal import AnomalyEngine, NormalLoop, Tell, learnt

LOOKED_AT, GLANCED_AT = 64, 16  # tiles that the normal residual is measured on, at the end, before
TINY = 1e-6


class Autoencoder(nn.Module):
    """One level's: n x 3 x side x side of 0..1 -> the same, through an eighth of the side."""

    def __init__(self, width: int, bottleneck: int) -> None:
        super().__init__()
        w = width
        down = [_conv(3, w, 2), _conv(w, 2 * w, 2), _conv(2 * w, 2 * w, 2)]
        self.encode = nn.Sequential(*down, nn.Conv2d(2 * w, bottleneck, 1))
        up = [_conv(bottleneck, 2 * w), _up(2 * w, 2 * w), _up(2 * w, w)]
        # Four pixels from each place of the half-sized map: at full size it would cost most.
        last = nn.Conv2d(w, 12, 3, 1, 1, padding_mode="reflect")
        self.decode = nn.Sequential(*up, last, nn.PixelShuffle(2))

    def forward(self, x: Tensor) -> Tensor:
        """Redrawn."""
        redrawn: Tensor = self.decode(self.encode((x - 0.5) / 0.25)) * 0.25 + 0.5
        return redrawn


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Module:
    made = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False, padding_mode="reflect")
    return nn.Sequential(made, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def _up(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(nn.Upsample(scale_factor=2.0), _conv(inputs, outputs))


class Pyramid(nn.Module):
    """An autoencoder a level, and what each one's residual is on normal images."""

    of_colours: Tensor
    of_one: Tensor
    mean: Tensor
    std: Tensor

    def __init__(self, levels: int, width: int, bottleneck: int) -> None:
        super().__init__()
        self.levels = nn.ModuleList(Autoencoder(width, bottleneck) for _ in range(levels))
        row = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
        for name, channels in (("of_colours", 3), ("of_one", 1)):
            kernel = torch.outer(row, row).expand(channels, 1, 5, 5).clone()
            self.register_buffer(name, kernel, persistent=False)
        self.register_buffer("mean", torch.zeros(levels))
        self.register_buffer("std", torch.ones(levels))

    def views(self, x: Tensor) -> list[Tensor]:
        """The Gaussian pyramid: each level half as large as the one before."""
        seen = [x]
        for _ in range(len(self.levels) - 1):
            seen.append(_blurred(seen[-1], self.of_colours, 2))
        return seen

    def loss(self, x: Tensor, noise: float) -> Tensor:
        """Of redrawing each level without the noise that was added."""
        losses = []
        for view, redraw in zip(self.views(x), self.levels, strict=True):
            spoilt = view + noise * torch.randn_like(view)
            losses.append(functional.mse_loss(redraw(spoilt), view))
        return torch.stack(losses).sum()

    def residuals(self, x: Tensor) -> list[Tensor]:
        """Each level's residual, n x 1 x its side x its side, over the channels and neighbours."""
        return [
            _blurred((view - redraw(view)).abs().mean(1, keepdim=True), self.of_one)
            for view, redraw in zip(self.views(x), self.levels, strict=True)
        ]

    def forward(self, x: Tensor) -> list[Tensor]:
        """Residuals."""
        return self.residuals(x)


def _blurred(x: Tensor, kernel: Tensor, stride: int = 1) -> Tensor:
    """Each channel by itself, mirrored at the border."""
    padded = functional.pad(x, (2, 2, 2, 2), mode="reflect")
    return functional.conv2d(padded, kernel.to(x.dtype), stride=stride, groups=kernel.shape[0])


class Fused(nn.Module):
    """One map of a tile's middle: 1 where a level is at its limit, mean + gamma * std of normal."""

    def __init__(self, pyramid: Pyramid, fusion: str, gamma: float, margin: int) -> None:
        super().__init__()
        self.pyramid, self.fusion, self.gamma, self.margin = pyramid, fusion, gamma, margin

    def forward(self, x: Tensor) -> Tensor:
        """n x 1 x the middle's side x side."""
        limits = self.pyramid.mean + self.gamma * self.pyramid.std + TINY
        maps = [
            functional.interpolate(
                residual / limits[number], size=x.shape[2:], mode="bilinear", align_corners=False
            )
            for number, residual in enumerate(self.pyramid.residuals(x))
        ]
        m = self.margin
        return fused(maps, self.fusion)[:, :, m : x.shape[2] - m, m : x.shape[3] - m]


def fused(maps: list[Tensor], rule: str) -> Tensor:
    """Levels' maps as one: their mean, any (or), all (and), any two neighbours (adjacent)."""
    if rule == "mean" or len(maps) == 1:
        return torch.stack(maps).mean(0)
    if rule == "and":
        return torch.stack(maps).amin(0)
    if rule == "adjacent":
        maps = [torch.minimum(a, b) for a, b in pairwise(maps)]
    return torch.stack(maps).amax(0)


class MultiscaleDae(AnomalyEngine):
    """The engine of the card `multiscale_dae`."""

    params: Params
    network: Pyramid

    def build(self) -> None:
        """The autoencoders, and the head that joins their tiles."""
        p = self.params
        torch.manual_seed(p.seed)
        self.network = Pyramid(p.levels, p.width, p.bottleneck)
        self.head = HeatMap(
            self.classes, p.tile, 1.0, p.margin, p.image_size, whole=False, level=p.level
        )

    def raw(self) -> nn.Module:
        """The fused map of a tile's middle."""
        p = self.params
        return Fused(self.network, p.fusion, p.gamma, p.margin).eval()

    def fit(self, ground: Ground, report: Report) -> None:
        """Train on good images; the threshold comes with it."""
        learnt(ground)
        begin(self, ground)
        Run(self, ground, report).run()

    def settle(self, ground: Ground, rate: float, tell: Tell, most: int = 0) -> None:
        """As the params have it: by false alarms, or where the limits of the levels are."""
        super().settle(ground, rate, tell, most)
        if self.params.threshold == "gamma":
            self.chosen, self.head.threshold = None, 1.0


class Run(NormalLoop):
    """Tiles of good images, drawn anew in each epoch."""

    engine: MultiscaleDae

    def __init__(self, engine: MultiscaleDae, ground: Ground, report: Report) -> None:
        p = engine.params
        self.source = Crops(learnt(ground), [], p.tile, p.image_size)
        super().__init__(engine, ground, report)

    def batches(self, rng: Generator) -> tuple[int, Iterator[Batch]]:
        """Tiles; there is nothing to tell of them."""
        order = rng.permutation(len(self.source.samples) * self.p.crops)
        chosen = parts(order, self.batch)
        places = (part // self.p.crops for part in chosen)
        values = self.ground.augmentation
        return len(chosen), (self.source.draw(part, values, rng) for part in places)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean squared error of what was redrawn."""
        return functional.mse_loss(outputs, targets)

    def loss_of(self, batch: Batch) -> Tensor:
        """Over all levels."""
        tiles = torch.from_numpy(batch[0]).to(self.engine.device)
        return self.engine.network.loss(tiles, self.p.noise)

    def settled(self) -> None:
        """Mean and deviation of each level's residual over tiles of good images."""
        network, rng = self.engine.network, np.random.default_rng(self.p.seed)
        count = LOOKED_AT if self.part == 1 else GLANCED_AT
        order = rng.permutation(count) % len(self.source.samples)
        sums = torch.zeros(3, len(network.levels), dtype=torch.float64)  # n, sum, sum of squares
        for part in parts(np.sort(order), self.p.batch):
            tiles = torch.from_numpy(self.source.draw(part, "none", rng)[0])
            with torch.no_grad():
                found = [r.double().cpu() for r in network(tiles.to(self.engine.device))]
            for number, residual in enumerate(found):
                told = residual.numel(), residual.sum(), residual.square().sum()
                sums[:, number] += torch.tensor(told, dtype=torch.float64)
            self.tell()
        mean = sums[1] / sums[0]
        network.mean.copy_(mean)
        network.std.copy_((sums[2] / sums[0] - mean.square()).clamp_min(0).sqrt())
