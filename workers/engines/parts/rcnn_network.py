"""Faster R-CNN (Ren et al., NeurIPS 2015) with a feature pyramid, of one input size.

Region proposals, matching and losses are torchvision's. To answer, the best `regions` proposals are
classified without suppression among them: a fixed number, so the graph is static, and no choice in
it hangs on the last bit of a score. The head suppresses. The box is regressed once for all classes.
"""

from collections import OrderedDict
from typing import Any, cast

import torch
from torch import Tensor, nn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import TwoMLPHead
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.rpn import (
    RegionProposalNetwork,
    concat_box_prediction_layers,
)
from torchvision.ops import MultiScaleRoIAlign, clip_boxes_to_image

from workers.engines.parts.anchors import Anchor
from workers.engines.parts.hard_examples import HardExamples
from workers.engines.parts.pyramids import pyramid
from workers.engines.parts.ssd_network import MEAN, STD, Targets

NAMES = ("0", "1", "2", "3", "pool")
HIDDEN = {"resnet50": 1024, "resnet18": 512, "mobilenet_v3": 512}
CELLS = 7  # a side that a region is pooled to
SAMPLED = 256  # regions of an image that are learnt from, at most
KEPT = 4  # one in so many is learnt from where the hardest are chosen
UNTOLD, TOLD = 0.005, 0.01  # a score up to the first is none; from the second it is as it is
LEARNT = {"training": 1000, "testing": 1000}  # proposals before and after suppression, in training


class Anchors(AnchorGenerator):  # type: ignore[misc]  # untyped library
    """Given widths and heights at each cell of the levels that have any."""

    def __init__(self, levels: dict[int, list[Anchor]]) -> None:
        super().__init__(((32,),), ((1.0,),))
        self.cell_anchors = [
            torch.tensor([[-w / 2, -h / 2, w / 2, h / 2] for w, h in anchors])
            for anchors in levels.values()
        ]

    def num_anchors_per_location(self) -> list[int]:
        """By level."""
        return [len(each) for each in self.cell_anchors]


class ProposalHead(nn.Module):
    """One convolution for all levels, and for each the scores and codes of its own anchors."""

    def __init__(self, width: int, counts: list[int]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        self.scores = nn.ModuleList(nn.Conv2d(width, n, 1) for n in counts)
        self.codes = nn.ModuleList(nn.Conv2d(width, 4 * n, 1) for n in counts)
        for layer in (self.conv, *self.scores, *self.codes):
            nn.init.normal_(cast(nn.Conv2d, layer).weight, std=0.01)
            nn.init.zeros_(cast(Tensor, cast(nn.Conv2d, layer).bias))

    def forward(self, maps: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """Scores and codes by level."""
        seen = [torch.relu(self.conv(each)) for each in maps]
        scores = [layer(x).float() for layer, x in zip(self.scores, seen, strict=True)]
        return scores, [layer(x).float() for layer, x in zip(self.codes, seen, strict=True)]


class Predictor(nn.Module):
    """Logits of each class, the background first, and one box's codes, repeated for each."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.classes = nn.Linear(width, classes + 1)
        self.box = nn.Linear(width, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """In the shapes that torchvision's losses take."""
        logits = self.classes(x).float()
        return logits, self.box(x).float().repeat(1, logits.shape[1])


class Rcnn(nn.Module):
    """n x 3 x size x size of 0..1 -> n x (4 + classes) x anchors: centre, size, probabilities.

    A row stands where its anchor does; those that were not classified are zero.
    """

    boxes: Tensor
    mean: Tensor
    std: Tensor

    def __init__(
        self, name: str, size: int, classes: int, levels: dict[int, list[Anchor]], *,
        regions: int, based: bool, hard: bool,
    ) -> None:  # fmt: skip
        super().__init__()
        self.size, self.regions, self.classes = size, regions, classes
        self.names = [NAMES[level] for level in levels]
        self.backbone = pyramid(name, based)
        anchors = Anchors(levels)
        width = self.backbone.out_channels
        head = ProposalHead(width, anchors.num_anchors_per_location())
        self.proposals: Any = RegionProposalNetwork(
            anchors, head, 0.7, 0.3, 256, 0.5, LEARNT, LEARNT, 0.7
        )
        self.heads = _heads(name, width, classes, regions, hard)
        for label, values in (("mean", MEAN), ("std", STD)):
            tensor = torch.tensor(values).view(1, 3, 1, 1)
            self.register_buffer(label, tensor, persistent=False)
        self.register_buffer("boxes", self._anchors(), persistent=False)

    def _anchors(self) -> Tensor:
        image = torch.zeros(1, 3, self.size, self.size)
        strides = dict(zip(NAMES, (4, 8, 16, 32, 64), strict=True))
        maps = [torch.zeros(1, 1, *[-(-self.size // strides[name])] * 2) for name in self.names]
        found: Tensor = self.proposals.anchor_generator(self._listed(image), maps)[0]
        return found

    def _listed(self, x: Tensor) -> ImageList:
        return ImageList(x, [(self.size, self.size)] * len(x))

    def _seen(self, x: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """All levels, and those with anchors."""
        maps = self.backbone((x - self.mean) / self.std)
        return maps, OrderedDict((name, maps[name]) for name in self.names)

    def losses(self, x: Tensor, targets: Targets) -> dict[str, Tensor]:
        """Of proposals and of regions."""
        maps, own = self._seen(x)
        images = self._listed(x)
        found, losses = self.proposals(images, own, targets)
        _, others = self.heads(maps, found, images.image_sizes, targets)
        made: dict[str, Tensor] = losses | others
        return made

    def forward(self, x: Tensor) -> Tensor:
        """All anchors of each image."""
        maps, own = self._seen(x)
        n = len(x)
        scores, codes = self.proposals.head(list(own.values()))
        scores, codes = concat_box_prediction_layers(scores, codes)
        decoded = self.proposals.box_coder.decode(codes, [self.boxes] * n).view(n, -1, 4)
        decoded = clip_boxes_to_image(decoded, (self.size, self.size))
        told = [
            self._classified({k: v[i : i + 1] for k, v in maps.items()}, decoded[i], score)
            for i, score in enumerate(scores.view(n, -1))
        ]
        return torch.stack(told)

    def _classified(self, maps: dict[str, Tensor], boxes: Tensor, scores: Tensor) -> Tensor:
        """(4 + classes) x anchors of one image."""
        top = scores.topk(min(self.regions, len(self.boxes))).indices
        regions = boxes[top]
        pooled = self.heads.box_roi_pool(maps, [regions], [(self.size, self.size)])
        logits, codes = self.heads.box_predictor(self.heads.box_head(pooled))
        refined = self.heads.box_coder.decode(codes[:, :4], [regions])[:, 0]
        refined = clip_boxes_to_image(refined, (self.size, self.size))
        probabilities = torch.softmax(logits, dim=1)[:, 1:]
        # Fades out towards zero, so that which anchor just comes in makes no difference.
        best = probabilities.max(dim=1, keepdim=True).values
        gate = ((best - UNTOLD) / (TOLD - UNTOLD)).clamp(0, 1)
        low, high = refined[:, :2], refined[:, 2:]
        rows = torch.cat([(low + high) / 2, high - low, probabilities], dim=1) * gate
        empty = torch.zeros(len(self.boxes), rows.shape[1], dtype=rows.dtype, device=rows.device)
        return empty.scatter(0, top[:, None].expand(-1, rows.shape[1]), rows).T


def _heads(name: str, width: int, classes: int, regions: int, hard: bool) -> Any:
    """The region classifier; `hard`: it learns from the regions that it is worst at."""
    pool = MultiScaleRoIAlign(list(NAMES[:4]), CELLS, 2)
    hidden = HIDDEN[name]
    made = HardExamples if hard else RoIHeads
    sampled, positive = (regions, 1.0) if hard else (min(regions, SAMPLED), 0.25)
    found = made(
        pool, TwoMLPHead(width * CELLS**2, hidden), Predictor(hidden, classes),
        0.5, 0.5, sampled, positive, None, 0.05, 0.5, 100,
    )  # fmt: skip
    if hard:
        found.kept = max(regions // KEPT, 8)
    return found
