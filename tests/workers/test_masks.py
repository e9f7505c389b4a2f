"""Outlines, and what they are worth against annotated pixels."""

import cv2
import numpy as np
import pytest

from tests.workers import ground as drawn
from workers import masks
from workers.contract import Answer, Finding, ManifestAnnotation, ManifestSample
from workers.data import labels
from workers.engines.parts import crops, dense

SIDE = 100
CLASSES = ["stain", "crack"]
Corners = list[tuple[float, float]]


def square(x0: float, y0: float, x1: float, y1: float) -> Corners:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def sample(*polygons: tuple[str, Corners]) -> ManifestSample:
    notes = [ManifestAnnotation(class_name=n, kind="polygon", polygon=p) for n, p in polygons]
    return ManifestSample(id=1, path="a.png", split="test", images={"rgb": "0" * 64}, width=SIDE,
                          height=SIDE, annotations=notes)  # fmt: skip


def told(*polygons: tuple[str, Corners, float]) -> Answer:
    found = []
    for name, corners, score in polygons:
        (x0, y0), (x1, y1) = np.min(corners, axis=0), np.max(corners, axis=0)
        found.append(Finding(class_name=name, score=score, box=(x0, y0, x1, y1), polygon=corners))
    return Answer(findings=found, width=SIDE, height=SIDE)


def test_overlap_of_two_squares_by_hand() -> None:
    """11 x 41 and 21 x 41 pixels, the first within the second (corners are painted too)."""
    true = sample(("stain", square(0.1, 0.1, 0.3, 0.5)))
    report = masks.segment([true], [told(("stain", square(0.1, 0.1, 0.2, 0.5), 0.9))],
                           CLASSES, "test")  # fmt: skip
    assert report.per_class["stain"]["iou"] == pytest.approx(11 / 21)
    assert report.per_class["stain"]["dice"] == pytest.approx(22 / 32)
    assert report.per_class["stain"]["component_recall"] == 1.0  # 11 of 21 is half or more
    assert report.per_class["crack"]["iou"] is None
    assert report.metrics["iou"] == pytest.approx(11 / 21)


def test_what_is_not_there_and_what_is_told_of_nothing() -> None:
    nothing, empty = sample(), Answer(width=SIDE, height=SIDE)
    report = masks.segment([nothing], [empty], CLASSES, "test")
    assert (report.metrics["iou"], report.metrics["component_recall"]) == (None, None)
    wrong = told(("crack", square(0.1, 0.1, 0.3, 0.3), 0.9))
    report = masks.segment([nothing], [wrong], CLASSES, "test")
    assert (report.per_class["crack"]["iou"], report.metrics["iou"]) == (0.0, 0.0)


def test_two_regions_of_which_one_is_found() -> None:
    true = sample(("stain", square(0.1, 0.1, 0.3, 0.3)), ("stain", square(0.6, 0.6, 0.8, 0.8)))
    seen = told(
        ("stain", square(0.1, 0.1, 0.3, 0.3), 0.9), ("stain", square(0.6, 0.6, 0.7, 0.65), 0.9)
    )
    report = masks.segment([true], [seen], CLASSES, "test")
    assert report.per_class["stain"]["component_recall"] == 0.5


def test_the_best_finding_is_on_top_and_a_weak_one_is_none() -> None:
    below = ("stain", square(0.1, 0.1, 0.5, 0.5), 0.4)
    above = ("crack", square(0.2, 0.2, 0.4, 0.4), 0.8)
    plane = masks.painted(told(above, below, ("crack", square(0.7, 0.7, 0.9, 0.9), 0.2)),
                          CLASSES, SIDE, SIDE)  # fmt: skip
    assert plane[30, 30] == 1
    assert plane[15, 15] == 0
    assert plane[80, 80] == 2  # background


@pytest.mark.parametrize("shape", ["disc", "speck", "ragged"])
def test_an_outline_paints_the_region_again(shape: str) -> None:
    own = np.zeros((SIDE, SIDE), np.uint8)
    if shape == "ragged":
        rng = np.random.default_rng(0)
        turn, away = np.linspace(0, 2 * np.pi, 900), rng.uniform(30, 45, 900)
        corners = np.stack([50 + away * np.cos(turn), 50 + away * np.sin(turn)], axis=1)
        cv2.fillPoly(own, [corners.round().astype(np.int32)], (1,))
    elif shape == "speck":
        own[5, 5:7] = 1
    else:
        cv2.circle(own, (50, 50), 30, (1,), -1)
    polygon = dense.outline(own.astype(bool), (0, 0), (SIDE, SIDE))
    if shape == "speck":
        assert polygon is None
        return
    assert polygon is not None
    assert len(polygon) <= dense.MOST_CORNERS
    again = np.zeros_like(own)
    cv2.fillPoly(again, [(np.array(polygon) * SIDE - 0.5).round().astype(np.int32)], (1,))
    shared = (again & own).sum() / (again | own).sum()
    assert shared > (0.8 if shape == "ragged" else 0.96)


def test_tiles_lie_inside_and_turn_with_their_classes() -> None:
    samples = drawn.manifest(9, 0, 0).samples
    source = crops.Crops(samples, drawn.CLASSES, 64, 0)
    rng = np.random.default_rng(1)
    pixels, planes = source.draw(np.arange(9), "generic", rng)
    assert pixels.shape == (9, 3, 64, 64)
    assert planes.shape == (9, 64, 64)
    dark = pixels.mean(axis=1) < 0.25
    assert dark.any()
    agree = (dark == (planes == drawn.CLASSES.index("dark"))).mean()
    assert agree > 0.99  # turned alike: the dark squares are where the plane says


def test_a_tile_larger_than_the_image_is_mirrored() -> None:
    samples = drawn.manifest(2, 0, 0, size=48).samples
    pixels, planes = crops.Crops(samples, drawn.CLASSES, 96, 0).draw(
        np.arange(2), "none", np.random.default_rng(0)
    )
    assert pixels.shape[2:] == planes.shape[1:] == (96, 96)
    assert np.array_equal(pixels[0, :, :48, 48:], pixels[0, :, :48, :48][:, :, ::-1])
    plane = labels(samples[0], drawn.CLASSES, 48, 48)
    assert np.array_equal(planes[0, :48, :48], plane)
