"""A frozen version's manifest, sample after sample: never all of it in memory."""

import codecs
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache

from core import storage

SAMPLES = '"samples":['
BOXED = {"box", "polygon", "mask"}
REMEMBERED = 86_400  # seconds; a manifest never changes


@dataclass
class Tally:
    """What a manifest holds, counted. `boxed` and `labelled`: annotations in train; `real`: those
    in train that are not of synthetic images. `images` and `held_out`: real images that show a
    class, in train and in the others. `good`: images of a split that show no defect.
    """

    classes: list[str] = field(default_factory=list)
    good_classes: list[str] = field(default_factory=list)
    nuisances: list[str] = field(default_factory=list)
    splits: Counter[str] = field(default_factory=Counter)
    everywhere: Counter[str] = field(default_factory=Counter)
    train: Counter[str] = field(default_factory=Counter)
    real: Counter[str] = field(default_factory=Counter)
    images: Counter[str] = field(default_factory=Counter)
    held_out: Counter[str] = field(default_factory=Counter)
    good: Counter[str] = field(default_factory=Counter)
    boxed: int = 0
    labelled: int = 0
    parts: int = 0  # of named ones
    width: int = 0  # pixels of the widest and of the highest image in train
    height: int = 0


def tally(manifest: str) -> Tally:
    """The manifest of this hash, counted once. storage.Missing when it is gone."""
    if known := cache.get(f"tally.6:{manifest}"):
        return Tally(**known)
    found, parts = Tally(), set()
    for sample in _read(storage.stream(manifest), found):
        found.splits[sample["split"]] += 1
        parts.add(sample["part"])
        shows = {note["class_name"] for note in sample["annotations"]}
        found.good[sample["split"]] += shows <= {*found.good_classes, *found.nuisances}
        if sample["split"] == "train":
            found.width = max(found.width, sample["width"])
            found.height = max(found.height, sample["height"])
        if not sample.get("synthetic", False):
            (found.images if sample["split"] == "train" else found.held_out).update(shows)
        for note in sample["annotations"]:
            _count(found, note, sample["split"] == "train", sample.get("synthetic", False))
    found.parts = len(parts - {""})
    cache.set(f"tally.6:{manifest}", vars(found), REMEMBERED)
    return found


def samples(manifest: str) -> Iterator[dict[str, Any]]:
    """Each sample as it is written. storage.Missing when the manifest is gone."""
    return _read(storage.stream(manifest), Tally())


def _count(found: Tally, note: dict[str, Any], train: bool, synthetic: bool) -> None:
    found.everywhere[note["class_name"]] += 1
    if train:
        found.train[note["class_name"]] += 1
        found.real[note["class_name"]] += not synthetic
        found.labelled += 1
        found.boxed += note["kind"] in BOXED


def _read(chunks: Iterable[bytes], found: Tally) -> Iterator[dict[str, Any]]:
    """The samples; what stands before them goes into `found`."""
    decoder, text, at = json.JSONDecoder(), "", -1
    decode = codecs.getincrementaldecoder("utf-8")().decode
    for chunk in chunks:
        text += decode(chunk)
        if at < 0:
            if (start := text.find(SAMPLES)) < 0:
                continue
            at = start + len(SAMPLES)
            before = json.loads(text[:at] + "]}")
            found.classes, found.good_classes = before["classes"], before.get("good_classes", [])
            found.nuisances = before.get("nuisances", [])
        while (sample := _next(decoder, text, at)) is not None:
            yield sample[0]
            at = sample[1]
        text, at = text[at:], 0


def _next(decoder: json.JSONDecoder, text: str, at: int) -> tuple[dict[str, Any], int] | None:
    """A whole sample and where it ends; None when its end has not come yet."""
    try:
        sample, end = decoder.raw_decode(text, at + text.startswith(",", at))
    except ValueError:
        return None
    return sample, end
