"""Three stages as one network (Chen et al., IEEE TIM 2018): SSD finds structures, SSD in each of
them the parts, a classifier tells a part's state or that there is none. One static graph.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from workers.engines.parts.crops_in_graph import (
    centred,
    chosen,
    corners,
    cut,
    outside,
    squares,
)
from workers.engines.parts.ssd_network import Ssd, ssd

STRUCTURE_GROWN, PART_GROWN = 1.15, 1.4  # what is cut, in the longer sides of what was found
SMALLEST_STRUCTURE = 0.1  # of the default boxes, as a share of the image
LEAST_PART = 0.05  # score from which a part's state is asked for


@dataclass(frozen=True)
class Plan:
    """Class indices by role, sizes in pixels, and how many are looked into an image."""

    classes: int
    structures: list[int]
    parts: list[int]  # none: the states are the parts
    states: list[int]
    size: int
    structure_size: int
    part_size: int
    state_size: int
    most_structures: int
    most_parts: int
    least: float  # score from which a structure is looked into

    @property
    def ordinary(self) -> bool:
        """Whether a part may be in no state that has a name."""
        return bool(self.parts)

    @property
    def nothing(self) -> int:
        """The last output of the third stage: there is no part."""
        return len(self.states) + self.ordinary


class States(nn.Sequential):
    """n x 3 x side x side -> n x outputs: a few convolutions and the mean over all places."""

    def __init__(self, outputs: int, width: int = 32) -> None:
        layers: list[nn.Module] = []
        for before, after in ((3, width), (width, 2 * width), (2 * width, 4 * width)):
            layers += [nn.Conv2d(before, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after)]
            layers += [nn.ReLU(inplace=True), nn.MaxPool2d(2)]
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4 * width, outputs)]
        super().__init__(*layers)

    def forward(self, input: Tensor) -> Tensor:
        """Logits: the ordinary state where there is one, the named ones, nothing."""
        logits: Tensor = super().forward((input - 0.45) / 0.25)  # type: ignore[no-untyped-call]  # in torch
        return logits


class Cascade(nn.Module):
    """n x 3 x size x size of 0..1 -> n x (4 + classes) x rows: centre, size, probabilities.

    Rows: the structure candidates, then those of the parts, of which only the chosen are not zero.
    """

    def __init__(
        self, plan: Plan, networks: tuple[str, str], smallest: float, width: int, normed: bool
    ) -> None:
        super().__init__()
        p = self.plan = plan
        n_parts = max(len(p.parts), 1)
        first, second = networks
        self.structure: Ssd = ssd(
            first, p.structure_size, len(p.structures), SMALLEST_STRUCTURE, width, normed
        )
        self.part: Ssd = ssd(second, p.part_size, n_parts, smallest, width, normed)
        self.state = States(p.nothing + 1)

    def reduced(self, x: Tensor) -> Tensor:
        """The images as the first stage sees them."""
        side, p = self.plan.structure_size, self.plan
        if p.size % side == 0:
            return functional.avg_pool2d(x, p.size // side) if p.size > side else x
        return functional.interpolate(x, (side, side), mode="bilinear", align_corners=False)

    def forward(self, x: Tensor) -> Tensor:
        """All rows of each image."""
        return torch.stack([self._one(x[i : i + 1]) for i in range(len(x))])

    def _one(self, x: Tensor) -> Tensor:
        p = self.plan
        boxes, scores, places, valid = self._structures(x)
        whole = boxes.new_tensor([[0.0, 0.0, float(p.size), float(p.size)]])
        regions = torch.where(valid[:, None], squares(boxes[places], STRUCTURE_GROWN), whole)
        rows = [self._row(boxes, self._columns(scores, p.structures))]
        found, told, ranks = self.parts_in(x, regions)
        told = told * valid.to(told.dtype)[:, None, None]
        n = len(regions) * found.shape[1]
        found, told = found.reshape(n, 4), told.reshape(n, -1)
        ranks = torch.where(valid[:, None], ranks, torch.full_like(ranks, -1e3)).reshape(n)
        good = told.amax(dim=1) >= LEAST_PART
        places, valid = chosen(found, ranks, good, p.most_parts)
        states = torch.softmax(self.states_of(x, [found[places]]), dim=1)
        for block in self._told(told[places], states):
            row = self._row(found[places], block) * valid.to(block.dtype)[:, None]
            rows.append(_scattered(row, places, valid, n))
        return torch.cat(rows).T

    def _structures(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Corners and probabilities of all candidates; the chosen ones' places, and which count."""
        p = self.plan
        boxes, logits = self.structure.candidates(self.reduced(x))
        found = corners(boxes[0]) * (p.size / p.structure_size)
        scores = torch.softmax(logits[0], dim=1)[:, 1:]
        good = scores.amax(dim=1) >= p.least
        return found, scores, *chosen(found, _margin(logits[0]), good, p.most_structures)

    def parts_in(self, x: Tensor, regions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """k x n: corners in the image, probabilities of the part classes, and the rank."""
        side = self.plan.part_size
        boxes, logits = self.part.candidates(cut(x, [regions], side))
        found = outside(corners(boxes), regions, side)
        return found, torch.softmax(logits, dim=2)[:, :, 1:], _margin(logits)

    def states_of(self, x: Tensor, boxes: list[Tensor]) -> Tensor:
        """Logits of each box's state; boxes of each image, as corners."""
        regions = [squares(each, PART_GROWN) for each in boxes]
        told: Tensor = self.state(cut(x, regions, self.plan.state_size))
        return told.float()

    def _told(self, parts: Tensor, states: Tensor) -> list[Tensor]:
        """Scores by class of the chosen: of parts that have a class, and of states."""
        p = self.plan
        best = parts.amax(dim=1, keepdim=True)
        named = states[:, int(p.ordinary) : p.nothing]
        blocks = [self._columns(best * named, p.states)]
        if p.parts:
            there = 1 - states[:, p.nothing :]
            blocks.append(self._columns(parts * there, p.parts))
        return blocks

    def _columns(self, scores: Tensor, places: list[int]) -> Tensor:
        """n x classes: the scores where their classes stand, zero elsewhere."""
        made = [scores.new_zeros(len(scores))] * self.plan.classes
        for column, place in enumerate(places):
            made[place] = scores[:, column]
        return torch.stack(made, dim=1)

    @staticmethod
    def _row(boxes: Tensor, scores: Tensor) -> Tensor:
        return torch.cat([centred(boxes), scores], dim=1)


def _margin(logits: Tensor) -> Tensor:
    """How far the best class is above the background: unlike a probability it does not saturate."""
    return logits[..., 1:].amax(dim=-1) - logits[..., 0]


def _scattered(rows: Tensor, places: Tensor, valid: Tensor, n: int) -> Tensor:
    """n rows, zero but for these; what does not count goes into one more, and away."""
    at = torch.where(valid, places, torch.full_like(places, n))[:, None].expand(-1, rows.shape[1])
    return rows.new_zeros(n + 1, rows.shape[1]).scatter(0, at, rows)[:n]
