"""What adversarial networks cannot draw: GANomaly (Akcay 2018), f-AnoGAN (Schlegl 2019)."""

from collections.abc import Iterator
from typing import Any, cast

import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.nn import functional

from workers.catalogue.gan_reconstruction import Params
from workers.engines.base import Array, Ground, Report
from workers.engines.parts import dense
from workers.engines.parts.gan_networks import FAnoGan, Ganomaly, Pair
from workers.engines.parts.heads import HeatMap
from workers.engines.parts.loop import Batch, begin, parts
from workers.engines.parts.normal import AnomalyEngine, Squares, Tell, TwoPhases, learnt

BETAS = (0.5, 0.999)
PENALTY = 10.0  # of the critic's gradient (Gulrajani et al. 2017)
SILENT, TINY = 1e12, 1e-12
BLUR = 5  # pixels that a difference is averaged over: single ones are noise


class Planes(nn.Module):
    """n x 3 x side x side of 0..1 -> the map of differences and, as a second plane, the score."""

    def __init__(self, pair: Pair, score: str) -> None:
        super().__init__()
        self.pair, self.score = pair, score

    def forward(self, x: Tensor) -> Tensor:
        """Both 1 where an image is just anomalous."""
        fake, score = self.pair.told(x * 2 - 1)
        apart = (fake - (x * 2 - 1)).abs().mean(1, keepdim=True)
        padded = functional.pad(apart, (BLUR // 2,) * 4, mode="reflect")
        plane = functional.avg_pool2d(padded, BLUR, 1) / self.pair.unit[0]
        if self.score == "map":
            return plane
        whole = (score / self.pair.unit[1])[:, None, None, None]
        if self.score == "both":
            whole = torch.maximum(whole, plane.amax((2, 3), keepdim=True))
        return torch.cat([plane, whole.expand_as(plane)], dim=1)


class GanReconstruction(AnomalyEngine):
    """The engine of the card `gan_reconstruction`."""

    params: Params
    network: Pair

    def build(self) -> None:
        """The networks, and the head that reads the map."""
        p = self.params
        torch.manual_seed(p.seed)
        self.network = Ganomaly(p) if p.variant == "ganomaly" else FAnoGan(p)
        self.head = HeatMap(self.classes, p.side, 1.0, level=p.level)

    def raw(self) -> nn.Module:
        """Map and score."""
        return Planes(self.network, self.params.score).eval()

    def fit(self, ground: Ground, report: Report) -> None:
        """Train on good images; the threshold comes with it."""
        learnt(ground)
        begin(self, ground)
        kind = GanomalyRun if self.params.variant == "ganomaly" else FAnoGanRun
        kind(self, ground, report).run()

    def settle(self, ground: Ground, rate: float, tell: Tell, most: int = 0) -> None:
        """Units in place of a threshold; each has half of the false alarms, if there are two."""
        alone = self.params.score == "map"
        unit, share = self.network.unit, rate if alone else rate / 2
        unit.fill_(1)
        peak = self.chosen = self.choose(ground, share, tell, _peak, most)
        if not alone:
            unit[0] = SILENT  # so that the second plane is the score, whatever else it is
            self.chosen = self.choose(ground, share, tell, self.head.value, most)
        limits = peak.threshold, self.chosen.threshold
        unit.copy_(torch.tensor([max(limit, TINY) for limit in limits]))


def _peak(outputs: Any, known: dense.Grid) -> float:
    planes: list[Array] = [output[:, :1] for output in outputs]
    return float(dense.stitch(planes, known).max())


class GanRun(TwoPhases):
    """Epochs over whole good images, with an optimizer for each side. In float32."""

    engine: GanReconstruction
    turn = 0

    def __init__(self, engine: GanReconstruction, ground: Ground, report: Report) -> None:
        self.source = Squares(learnt(ground), engine.params.side)
        self.against = self.opponents(engine)
        super().__init__(engine, ground, report)

    def opponents(self, engine: GanReconstruction) -> torch.optim.Optimizer:
        """The optimizer of what tells drawn from real."""
        raise NotImplementedError

    def batches(self, rng: Generator) -> tuple[int, Iterator[Batch]]:
        """Whole images."""
        chosen = parts(rng.permutation(len(self.source)), self.batch)
        return len(chosen), (
            self.source.draw(part, self.ground.augmentation, rng) for part in chosen
        )

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Of the pixels."""
        return functional.l1_loss(outputs, targets)

    def state(self) -> dict[str, Any]:
        """With the opponent's."""
        return super().state() | {"against": self.against.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Both."""
        super().restore(state)
        self.against.load_state_dict(state["against"])

    def images(self, batch: Batch) -> Tensor:
        """Of -1..1; the opponent's rate follows that of what draws."""
        for group in self.against.param_groups:
            group["lr"] = self.optimizer.param_groups[0]["lr"]
        return torch.from_numpy(batch[0]).to(self.engine.device) * 2 - 1


class GanomalyRun(GanRun):
    """The discriminator by cross-entropy; the generator by features, image and code."""

    @property
    def network(self) -> Ganomaly:
        """The engine's."""
        return cast(Ganomaly, self.engine.network)

    def opponents(self, engine: GanReconstruction) -> torch.optim.Optimizer:
        """The discriminator's."""
        wanted = _judging(engine.network)
        return torch.optim.Adam(wanted, 0.0, betas=BETAS)

    def optimizer_of(self) -> torch.optim.Optimizer:
        """The generator's."""
        network = self.network
        redraws = network.encode, network.draw, network.encode_again
        wanted = [each for part in redraws for each in part.parameters()]
        return torch.optim.Adam(wanted, self.p.lr, betas=BETAS)

    def learn(self, batch: Batch) -> float:
        """A step of each side; the generator's loss."""
        network, x = self.network, self.images(batch)
        fake, before, after = network.redraw(x)
        real_told, drawn_told = network.judged(x)[0], network.judged(fake.detach())[0]
        told = _entropy(real_told, 1.0) + _entropy(drawn_told, 0.0)
        self.descend(self.against, told / 2)
        with torch.no_grad():
            real = network.judged(x)[1]
        adversarial = functional.mse_loss(network.judged(fake)[1], real)
        loss = adversarial + self.p.con_weight * self.loss(fake, x)
        loss = loss + functional.mse_loss(after, before)
        return self.descend(self.optimizer, loss)


class FAnoGanRun(GanRun):
    """First generator and critic (Wasserstein with gradient penalty), then the encoder."""

    def __init__(self, engine: GanReconstruction, ground: Ground, report: Report) -> None:
        p = engine.params
        self.turn = 0 if ground.parent else min(max(round(p.epochs * p.drawing), 1), p.epochs - 1)
        super().__init__(engine, ground, report)

    @property
    def network(self) -> FAnoGan:
        """The engine's."""
        return cast(FAnoGan, self.engine.network)

    def opponents(self, engine: GanReconstruction) -> torch.optim.Optimizer:
        """The critic's."""
        return torch.optim.Adam(_judging(engine.network), 0.0, betas=BETAS)

    def optimizer_of(self) -> torch.optim.Optimizer:
        """The generator's and the encoder's: what has no gradient stays."""
        network = self.network
        wanted = [*network.encode.parameters(), *network.draw.parameters()]
        return torch.optim.Adam(wanted, self.p.lr, betas=BETAS)

    def learn(self, batch: Batch) -> float:
        """A step of the phase."""
        x = self.images(batch)
        return self._draw(self.network, x) if self.first_phase else self._encode(self.network, x)

    def _draw(self, network: FAnoGan, x: Tensor) -> float:
        """The critic's steps, and one of the generator; its loss."""
        for _ in range(self.p.critic_steps):
            with torch.no_grad():
                fake = network.draw(self._codes(len(x)))
            told = network.value(fake).mean() - network.value(x).mean()
            self.descend(self.against, told + PENALTY * _steepness(network, x, fake))
        loss = -network.value(network.draw(self._codes(len(x)))).mean()
        return self.descend(self.optimizer, loss)

    def _encode(self, network: FAnoGan, x: Tensor) -> float:
        """The encoder alone: what draws and what tells are as they are."""
        network.draw.eval()
        loss = network.told(x)[1].mean()
        self.optimizer.zero_grad()
        wanted = list(network.encode.parameters())
        grads = torch.autograd.grad(self.weighed(loss), wanted)
        for weight, grad in zip(wanted, grads, strict=True):
            weight.grad = grad
        told = self.gathered(self.optimizer, loss)
        self.optimizer.step()
        return told

    def _codes(self, n: int) -> Tensor:
        drawn = torch.rand(n, self.p.latent, 1, 1, device=self.engine.device)
        return drawn * 2 - 1


def _judging(network: Pair) -> list[nn.Parameter]:
    """The weights of what tells drawn from real."""
    pair = cast(Ganomaly | FAnoGan, network)
    return [*pair.features.parameters(), *pair.judge.parameters()]


def _entropy(logits: Tensor, truth: float) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, truth))


def _steepness(network: FAnoGan, real: Tensor, fake: Tensor) -> Tensor:
    """How far the critic's gradient is from 1 between real and drawn images."""
    share = torch.rand(len(real), 1, 1, 1, device=real.device)
    between = (share * real + (1 - share) * fake).requires_grad_()
    (grad,) = torch.autograd.grad(network.value(between).sum(), between, create_graph=True)
    steep: Tensor = (grad.flatten(1).norm(dim=1) - 1).square().mean()
    return steep
