"""Which classes of a cascade are structures, parts in them, and states of a part. No torch.

Told by name, or found from the boxes: a class is held by another when most of its boxes lie inside
that one's. Where the parts have no class of their own, each state is annotated as a part.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.contract import Failure, ManifestSample
from workers.data import Boxes, boxes

INSIDE = 0.8  # share of a box that lies in another, from which it is inside
MOST = 0.5  # share of a class's boxes that are inside, from which it is held
LARGER = 1.1  # in area; classes nearer in size are told apart by how many boxes they have
HINT = "Name the structures, parts and states in the settings, by the names of the classes."


@dataclass(frozen=True)
class Roles:
    """Names of classes. Without `parts`, the states are the parts."""

    structures: tuple[str, ...]
    parts: tuple[str, ...]
    states: tuple[str, ...]


def by_name(classes: Sequence[str], structures: str, parts: str, states: str) -> Roles:
    """From lists with commas. Failure role_unknown where one is no class."""
    named = [tuple(n for each in text.split(",") if (n := each.strip())) for text in
             (structures, parts, states)]  # fmt: skip
    for name in (name for some in named for name in some):
        if name not in classes:
            raise Failure("role_unknown", f"The dataset has no class {name}.", HINT)
    return Roles(*named)


def found(samples: Sequence[ManifestSample], classes: Sequence[str], told: Roles) -> Roles:
    """What was told by name, and the rest from the boxes. Failure no_structures."""
    holds = _holds([boxes(sample, classes) for sample in samples], len(classes))
    index = {name: place for place, name in enumerate(classes)}
    structures = told.structures
    rest = [name for name in classes if name not in told.parts + told.states]
    if not structures:
        structures = tuple(
            name for name in rest if holds[index[name]].any() and not holds[:, index[name]].any()
        )
    rest = [name for name in rest if name not in structures]
    parts = told.parts
    if not parts and not told.states:
        others = [index[name] for name in rest]
        parts = tuple(name for name in rest if holds[index[name], others].any())
    states = told.states or tuple(name for name in rest if name not in parts)
    return settled(Roles(structures, parts, states))


def settled(roles: Roles) -> Roles:
    """Parts that have no states are themselves the states. Failure no_structures."""
    if roles.parts and not roles.states:
        roles = Roles(roles.structures, (), roles.parts)
    if not roles.structures or not roles.states:
        words = "No class was found whose boxes hold those of another class."
        raise Failure("no_structures", words, HINT)
    return roles


def _holds(tables: Sequence[Boxes], n: int) -> NDArray[np.bool_]:
    """n x n: whether the row's class holds the column's."""
    inside, counts, areas = np.zeros((n, n)), np.zeros(n), np.zeros(n)
    for table in tables:
        index, corners = table[:, 0].astype(int), table[:, 1:]
        area = (corners[:, 2:] - corners[:, :2]).prod(axis=1)
        np.add.at(counts, index, 1)
        np.add.at(areas, index, area)
        low = np.maximum(corners[:, None, :2], corners[None, :, :2])
        high = np.minimum(corners[:, None, 2:], corners[None, :, 2:])
        shared = (high - low).clip(0).prod(axis=2) >= INSIDE * area[None]
        for j, own in enumerate(index):
            inside[list({index[i] for i in np.flatnonzero(shared[:, j])}), own] += 1
    mean = areas / np.maximum(counts, 1)
    larger = mean[:, None] > LARGER * mean[None]
    alike = (mean[:, None] * LARGER >= mean[None]) & (counts[:, None] > counts[None])
    held = inside >= MOST * np.maximum(counts, 1)[None]
    np.fill_diagonal(held, False)
    return np.asarray(held & (larger | alike))
