"""What the box detectors stand on, worked by hand: figures, anchors, mining, tiles, roles."""

import numpy as np
import pytest
import torch

from tests.workers import ground as drawn
from workers import evaluation
from workers.contract import Answer, Failure, Finding, Manifest, ManifestAnnotation, ManifestSample
from workers.engines.parts import anchors, boxes, crops_in_graph, hard_examples, roles, tiled
from workers.engines.parts.drawn import Drawn
from workers.engines.parts.heads import Boxes
from workers.engines.parts.roles import Roles

A, B, C = (0.0, 0.0, 0.2, 0.2), (0.4, 0.4, 0.6, 0.6), (0.8, 0.8, 1.0, 1.0)


def sample(
    number: int, *annotations: tuple[str, tuple[float, float, float, float]]
) -> ManifestSample:
    return ManifestSample(
        id=number, path=f"{number}.png", split="test", images={}, width=100, height=100,
        annotations=[ManifestAnnotation(class_name=n, kind="box", box=b) for n, b in annotations],
    )  # fmt: skip


def answer(*findings: tuple[str, tuple[float, float, float, float], float]) -> Answer:
    found = [Finding(class_name=name, box=box, score=score) for name, box, score in findings]
    return Answer(findings=found)


def test_recall_at_a_number_of_false_calls_an_image() -> None:
    # Four true boxes in two images. Down the scores: right, right, wrong, right, wrong, right.
    samples = [sample(1, ("a", A), ("b", B)), sample(2, ("a", A), ("b", C))]
    answers = [
        answer(("a", A, 0.9), ("b", A, 0.7), ("b", B, 0.6)),
        answer(("a", A, 0.8), ("a", A, 0.5), ("b", C, 0.4)),
    ]
    found = evaluation.detect(samples, answers, ["a", "b"], "test").metrics
    assert found["recall_at_fp_0_1"] == pytest.approx(2 / 4)  # 0.1 * 2 images: no false call
    assert found["recall_at_fp_0_5"] == pytest.approx(3 / 4)  # one
    assert found["recall_at_fp_1"] == pytest.approx(4 / 4)  # two: the other class, the second box
    # Findings of one score come together: the right one cannot be had without the wrong one.
    answers = [answer(("a", A, 0.9), ("b", C, 0.9)), answer()]
    found = evaluation.detect(samples, answers, ["a", "b"], "test").metrics
    assert found["recall_at_fp_0_1"] == 0.0
    assert found["recall_at_fp_0_5"] == pytest.approx(1 / 4)
    nothing = evaluation.detect([sample(3)], [answer(("a", A, 0.9))], ["a", "b"], "test").metrics
    assert nothing["recall_at_fp_1"] is None


def test_anchors_are_the_sizes_of_the_boxes() -> None:
    small, wide = [[10.0, 10.0], [12.0, 12.0], [11.0, 11.0]], [[80.0, 20.0], [84.0, 20.0]]
    found = anchors.k_means(np.array(small + wide), 2)
    assert found == [(11.0, 11.0), (82.0, 20.0)]
    # 10 x 10 in 11 x 11: 100 / 121; 12 x 12 over it: 121 / 144; 80 in 82: 80 / 82; 82 in 84.
    overlaps = [100 / 121, 121 / 144, 1, 80 / 82, 82 / 84]
    assert anchors.fit(np.array(small + wide), found) == pytest.approx(np.mean(overlaps))
    assert anchors.k_means(np.array([[5.0, 5.0]] * 4), 3) == [(5.0, 5.0)]
    assert anchors.k_means(np.empty((0, 2)), 3) == []


def test_an_anchor_is_at_home_where_it_is_eight_strides_long() -> None:
    assert anchors.by_level([(8, 8), (30, 34), (64, 64), (600, 600), (2000, 2000)]) == {
        0: [(8, 8), (30, 34)],  # 32 is eight times the stride 4
        1: [(64, 64)],
        4: [(600, 600), (2000, 2000)],
    }


def test_the_hardest_regions_are_learnt_from_but_no_two_on_one_place() -> None:
    places = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 11], [50, 50, 60, 60], [80, 80, 90, 90]])
    losses = torch.tensor([2.0, 3.0, 0.5, 1.0])
    assert hard_examples.hardest(losses, places, 2).tolist() == [
        1,
        3,
    ]  # the first lies on the second
    assert hard_examples.hardest(losses, places, 9).tolist() == [1, 3, 2]


def test_the_loss_of_a_region_is_that_of_its_class_and_box() -> None:
    logits, labels = torch.tensor([[0.0, 0.0], [0.0, 0.0]]), torch.tensor([0, 1])
    codes, wanted = torch.ones(2, 8), torch.zeros(2, 4)
    wanted[0] = -torch.inf  # what torchvision codes where an image has no box
    found = hard_examples.region_losses(logits, codes, labels, wanted)
    # ln 2 for the class; four coordinates off by 1: 1 - (1 / 9) / 2 each, for the second alone.
    assert found.tolist() == pytest.approx([np.log(2), np.log(2) + 4 * (1 - 1 / 18)], rel=1e-5)


def test_tiles_cover_the_image_and_overlap() -> None:
    assert tiled.windows(100, 40, 50, 0.0) == [(0, 0, 50, 40), (50, 0, 100, 40)]
    # 100 px in tiles of 50 that share a fifth: a step of 40 at most, so three, evenly.
    assert [x0 for x0, *_ in tiled.windows(100, 40, 50, 0.2)] == [0, 25, 50]
    assert tiled.windows(30, 20, 50, 0.2) == [(0, 0, 30, 20)]
    strip = tiled.windows(4096, 256, 640, 0.2)
    seen = np.zeros((256, 4096), int)
    for x0, y0, x1, y1 in strip:
        seen[y0:y1, x0:x1] += 1
        assert (x1 - x0, y1 - y0) == (640, 256)
    assert seen.min() == 1


TILES = [(0, 0, 100, 100), (60, 0, 160, 100)]


def rows(*each: tuple[float, ...]) -> np.ndarray:
    return np.array(each, np.float32).reshape(-1, 6)


def test_what_one_tile_cuts_and_the_other_sees_whole_is_whole() -> None:
    cut, whole = rows((80, 10, 100, 30, 0.9, 0)), rows((80, 10, 130, 30, 0.6, 0))
    found = tiled.stitched([cut, whole], TILES, (160, 100))
    assert found.tolist() == [[80, 10, 130, 30, pytest.approx(0.9), 0]]


def test_what_no_tile_sees_whole_is_put_together() -> None:
    left, right = rows((20, 10, 100, 30, 0.7, 0)), rows((60, 11, 160, 30, 0.8, 0))
    found = tiled.stitched([left, right], [TILES[0], (60, 0, 160, 100)], (260, 100))
    assert found.tolist() == [[20, 10, 160, 30, pytest.approx(0.8), 0]]


def test_what_both_tiles_see_is_told_once_and_neighbours_stay_two() -> None:
    one = rows((65, 10, 85, 30, 0.7, 0), (10, 60, 30, 80, 0.5, 0))
    two = rows((66, 10, 86, 30, 0.8, 0), (65, 10, 85, 30, 0.4, 1), (140, 60, 158, 80, 0.6, 0))
    found = tiled.stitched([one, two], TILES, (160, 100))
    assert found[:, [0, 5]].tolist() == [[66, 0], [140, 0], [10, 0], [65, 1]]
    assert tiled.stitched([rows(), rows()], TILES, (160, 100)).shape == (0, 6)


def test_a_tiled_head_finds_small_things_in_a_strip() -> None:
    strip = np.full((40, 400, 3), 90, np.uint8)
    for x in (30, 195, 380):
        strip[10:20, x : x + 10] = 255
    head = Boxes(["spot"], 64, tile=64, lap=0.25)
    arrays, known = head.inputs(strip)
    assert {array.shape for array in arrays} == {head.shape}
    found = head.answer([_bright(array) for array in arrays], known)
    lefts = sorted(round((finding.box or A)[0] * 400) for finding in found.findings)
    assert lefts == [30, 195, 380]
    assert (found.width, found.height) == (400, 40)


def _bright(array: np.ndarray) -> np.ndarray:
    """What a detector of white would say: 1 x 5 x n of centre, size and score."""
    ys, xs = np.nonzero(array[0, 0] > 0.9)
    if not len(xs):
        return np.zeros((1, 5, 1), np.float32)
    x0, x1, y0, y1 = xs.min(), xs.max() + 1, ys.min(), ys.max() + 1
    row = [(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, 0.9]
    return np.array(row, np.float32).reshape(1, 5, 1)


def test_drawn_boxes_lie_on_what_is_drawn() -> None:
    frozen = drawn.manifest(6, 0, 0, size=96)
    rng = np.random.default_rng(0)
    for tile in (0, 48):
        source = Drawn(frozen.samples, frozen.classes, 64, tile)
        for how in ("none", "generic"):
            images, targets = source.draw(np.arange(6), how, rng)
            assert images.shape == (6, 3, 64, 64)
            for image, row in zip(images, targets[:, 0], strict=True):
                x0, y0, x1, y1 = row[1:].round().astype(int)
                if row[0] < 0 or min(x1 - x0, y1 - y0) < 6:
                    continue
                inner = image[:, y0 + 2 : y1 - 2, x0 + 2 : x1 - 2].mean()
                assert inner < 0.3 if row[0] == 0 else inner > 0.65
    sides = Drawn(frozen.samples, frozen.classes, 64).sides()
    true = [b[2] - b[0] for s in frozen.samples for a in s.annotations if (b := a.box)]
    assert sides[:, 0] == pytest.approx(np.array(true) * 64, rel=1e-4)


def test_the_letterbox_is_that_of_the_line() -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (50, 90, 3)).astype(np.uint8)
    array, place = boxes.letterbox(pixels, 64)
    canvas, same = boxes.fitted(pixels, 64)
    assert place == same
    assert np.array_equal(array[0].transpose(1, 2, 0), canvas.astype(np.float32) / 255)


def test_roles_are_found_from_what_lies_in_what() -> None:
    frozen: Manifest = drawn.housings(6, 0, 0)
    told = Roles((), (), ())
    assert roles.found(frozen.samples, frozen.classes, told) == Roles(
        ("housing",), (), ("fixed", "missing")
    )
    inner, spot = (0.1, 0.1, 0.3, 0.3), (0.12, 0.12, 0.2, 0.2)
    three = [sample(1, ("frame", (0, 0, 1, 1)), ("bolt", inner), ("loose", spot)),
             sample(2, ("frame", (0, 0, 1, 1)), ("bolt", inner))]  # fmt: skip
    classes = ["loose", "frame", "bolt"]
    assert roles.found(three, classes, told) == Roles(("frame",), ("bolt",), ("loose",))
    named = roles.by_name(classes, "frame", "", "bolt, loose")
    assert roles.found(three, classes, named) == Roles(("frame",), (), ("bolt", "loose"))
    with pytest.raises(Failure, match="no class nut"):
        roles.by_name(classes, "nut", "", "")
    with pytest.raises(Failure) as failure:
        roles.found([sample(1, ("frame", A), ("bolt", B))], ["frame", "bolt"], told)
    assert failure.value.code == "no_structures"


def test_the_best_candidates_are_chosen_in_their_own_order() -> None:
    places = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60], [80, 80, 90, 90]])
    ranks, good = torch.tensor([1.0, 2.0, 3.0, 0.0]), torch.tensor([True, True, True, False])
    found, valid = crops_in_graph.chosen(places, ranks, good, 4)
    # The first lies on the second; the last does not count; so two are left, in their order.
    assert found[valid].tolist() == [1, 2]
    assert valid.tolist() == [True, True, False, False]
    region = crops_in_graph.squares(torch.tensor([[10.0, 20.0, 30.0, 30.0]]), 1.5)
    assert region.tolist() == [[5.0, 10.0, 35.0, 40.0]]
    inside = crops_in_graph.inside(torch.tensor([[10.0, 20.0, 30.0, 30.0]]), region[0], 60)
    assert inside.tolist() == [[10.0, 20.0, 50.0, 40.0]]
    assert crops_in_graph.outside(inside[None], region, 60)[0].tolist() == [
        [10.0, 20.0, 30.0, 30.0]
    ]
