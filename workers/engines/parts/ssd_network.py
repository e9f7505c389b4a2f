"""SSD (Liu et al., ECCV 2016) over a trunk, of one input size, giving all its candidates.

Default boxes grow from map to map in equal ratios, from the smallest wanted to nine tenths of the
image. Heads, matching and hard negative mining are torchvision's.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection.anchor_utils import DefaultBoxGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.ssd import SSD, SSDHead
from torchvision.models.detection.ssdlite import SSDLiteHead
from torchvision.ops import box_iou

from workers.engines.parts import ssd_trunks
from workers.engines.parts.ssd_trunks import Trunk

LARGEST = 0.9  # of the default boxes, as a share of the image
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
WEIGHTS = (10.0, 10.0, 5.0, 5.0)  # of centre and size, as torchvision's coder has them
MOST_GROWTH = 4.135  # log of how much larger than its default box a box may be
Targets = list[dict[str, Tensor]]  # boxes in pixels as corners, labels from 1


class Ssd(nn.Module):
    """n x 3 x size x size of 0..1 -> n x (4 + classes) x candidates: box, probabilities.

    A box is its centre and its size in pixels.
    """

    boxes: Tensor
    mean: Tensor
    std: Tensor

    def __init__(self, trunk: Trunk, size: int, classes: int, smallest: float, lite: bool) -> None:
        super().__init__()
        n = len(trunk.channels)
        ratios = [[2]] + [[2, 3]] * (n - 1)
        growth = (LARGEST / smallest) ** (1 / max(n - 1, 1))
        scales = [smallest * growth**level for level in range(n)] + [1.0]
        anchors = DefaultBoxGenerator(ratios, scales=scales)
        counts = anchors.num_anchors_per_location()
        if lite:
            head: nn.Module = SSDLiteHead(trunk.channels, counts, classes + 1, ssd_trunks.groups)
        else:
            head = SSDHead(trunk.channels, counts, classes + 1)
        self.core: Any = SSD(trunk, anchors, (size, size), classes + 1, head=head)
        self.register_buffer("boxes", _default_boxes(trunk, anchors, size), persistent=False)
        for name, values in (("mean", MEAN), ("std", STD)):
            tensor = torch.tensor(values).view(1, 3, 1, 1)
            self.register_buffer(name, tensor, persistent=False)

    @property
    def trunk(self) -> Trunk:
        """What it sees with."""
        found: Trunk = self.core.backbone
        return found

    def told(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """n x candidates x 4 of codes, and x (1 + classes) of logits, background first."""
        out = self.core.head(self.core.backbone((x - self.mean) / self.std))
        return out["bbox_regression"].float(), out["cls_logits"].float()

    def forward(self, x: Tensor) -> Tensor:
        """All candidates."""
        boxes, logits = self.candidates(x)
        probabilities = torch.softmax(logits, dim=2)[:, :, 1:]
        return torch.cat([boxes, probabilities], dim=2).transpose(1, 2)

    def candidates(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """n x candidates x 4 of centre and size in pixels, and x (1 + classes) of logits."""
        codes, logits = self.told(x)
        return self._centred(codes), logits

    def _centred(self, codes: Tensor) -> Tensor:
        low, high = self.boxes[:, :2], self.boxes[:, 2:]
        sides, middle = high - low, (low + high) / 2
        x, y, w, h = WEIGHTS
        at = codes[:, :, :2] / codes.new_tensor([x, y]) * sides + middle
        grown = (codes[:, :, 2:] / codes.new_tensor([w, h])).clamp(max=MOST_GROWTH)
        return torch.cat([at, grown.exp() * sides], dim=2)

    def losses(self, x: Tensor, targets: Targets) -> dict[str, Tensor]:
        """Of boxes and classes, a default box being right from an overlap of one half."""
        codes, logits = self.told(x)
        matched = [self._matched(target["boxes"]) for target in targets]
        outputs = {"bbox_regression": codes, "cls_logits": logits}
        made: dict[str, Tensor] = self.core.compute_loss(
            targets, outputs, [self.boxes] * len(targets), matched
        )
        return made

    def _matched(self, boxes: Tensor) -> Tensor:
        if not len(boxes):
            return torch.full((len(self.boxes),), -1, dtype=torch.int64, device=boxes.device)
        found: Tensor = self.core.proposal_matcher(box_iou(boxes, self.boxes))
        return found


def _default_boxes(trunk: Trunk, anchors: nn.Module, size: int) -> Tensor:
    """Corners in pixels, in the order of the candidates."""
    was = trunk.training
    with torch.no_grad():
        image = torch.zeros(1, 3, size, size)
        found: Tensor = anchors(ImageList(image, [(size, size)]), trunk.eval()(image))[0]
    trunk.train(was)
    return found


def ssd(
    name: str, size: int, classes: int, smallest: float, width: int = 32, normed: bool = True
) -> Ssd:
    """The network of these params, untrained; see `ssd_trunks.trunk` for the names."""
    made = ssd_trunks.trunk(name, size, width, normed)
    return Ssd(made, size, classes, smallest, lite=name == "mobilenet_v3")


def of_boxes(rows: Tensor) -> Targets:
    """Targets from n x m x 5 rows of class (-1: none) and corners, as `drawn` makes them."""
    found = []
    for each in rows:
        real = each[each[:, 0] >= 0]
        found.append({"boxes": real[:, 1:], "labels": real[:, 0].long() + 1})
    return found
