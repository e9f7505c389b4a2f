"""SSD (Liu et al., ECCV 2016) and SSDlite: one-stage detectors with default boxes."""

from typing import Any

import torch

from workers.catalogue.ssd import Params
from workers.engines.base import Engine, Ground, Report
from workers.engines.parts import based
from workers.engines.parts.detection import Detection
from workers.engines.parts.heads import Boxes
from workers.engines.parts.loop import begin
from workers.engines.parts.ssd_network import Ssd, ssd

OVERLAP = 0.45  # IoU from which the lesser of two boxes is suppressed


class SsdEngine(Engine):
    """The engine of the card `ssd`."""

    params: Params
    network: Ssd
    head: Boxes
    based = False  # on base weights, which have no batch normalisation in VGG16

    def build(self) -> None:
        """The network and its letterbox, untrained."""
        p = self.params
        torch.manual_seed(p.seed)
        n, normed = len(self.classes), not self.based
        self.network = ssd(p.network, p.image_size, n, p.smallest, normed=normed)
        self.head = Boxes(
            self.classes, p.image_size, overlap=OVERLAP, tile=p.tile_side, lap=p.tile_overlap
        )

    def fit(self, ground: Ground, report: Report) -> None:
        """Train; the weights of the epoch that does best on the validation split remain."""
        self.based = based.on_base(ground)
        begin(self, ground)
        if self.network.trunk.fits_base:
            based.take(self.network.trunk.seen, ground, report)
        Detection(self, ground, report, self.params.tile_side).run()

    def spec(self) -> dict[str, Any]:
        """Whether it stands on base weights."""
        return {"based": self.based}

    def load(self, folder: Any, device: str = "cpu") -> None:
        """As the spec says that it was built."""
        self.based = bool(based.read(folder).get("based"))
        super().load(folder, device)
