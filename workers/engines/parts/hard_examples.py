"""Online hard example mining (Shrivastava, Gupta, Girshick, CVPR 2016) in a region classifier."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.ops import nms

APART = 0.7  # IoU from which, of two regions, only the one of the higher loss counts
BETA = 1 / 9  # where the box loss turns from square to straight, as torchvision has it


def hardest(losses: Tensor, boxes: Tensor, most: int) -> Tensor:
    """Indices of the `most` regions of the highest losses, none on top of another."""
    kept: Tensor = nms(boxes.float(), losses.detach().float(), APART)
    return kept[:most]


def region_losses(logits: Tensor, codes: Tensor, labels: Tensor, wanted: Tensor) -> Tensor:
    """The loss of each region: of its class, and where that is no background, of its box."""
    of_class = functional.cross_entropy(logits, labels, reduction="none")
    # Only where there is a box to be right about: that of the background is no number.
    real = torch.where(labels > 0)[0]
    own = codes.reshape(len(codes), -1, 4)[real, labels[real]]
    of_box = functional.smooth_l1_loss(own, wanted[real], beta=BETA, reduction="none")
    return of_class.index_add(0, real, of_box.sum(dim=1))


class HardExamples(RoIHeads):  # type: ignore[misc]  # untyped library
    """All regions are looked at; the `kept` hardest of each image are learnt from."""

    kept: int

    def forward(
        self, features: Any, proposals: Any, image_shapes: Any, targets: Any = None
    ) -> tuple[Any, dict[str, Tensor]]:
        """As torchvision's, in training."""
        regions, _, labels, wanted = self.select_training_samples(proposals, targets)
        pooled = self.box_roi_pool(features, regions, image_shapes)
        logits, codes = self.box_predictor(self.box_head(pooled))
        losses = region_losses(logits, codes, torch.cat(labels), torch.cat(wanted))
        parts = torch.split(losses, [len(each) for each in regions])
        chosen = [
            part[hardest(part, boxes, self.kept)]
            for part, boxes in zip(parts, regions, strict=True)
        ]
        return [], {"loss_regions": torch.cat(chosen).mean()}
