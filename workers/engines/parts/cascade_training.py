"""What the three stages of a cascade learn from: each from the truth of the stage before it."""

import torch
from torch import Tensor
from torch.nn import functional
from torchvision.ops import box_iou

from workers.engines.parts.cascade_network import (
    STRUCTURE_GROWN,
    Cascade,
    Plan,
)
from workers.engines.parts.crops_in_graph import cut, inside, squares
from workers.engines.parts.ssd_network import Targets

LOOKED_INTO = 2  # structures of an image, a step
ASKED = 6  # parts of an image, a step
NOTHINGS = 3  # places of an image where there is no part, a step
SHIFTED, SCALED = 0.1, 0.15  # shares that what is cut out may be off by
SEEN = 0.5  # share of a part that must be in the cut-out
BELONGS = 0.5  # share of a state's box inside its part's
FREE = 0.2  # IoU with any part below which a place counts as nothing


def losses(network: Cascade, x: Tensor, targets: Targets) -> dict[str, Tensor]:
    """By name. Boxes of all classes as corners in pixels, labels from 1."""
    p = network.plan
    shrunk = p.structure_size / p.size
    first = [_of(target, p.structures, shrunk) for target in targets]
    made = _named("structure", network.structure.losses(network.reduced(x), first))
    regions = [_jittered(squares(_boxes(t, p.structures), STRUCTURE_GROWN)) for t in targets]
    regions = [_some(each, LOOKED_INTO) for each in regions]
    if any(len(each) for each in regions):
        crops = cut(x, regions, p.part_size)
        second = [
            parts_inside(target, region, p)
            for target, some in zip(targets, regions, strict=True)
            for region in some
        ]
        made |= _named("part", network.part.losses(crops, second))
    return made | _states(network, x, targets, regions)


def _states(
    network: Cascade, x: Tensor, targets: Targets, regions: list[Tensor]
) -> dict[str, Tensor]:
    p = network.plan
    asked, labels = [], []
    for target, some in zip(targets, regions, strict=True):
        boxes, states = parts_of(target, p)
        order = torch.randperm(len(boxes))[:ASKED].to(boxes.device)
        places = _nothings(boxes, some)
        asked.append(torch.cat([_jittered(boxes[order]), places]))
        labels.append(torch.cat([states[order], states.new_full((len(places),), p.nothing)]))
    if not any(len(each) for each in asked):
        return {}
    told = network.states_of(x, asked)
    return {"state": functional.cross_entropy(told, torch.cat(labels))}


def parts_of(target: dict[str, Tensor], p: Plan) -> tuple[Tensor, Tensor]:
    """Every part's box, and the output of the third stage that is right for it."""
    states = _boxes(target, p.states)
    told = _labels(target, p.states)
    if not p.parts:
        return states, told
    parts = _boxes(target, p.parts)
    right = torch.zeros(len(parts), dtype=torch.int64, device=parts.device)
    if len(parts) and len(states):
        low = torch.maximum(parts[:, None, :2], states[None, :, :2])
        high = torch.minimum(parts[:, None, 2:], states[None, :, 2:])
        shared = (high - low).clamp(min=0).prod(dim=2)
        most, best = (shared / (states[:, 2:] - states[:, :2]).prod(dim=1)).max(dim=1)
        right = torch.where(most >= BELONGS, told[best] + 1, right)
    return parts, right


def parts_inside(target: dict[str, Tensor], region: Tensor, p: Plan) -> dict[str, Tensor]:
    """The second stage's target in one cut-out: the parts that lie in it for the most part."""
    names = p.parts or p.states
    boxes, labels = _boxes(target, names), _labels(target, names) + 1
    if not p.parts:
        labels = torch.ones_like(labels)
    moved = inside(boxes, region, p.part_size)
    held = moved.clamp(0, p.part_size)
    areas = [(each[:, 2:] - each[:, :2]).prod(dim=1) for each in (held, moved)]
    kept = (areas[0] >= SEEN * areas[1]) & ((held[:, 2:] - held[:, :2]).amin(dim=1) >= 1)
    return {"boxes": held[kept], "labels": labels[kept]}


def _nothings(parts: Tensor, regions: Tensor) -> Tensor:
    """Places in the structures, as large as the parts, where there is none."""
    if not len(regions):
        return regions
    region = regions[torch.randint(len(regions), (NOTHINGS,))]
    side = (region[:, 2:] - region[:, :2]) * 0.15
    if len(parts):
        one = parts[torch.randint(len(parts), (NOTHINGS,))]
        side = (one[:, 2:] - one[:, :2]).amax(dim=1, keepdim=True).expand(-1, 2)
    room = (region[:, 2:] - region[:, :2] - side).clamp(min=0)
    low = region[:, :2] + room * torch.rand(NOTHINGS, 2).to(room.device)
    places = torch.cat([low, low + side], dim=1)
    if len(parts):
        places = places[box_iou(places, parts).amax(dim=1) < FREE]
    return places


def _jittered(boxes: Tensor) -> Tensor:
    """Moved and scaled by chance: what the stage before finds is never quite right."""
    sides = boxes[:, 2:] - boxes[:, :2]
    by = (torch.rand(len(boxes), 3) * 2 - 1).to(boxes)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2 + by[:, :2] * SHIFTED * sides
    half = sides * (1 + by[:, 2:] * SCALED) / 2
    return torch.cat([middle - half, middle + half], dim=1)


def _some(boxes: Tensor, most: int) -> Tensor:
    return boxes[torch.randperm(len(boxes))[:most].to(boxes.device)]


def _of(target: dict[str, Tensor], classes: list[int], scale: float) -> dict[str, Tensor]:
    """The boxes of some classes, labelled by their place among them."""
    return {"boxes": _boxes(target, classes) * scale, "labels": _labels(target, classes) + 1}


def _boxes(target: dict[str, Tensor], classes: list[int]) -> Tensor:
    return target["boxes"][_among(target, classes)]


def _labels(target: dict[str, Tensor], classes: list[int]) -> Tensor:
    """From 0, by the place of a class among these."""
    own = target["labels"][_among(target, classes)] - 1
    known = torch.tensor(classes, device=own.device)
    return (own[:, None] == known[None]).int().argmax(dim=1)


def _among(target: dict[str, Tensor], classes: list[int]) -> Tensor:
    return torch.isin(target["labels"] - 1, torch.tensor(classes, device=target["labels"].device))


def _named(stage: str, found: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{stage}_{name}": value for name, value in found.items()}
