"""PatchCore (Roth et al. 2022): how far each patch is from those remembered of good images.

The networks and scores are anomalib's; what is remembered is chosen from a bounded sample, so that
memory does not grow with the number of images. Without base weights the features are those of a
random network whose norms are set by the good images.
"""

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from workers.catalogue import patchcore as card
from workers.catalogue.patchcore import Params
from workers.contract import Log, ManifestSample
from workers.engines.base import Ground, Pace, Report
from workers.engines.parts import memory
from workers.engines.parts.bank import Reservoir, coreset
from workers.engines.parts.based import on_base, take
from workers.engines.parts.features import (
    LOOKED_AT,
    Cut,
    Normalised,
    calibrate,
    finish,
    looks,
    settle_both,
)
from workers.engines.parts.heads import HeatMap
from workers.engines.parts.loop import begin
from workers.engines.parts.normal import AnomalyEngine, Tell, learnt, warn

LAYERS = ["layer2", "layer3"]


class Network(nn.Module):
    """n x 3 x side x side of 0..1 -> n x 2 x side x side: the map, and the image's score."""

    unit: Tensor

    def __init__(self, backbone: str, neighbours: int) -> None:
        from anomalib.models.image.patchcore.torch_model import PatchcoreModel

        super().__init__()
        self.normalised = Normalised()
        self.inner = PatchcoreModel(LAYERS, backbone, pre_trained=False, num_neighbors=neighbours)
        self.register_buffer("unit", torch.ones(2))

    @property
    def backbone(self) -> nn.Module:
        """What base weights are of."""
        made: nn.Module = self.inner.feature_extractor.feature_extractor
        return made

    def features(self, x: Tensor) -> Tensor:
        """n x channels x rows x columns of the patches."""
        seen = self.inner.feature_extractor(self.normalised(x))
        pooled = {layer: self.inner.feature_pooler(plane) for layer, plane in seen.items()}
        made: Tensor = self.inner.generate_embedding(pooled)
        return made

    def forward(self, x: Tensor) -> Tensor:
        """Both 1 where an image is just anomalous."""
        told = self.inner(self.normalised(x))
        score = (told.pred_score / self.unit[1])[:, None, None, None]
        plane = told.anomaly_map / self.unit[0]
        return torch.cat([plane, score.expand_as(plane)], dim=1)


class PatchCore(AnomalyEngine):
    """The engine of the card `patchcore`. `sources`: the sample of each remembered feature."""

    params: Params
    network: Network
    based = False

    def __init__(self, params: Params, classes: list[str]) -> None:
        super().__init__(params, classes)
        self.sources: list[int] = []

    def build(self) -> None:
        """The network without a memory, and the head that reads its map."""
        p = self.params
        torch.manual_seed(p.seed)
        self.network = Network(p.backbone, p.neighbours).eval()
        whole, size = not p.tiled, p.image_size if p.tiled else 0
        self.head = HeatMap(self.classes, p.side, 1.0, p.margin, size, whole, p.level)

    def raw(self) -> nn.Module:
        """Map and score of what a tile tells of."""
        return Cut(self.network, self.params.margin if self.params.tiled else 0).eval()

    def spec(self) -> dict[str, Any]:
        """With where the memory is from."""
        return super().spec() | {"sources": self.sources, "based": self.based}

    def load(self, folder: Path, device: str = "cpu") -> None:
        """With its memory."""
        super().load(folder, device)
        spec = json.loads((folder / "spec.json").read_text())
        self.sources, self.based = list(spec["sources"]), bool(spec["based"])

    def fit(self, ground: Ground, report: Report) -> None:
        """Remember; an earlier model gives its features, and what it remembers is chosen anew."""
        good, p = learnt(ground), self.params
        warn(ground, report)
        width, height = (max(getattr(s, side) for s in good) for side in ("width", "height"))
        sizes = p, len(good), width, height
        held, there = card.estimate(*sizes), memory.free()
        memory.ask(held, card.unbounded(*sizes), len(good), there, report)
        begin(self, ground)
        self.network.eval()
        take(self.network.backbone, ground, report)
        self.based = on_base(ground)
        pace = Pace(report, 1, 0, ground.device)
        pace.tell(0, 0)
        if not self.based and not ground.parent:
            some = looks(self, good[:LOOKED_AT], p.batch)
            calibrate(self.network.backbone, some, lambda x: pace.tell(0, 0.2 * x))
        report(self._remember(good, card.rows(*sizes), pace))
        self.settle(ground, p.false_alarms, lambda: pace.tell(0, 0.95))
        finish(self, ground, report)
        pace.tell(0, 1)

    def settle(self, ground: Ground, rate: float, tell: Tell, most: int = 0) -> None:
        """Map and score each in a unit of its own."""
        settle_both(self, self.network.unit, ground, rate, tell, most)

    def _remember(self, good: list[ManifestSample], expected: int, pace: Pace) -> Log:
        """Choose what covers the features of these images, and tell how many that is."""
        p, wide = self.params, card.WIDTHS[self.params.backbone]
        sample = Reservoir(min(p.candidates, expected), wide, p.seed)
        for batch, ids, done in looks(self, good, p.batch):
            with torch.no_grad():
                planes = self.network.features(batch)
            each = planes.shape[2] * planes.shape[3]
            rows = planes.permute(0, 2, 3, 1).reshape(-1, wide)
            sample.add(rows.float().cpu(), ids.repeat_interleave(each))
            pace.tell(0, 0.2 + 0.4 * done)
        most = min(p.bank, max(round(sample.seen * p.coreset), 1))
        chosen = coreset(sample.rows, most, p.seed, lambda x: pace.tell(0, 0.6 + 0.3 * x))
        self.network.inner.memory_bank = sample.rows[chosen].to(self.device)
        self.sources = sample.sources[chosen].tolist()
        values = {"rows": len(self.sources), "seen": sample.seen, "images": len(set(self.sources))}
        words = "{rows} of {seen} features are remembered, of {images} images.".format(**values)
        return Log(message=words, code="bank_chosen", params={**values})
