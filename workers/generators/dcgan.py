"""DCGAN (Radford, Metz, Chintala, ICLR 2016): a network that draws against one that judges."""

from torch import Tensor
from torch.nn import functional

from workers.catalogue.dcgan import Params
from workers.engines.base import Ground, Report
from workers.generators.parts.adversarial import Adversarial, Against
from workers.generators.parts.examples import Example
from workers.generators.parts.training import Training


class Dcgan(Adversarial):
    """The generator of the card `dcgan`."""

    params: Params

    def run(self, found: list[Example], ground: Ground, report: Report) -> Training:
        """Real against drawn."""
        return Run(self, found, ground, report)


class Run(Against):
    """The judge says real or drawn; the other makes it say real."""

    def judging_loss(self, real: Tensor, drawn: Tensor) -> Tensor:
        """Cross-entropy in its hinge-free form: softplus of the logits."""
        told = self.network.judges(real), self.network.judges(drawn)
        return functional.softplus(-told[0]).mean() + functional.softplus(told[1]).mean()

    def drawing_loss(self, told: Tensor) -> Tensor:
        """The loss that does not saturate (Goodfellow et al. 2014)."""
        return functional.softplus(-told).mean()
