"""Self-induction vision transformer: features redrawn from their surroundings (Yao, Wang 2022).

Without base weights the backbone first learns on the good images by CutPaste (Li et al. 2021), for
the first `own_share` of the epochs; then it is frozen, as base weights are from the start.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.nn import functional

from workers.catalogue.si_vit import Params
from workers.engines.base import Ground, Report
from workers.engines.parts.base_weights import load_base
from workers.engines.parts.cut_paste import spoilt
from workers.engines.parts.heads import HeatMap
from workers.engines.parts.induction import Backbone, Differences, Induction, Redraw
from workers.engines.parts.loop import Batch, begin, parts
from workers.engines.parts.normal import AnomalyEngine, Squares, TwoPhases, learnt

LOOKED_AT = 64  # images that the features' mean and deviation are of
LEAST, TINY = 0.2, 1e-5  # of a channel's deviation: share of the mean one, and more than 0


class SiVit(AnomalyEngine):
    """The engine of the card `si_vit`."""

    params: Params
    network: Induction

    def build(self) -> None:
        """Backbone and transformer, and the head that reads the map."""
        p = self.params
        torch.manual_seed(p.seed)
        backbone = Backbone(p.backbone, p.stride)
        tokens = (p.image_size // p.stride) ** 2
        redraw = Redraw(backbone.channels, tokens, p.width, p.depth, p.attention_heads, p.induction)
        self.network = Induction(backbone, redraw)
        self.head = HeatMap(self.classes, p.image_size, 1.0, level=p.level)

    def raw(self) -> nn.Module:
        """The map of differences."""
        return Differences(self.network, self.params.groups, self.params.image_size).eval()

    def fit(self, ground: Ground, report: Report) -> None:
        """Train on good images; the threshold comes with it."""
        learnt(ground)
        begin(self, ground)
        if ground.base and not ground.parent:
            load_base(self.network.backbone.body, ground.base)
        Run(self, ground, report).run()


class Run(TwoPhases):
    """Epochs over whole good images: of the backbone where it has no weights, then of the rest."""

    engine: SiVit

    def __init__(self, engine: SiVit, ground: Ground, report: Report) -> None:
        p = engine.params
        taught = ground.base or ground.parent
        self.turn = 0 if taught else min(round(p.epochs * p.own_share), p.epochs - 1)
        self.source = Squares(learnt(ground), p.image_size)
        super().__init__(engine, ground, report)

    def batches(self, rng: Generator) -> tuple[int, Iterator[Batch]]:
        """Whole images; for the backbone, spoilt ones with how they were."""
        chosen = parts(rng.permutation(len(self.source)), self.batch)
        drawn = (self.source.draw(part, self.ground.augmentation, rng) for part in chosen)
        if self.first_phase:
            return len(chosen), (spoilt(images, rng) for images, _ in drawn)
        return len(chosen), drawn

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Of the backbone: how each image was spoilt."""
        return functional.cross_entropy(outputs, targets)

    def loss_of(self, batch: Batch) -> Tensor:
        """Of the phase: kinds of spoiling, or the hidden tokens' differences."""
        network = self.engine.network
        inputs, targets = (torch.from_numpy(each).to(self.engine.device) for each in batch)
        if self.first_phase:
            return self.loss(network.backbone.kinds(inputs), targets)
        with torch.no_grad():
            features = network.features(inputs)
        hide = torch.rand(features.shape[:2], device=features.device) < 1 / self.p.groups
        redrawn = network.redraw(features, hide[:, :, None].to(features.dtype))
        apart = (redrawn - features).square().mean(2)
        loss: Tensor = (apart * hide).sum() / hide.sum().clamp_min(1)
        return loss

    def _epoch(self, epoch: int) -> None:
        self.now = epoch
        self.engine.network.backbone.frozen = not self.first_phase
        if epoch == self.turn and not self.ground.parent:
            self._measure()
        super()._epoch(epoch)

    def _measure(self) -> None:
        """Mean and deviation of each channel of the features on good images.

        A backbone that learnt here learnt in few steps: the means of its norms are taken anew.
        """
        network = self.engine.network
        if self.turn:
            with anew(network.backbone):
                for images in self._some():
                    network.backbone(images)
        network.eval()
        network.mean.zero_()
        network.std.fill_(1)
        sums, n = torch.zeros(2, network.backbone.channels, dtype=torch.float64), 0
        for images in self._some():
            with torch.no_grad():
                made = network.features(images).flatten(0, 1).double().cpu()
            sums += torch.stack([made.sum(0), made.square().sum(0)])
            n += len(made)
        mean = sums[0] / n
        std = (sums[1] / n - mean.square()).clamp_min(0).sqrt()
        network.mean.copy_(mean)
        # A channel that hardly ever changes on good images may not outweigh all others.
        network.std.copy_(std.clamp_min(LEAST * float(std.mean()) + TINY))

    def _some(self) -> Iterator[Tensor]:
        """Good images as they are learnt from, on the engine's device; the same at each call."""
        rng = np.random.default_rng(self.p.seed)
        order = rng.permutation(len(self.source))[:LOOKED_AT]
        for part in parts(order, self.p.batch):
            self.pace.tell(self.now, 0.0)
            images, _ = self.source.draw(part, self.ground.augmentation, rng)
            yield torch.from_numpy(images).to(self.engine.device)


@contextmanager
def anew(module: nn.Module) -> Iterator[None]:
    """The norms' running means begin at nothing and become those of what is shown meanwhile."""
    norms = [each for each in module.modules() if isinstance(each, nn.BatchNorm2d)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over all batches
        norm.train()
    with torch.no_grad():
        yield
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
        norm.eval()
