"""Baselines without deep learning, on drawn defects that each can see, and what is told of runs."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.parts import report
from bench.parts.trials import figures, page, plain, plain_whole, plan, results, sets, synthetic
from bench.parts.trials.plain import Blobs
from tests.bench import layouts
from tests.workers.ground import cached, labelled
from workers.contract import Answer, Finding, Manifest, ManifestAnnotation, ManifestSample


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return layouts.everything(tmp_path_factory.mktemp("sets"))


def test_the_template_difference_finds_what_the_template_has_not(root: Path) -> None:
    found = plain.template_difference(sets.frozen(root, "deeppcb", 0))
    assert found.values["recall_33"] == 1
    assert found.values["precision_33"] == 1
    assert found.interval == (1, 1)


def test_a_moved_template_is_moved_back(root: Path) -> None:
    sample = sets.frozen(root, "deeppcb", 0).samples[0]
    image, template = plain.grey(sample), plain.grey(sample, "template")
    rng = np.random.default_rng(0)
    texture = rng.uniform(0, 255, image.shape).astype(np.float32)
    still = plain.aligned(texture, np.roll(texture, (3, -2), (0, 1)))
    assert np.abs(still - texture)[8:-8, 8:-8].max() == 0
    assert np.array_equal(plain.aligned(image, template), template)


def test_blobs_are_boxes_around_what_is_large_enough() -> None:
    plane = np.zeros((50, 100), np.float32)
    plane[10:20, 20:40], plane[40, 90] = 200, 200
    rows = plain.blobs(plane, Blobs(level=80, opened=1, closed=1, area=4, around=0))
    assert rows.tolist() == [[0.2, 0.2, 0.4, 0.4]]


@pytest.mark.parametrize("way", [plain.local_contrast, plain.black_hat])
def test_dark_marks_are_found_by_pixels(root: Path, way: plan.Baseline) -> None:
    found = way(sets.frozen(root, "magnetic_tile", 0))
    assert 0.5 < (found.values["iou"] or 0) <= 1


def test_otsu_cuts_every_picture_in_two(root: Path) -> None:
    frozen = sets.frozen(root, "magnetic_tile", 0)
    bad = [sample for sample in frozen.samples if figures.true_pixels(sample, frozen).any()]
    cut = plain.cut_in_two(plain.grey(bad[0]), True)
    assert (figures.true_pixels(bad[0], frozen) == cut).mean() > 0.98
    assert 0 < (plain.otsu(frozen).values["iou"] or 0) < 0.3, "good ones are cut too"


def test_settings_are_not_chosen_by_what_is_held_out(root: Path) -> None:
    frozen = sets.frozen(root, "magnetic_tile", 0)
    assert {sample.split for sample in plain.tuning(frozen)} == {"train", "val"}


def test_bright_marks_stand_out_from_normal_pictures(root: Path) -> None:
    found = plain_whole.z_score(sets.frozen(root, "glass", 0))
    assert found.values["image_auroc"] == 1
    assert (found.values["pixel_auroc"] or 0) > 0.9
    assert (found.values["pro"] or 0) > 0.7


def test_classes_by_gradients() -> None:
    frozen = stripes()
    assert (plain_whole.hog_svm(frozen).values["accuracy"] or 0) > 0.9
    assert (plain_whole.nearest_mean(frozen).values["accuracy"] or 0) > 0.9
    chance = plain_whole.hog_svm(labelled(size=64)).values["accuracy"]
    assert chance is not None
    assert chance < 0.9, "squares of two brightnesses have much the same gradients"


def stripes() -> Manifest:
    """Upright and level stripes."""
    samples = []
    for number in range(30):
        rng, name = np.random.default_rng(number), ("up", "level")[number % 2]
        wave = 120 + 80 * np.sin(np.arange(64) / rng.uniform(1.5, 3) + rng.uniform(0, 6))
        plane = np.tile(wave, (64, 1)) + rng.normal(0, 10, (64, 64))
        pixels = (plane if name == "up" else plane.T).clip(0, 255).astype(np.uint8)
        sample = labelled(1, 0, 0, 64).samples[0]
        samples.append(
            sample.model_copy(
                update={
                    "id": number,
                    "split": ("train", "train", "train", "train", "val", "test")[number // 5],
                    "images": {"rgb": kept(pixels)},
                    "annotations": [ManifestAnnotation(class_name=name, kind="label")],
                }
            )
        )
    return Manifest(task="classify", classes=["level", "up"], samples=samples)


def kept(pixels: layouts.Pixels) -> str:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return cached(out.getvalue())


def test_augmented_pictures_keep_their_class_and_size() -> None:
    frozen = stripes()
    made = synthetic.augmented(frozen, 0)
    assert len(made) == synthetic.each_class(frozen) * 2 == 500
    assert {plane.shape for _, plane in made} == {(64, 64)}
    none, more = synthetic.accuracy(frozen, []), synthetic.accuracy(frozen, made[:20])
    assert none["accuracy"] is not None
    assert more["accuracy"] is not None


SAMPLE = ManifestSample(
    id=0, path="a", split="test", images={"rgb": "0" * 64}, width=100, height=100,
    annotations=[
        ManifestAnnotation(class_name="pit", kind="box", box=(0.1, 0.1, 0.3, 0.3)),
        ManifestAnnotation(class_name="pit", kind="box", box=(0.6, 0.6, 0.8, 0.8)),
    ],
)  # fmt: skip
BOXED = Manifest(task="detect", classes=["pit"], samples=[SAMPLE])


def test_boxes_pair_once_whatever_their_class() -> None:
    rows = np.array([[0.1, 0.1, 0.3, 0.3], [0.12, 0.1, 0.3, 0.3], [0.4, 0.4, 0.5, 0.5]])
    found = figures.boxes([SAMPLE], [rows], BOXED)
    assert found.values == {
        "f1_33": pytest.approx(2 / 5),
        "recall_33": 0.5,
        "precision_33": pytest.approx(1 / 3),
    }


def test_the_score_that_counts_is_the_one_with_the_best_f1() -> None:
    def find(box: tuple[float, float, float, float], score: float) -> Finding:
        return Finding(class_name="pit", score=score, box=box)

    answer = Answer(findings=[
        find((0.1, 0.1, 0.3, 0.3), 0.6), find((0.6, 0.6, 0.8, 0.8), 0.5),
        *(find((0.4, 0.1 * n, 0.5, 0.1 * n + 0.1), 0.3) for n in range(5)),
    ])  # fmt: skip
    score = figures.best_score([SAMPLE], [answer], BOXED)
    assert 0.3 < score <= 0.5
    assert len(figures.told_boxes([answer], score)[0]) == 2


def test_intervals_by_hand() -> None:
    over = results.mean([0.5, 0.6, 0.7])
    assert over is not None
    assert [over.low, over.high] == pytest.approx([0.3516, 0.8484], abs=1e-4)
    one = results.mean([0.5], (0.4, 0.6))
    assert str(one) == "0.500 [0.40, 0.60]"
    assert results.mean([]) is None
    right = figures.classes(["a"] * 50 + ["b"] * 50, ["a"] * 100)
    assert right.interval is not None
    assert right.interval[0] == pytest.approx(0.5 - 1.96 * 0.05, abs=0.02)
    assert right.values == {"accuracy": 0.5, "balanced_accuracy": 0.5}


def test_the_page_says_where_an_engine_does_not_beat_its_baseline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "FILE", tmp_path / "runs.jsonl")
    monkeypatch.setattr(report, "DOCS", tmp_path)
    for seed, (plain_iou, learnt) in enumerate([(0.2, 0.1), (0.3, 0.1), (0.2, 0.2)]):
        results.add({"kind": "baseline", "set": "magnetic_tile", "name": "Otsu", "seed": seed,
                     "values": {"iou": plain_iou}, "interval": None})  # fmt: skip
        results.add({"kind": "engine", "set": "magnetic_tile", "name": "segmentation-magnetic_tile",
                     "seed": seed, "values": {"iou": learnt}, "interval": None, "epochs": 3,
                     "train_minutes": 2.0, "peak_mb": 900.0, "ms": 5.0, "threads": 1})  # fmt: skip
    results.add({"kind": "engine", "set": "kolektor", "name": "segmentation-kolektor", "seed": 0,
                 "error": "no memory", "threads": 1})  # fmt: skip
    page.write()
    text = (tmp_path / "engines.md").read_text()
    line, failed = (each for each in text.splitlines() if each.startswith("| segmentation |"))
    assert "**does not**: -0.10" in line
    assert "no memory" in failed
    assert "| 3 |" in line
    assert "- yolo-deeppcb-SE" in text.partition("## Never run")[2]
    assert len(results.read()) == 7


def test_the_latest_run_of_a_seed_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "FILE", tmp_path / "runs.jsonl")
    row = {"kind": "engine", "set": "tire", "name": "padim-tire", "seed": 0}
    results.add(row | {"error": "stopped"})
    results.add(row | {"values": {"image_auroc": 0.123456789}})
    (kept_row,) = results.read()
    assert kept_row["values"] == {"image_auroc": 0.12346}
