"""WGAN-GP (Gulrajani et al., NeurIPS 2017): a critic whose slope is held at one."""

import torch
from torch import Tensor, nn

from workers.catalogue.wgan_gp import Params
from workers.engines.base import Ground, Report
from workers.generators.parts.adversarial import Adversarial, Against
from workers.generators.parts.examples import Example
from workers.generators.parts.training import Training


class WganGp(Adversarial):
    """The generator of the card `wgan_gp`."""

    params: Params

    def norm(self, width: int) -> nn.Module:
        """Each image by itself: the penalty is of single images, so no batch norm."""
        return nn.GroupNorm(1, width)

    def run(self, found: list[Example], ground: Ground, report: Report) -> Training:
        """Several steps of the critic, then one of the other."""
        return Run(self, found, ground, report)


class Run(Against):
    """The critic estimates how far what is drawn is from what is real."""

    betas = (0.0, 0.9)
    _judged = 0

    def draws_now(self) -> bool:
        """After `critic` batches; an epoch begins with the critic."""
        self._judged += 1
        return bool(self._judged % min(self.p.critic, self.p.steps) == 0)

    def _pass(self, epoch: int) -> list[float]:
        self._judged = 0
        return super()._pass(epoch)

    def judging_loss(self, real: Tensor, drawn: Tensor) -> Tensor:
        """Wasserstein's distance, negated, and the penalty on the slope between both."""
        judges = self.network.judges
        between = torch.rand(len(real), 1, 1, 1).to(real.device)
        mixed = (real + between * (drawn - real)).requires_grad_(True)
        slope = torch.autograd.grad(judges(mixed).sum(), mixed, create_graph=True)[0]
        penalty = ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
        apart: Tensor = judges(drawn).mean() - judges(real).mean()
        loss: Tensor = apart + float(self.p.penalty) * penalty
        return loss

    def drawing_loss(self, told: Tensor) -> Tensor:
        """The critic finds it real."""
        return -told.mean()
