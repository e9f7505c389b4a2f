"""What the engines of the Faster R-CNN family share: network, head, training, their spec."""

from pathlib import Path
from typing import Any, cast

import torch

from workers.engines.base import Engine, Ground, Report
from workers.engines.parts import based
from workers.engines.parts.anchors import Anchor, usual
from workers.engines.parts.detection import Detection
from workers.engines.parts.heads import Boxes
from workers.engines.parts.loop import begin
from workers.engines.parts.rcnn_network import Rcnn

OVERLAP = 0.5  # IoU from which the lesser of two boxes is suppressed


class RcnnEngine(Engine):
    """Params have `backbone`, `image_size`, `regions`, `anchor`, `tile_side` and `tile_overlap`."""

    network: Rcnn
    head: Boxes
    hard = False  # learns from the hardest regions
    based = False  # on base weights, whose normalisation is kept

    def levels(self) -> dict[int, list[Anchor]]:
        """The anchors of each level of the pyramid that has any."""
        return usual(cast(Any, self.params).anchor)

    def prepare(self, ground: Ground, report: Report) -> None:
        """What is to be known of the data before the network is built."""

    def build(self) -> None:
        """The network and its letterbox, untrained."""
        p = cast(Any, self.params)
        torch.manual_seed(p.seed)
        self.network = Rcnn(
            p.backbone, p.image_size, len(self.classes), self.levels(),
            regions=p.regions, based=self.based, hard=self.hard,
        )  # fmt: skip
        self.head = Boxes(
            self.classes, p.image_size, overlap=OVERLAP, tile=p.tile_side, lap=p.tile_overlap
        )

    def fit(self, ground: Ground, report: Report) -> None:
        """Train; the weights of the epoch that does best on the validation split remain."""
        self.based = based.on_base(ground)
        self.prepare(ground, report)
        begin(self, ground)
        based.take(self.network.backbone.body, ground, report)
        Detection(self, ground, report, cast(Any, self.params).tile_side).run()

    def spec(self) -> dict[str, Any]:
        """Whether it stands on base weights."""
        return {"based": self.based}

    def load(self, folder: Path, device: str = "cpu") -> None:
        """As the spec says that it was built."""
        self.restore(based.read(folder))
        super().load(folder, device)

    def restore(self, spec: dict[str, Any]) -> None:
        """Take up what `spec` said."""
        self.based = bool(spec.get("based"))
