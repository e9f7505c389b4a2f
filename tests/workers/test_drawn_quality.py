"""What drawn images are measured by, and how they come into images: worked by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from tests.workers import ground as drawn
from workers import data
from workers.contract import Manifest
from workers.generators.base import Patch
from workers.generators.parts import examples, features, pasting, quality
from workers.generators.parts.quality import Reals
from workers.parameters import Drawing


def told(rows: Any) -> Any:
    """Features as they stand."""
    return lambda _: np.array(rows, float)


def reals(rows: list[list[float]]) -> Reals:
    return Reals([np.zeros((2, 2, 3), np.uint8)] * len(rows), told(rows), turning=False)


def test_kid_by_hand() -> None:
    """Two and two in one dimension: k(x, y) = (xy + 1)^3.

    Real 0 and 1: k = 1. Drawn 1 and 2: k = 27. Across: 1, 1, 8, 27, mean 9.25.
    """
    assert reals([[0], [1]]).kid(np.array([[1.0], [2.0]])) == pytest.approx(1 + 27 - 2 * 9.25)


def test_kid_is_about_zero_for_the_same_kind_and_grows_with_the_distance() -> None:
    chance = np.random.default_rng(0)
    real = reals(chance.normal(0, 0.3, (200, 8)).tolist())
    same, near, far = (real.kid(chance.normal(at, 0.3, (200, 8))) for at in (0, 0.3, 0.6))
    assert abs(same or 1) < 0.01 < (near or 0) < (far or 0)
    assert real.kid(np.zeros((1, 8))) is None
    assert (real.spread(chance.normal(0, 0.3, (200, 8))) or 1) < 0.02
    assert real.spread(np.zeros((3, 8))) is None


def test_pairs_of_an_image_with_itself_say_nothing() -> None:
    """In all its eight ways an image is one: two images have one pair."""
    pictures = [np.full((8, 8, 3), value, np.uint8) for value in (0, 255)]
    flat = features.fixed(pictures)
    within = quality.kernel(flat, flat)[0, 1]
    value = Reals(pictures, features.fixed, turning=True).kid(flat)
    across = quality.kernel(flat, flat).mean()
    assert value == pytest.approx(2 * within - 2 * across)


def test_limits_and_doubts() -> None:
    """0, 1, 3, 7 lie 1, 1, 2, 4 from their nearest: the middle is 1.5."""
    limits = reals([[0], [1], [3], [7]]).limits()
    assert limits is not None
    assert limits.near == pytest.approx(0.5)
    assert limits.far == 4
    assert [limits.doubt(d) for d in (0.4, 0.5, 4, 4.1)] == ["too_near", "", "", "too_far"]
    assert reals([[0], [1]]).limits() is None
    nearest, distances = reals([[0], [1], [3]]).nearest(np.array([[2.5], [-2]]))
    assert nearest.tolist() == [2, 0]
    assert distances.tolist() == [0.5, 2]


def test_a_turned_copy_is_a_copy() -> None:
    chance = np.random.default_rng(1)
    pictures = [chance.integers(0, 255, (32, 32, 3)).astype(np.uint8) for _ in range(4)]
    copy = np.ascontiguousarray(np.rot90(pictures[2][:, ::-1]))
    known = Reals(pictures, features.fixed, turning=True)
    nearest, distances = known.nearest(features.fixed([copy]))
    assert nearest.tolist() == [2]
    assert distances[0] == pytest.approx(0, abs=1e-6)
    as_is = Reals(pictures, features.fixed, turning=False)
    assert as_is.nearest(features.fixed([copy]))[1][0] > 0.1


def test_features_are_those_of_given_weights(tmp_path: Path) -> None:
    from torchvision.models import resnet18

    torch.manual_seed(0)
    whole, other = tmp_path / "resnet.safetensors", tmp_path / "other.safetensors"
    save_file(resnet18(weights=None).state_dict(), whole)
    save_file({"weight": torch.zeros(3)}, other)
    pixels = [drawn.plate(1, 64)[0], drawn.plate(2, 64)[0]]
    name, describe = features.of(whole)
    assert (name, describe(pixels).shape) == ("resnet18", (2, 512))
    assert features.of(other)[0] == "fixed"
    assert features.of(None)[0] == "fixed"
    assert features.fixed(pixels).shape == (2, 176)


@pytest.fixture(scope="module")
def frozen() -> Manifest:
    return drawn.manifest(12, 2, 2, size=64)


def dark(frozen: Manifest, **params: Any) -> list[examples.Example]:
    asked = Drawing.model_validate({"side": 32} | params)
    return examples.of(data.of_split(frozen, "train"), ["dark"], asked)


def test_an_example_is_a_square_around_its_annotation(frozen: Manifest) -> None:
    found = dark(frozen, context=2)
    assert len(found) == sum(
        note.class_name == "dark" for sample in frozen.samples[:12] for note in sample.annotations
    )
    for example in found:
        assert example.mask is not None
        assert example.mask.mean() == pytest.approx(1 / 4, abs=0.05)
        assert example.pixels[example.mask > 0.5].mean() < 40
        assert example.pixels[example.mask < 0.5].mean() > 100


def test_what_was_drawn_is_never_learnt_from(frozen: Manifest) -> None:
    marked = [
        sample.model_copy(update={"synthetic": number % 4 == 0})
        for number, sample in enumerate(frozen.samples[:12])
    ]
    asked = Drawing.model_validate({"side": 32})
    learnt = {example.sample for example in examples.of(marked, ["dark"], asked)}
    assert learnt
    assert not learnt & {sample.id for sample in marked if sample.synthetic}


def test_a_defect_comes_into_a_good_image_with_its_box(frozen: Manifest) -> None:
    scenes = pasting.Scenes(frozen, dark(frozen))
    assert all(not sample.annotations for sample in scenes.hosts)
    patch = Patch(np.full((32, 32, 3), 20, np.uint8), np.zeros((32, 32), np.float32))
    patch.mask[8:24, 8:24] = 1  # type: ignore[index]  # it has one
    patch.pixels[patch.mask < 0.5] = 100  # type: ignore[operator]  # it has one
    for seed in range(10):
        scene = scenes.choose(seed)
        assert scene == scenes.choose(seed) or scene.window == scenes.choose(seed).window
        made = scenes.paste(scene, patch, "dark")
        (note,) = made.annotations
        assert note.box is not None
        x0, y0, x1, y1 = (round(edge * 64) for edge in note.box)
        inside = made.pixels[y0 + 1 : y1 - 1, x0 + 1 : x1 - 1]
        before = data.read_pixels(scene.sample)
        # The surroundings were 28 darker than the place: the defect is lifted by as much.
        assert inside.mean() == pytest.approx(20 + 28, abs=6)
        x, y, side = scene.window
        outside = np.ones((64, 64), bool)
        outside[y : y + side, x : x + side] = False
        assert np.array_equal(made.pixels[outside], before[outside])
        border = np.abs(made.pixels[y, x : x + side].astype(int) - before[y, x : x + side])
        assert border.max() <= 1  # no seam


def test_what_is_annotated_is_of_the_task() -> None:
    mask = np.zeros((10, 20), np.uint8)
    mask[2:6, 5:10] = 1
    (box,) = pasting.annotated(mask, "dark", "detect")
    assert box.box == (0.25, 0.2, 0.5, 0.6)
    (outlined,) = pasting.annotated(mask, "dark", "segment")
    assert outlined.mask is not None
    assert np.array_equal(data._decoded(outlined.mask), mask)
    (label,) = pasting.annotated(mask, "dark", "classify")
    assert (label.kind, label.box) == ("label", None)


def test_where_no_image_is_good_what_is_there_stays_and_is_not_covered() -> None:
    frozen = drawn.manifest(12, 2, 2, size=96)
    bad = [sample for sample in frozen.samples if sample.annotations]
    version = frozen.model_copy(update={"samples": bad})
    scenes = pasting.Scenes(version, dark(version, context=1))
    patch = Patch(np.zeros((32, 32, 3), np.uint8), None)
    for seed in range(10):
        made = scenes.paste(scenes.choose(seed), patch, "dark")
        assert len(made.annotations) == 2
