"""Sets into frozen dataset versions: split by part, balanced over classes, drawn by a seed."""

import hashlib
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from bench.parts.trials.layouts import Item, Set, size_of
from workers import store
from workers.contract import Manifest, ManifestSample, SplitName
from workers.data import class_of

NAMES: tuple[SplitName, ...] = ("train", "val", "test")
SHARES = (0.6, 0.15, 0.25)
UNLEARNT = (0.0, 0.25, 0.75)  # of strata that nothing is learnt from


def assign(data: Set, seed: int) -> list[SplitName]:
    """A split for each item; items of one group come to lie in the same.

    Groups are drawn in a random order, and each goes where its strata lack most.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for place, item in enumerate(data.items):
        groups[item.group].append(place)
    totals = Counter(item.stratum for item in data.items)
    have: Counter[tuple[str, int]] = Counter()
    chosen: list[SplitName] = ["train"] * len(data.items)
    order = np.random.default_rng(seed).permutation(sorted(groups))
    for group in order:
        counts = Counter(data.items[place].stratum for place in groups[str(group)])
        lacks = [_lack(data, counts, totals, have, number) for number in range(3)]
        best = int(np.argmax(lacks))
        have.update({(stratum, best): n for stratum, n in counts.items()})
        for place in groups[str(group)]:
            chosen[place] = NAMES[best]
    return chosen


def _lack(
    data: Set,
    counts: Counter[str],
    totals: Counter[str],
    have: Counter[tuple[str, int]],
    number: int,
) -> float:
    """How much of these strata a split still wants, as a share of what it is to have."""
    lack = 0.0
    for stratum, n in counts.items():
        share = (UNLEARNT if stratum in data.only_test else SHARES)[number]
        if not share:
            return -np.inf
        wanted = share * totals[stratum]
        lack += n * (wanted - have[stratum, number]) / wanted
    return lack


def freeze(data: Set, seed: int) -> Manifest:
    """The set as a dataset version whose pictures lie where the store would have fetched them."""
    splits = assign(data, seed)
    samples = [
        _sample(number, item, split)
        for number, (item, split) in enumerate(zip(data.items, splits, strict=True))
    ]
    return Manifest(
        task=data.task, classes=data.classes, good_classes=data.good_classes, samples=samples
    )


def tags(data: Set) -> dict[int, str]:
    """The condition of each sample of the frozen set, by its id."""
    return {number: item.tag for number, item in enumerate(data.items)}


def few(manifest: Manifest, seed: int, ways: int, shots: int) -> Manifest:
    """Some classes with so many training pictures each, drawn by the seed, and no others to learn
    or choose from; the held-out ones of these classes stay.
    """
    rng = np.random.default_rng([seed, ways, shots])
    names = sorted(rng.choice(manifest.classes, ways, replace=False).tolist())
    kept = [s for s in manifest.samples if s.split == "test" and class_of(s, names)]
    for name in names:
        own = [s for s in manifest.samples if s.split == "train" and class_of(s, names) == name]
        kept += [own[place] for place in sorted(rng.permutation(len(own))[:shots].tolist())]
    return manifest.model_copy(update={"classes": names, "samples": kept})


def _sample(number: int, item: Item, split: SplitName) -> ManifestSample:
    width, height = size_of(item.files["rgb"])
    return ManifestSample(
        id=number,
        path=item.path,
        part=item.group,
        split=split,
        images={key: cached(path) for key, path in item.files.items()},
        width=width,
        height=height,
        annotations=list(item.notes),
    )


def cached(path: Path) -> str:
    """Put a file where the store looks first; returns its sha256."""
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    place = store.path_of(sha256)
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return sha256
