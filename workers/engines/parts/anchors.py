"""Anchors from a dataset's own boxes: k-means under the IoU distance (Redmon, Farhadi, CVPR 2017;
Ding et al., TDD-net, 2019), and which level of a feature pyramid each belongs to. No torch.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Sides = NDArray[np.float64]  # n x 2: width and height in pixels of the network's input
Anchor = tuple[float, float]
ROUNDS = 100
STRIDES = (4, 8, 16, 32, 64)  # of the pyramid's levels, fine to coarse
CELLS = 8  # strides that an anchor is long where its level is at home (Lin et al., FPN, 2017)
RATIOS = (0.5, 1.0, 2.0)  # of height to width, where no boxes were looked at


def alike(sides: Sides, anchors: Sides) -> Sides:
    """n x k: IoU of each box with each anchor, both about one middle."""
    shared = np.minimum(sides[:, None], anchors[None]).prod(axis=2)
    union = sides.prod(axis=1)[:, None] + anchors.prod(axis=1)[None] - shared
    return np.asarray(shared / np.maximum(union, 1e-9))


def k_means(sides: Sides, k: int, seed: int = 0) -> list[Anchor]:
    """At most k anchors, the smallest first. The distance is 1 - IoU, the middle the mean.

    Starts are drawn as far apart as the distance says (Arthur, Vassilvitskii, 2007).
    """
    rng = np.random.default_rng(seed)
    distinct = np.unique(sides.round(3), axis=0)
    k = min(k, len(distinct))
    if not k:
        return []
    chosen = distinct[[rng.integers(len(distinct))]]
    while len(chosen) < k:
        far = (1 - alike(distinct, chosen).max(axis=1)).clip(0) ** 2
        far[(distinct[:, None] == chosen[None]).all(axis=2).any(axis=1)] = 0
        place = rng.choice(len(distinct), p=far / far.sum())
        chosen = np.concatenate([chosen, distinct[[place]]])
    for _ in range(ROUNDS):
        nearest = alike(sides, chosen).argmax(axis=1)
        moved = np.array([
            sides[nearest == n].mean(axis=0) if (nearest == n).any() else chosen[n]
            for n in range(k)
        ])  # fmt: skip
        if np.allclose(moved, chosen):
            break
        chosen = moved
    order = np.argsort(chosen.prod(axis=1), kind="stable")
    return [(round(float(w), 1), round(float(h), 1)) for w, h in chosen[order]]


def fit(sides: Sides, anchors: Sequence[Anchor]) -> float:
    """Mean IoU of the boxes with the anchor that is most like each."""
    return float(alike(sides, np.array(anchors)).max(axis=1).mean())


def by_level(anchors: Sequence[Anchor]) -> dict[int, list[Anchor]]:
    """The anchors of each level that has any: about CELLS of its strides long."""
    found: dict[int, list[Anchor]] = {}
    for width, height in anchors:
        side = math.sqrt(width * height)
        level = round(math.log2(max(side, 1.0) / (CELLS * STRIDES[0])))
        found.setdefault(min(max(level, 0), len(STRIDES) - 1), []).append((width, height))
    return dict(sorted(found.items()))


def usual(smallest: float) -> dict[int, list[Anchor]]:
    """Three shapes a level, twice the side from level to level: where no boxes were looked at."""
    return {
        level: [_of_ratio(smallest * 2**level, ratio) for ratio in RATIOS]
        for level in range(len(STRIDES))
    }


def _of_ratio(side: float, ratio: float) -> Anchor:
    root = math.sqrt(ratio)
    return round(side / root, 1), round(side * root, 1)
