"""Varying images: what is annotated moves with what it is on, and each value does what it says."""

import subprocess
import sys
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.random import default_rng

from workers.augment import Change, augmented, varied
from workers.lights import is_grey
from workers.mosaics import Seen, mosaic
from workers.presets import PRESETS, Augmentation, of

CORNERS = np.array([[0.36, 0.38], [0.6, 0.4], [0.62, 0.62], [0.5, 0.5], [0.4, 0.62]])
MOVES: dict[str, dict[str, Any]] = {
    "mirrored": {"flip_horizontal": 0.5, "flip_vertical": 0.5},
    "turned": {"turns": 1},
    "rotated": {"degrees": 40},
    "shifted": {"translate": 0.1},
    "sized": {"scale": 0.4},
    "sheared": {"shear": 15},
    "elastic": {"elastic": 0.04, "elastic_size": 0.3},
    "all": {
        "flip_horizontal": 0.5, "turns": 0.5, "degrees": 20, "translate": 0.05, "scale": 0.2,
        "shear": 5, "elastic": 0.03, "elastic_size": 0.3,
    },
}  # fmt: skip
SIZES = [(400, 400), (480, 360)]


def outline(each: int = 40) -> np.ndarray[Any, Any]:
    """A dented polygon, with points along its edges."""
    ends = np.roll(CORNERS, -1, axis=0)
    pairs = zip(CORNERS, ends, strict=True)
    return np.concatenate([np.linspace(a, b, each, endpoint=False) for a, b in pairs])


def painted(points: np.ndarray[Any, Any], width: int, height: int) -> np.ndarray[Any, Any]:
    """Filled to a sixteenth of a pixel; 0 inside, 1 is background."""
    plane = np.ones((height, width), np.uint8)
    at = (points * (width, height) - 0.5) * 16
    cv2.fillPoly(plane, [at.round().astype(np.int32)], (0,), shift=4)
    return plane


def shared(one: np.ndarray[Any, Any], two: np.ndarray[Any, Any]) -> float:
    return float((one & two).sum() / (one | two).sum())


def photo(width: int = 120, height: int = 90, seed: int = 0) -> np.ndarray[Any, Any]:
    """Smooth colours."""
    coarse = default_rng(seed).integers(60, 190, (6, 8, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("size", SIZES)
def test_plane_polygon_box_and_pixels_move_as_one(name: str, size: tuple[int, int]) -> None:
    width, height = size
    plane, points, values = painted(outline(), *size), outline(), Augmentation(**MOVES[name])
    low, high = points.min(axis=0), points.max(axis=0)
    box = np.array([[3, *low, *high]], np.float32)
    grey = (255 - plane * 255)[..., None].repeat(3, axis=2)
    for seed in range(12):
        change = Change(values, width, height, default_rng(seed))
        moved, path = change.plane(plane), change.points(points)
        assert path.min() > 0.05
        assert path.max() < 0.95, "it stays inside, so nothing of it is mirrored back in"
        redrawn = painted(path, *size)
        near = redrawn[_around(path, size)], moved[_around(path, size)]
        assert shared(near[0] == 0, near[1] == 0) > 0.96
        (row,) = change.boxes(box)
        ys, xs = np.nonzero(redrawn == 0)
        inside = [xs.min() / width, ys.min() / height, (xs.max() + 1) / width, 0]
        inside[3] = (ys.max() + 1) / height
        slack = 1.5 / min(size)
        assert row[0] == 3
        assert (row[1:3] <= np.array(inside[:2]) + slack).all()
        assert (row[3:5] >= np.array(inside[2:]) - slack).all()
        lit = change.pixels(grey)[..., 0] > 127
        assert shared(lit[_around(path, size)], near[1] == 0) > 0.96


def _around(path: np.ndarray[Any, Any], size: tuple[int, int]) -> tuple[slice, slice]:
    """Where the moved polygon is, and a little more: mirrored copies lie elsewhere."""
    (x0, y0), (x1, y1) = path.min(axis=0) * size - 3, path.max(axis=0) * size + 3
    return slice(int(y0), int(y1)), slice(int(x0), int(x1))


def test_by_hand_a_mirror_and_a_turn() -> None:
    pixels = np.arange(4 * 4 * 3, dtype=np.uint8).reshape(4, 4, 3)
    box = np.array([[0, 0, 0, 0.25, 0.5]], np.float32)
    flipped = augmented(pixels, box, None, Augmentation(flip_horizontal=1), default_rng(0))
    assert (flipped.pixels == pixels[:, ::-1]).all()
    assert flipped.boxes is not None
    assert flipped.boxes.tolist() == [[0, 0.75, 0, 1, 0.5]]
    turned = {  # counted against the clock, as np.rot90 does
        1: [0, 0, 0.75, 0.5, 1], 2: [0, 0.75, 0.5, 1, 1], 3: [0, 0.5, 0, 1, 0.25],
    }  # fmt: skip
    seen = set()
    for seed in range(20):
        found = augmented(pixels, box, None, Augmentation(turns=1), default_rng(seed))
        (k,) = (k for k in turned if (found.pixels == np.rot90(pixels, k)).all())
        assert found.boxes is not None
        assert found.boxes.tolist() == [turned[k]]
        seen.add(k)
    assert seen == {1, 2, 3}


def test_what_is_not_square_keeps_its_size() -> None:
    pixels = photo(120, 90)
    for name, values in PRESETS.items():
        for seed in range(4):
            assert augmented(pixels, None, None, values, default_rng(seed)).pixels.shape == (
                90, 120, 3,
            ), name  # fmt: skip
    turned = augmented(pixels, None, None, Augmentation(turns=1), default_rng(0))
    assert (turned.pixels == np.rot90(pixels, 2)).all()


def test_boxes_that_leave_the_image_are_cut_or_gone() -> None:
    pixels, half = photo(), Augmentation(translate=0.5)
    boxes = np.array([[0, 0, 0, 1, 1], [1, 0, 0.4, 0.1, 0.6], [2, 0.9, 0.4, 1, 0.6]], np.float32)
    kept = set()
    for seed in range(30):
        found = augmented(pixels, boxes, None, half, default_rng(seed)).boxes
        assert found is not None
        assert found[:, 1:].min(initial=0) >= 0
        assert found[:, 1:].max(initial=1) <= 1
        kept.add(tuple(found[:, 0].astype(int)))
    assert {(0, 1), (0, 2)} <= kept
    none = augmented(pixels, np.empty((0, 5), np.float32), None, half, default_rng(0)).boxes
    assert none is not None
    assert none.shape == (0, 5)


def test_nothing_shows_up_twice_that_has_one_box() -> None:
    """A dark square by the edge of a bright image; shifted in, mirroring would show it again."""
    pixels = np.full((100, 100, 3), 200, np.uint8)
    pixels[40:60, 2:22] = 0
    box, shift = np.array([[0, 0.02, 0.4, 0.22, 0.6]], np.float32), Augmentation(translate=0.3)
    plane, twice = (pixels[..., 0] == 200).astype(np.uint8), 0
    for seed in range(20):
        boxed = augmented(pixels, box, None, shift, default_rng(seed))
        assert (boxed.pixels[..., 0] < 60).sum() <= 420
        dense = augmented(pixels, None, plane, shift, default_rng(seed))
        assert dense.plane is not None
        assert ((dense.pixels[..., 0] < 110) == (dense.plane == 0)).mean() > 0.98
        twice += (dense.plane == 0).sum() > 500
    assert twice


def lit(**values: Any) -> list[np.ndarray[Any, Any]]:
    """The smooth picture in forty lights."""
    return [
        augmented(photo(), None, None, Augmentation(**values), default_rng(seed)).pixels.astype(int)
        for seed in range(40)
    ]


def test_gain_changes_the_mean_and_contrast_does_not() -> None:
    mean = photo().mean()
    brightness = [each.mean() / mean for each in lit(gain=0.3)]
    assert 0.69 < min(brightness) < 0.8
    assert 1.2 < max(brightness) < 1.31
    spread = [each.std() / photo().std() for each in lit(contrast=0.3)]
    assert 0.69 < min(spread) < 0.8
    assert 1.2 < max(spread) < 1.31
    assert all(abs(each.mean() - mean) < 1.5 for each in lit(contrast=0.3))


def test_gamma_leaves_black_and_white() -> None:
    ramp = np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, axis=2).repeat(2, axis=0)
    for seed in range(20):
        found = augmented(ramp, None, None, Augmentation(gamma=0.5), default_rng(seed)).pixels
        exponent = np.log(found[0, 128, 0] / 255) / np.log(128 / 255)
        assert (found[0, 0, 0], found[0, 255, 0]) == (0, 255)
        assert 1 / 1.5 - 0.02 < exponent < 1.5 + 0.02


def test_light_from_one_side() -> None:
    flat = np.full((80, 80, 3), 100, np.uint8)
    for seed in range(20):
        found = augmented(flat, None, None, Augmentation(gradient=0.4), default_rng(seed)).pixels
        low, high = int(found.min()), int(found.max())
        assert 59 <= low <= 100 <= high <= 141
        assert abs(low + high - 200) <= 2, "as much darker here as brighter there"
        middle = found[39:41, 39:41].mean()
        assert abs(middle - 100) < 2


def test_temperature_moves_red_against_blue_and_leaves_grey_grey() -> None:
    for before, found in zip([photo()] * 40, lit(temperature=0.3), strict=True):
        red, green, blue = (found[..., i].mean() / before[..., i].mean() for i in range(3))
        assert abs(green - 1) < 0.01
        assert abs(red + blue - 2) < 0.03
    grey = photo()[..., :1].repeat(3, axis=2)
    assert is_grey(grey)
    assert not is_grey(photo())
    same = augmented(grey, None, None, Augmentation(temperature=0.5), default_rng(1)).pixels
    assert (same == grey).all()


def test_glare_only_adds_and_only_somewhere() -> None:
    dark = np.full((200, 200, 3), 40, np.uint8)
    values = Augmentation(spot=0.5, spot_size=0.1, spot_strength=0.8)
    shone = 0
    for seed in range(60):
        found = augmented(dark, None, None, values, default_rng(seed)).pixels.astype(int)
        assert found.min() == 40
        bright = (found[..., 0] > 60).mean()
        shone += bright > 0
        assert bright < np.pi * 0.2**2
        assert found.max() <= 40 + 0.8 * 255 + 1
    assert 18 <= shone <= 42


def test_motion_blur_keeps_the_mean_and_smooths_along_one_way() -> None:
    noise = default_rng(0).integers(0, 256, (200, 200, 1)).repeat(3, axis=2).astype(np.uint8)
    spreads = []
    for seed in range(20):
        found = augmented(noise, None, None, Augmentation(motion_blur=0.05), default_rng(seed))
        assert abs(found.pixels.mean() - noise.mean()) < 2
        spreads.append(found.pixels.std() / noise.std())
    assert min(spreads) < 0.5
    assert max(spreads) <= 1.01


def test_mosaic_shows_four_images_with_their_labels() -> None:
    four = []
    for level in range(4):
        pixels = np.full((90 + 10 * level, 120, 3), 40 * level + 20, np.uint8)
        boxes = np.array([[level, 0, 0, 1, 1]], np.float32)
        four.append(Seen(pixels, boxes, np.full(pixels.shape[:2], level, np.uint8)))
    for seed in range(10):
        made = mosaic(four, default_rng(seed))
        assert made.pixels.shape == (90, 120, 3)
        assert made.plane is not None
        assert made.boxes is not None
        assert (made.pixels[..., 0] == made.plane * 40 + 20).all()
        for level, x0, y0, x1, y1 in made.boxes:
            ys, xs = np.nonzero(made.plane == level)
            edges = [xs.min() / 120, ys.min() / 90, (xs.max() + 1) / 120, (ys.max() + 1) / 90]
            assert np.allclose([x0, y0, x1, y1], edges, atol=1e-5)


def test_in_a_mosaic_boxes_go_where_their_squares_go() -> None:
    def read(place: int) -> Seen:
        pixels = np.full((120, 160, 3), 200, np.uint8)
        pixels[30:60, 40:80] = 20
        return Seen(pixels, np.array([[0, 0.25, 0.25, 0.5, 0.5]], np.float32))

    made = [varied(0, 8, read, Augmentation(mosaic=0.5), default_rng(seed)) for seed in range(40)]
    apart = [seen for seen in made if not (seen.pixels == read(0).pixels).all()]
    assert 10 <= len(apart) <= 30
    for seen in apart:
        assert seen.boxes is not None
        for _, x0, y0, x1, y1 in seen.boxes:
            inside = seen.pixels[
                round(y0 * 120) : round(y1 * 120), round(x0 * 160) : round(x1 * 160)
            ]
            assert (inside < 110).mean() > 0.85


def test_the_same_seed_gives_the_same_and_another_does_not() -> None:
    for name, values in PRESETS.items():
        boxes = np.array([[0, 0.3, 0.3, 0.6, 0.6]], np.float32)
        one, two, other = (
            augmented(photo(), boxes, None, values, default_rng(seed)) for seed in (5, 5, 6)
        )
        assert (one.pixels == two.pixels).all()
        assert one.boxes is not None
        assert two.boxes is not None
        assert (one.boxes == two.boxes).all()
        assert (one.pixels == other.pixels).all() == (name == "none")


def test_nothing_is_written_into_what_was_given() -> None:
    pixels, plane = photo(), np.zeros((90, 120), np.uint8)
    before = pixels.copy()
    for values in PRESETS.values():
        augmented(pixels, None, plane, values, default_rng(3))
    assert (pixels == before).all()


def test_none_leaves_everything() -> None:
    assert PRESETS["none"] == Augmentation()
    assert augmented(photo(), None, None, of("none"), default_rng(0)).pixels is not None
    assert (augmented(photo(), None, None, of("none"), default_rng(0)).pixels == photo()).all()


def test_presets_do_what_their_industry_needs() -> None:
    boards, steel, cloth = of("pcb"), of("steel"), of("textile")
    assert not boards.moves, "what changes in front of boards is the light"
    assert all((boards.gain, boards.gamma, boards.gradient, boards.temperature, boards.spot))
    assert all((steel.flip_horizontal, steel.flip_vertical, steel.contrast, steel.mosaic))
    assert all((cloth.degrees, cloth.shear, cloth.elastic, cloth.motion_blur))


def test_every_value_has_words_and_bounds() -> None:
    for name, field in Augmentation.model_json_schema()["properties"].items():
        assert field["title"], name
        assert field["description"], name
        assert {"minimum", "maximum", "group"} <= field.keys(), name


def test_the_values_need_neither_torch_nor_opencv() -> None:
    code = "import sys, workers.previews, workers.contract; print([n for n in ('torch', 'cv2', 'django') if n in sys.modules])"  # noqa: E501 - a program
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "[]", ran.stderr
