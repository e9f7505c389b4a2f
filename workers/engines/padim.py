"""PaDiM (Defard et al. 2021): a Gaussian of the features at each place of a good image.

The networks and distances are anomalib's; sums over the images are kept in place of their features,
so that memory does not grow with the number of images. Without base weights the features are those
of a random network whose norms are set by the good images.
"""

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from workers.catalogue import padim as card
from workers.catalogue.padim import Params
from workers.engines.base import Ground, Pace, Report
from workers.engines.parts import memory
from workers.engines.parts.based import on_base, take
from workers.engines.parts.features import LOOKED_AT, Normalised, calibrate, finish, looks
from workers.engines.parts.heads import HeatMap
from workers.engines.parts.loop import begin
from workers.engines.parts.normal import AnomalyEngine, learnt, warn

LAYERS = ["layer1", "layer2", "layer3"]
RIDGE = 0.01  # added to the variances, as in the paper
AT_ONCE = 64  # places whose covariance is inverted at once


class Network(nn.Module):
    """n x 3 x side x side of 0..1 -> n x 1 x side x side: Mahalanobis distances, smoothed."""

    def __init__(self, p: Params) -> None:
        from anomalib.models.image.padim.torch_model import PadimModel

        super().__init__()
        self.normalised = Normalised()
        self.inner = PadimModel(p.backbone, LAYERS, pre_trained=False, n_features=p.features)
        places, n = (p.side // card.STRIDE) ** 2, p.features
        self.inner.gaussian.mean = torch.zeros(n, places)
        self.inner.gaussian.inv_covariance = torch.eye(n).repeat(places, 1, 1)

    @property
    def backbone(self) -> nn.Module:
        """What base weights are of."""
        made: nn.Module = self.inner.feature_extractor.feature_extractor
        return made

    def features(self, x: Tensor) -> Tensor:
        """n x features x places."""
        seen = self.inner.feature_extractor(self.normalised(x))
        made: Tensor = self.inner.generate_embedding(seen).flatten(2)
        return made

    def forward(self, x: Tensor) -> Tensor:
        """The map."""
        told: Tensor = self.inner(self.normalised(x)).anomaly_map
        return told


class Sums:
    """Mean and covariance of vectors at each place, from a stream of them, centred on the first.

    Memory is taken once: places x n x (n + 1) numbers.
    """

    def __init__(self) -> None:
        self.count = 0
        self.centre = self.sums = self.products = torch.empty(0)

    @property
    def nbytes(self) -> int:
        """What it takes, whatever has been seen."""
        return self.centre.nbytes + self.sums.nbytes + self.products.nbytes

    def add(self, vectors: Tensor) -> None:
        """images x n x places."""
        if not self.count:
            self._begin(vectors)
        apart = vectors - self.centre
        self.count += len(vectors)
        self.sums += apart.sum(0)
        by_place = apart.permute(2, 0, 1)  # places x images x n
        self.products.baddbmm_(by_place.transpose(1, 2), by_place)

    def _begin(self, first: Tensor) -> None:
        _, n, places = first.shape
        self.centre = first.mean(0)  # near the mean, so that no digits are lost
        self.sums = torch.zeros_like(self.centre)
        self.products = torch.zeros(places, n, n, device=first.device)

    def inverted(self) -> tuple[Tensor, Tensor]:
        """Mean, n x places, and inverse covariance, places x n x n, which is put in place of the
        products.
        """
        shift = (self.sums / self.count).T  # places x n
        ridge = RIDGE * torch.eye(shift.shape[1], device=shift.device)
        for start in range(0, len(shift), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            outer = self.count * shift[part, :, None] * shift[part, None, :]
            covariance = (self.products[part] - outer) / max(self.count - 1, 1) + ridge
            self.products[part] = torch.linalg.inv(covariance)
        return self.centre + shift.T, self.products


class Padim(AnomalyEngine):
    """The engine of the card `padim`."""

    params: Params
    network: Network
    based = False

    def build(self) -> None:
        """The network with a Gaussian of no meaning at each place, and the head."""
        torch.manual_seed(self.params.seed)
        self.network = Network(self.params).eval()
        self.head = HeatMap(self.classes, self.params.side, 1.0, level=self.params.level)

    def spec(self) -> dict[str, Any]:
        """With whether there were base weights."""
        return super().spec() | {"based": self.based}

    def load(self, folder: Path, device: str = "cpu") -> None:
        """As it was."""
        super().load(folder, device)
        self.based = bool(json.loads((folder / "spec.json").read_text())["based"])

    def fit(self, ground: Ground, report: Report) -> None:
        """Measure; an earlier model gives its features, and the Gaussians are measured anew."""
        good, p = learnt(ground), self.params
        warn(ground, report)
        held, there = card.estimate(p, len(good), 0, 0), memory.free(ground.device)
        memory.ask(held, card.unbounded(p, len(good)), len(good), there, report)
        begin(self, ground)
        self.network.eval()
        take(self.network.backbone, ground, report)
        self.based = on_base(ground)
        pace = Pace(report, 1, 0, ground.device)
        pace.tell(0, 0)
        if not self.based and not ground.parent:
            some = looks(self, good[:LOOKED_AT], p.batch)
            calibrate(self.network.backbone, some, lambda x: pace.tell(0, 0.3 * x))
        sums = Sums()
        for batch, _, done in looks(self, good, p.batch):
            with torch.no_grad():
                sums.add(self.network.features(batch).float())
            pace.tell(0, 0.3 + 0.5 * done)
        gaussian = self.network.inner.gaussian
        gaussian.mean, gaussian.inv_covariance = sums.inverted()
        self.settle(ground, p.false_alarms, lambda: pace.tell(0, 0.9))
        finish(self, ground, report)
        pace.tell(0, 1)
