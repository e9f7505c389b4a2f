"""The readers of the benchmark's sets and its splits, on tiny sets drawn in each layout."""

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from bench.parts.trials import figures, plan, sets, splits
from bench.parts.trials.layouts import Item, Set
from tests.bench import layouts
from tests.conftest import ROOT
from workers import data
from workers.contract import Manifest, ManifestSample

REAL = ROOT.parent / "shared/data"  # the real sets, where they are at hand


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return layouts.everything(tmp_path_factory.mktemp("sets"))


def by_path(manifest: Manifest) -> dict[str, ManifestSample]:
    return {sample.path: sample for sample in manifest.samples}


def test_boxes_come_from_voc_by_the_files_stem(root: Path) -> None:
    frozen = sets.frozen(root, "neu_det", 0)
    assert frozen.classes == ["rolled-in_scale", "scratches"]
    (note,) = by_path(frozen)["IMAGES/rolled-in_scale_1.jpg"].annotations
    assert (note.class_name, note.box) == ("scratches", (0.1, 0.1, 0.5, 0.5))
    named = by_path(sets.frozen(root, "neu_classes", 0))["IMAGES/rolled-in_scale_1.jpg"]
    assert data.class_of(named, frozen.classes) == "rolled-in_scale"


def test_boards_keep_their_templates_and_stay_together(root: Path) -> None:
    frozen = sets.frozen(root, "deeppcb", 0)
    assert len(frozen.samples) == 32
    assert all(sample.images["template"] != sample.images["rgb"] for sample in frozen.samples)
    where = defaultdict(set)
    for sample in frozen.samples:
        where[sample.part].add(sample.split)
    assert {len(found) for found in where.values()} == {1}
    assert {sample.split for sample in frozen.samples} == {"train", "val", "test"}
    third = by_path(frozen)["PCBData/group00000/00000/00000002_test.jpg"]
    assert third.annotations[0].class_name == "mousebite"


def test_masks_are_what_is_whiter_than_half(root: Path) -> None:
    frozen = sets.frozen(root, "magnetic_tile", 0)
    found = by_path(frozen)
    crack = found["MT_Crack/Imgs/exp1_num_1.jpg"]
    assert figures.true_pixels(crack, frozen).sum() == 10 * 21
    assert not found["MT_Free/Imgs/exp1_num_0.jpg"].annotations
    empty = found["MT_Uneven/Imgs/exp1_num_2.jpg"]
    assert [note.kind for note in empty.annotations] == ["label"]
    assert data.defects(empty, frozen)


def test_nothing_is_learnt_from_defects_where_only_good_ones_count(root: Path) -> None:
    for name in ("normal_tile", "glass", "tire", "aitex"):
        frozen = sets.frozen(root, name, 1)
        learnt = data.of_split(frozen, "train")
        assert not [sample for sample in learnt if data.defects(sample, frozen)], name
        assert any(data.defects(sample, frozen) for sample in frozen.samples), name
    assert len(sets.frozen(root, "glass", 0).samples) == 16  # the good ones count once
    cut = by_path(sets.frozen(root, "tire", 0))["test/cut/rgb/000.png"]
    assert figures.true_pixels(cut, sets.frozen(root, "tire", 0)).sum() == 200


def test_run_lengths_go_down_the_columns(root: Path) -> None:
    frozen = sets.frozen(root, "rle_tile", 0)
    first = by_path(frozen)["train_images/exp1_num_1.jpg"]
    rows, columns = np.nonzero(figures.true_pixels(first, frozen))
    assert sorted({*rows.tolist()}) == [2, 3]
    assert sorted({*columns.tolist()}) == [4, 5, 6]
    assert not by_path(frozen)["train_images/exp1_num_2.jpg"].annotations


def test_outlines_of_three_kinds(root: Path) -> None:
    pits = sets.frozen(root, "pitting", 0)
    assert len(pits.samples) == 3, "one without a file is unlabelled"
    assert len({sample.part for sample in pits.samples}) == 2, "a place seen twice is one part"
    wires = by_path(sets.frozen(root, "kolektor", 0))
    assert len(wires["Datasets/images/train/001.jpg"].annotations) == 1
    assert not wires["Datasets/images/train/002.jpg"].annotations
    cracks = sets.frozen(root, "crack", 0)
    assert {frozenset(sample.images) for sample in cracks.samples} == {
        frozenset({"rgb", "ir", "depth"})
    }
    read = sets.crack(root / sets.SETS["crack"].folder)
    assert {item.path[-6:-4].strip("_"): item.tag for item in read.items} == {
        "7": "bright",
        "31": "dark",
    }


def test_insulators_have_both_files_and_cells_a_class(root: Path) -> None:
    found = by_path(sets.frozen(root, "insulator", 0))
    both = found["Defective_Insulators/images/001.jpg"].annotations
    assert [note.class_name for note in both] == ["insulator", "defect"]
    assert len(found["Normal_Insulators/images/001.jpg"].annotations) == 1
    cells = sets.frozen(root, "elpv", 0)
    assert data.class_of(by_path(cells)["images/cell0002.png"], cells.classes) == "defective"
    assert data.class_of(by_path(cells)["images/cell0001.png"], cells.classes) == "functional"
    assert cells.good_classes == ["functional"]


def test_few_is_few_and_leaves_the_held_out_alone(root: Path) -> None:
    whole = sets.frozen(root, "neu_classes", 0)
    some = splits.few(whole, 0, 2, 3)
    assert Counter(sample.split for sample in some.samples) == {
        "test": len(data.of_split(whole, "test")),
        "train": 6,
    }
    one = splits.few(whole, 0, 1, 3)
    assert {data.class_of(sample, whole.classes) for sample in one.samples} == {*one.classes}


@pytest.mark.parametrize("seed", range(3))
def test_splits_are_balanced_and_drawn_by_the_seed(seed: int) -> None:
    items = [Item(f"{i}", {}, f"part {i // 2}", "ab"[i // 2 % 2]) for i in range(80)]
    chosen = splits.assign(Set("classify", ["a", "b"], items), seed)
    counts = Counter((item.stratum, split) for item, split in zip(items, chosen, strict=True))
    for stratum in "ab":
        assert counts[stratum, "train"] == 24
        assert counts[stratum, "val"] == 6
        assert counts[stratum, "test"] == 10
    assert all(chosen[i] == chosen[i + 1] for i in range(0, 80, 2))
    assert chosen == splits.assign(Set("classify", ["a", "b"], items), seed)
    assert chosen != splits.assign(Set("classify", ["a", "b"], items), seed + 1)


def test_every_planned_set_can_be_read_and_is_planned() -> None:
    assert set(plan.SETS) == set(sets.SETS)
    assert {entry.set for entry in plan.ENTRIES} <= set(plan.SETS)
    keys = [entry.key for entry in plan.ENTRIES]
    assert len(keys) == len(set(keys))


COUNTS = {"neu_det": 300, "deeppcb": 153, "magnetic_tile": 347, "rle_tile": 50, "pitting": 24,
          "kolektor": 32, "crack": 62, "glass": 62, "tire": 27, "aitex": 16, "insulator": 26,
          "elpv": 160}  # fmt: skip


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.skipif(not REAL.is_dir(), reason="the real sets are not here")
def test_the_real_sets_are_read_whole(name: str) -> None:
    named = sets.SETS[name]
    read = named.read(REAL / named.folder)
    assert len(read.items) == COUNTS[name]
    assert all(path.is_file() for item in read.items for path in item.files.values())
    assert {note.class_name for item in read.items for note in item.notes} == {*read.classes}
    if name == "crack":
        assert Counter(item.tag for item in read.items) == {"bright": 49, "dark": 13}
