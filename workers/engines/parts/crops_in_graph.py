"""Choosing and cutting regions of an image inside a static graph, in training and in answers."""

import torch
from torch import Tensor
from torchvision.ops import box_iou, roi_align

APART = 0.5  # IoU from which, of two candidates, only the better is chosen
NEVER = -1e4  # below every rank


def chosen(boxes: Tensor, ranks: Tensor, good: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Indices of the `most` best of n boxes (corners), none on top of another, and which count.

    Greedy, a fixed number of rounds. In the order of the boxes, so that two of nearly one rank do
    not change places between runtimes; those that do not count come last.
    """
    picked, counts = [], []
    for _ in range(most):
        place = ranks.argmax(dim=0, keepdim=True)
        counts.append(good[place] & (ranks[place] > NEVER / 2))
        picked.append(place)
        shared = box_iou(boxes[place], boxes)[0]
        ranks = torch.where(shared > APART, torch.full_like(ranks, NEVER), ranks)
        ranks = ranks.scatter(0, place, NEVER)
    places, count = torch.cat(picked), torch.cat(counts)
    order = torch.where(count, places, torch.full_like(places, len(boxes))).sort().values
    valid = order < len(boxes)
    return torch.where(valid, order, torch.zeros_like(order)), valid


def squares(boxes: Tensor, grown: float) -> Tensor:
    """Squares about the middles of n boxes, `grown` times as long as their longer sides."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).amax(dim=1, keepdim=True).clamp(min=4.0) * grown / 2
    return torch.cat([middle - half, middle + half], dim=1)


def cut(images: Tensor, regions: list[Tensor], side: int) -> Tensor:
    """The regions (corners in pixels) of each image, scaled to side x side; black outside."""
    made: Tensor = roi_align(images, regions, (side, side), 1.0, 2, True)
    return made


def inside(boxes: Tensor, region: Tensor, side: int) -> Tensor:
    """Boxes as they lie in a square region that was scaled to `side`."""
    corner, scale = region[:2].repeat(2), side / (region[2] - region[0])
    return (boxes - corner) * scale


def outside(boxes: Tensor, regions: Tensor, side: int) -> Tensor:
    """k x n boxes in regions scaled to `side`, back in the image."""
    scale = ((regions[:, 2] - regions[:, 0]) / side)[:, None, None]
    return boxes * scale + regions[:, None, :2].repeat(1, 1, 2)


def corners(centred: Tensor) -> Tensor:
    """... x 4 of centre and size as corners."""
    at, sides = centred[..., :2], centred[..., 2:]
    return torch.cat([at - sides / 2, at + sides / 2], dim=-1)


def centred(boxes: Tensor) -> Tensor:
    """... x 4 of corners as centre and size."""
    low, high = boxes[..., :2], boxes[..., 2:]
    return torch.cat([(low + high) / 2, high - low], dim=-1)
