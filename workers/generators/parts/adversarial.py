"""Two networks against each other: what both kinds of GAN here have in common.

The drawing network is DCGAN's (Radford, Metz, Chintala, ICLR 2016), its weights averaged over the
steps; real and drawn images are shifted, relit and covered alike before they are judged, which is
what lets a GAN learn from few images (Zhao et al., DiffAugment, NeurIPS 2020). A little noise lies
on both, so that a crisp edge does not give the real ones away (Arjovsky, Bottou, ICLR 2017).
"""

import copy
from collections.abc import Callable, Sequence
from math import log2
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from workers.contract import Failure
from workers.engines.base import Ground, Report
from workers.engines.parts.loop import Batch, begin
from workers.generators.base import AT_ONCE, Context, Generator, Patch, patches_of
from workers.generators.parts.examples import Example
from workers.generators.parts.training import Training, average, noise

NOISE = 0.1  # of -1..1, on what is judged
SMALL = 4  # pixels a side that the first layer draws
Norm = Callable[[int], nn.Module]


def painter(latent: int, width: int, side: int, channels: int) -> nn.Sequential:
    """n x latent x 1 x 1 -> n x channels x side x side of -1..1."""
    doublings = int(log2(side / SMALL))
    wide = width * 2 ** (doublings - 1)
    layers: list[nn.Module] = [nn.ConvTranspose2d(latent, wide, SMALL, bias=False)]
    layers += [nn.BatchNorm2d(wide), nn.ReLU()]
    for _ in range(doublings - 1):
        layers += [nn.ConvTranspose2d(wide, wide // 2, 4, 2, 1, bias=False)]
        layers += [nn.BatchNorm2d(wide // 2), nn.ReLU()]
        wide //= 2
    return nn.Sequential(*layers, nn.ConvTranspose2d(wide, channels, 4, 2, 1), nn.Tanh())


def judge(width: int, side: int, channels: int, norm: Norm) -> nn.Sequential:
    """n x channels x side x side -> n x 1 x 1 x 1: how real."""
    layers: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2)]
    wide = width
    for _ in range(int(log2(side / SMALL)) - 1):
        layers += [nn.Conv2d(wide, wide * 2, 4, 2, 1), norm(wide * 2), nn.LeakyReLU(0.2)]
        wide *= 2
    return nn.Sequential(*layers, nn.Conv2d(wide, 1, SMALL))


class Pair(nn.Module):
    """The network that draws, its average over the steps, and the one that judges."""

    def __init__(self, draws: nn.Module, judges: nn.Module) -> None:
        super().__init__()
        for module in (*draws.modules(), *judges.modules()):
            _begin(module)
        self.draws, self.judges = draws, judges
        self.drawn = copy.deepcopy(draws).requires_grad_(False)


def _begin(module: nn.Module) -> None:
    """DCGAN's first weights."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1, 0.02)


class Adversarial(Generator):
    """A generator that is a Pair. Its params have `latent` and `width`."""

    network: Pair

    def norm(self, width: int) -> nn.Module:
        """What evens out the judging network's layers."""
        return nn.BatchNorm2d(width)

    def build(self) -> None:
        """Both networks, untrained."""
        p: Any = self.params
        torch.manual_seed(p.seed)
        draws = painter(p.latent, p.width, p.side, self.channels)
        self.network = Pair(draws, judge(p.width, p.side, self.channels, self.norm))

    def run(self, found: list[Example], ground: Ground, report: Report) -> Training:
        """The training that suits it."""
        raise NotImplementedError

    def fit(self, ground: Ground, report: Report) -> None:
        """Train; the weights of the epoch that is most like the real examples remain."""
        found = self.learn_from(ground)
        if len(self.classes) > 1:
            words = f"It draws one class, and the version has {', '.join(self.classes)}."
            raise Failure("choose_class", words, "Choose a class.")
        begin(self, ground)
        self.run(found, ground, report).run()

    def draw(
        self, n: int, seed: int, class_name: str, contexts: Sequence[Context] = ()
    ) -> list[Patch]:
        """From noise, by the averaged weights."""
        p: Any = self.params
        self.network.drawn.eval()
        drawn: list[Patch] = []
        for start in range(0, n, AT_ONCE):
            z = noise(min(AT_ONCE, n - start), seed + start, (p.latent, 1, 1), self.device)
            with torch.no_grad():
                planes = self.network.drawn(z).float().cpu().numpy()
            drawn += patches_of(planes, self.masked)
        return drawn


class Against(Training):
    """Steps of the judging network, then one of the drawing one. `lr` is both's."""

    network: Pair

    def __init__(
        self, generator: Adversarial, found: list[Example], ground: Ground, report: Report
    ) -> None:
        self.network = generator.network
        self.judging = self._adam(self.network.judges)
        super().__init__(generator, found, ground, report)

    betas = (0.5, 0.999)

    def _adam(self, module: nn.Module) -> torch.optim.Optimizer:
        return torch.optim.Adam(module.parameters(), lr=1e-4, betas=self.betas)

    def optimizer_of(self) -> torch.optim.Optimizer:
        """Of the drawing network; Adam as the papers have it."""
        return self._adam(self.network.draws)

    def learn(self, batch: Batch) -> float:
        """A batch for the judge, and one against it; returns the judge's loss."""
        real = torch.from_numpy(batch[0]).to(self.generator.device)
        rate = self.optimizer.param_groups[0]["lr"]
        for group in self.judging.param_groups:
            group["lr"] = rate
        told = self.judge(real)
        if self.draws_now():
            self.deceive(len(real))
            average(self.network.drawn, self.network.draws, self.p.decay)
        return told

    def draws_now(self) -> bool:
        """Whether the drawing network has its turn after this batch."""
        return True

    def judge(self, real: Tensor) -> float:
        """One step of the judging network."""
        with torch.no_grad():
            drawn = self.network.draws(self._noise(len(real)))
        loss = self.judging_loss(altered(real), altered(drawn))
        self.judging.zero_grad()
        torch.autograd.backward(loss)
        self.judging.step()
        return float(loss.detach())

    def deceive(self, n: int) -> None:
        """One step of the drawing network."""
        told = self.network.judges(altered(self.network.draws(self._noise(n))))
        self.optimizer.zero_grad()
        torch.autograd.backward(self.drawing_loss(told))
        self.optimizer.step()

    def judging_loss(self, real: Tensor, drawn: Tensor) -> Tensor:
        """What the judge makes small."""
        raise NotImplementedError

    def drawing_loss(self, told: Tensor) -> Tensor:
        """What the drawing network makes small; `told` of what it drew."""
        raise NotImplementedError

    def _noise(self, n: int) -> Tensor:
        return torch.randn(n, self.p.latent, 1, 1).to(self.generator.device)

    def state(self) -> dict[str, Any]:
        """Both optimizers."""
        return super().state() | {"judging": self.judging.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Both."""
        super().restore(state)
        self.judging.load_state_dict(state["judging"])


def altered(planes: Tensor) -> Tensor:
    """Each shifted by up to an eighth, relit, in part covered, noisy; gradients go through."""
    n, _, height, width = planes.shape
    device = planes.device
    colours = planes[:, :3]
    light = (torch.rand(n, 1, 1, 1) - 0.5).to(device) * 0.5
    middle = colours.mean(dim=(1, 2, 3), keepdim=True)
    contrast = (torch.rand(n, 1, 1, 1) + 0.5).to(device)
    planes = torch.cat([(colours - middle) * contrast + middle + light, planes[:, 3:]], dim=1)
    shift = (torch.rand(n, 2) * 2 - 1).to(device) * 0.25
    turn = torch.eye(2, 3, device=device).repeat(n, 1, 1)
    turn[:, :, 2] = shift
    grid = functional.affine_grid(turn, list(planes.shape), align_corners=False)
    planes = functional.grid_sample(planes, grid, "nearest", "zeros", align_corners=False)
    covered = planes * _uncovered(n, height, width).to(device)
    return covered + NOISE * torch.randn(covered.shape).to(device)


def _uncovered(n: int, height: int, width: int) -> Tensor:
    """n x 1 x height x width: 0 in a rectangle of a quarter of the image, 1 elsewhere."""
    y = torch.randint(0, height, (n, 1, 1, 1))
    x = torch.randint(0, width, (n, 1, 1, 1))
    rows = (torch.arange(height).view(1, 1, -1, 1) - y).abs() < height // 4
    columns = (torch.arange(width).view(1, 1, 1, -1) - x).abs() < width // 4
    return 1 - (rows & columns).float()
