"""What belongs together stays together: parts, equal images, and how splits are dealt."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from inspection.formats import parts
from inspection.formats.tree import ReadSample
from inspection.models.datasets import Annotation, Sample
from inspection.services import splits
from inspection.services.splits import Group
from tests.inspection.test_imports import bring, codes, drawn_set, freeze, make, picture, upload

SHARES = {"train": 0.6, "val": 0.2, "test": 0.2}


@pytest.mark.parametrize(
    ("by", "pattern", "path", "part"),
    [
        ("none", "", "b/7_1.png", ""),
        ("folder", "", "lot/b7/cam1.png", "lot/b7"),
        ("prefix", "", "a/PCB-7_top_1.png", "a/PCB-7"),
        ("prefix", "", "a/alone.png", "a/alone"),
        ("stem", "", "a/PCB-7_cam2.png", "a/PCB-7"),
        ("stem", "", "a/PCB-7-top.png", "a/PCB-7"),
        ("stem", "", "a/PCB-7_003.png", "a/PCB-7"),
        ("stem", "", "a/PCB7.png", "a/PCB7"),
        ("pattern", "SN{part}_*", "x/SN0042_cam1.png", "0042"),
        ("pattern", "{part}/*", "x/unit9/left.png", "unit9"),
        ("pattern", "SN{part}_*", "x/other.png", ""),
    ],
)
def test_a_part_is_read_from_the_path(by: str, pattern: str, path: str, part: str) -> None:
    sample = ReadSample(path, {"rgb": path}, part="the format's own")
    parts.name([sample], by, pattern)
    assert sample.part == part


@pytest.mark.parametrize("pattern", ["", "plain", "{part}{part}", "*{part}*_*_*", "/{part}"])
def test_a_pattern_that_cannot_work_is_refused_at_its_field(
    api: Callable[..., Any], pattern: str
) -> None:
    client = api("engineer")
    files = upload(client, {"a.png": picture(1)})
    body = {"files": files, "part_by": "pattern", "part_pattern": pattern}
    reply = client.post(f"/api/v1/datasets/{make(client)}/imports", body, format="json")
    assert reply.status_code == 400, reply.content
    assert "part_pattern" in reply.json()["fields"]


def test_a_dry_run_counts_parts_and_a_version_keeps_them_whole(api: Callable[..., Any]) -> None:
    client = api("engineer")
    files = {"data.yaml": b"names: [pit, dent]\n"}
    for n in range(30):
        files[f"images/unit{n // 3}_cam{n % 3}.png"] = picture(n)
        files[f"labels/unit{n // 3}_cam{n % 3}.txt"] = f"{n % 2} 0.5 0.5 0.2 0.2\n".encode()
    dry = bring(client, files, dry=True, part_by="stem")
    assert (dry["counts"]["parts"], dry["part_by"]) == (10, "stem")
    row = bring(client, files, part_by="stem")
    assert freeze(client, row["dataset"]).json()["splits"] == {"train": 18, "val": 6, "test": 6}
    held: dict[str, set[str]] = {}
    for sample in Sample.objects.all():
        held.setdefault(sample.part, set()).add(sample.split)
    assert len(held) == 10
    assert all(len(of_part) == 1 for of_part in held.values())


def test_equal_images_at_two_paths_are_in_one_split(api: Callable[..., Any]) -> None:
    client = api("engineer")
    files = drawn_set(20)
    for n in range(10):
        files[f"images/copy{n}.png"] = files[f"images/{n}.png"]
        files[f"labels/copy{n}.txt"] = files[f"labels/{n}.txt"]
    row = bring(client, files)
    freeze(client, row["dataset"])
    split = dict(Sample.objects.values_list("path", "split"))
    assert all(split[f"images/copy{n}.png"] == split[f"images/{n}.png"] for n in range(10))


def test_folders_that_tear_a_part_apart_are_told(api: Callable[..., Any]) -> None:
    same = picture(1)
    files = {"train/a/1.png": same, "test/a/1.png": same, "train/b/2.png": picture(2)}
    row = bring(api("engineer"), files, task="classify")
    assert codes(row, "warning") == {"torn_part"}
    torn = {"train/a/u1_1.png": picture(3), "test/b/u1_2.png": picture(4)}
    assert "torn_part" not in codes(bring(api("engineer"), torn, task="classify"), "warning")
    row = bring(api("engineer"), torn, task="classify", part_by="pattern", part_pattern="{part}_*")
    assert codes(row, "warning") == {"torn_part"}


def board(number: str, seed: int) -> dict[str, bytes]:
    return {
        f"g/{number}_test.jpg": picture(seed, "JPEG"),
        f"g/{number}_temp.jpg": picture(seed + 1000, "JPEG"),
        f"g/{number}.txt": b"4 4 12 12 2\n",
    }


def test_crops_of_a_board_are_one_part_where_there_are_boards_enough(
    api: Callable[..., Any],
) -> None:
    files: dict[str, bytes] = {}
    for n, number in enumerate(("00041001", "00041002", "12000001", "90100007")):
        files |= board(number, n)
    row = bring(api("engineer"), files)
    assert row["counts"]["parts"] == 3
    assert Sample.objects.get(path="g/00041002_test.jpg").part == "00041"
    few = bring(api("engineer"), board("00041001", 1) | board("12000001", 2))
    assert (few["counts"]["parts"], "few_boards" in codes(few, "warning")) == (0, True)


def test_each_class_is_dealt_by_the_shares_and_the_rarest_first() -> None:
    names = ["common"] * 80 + ["rare"] * 10 + [""] * 10
    groups = [Group([n], Counter([name] if name else [])) for n, name in enumerate(names)]
    splits.deal(groups, SHARES, seed=3)
    dealt = Counter((name, group.split) for name, group in zip(names, groups, strict=True))
    assert [dealt["rare", split] for split in splits.SPLITS] == [6, 2, 2]
    assert [dealt["common", split] for split in splits.SPLITS] == [48, 16, 16]
    assert [dealt["", split] for split in splits.SPLITS] == [6, 2, 2]


def test_three_parts_are_enough_for_three_splits() -> None:
    groups = [Group(list(range(n * 10, n * 10 + 10)), Counter(["pit"])) for n in range(3)]
    splits.deal(groups, {"train": 0.8, "val": 0.1, "test": 0.1}, seed=1)
    assert {group.split for group in groups} == set(splits.SPLITS)


def test_what_shares_a_key_by_way_of_another_is_together() -> None:
    keys = [["a"], ["b"], ["a", "c"], ["d"], ["c", "d"]]
    assert splits.together(keys) == [[0, 2, 3, 4], [1]]


def test_an_import_without_annotations_leaves_those_that_are_there(api: Callable[..., Any]) -> None:
    client = api("engineer")
    files = drawn_set(3)
    row = bring(client, files)
    bare = {path: data for path, data in files.items() if path.endswith(".png")}
    again = bring(client, bare, dataset=row["dataset"])
    assert again["counts"]["updated"] == 3
    assert Annotation.objects.count() == 3
    assert Sample.objects.filter(annotated=True).count() == 3
    left_out = bring(client, files, dataset=row["dataset"], class_map={"pit": None, "dent": None})
    assert left_out["counts"]["updated"] == 3
    assert Annotation.objects.count() == 3
    empty = files | {"labels/0.txt": b""}  # an empty label file says that there is nothing
    bring(client, empty, dataset=row["dataset"])
    assert Annotation.objects.count() == 2


@pytest.mark.parametrize(
    "label", [b"inf 0.5 0.5 0.2 0.2\n", b"0 nan 0.5 0.2 0.2\n", b"0.5 0.5 0.5 0.2 0.2\n"]
)
def test_numbers_that_are_none_are_problems_of_their_file(
    api: Callable[..., Any], label: bytes
) -> None:
    files = drawn_set(3) | {"labels/0.txt": label}
    row = bring(api("engineer"), files, format="yolo")
    assert codes(row) == {"malformed"}
    assert {p["path"] for p in row["problems"] if p["level"] == "error"} == {"labels/0.txt"}


@pytest.mark.parametrize("line", [b"4 4 12 12 inf\n", b"4 4 nan 12 2\n", b"4 4 12 inf 2\n"])
def test_deeppcb_numbers_that_are_none_are_problems_of_their_file(
    api: Callable[..., Any], line: bytes
) -> None:
    row = bring(api("engineer"), board("00041001", 1) | {"g/00041001.txt": line})
    assert codes(row) == {"malformed"}
