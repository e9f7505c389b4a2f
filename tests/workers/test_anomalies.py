"""What anomaly engines are measured by, their thresholds and their maps, worked by hand."""

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from workers import anomalies
from workers.contract import Answer, Manifest, ManifestAnnotation, ManifestSample
from workers.engines.parts import blobs, dense, thresholds
from workers.engines.parts.blobs import Blobs
from workers.engines.parts.heads import HeatMap

SIDE = 32
Box = tuple[int, int, int, int]  # x0, y0, x1, y1 in pixels of a SIDE x SIDE image


def sample(number: int, boxes: Sequence[Box] = (), label: str = "") -> ManifestSample:
    notes = [
        ManifestAnnotation(class_name="spot", kind="box", box=tuple(v / SIDE for v in box))
        for box in boxes
    ]
    if label:
        notes.append(ManifestAnnotation(class_name=label, kind="label"))
    return ManifestSample(
        id=number, path=f"{number}.png", split="test", images={"rgb": "0" * 64}, width=SIDE,
        height=SIDE, annotations=notes,
    )  # fmt: skip


def manifest(samples: list[ManifestSample]) -> Manifest:
    classes = ["spot", "good"]
    return Manifest(task="anomaly", classes=classes, good_classes=["good"], samples=samples)


def report(samples: list[ManifestSample], scores: list[float], maps: list[Any]) -> Any:
    answers = [Answer(image_score=score) for score in scores]
    return anomalies.anomaly(samples, answers, maps, manifest(samples), "test")


def on_bins(rng: np.random.Generator, *shape: int) -> Any:
    """Values in the middle of bins, so that counting by bins loses nothing."""
    bins = rng.integers(0, anomalies.BINS, shape)
    return ((bins + 0.5) / anomalies.BINS).astype(np.float32)


BLANK = np.zeros((SIDE, SIDE), np.float32)


def test_figures_by_image_by_hand() -> None:
    """Of four pairs of a good and a bad image three are in order; by precision 1/2 + 1/2 * 2/3."""
    samples = [
        sample(0),
        sample(1, label="good"),
        sample(2, [(1, 1, 3, 3)]),
        sample(3, label="spot"),
    ]
    found = report(samples, [0.1, 0.6, 0.35, 0.8], [BLANK] * 4)
    assert found.metrics["image_auroc"] == pytest.approx(0.75)
    assert found.metrics["average_precision"] == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert found.confusion["matrix"] == [[1, 1], [1, 1]]  # 0.8 and 0.6 are told, one of them bad
    assert (found.metrics["precision"], found.metrics["image_recall"]) == (0.5, 0.5)
    assert found.metrics["image_false_alarms"] == 0.5
    assert found.per_class["anomaly"]["n"] == 2
    assert found.curves["anomaly"] == [
        [0.5, 1.0, 0.8], [0.5, 0.5, 0.6], [1.0, 0.66667, 0.35], [1.0, 0.5, 0.1],
    ]  # fmt: skip


def test_without_both_kinds_there_is_no_figure() -> None:
    found = report([sample(0), sample(1)], [0.1, 0.7], [BLANK] * 2).metrics
    assert found["image_auroc"] is found["pixel_auroc"] is found["pro"] is None
    assert found["image_recall"] is None
    assert found["image_false_alarms"] == 0.5


def drawn_maps() -> tuple[list[ManifestSample], list[Any], list[Any]]:
    """Three images, their maps and their true pixels; the middle one has two regions."""
    rng = np.random.default_rng(3)
    samples = [sample(0), sample(1, [(2, 2, 6, 8), (20, 10, 30, 12)]), sample(2, [(5, 20, 8, 30)])]
    maps = [on_bins(rng, SIDE, SIDE) for _ in samples]
    trues = [np.zeros((SIDE, SIDE), bool) for _ in samples]
    for place, boxes in ((1, [(2, 2, 6, 8), (20, 10, 30, 12)]), (2, [(5, 20, 8, 30)])):
        for x0, y0, x1, y1 in boxes:
            trues[place][y0:y1, x0:x1] = True
        lifted = maps[place][trues[place]] * 0.5 + 0.45  # above most of the good ground
        maps[place][trues[place]] = np.floor(lifted * anomalies.BINS) / anomalies.BINS + 1e-4
    return samples, maps, trues


def test_pixel_auroc_is_that_of_all_pixels() -> None:
    samples, maps, trues = drawn_maps()
    found = report(samples, [0.1, 0.9, 0.9], maps).metrics
    bins = [np.floor(plane * anomalies.BINS) for plane in maps]
    wanted = roc_auc_score(np.concatenate(trues).ravel(), np.concatenate(bins).ravel())
    assert found["pixel_auroc"] == pytest.approx(wanted, abs=1e-9)
    assert 0.6 < wanted < 0.99


def naive_pro(maps: list[Any], trues: list[Any], regions: list[Any]) -> float:
    """Threshold after threshold: the mean overlap of the regions over the false positive rate."""
    good = np.concatenate([plane[~true] for plane, true in zip(maps, trues, strict=True)])
    points = [(0.0, 0.0)]
    for threshold in np.unique(np.concatenate(maps))[::-1]:
        overlaps = [(maps[place][where] >= threshold).mean() for place, where in regions]
        points.append((float((good >= threshold).mean()), float(np.mean(overlaps))))
    area, limit = 0.0, 0.3
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 >= limit:
            break
        end = min(x1, limit)
        at_end = y1 if x1 == x0 else y0 + (y1 - y0) * (end - x0) / (x1 - x0)
        area += (end - x0) * (y0 + at_end) / 2
    return area / limit


def test_pro_is_the_mean_overlap_of_regions_and_not_of_pixels() -> None:
    samples, maps, trues = drawn_maps()
    regions = []
    for place, box in ((1, (2, 2, 6, 8)), (1, (20, 10, 30, 12)), (2, (5, 20, 8, 30))):
        where = np.zeros((SIDE, SIDE), bool)
        where[box[1] : box[3], box[0] : box[2]] = True
        regions.append((place, where))
    binned = [np.floor(plane * anomalies.BINS) for plane in maps]
    found = report(samples, [0.1, 0.9, 0.9], maps).metrics
    assert found["pro"] == pytest.approx(naive_pro(binned, trues, regions), abs=1e-9)


def test_a_small_region_that_is_missed_weighs_as_much_as_a_large_one() -> None:
    """Half of the regions found at no false alarm: PRO 1/2, though 99 % of the pixels are."""
    samples = [sample(0), sample(1, [(0, 0, 20, 20), (28, 28, 30, 30)])]
    plane = BLANK + np.float32(0.5)
    plane[:20, :20], plane[28:30, 28:30] = 0.9, 0.1
    found = report(samples, [0.1, 0.9], [BLANK + np.float32(0.5), plane]).metrics
    assert found["pro"] == pytest.approx(0.5, abs=1e-6)
    assert found["pixel_auroc"] == pytest.approx(400 / 404, abs=1e-3)


def test_a_bad_image_without_an_outline_says_nothing_of_pixels() -> None:
    samples, maps, _ = drawn_maps()
    before = report(samples, [0.1, 0.9, 0.9], maps).metrics
    more = [*samples, sample(9, label="spot")]
    after = report(more, [0.1, 0.9, 0.9, 0.2], [*maps, BLANK + np.float32(0.99)]).metrics
    assert (after["pixel_auroc"], after["pro"]) == (before["pixel_auroc"], before["pro"])
    assert after["image_auroc"] == 1.0


def test_the_conformal_rank_by_hand() -> None:
    """Of 9 scores at 10 %: the ceil(10 * 0.9) = 9th; at 20 % the 8th; at 5 % there is none."""
    scores = [float(n) for n in range(9, 0, -1)]
    for rate, value in ((0.1, 9.0), (0.2, 8.0), (0.05, 9.9)):
        chosen = thresholds.from_normal(scores, rate)
        assert chosen.threshold == pytest.approx(value)
        assert chosen.threshold > value - 1e-12
    assert thresholds.from_normal(scores, 0.2).false_alarms == pytest.approx(1 / 9)
    assert thresholds.from_normal(scores, 0.2).n_good == 9
    with pytest.raises(ValueError, match="good image"):
        thresholds.from_normal([], 0.1)


def test_a_new_good_image_is_over_it_as_often_as_was_allowed() -> None:
    rng = np.random.default_rng(0)
    over = [
        rng.random() >= thresholds.from_normal(rng.random(49).tolist(), 0.1).threshold
        for _ in range(4000)
    ]
    assert float(np.mean(over)) == pytest.approx(0.1, abs=0.015)  # 3 standard errors


def test_labelled_thresholds_by_hand() -> None:
    """At 2.25 all 3 bad ones are caught for 1 good one: F1 6/7; at 3.5 two for none: 4/5."""
    good, bad = [1.0, 2.0, 3.0], [2.5, 4.0, 5.0]
    best = thresholds.from_labelled(good, bad)
    assert (best.threshold, best.way) == (2.25, "f1")
    assert best.false_alarms == pytest.approx(1 / 3)
    assert best.escapes == 0.0
    dear = thresholds.from_labelled(good, bad, cost_escape=1.0, cost_overkill=5.0)
    assert (dear.threshold, dear.way) == (3.5, "cost")
    assert dear.escapes == pytest.approx(1 / 3)
    held = thresholds.from_labelled(good, bad, 1.0, 5.0, most_escapes=0.2)
    assert (held.threshold, held.escapes) == (2.25, 0.0)
    assert thresholds.from_labelled(good, bad, cost_escape=5.0).threshold == 2.25
    with pytest.raises(ValueError, match="of bad images"):
        thresholds.from_labelled(good, [])


def test_the_threshold_of_a_mask_by_hand() -> None:
    """From bin 3 to 5 nine of ten bad pixels are caught for no good one; the middle is taken."""
    good, bad = np.zeros(10, np.int64), np.zeros(10, np.int64)
    good[:3] = 100, 10, 2
    bad[[2, 5, 9]] = 1, 3, 6
    assert thresholds.of_pixels(good, bad) == 0.4
    bad[2] = 30  # now the two good ones are worth it
    assert thresholds.of_pixels(good, bad) == 0.2
    assert thresholds.of_pixels(good, np.zeros(10, np.int64)) == 0.5


def mean_of(inputs: Collection[Any], margin: int) -> list[Any]:
    """What a network returns that tells each pixel's mean over the channels."""
    arrays = list(inputs)
    cut = slice(margin, arrays[0].shape[2] - margin)
    return [array.mean(axis=1, keepdims=True)[:, :, cut, cut] for array in arrays]


def untold(plane: Any, threshold: float) -> Any:
    return threshold * plane / (1 - plane)


@pytest.mark.parametrize("size", [(70, 50), (24, 24), (25, 140), (9, 300)])
def test_tiles_of_a_map_stitch_to_the_image_itself(size: tuple[int, int]) -> None:
    head = HeatMap(["anomaly"], 32, 0.7, margin=4, whole=False)
    image = np.random.default_rng(1).integers(0, 256, (*size, 3)).astype(np.uint8)
    arrays, known = head.inputs(image)
    plane = untold(head.heat(mean_of(arrays, 4), known), 0.7)
    assert plane.shape == size
    assert np.allclose(plane, image.mean(axis=2) / 255, atol=1e-5)
    assert head.value(mean_of(arrays, 4), known) == pytest.approx(image.mean(axis=2).max() / 255)


def test_a_whole_image_is_one_square() -> None:
    head = HeatMap(["anomaly"], 32, 1.0)
    image = np.random.default_rng(1).integers(0, 256, (64, 128, 3)).astype(np.uint8)
    arrays, known = head.inputs(image)
    assert [array.shape for array in arrays] == [(1, 3, 32, 32)]
    plane = untold(head.heat(mean_of(arrays, 0), known), 1.0)
    blocks = image.reshape(32, 2, 32, 4, 3).mean(axis=(1, 3, 4)) / 255
    assert np.allclose(plane, blocks, atol=0.01)  # bytes are rounded once
    assert (known.original, known.scaled) == ((128, 64), (32, 32))


def plane_with(value: float) -> Any:
    plane = np.full((1, 1, 32, 32), 0.1, np.float32)
    plane[0, 0, 8:16, 4:12] = value
    return plane


def test_a_region_over_the_threshold_is_found_where_it_is() -> None:
    head = HeatMap(["anomaly"], 32, 0.5)
    _, known = head.inputs(np.zeros((64, 64, 3), np.uint8))
    answer = head.answer([plane_with(1.5)], known)
    (found,) = answer.findings
    assert found.box == (4 / 32, 8 / 32, 12 / 32, 16 / 32)
    assert found.area == pytest.approx(64 / 1024)
    assert answer.image_score == pytest.approx(1.5 / 2.0)
    assert found.polygon is not None
    below = head.answer([plane_with(0.49)], known)
    assert below.findings == []
    assert below.image_score == pytest.approx(0.49 / 0.99)


def test_a_second_plane_is_the_images_own_score() -> None:
    head = HeatMap(["anomaly"], 32, 0.5)
    _, known = head.inputs(np.zeros((32, 32, 3), np.uint8))
    both = np.concatenate([plane_with(0.2), np.full((1, 1, 32, 32), 2.0, np.float32)], axis=1)
    answer = head.answer([both], known)
    (whole,) = answer.findings  # nothing stands out in the map: it is the image as a whole
    assert whole.box is None
    assert whole.score == pytest.approx(0.8)
    assert answer.image_score == pytest.approx(0.8)
    assert head.value([both], known) == 2.0


def test_told_masks_have_their_threshold_at_a_half() -> None:
    values = np.array([0.0, 0.1, 0.2, 0.6, 1.0], np.float32)
    assert blobs.told(values, 0.2) == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.0])


def test_a_region_is_of_the_class_with_the_largest_mean_over_it() -> None:
    """Most of its pixels say `dent`, but not by much; `crack` is sure where it is said."""
    head = Blobs(["dent", "crack"], 32, 4, threshold=0.3)
    image = np.zeros((24, 24, 3), np.uint8)
    arrays, known = head.inputs(image)
    planes = np.zeros((1, 3, 24, 24), np.float32)
    planes[0, 0, 4:10, 6:16] = 0.65
    planes[0, 1:, :, :12] = np.array([0.55, 0.45])[:, None, None]
    planes[0, 1:, :, 12:] = np.array([0.05, 0.95])[:, None, None]
    answer = head.answer([planes] * len(arrays), known)
    (found,) = answer.findings
    assert (found.class_name, found.box) == ("crack", (6 / 24, 4 / 24, 16 / 24, 10 / 24))
    assert found.score == pytest.approx(0.75)  # half way from the threshold to 1
    assert isinstance(known, dense.Grid)


def test_image_scores_are_kept_with_their_truth() -> None:
    samples = [sample(0), sample(1, label="good"), sample(2, [(1, 1, 3, 3)])]
    found = report(samples, [0.6, 0.1, 0.8], [BLANK] * 3)
    told = [(each.sample, each.score, each.defective) for each in found.scores]
    assert told == [(1, 0.1, False), (0, 0.6, False), (2, 0.8, True)]
    assert found.scored == 3


def test_of_many_images_scores_are_kept_evenly() -> None:
    """9,000 good and 1,000 bad ones: a fifth of each, from the lowest to the highest."""
    scores = np.linspace(0, 1, 10_000)
    bad = np.arange(10_000) % 10 == 5
    samples = [sample(number) for number in range(10_000)]
    kept = anomalies.kept_scores(samples, scores, bad, manifest(samples))
    assert len(kept) == 2000
    assert len({each.sample for each in kept}) == 2000
    wrong = [each.score for each in kept if each.defective]
    assert len(wrong) == pytest.approx(200, abs=1)
    assert np.allclose(np.quantile(wrong, [0, 0.5, 1]), [0, 0.5, 1], atol=0.01)
    assert all(bad[each.sample] == each.defective for each in kept)
