"""How much each stage of a cascade finds when it is shown the truth of the stage before."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workers.contract import ManifestSample
from workers.engines.parts import boxes
from workers.engines.parts.cascade_network import STRUCTURE_GROWN, Cascade
from workers.engines.parts.cascade_training import parts_inside, parts_of
from workers.engines.parts.crops_in_graph import centred, squares
from workers.engines.parts.drawn import Drawn
from workers.engines.parts.ssd_network import of_boxes
from workers.evaluation import IOU, SCORE, overlaps

OVERLAP = 0.45  # of suppression, as the head has it
Counts = NDArray[np.int64]  # found, of how many


def recalls(
    network: Cascade, samples: Sequence[ManifestSample], classes: Sequence[str], device: str
) -> dict[str, float]:
    """stage1_recall, stage2_recall, stage3_recall and stages_product; what has no truth is absent.

    Found: the right class at IoU >= 0.5 with a score >= 0.25; of states, the likeliest is right.
    """
    source, rng = Drawn(samples, classes, network.plan.size), np.random.default_rng(0)
    counts = np.zeros((3, 2), np.int64)
    with torch.no_grad():
        for number in range(len(samples)):
            images, rows = source.draw(np.array([number]), "none", rng)
            x, target = torch.from_numpy(images).to(device), torch.from_numpy(rows).to(device)
            counts += _of(network, x, of_boxes(target)[0])
    values = {
        f"stage{stage}_recall": float(hit / n) for stage, (hit, n) in enumerate(counts, 1) if n
    }
    if len(values) == 3:
        values["stages_product"] = float(np.prod(list(values.values())))
    return values


def _of(network: Cascade, x: Tensor, target: dict[str, Tensor]) -> Counts:
    p = network.plan
    first = network.structure(network.reduced(x))
    shrunk = p.structure_size / p.size
    keep = torch.isin(target["labels"] - 1, torch.tensor(p.structures, device=x.device))
    structures = target["boxes"][keep]
    places = [p.structures.index(int(label) - 1) for label in target["labels"][keep]]
    counts = [_found(first, structures * shrunk, places)]
    second = np.zeros(2, np.int64)
    for region in squares(structures, STRUCTURE_GROWN):
        inner = parts_inside(target, region, p)
        found, told, _ = network.parts_in(x, region[None])
        raw = torch.cat([centred(found), told], dim=2).transpose(1, 2)
        second += _found(raw, _outer(inner["boxes"], region, p.part_size), inner["labels"] - 1)
    asked, right = parts_of(target, p)
    told = network.states_of(x, [asked]).argmax(dim=1) if len(asked) else right
    third = np.array([int((told == right).sum()), len(right)], np.int64)
    return np.stack([*counts, second, third])


def _outer(found: Tensor, region: Tensor, side: int) -> Tensor:
    return found * ((region[2] - region[0]) / side) + region[:2].repeat(2)


def _found(raw: Tensor, truth: Tensor, labels: Sequence[int] | Tensor) -> Counts:
    """How many of the true boxes a raw output of candidates has, and how many there are."""
    rows = boxes.select(raw.cpu().numpy(), SCORE, OVERLAP, False)
    wanted = np.array([int(label) for label in labels], np.int64)
    if not len(rows) or not len(wanted):
        return np.array([0, len(wanted)], np.int64)
    shared = overlaps(truth.cpu().numpy(), rows[:, :4])
    right = (shared >= IOU) & (wanted[:, None] == rows[None, :, 5])
    return np.array([int(right.any(axis=1).sum()), len(wanted)], np.int64)
