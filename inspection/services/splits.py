"""Dealing samples out to train, val and test: grouped by part, stratified by class, sticky.

Iterative stratification (Sechidis, Tsoumakas, Vlahavas 2011): the rarest class is dealt first,
each group to the split that lacks most of it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

SPLITS = ("train", "val", "test")


@dataclass
class Group:
    """Samples that stay together: of one part, or equal. `split`: what one of them already has.

    `synthetic`: one of them was drawn by a generator.
    """

    members: list[int] = field(default_factory=list)
    classes: Counter[str] = field(default_factory=Counter)
    split: str = ""
    synthetic: bool = False


def together(keys: Sequence[Sequence[str]]) -> list[list[int]]:
    """Indices that share a key, directly or by way of others, in the order of their first."""
    root = list(range(len(keys)))

    def find(index: int) -> int:
        while root[index] != index:
            root[index] = root[root[index]]
            index = root[index]
        return index

    first: dict[str, int] = {}
    for index, names in enumerate(keys):
        for name in names:
            a, b = find(first.setdefault(name, index)), find(index)
            root[max(a, b)] = min(a, b)
    groups: dict[int, list[int]] = {}
    for index in range(len(keys)):
        groups.setdefault(find(index), []).append(index)
    return list(groups.values())


def deal(groups: Sequence[Group], shares: dict[str, float], seed: int) -> None:
    """Give every group without a split one. Same groups, shares and seed: same answer.

    What was drawn is for training alone, and counts for no share: it takes no real image's place.
    """
    for group in groups:
        if group.synthetic:
            group.split = group.split or "train"
    groups = [group for group in groups if not group.synthetic]
    open_splits = [split for split in SPLITS if shares.get(split, 0) > 0]
    wanted = {split: _wanted(groups, shares[split], split) for split in open_splits}
    free = [group for group in groups if not group.split]
    order = np.random.default_rng(seed).permutation(len(free))
    totals: Counter[str] = Counter()
    for group in free:
        totals.update(set(group.classes))
    rank = {name: place for place, (name, _) in enumerate(sorted(totals.items(), key=_rarity))}
    shuffled = [free[index] for index in order]
    for group in sorted(shuffled, key=lambda g: min((rank[c] for c in g.classes), default=10**9)):
        _place(group, wanted, open_splits, rank)
    _fill(groups, free, open_splits)


def _fill(groups: Sequence[Group], free: Sequence[Group], splits: list[str]) -> None:
    """A split that is wanted gets its smallest group from the split that has most."""
    for empty in splits:
        held = Counter(group.split for group in groups)
        giving = [group for group in free if held[group.split] > 1]
        if not held[empty] and giving:
            given = min(giving, key=lambda g: (-held[g.split], len(g.members), g.members))
            given.split = empty


def _rarity(item: tuple[str, int]) -> tuple[int, str]:
    return item[1], item[0]


def _wanted(groups: Sequence[Group], share: float, split: str) -> Counter[str]:
    """How many samples ("") and groups with each class this split still lacks."""
    lacks: Counter[str] = Counter()
    for group in groups:
        taken = group.split == split
        lacks[""] += share * len(group.members) - taken * len(group.members)  # type: ignore[assignment]  # counts become shares
        for name in group.classes:
            lacks[name] += share - taken  # type: ignore[assignment]  # counts become shares
    return lacks


def _place(
    group: Group, wanted: dict[str, Counter[str]], splits: list[str], rank: dict[str, int]
) -> None:
    rarest = min(group.classes, key=lambda name: rank[name], default="")
    group.split = max(splits, key=lambda s: (wanted[s][rarest], wanted[s][""], -splits.index(s)))
    lacks = wanted[group.split]
    lacks[""] -= len(group.members)
    for name in group.classes:
        lacks[name] -= 1
