"""Dense evaluation of the patch network equals window by window, and costs far less."""

import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.workers import ground as drawn
from workers import catalogue
from workers.engines.base import CPU_PIXELS, TorchGraph, load_engine
from workers.engines.parts import dense
from workers.engines.patch_cnn import PatchCnn


def network(patch: int, cells: int = 64) -> PatchCnn:
    """Random weights, running means included: equality must not depend on training."""
    engine = load_engine(catalogue.card("patch_cnn"), {"patch": patch, "width": 8}, drawn.CLASSES)
    assert isinstance(engine, PatchCnn)
    engine._cells = cells
    engine.build()
    engine.network.train()
    with torch.no_grad():
        engine.network(torch.rand(8, 3, patch, patch))
    engine.network.eval()
    return engine


def class_map(engine: PatchCnn, pixels: np.ndarray) -> np.ndarray:
    arrays, grid = engine.head.inputs(pixels)
    return dense.stitch(TorchGraph(engine.raw(), "cpu").run(arrays), grid)


@pytest.mark.parametrize("patch", [32, 64, 128])
@pytest.mark.parametrize("shape", [(200, 333), (64, 64), (37, 150)])
def test_it_equals_patch_by_patch(patch: int, shape: tuple[int, int]) -> None:
    engine = network(patch, cells=9)  # several tiles, the last ones reaching over the edge
    pixels = np.random.default_rng(patch).integers(0, 256, (*shape, 3), np.uint8)
    whole, single = class_map(engine, pixels), engine.patch_by_patch(pixels)
    assert whole.shape == single.shape
    assert np.abs(whole - single).max() < 1e-4
    assert whole.std() > 1e-3  # a map that says the same everywhere would prove nothing
    assert np.allclose(whole.sum(axis=0), 1, atol=1e-5)


def test_a_trained_one_equals_patch_by_patch(tmp_path: Path) -> None:
    """Trained weights are larger than those of the start, and so are differences."""
    frozen = drawn.manifest(36, 6, 12)
    params: dict[str, Any] = {"epochs": 4, "patches": 16, "width": 8}
    engine = load_engine(catalogue.card("patch_cnn"), params, frozen.classes)
    assert isinstance(engine, PatchCnn)
    engine.fit(drawn.ground(frozen, tmp_path / "work"), drawn.Watch())
    for number in range(4):
        pixels = drawn.plate(number, 150)[0]
        whole, single = class_map(engine, pixels), engine.patch_by_patch(pixels)
        assert np.abs(whole - single).max() < 1e-4
        assert whole.std() > 1e-2


def test_windows_further_apart_are_cells_of_the_map() -> None:
    engine = network(64, cells=9)
    pixels = np.random.default_rng(2).integers(0, 256, (210, 133, 3), np.uint8)
    some = engine.patch_by_patch(pixels, every=4)
    assert np.abs(class_map(engine, pixels)[:, ::4, ::4] - some).max() < 1e-4


def test_of_a_large_image_few_tiles_are_held_at_once() -> None:
    """2,000 x 20,000 px are 480 MB as floats; what is looked at at once is bounded."""
    engine = network(32, cells=64)
    pixels = np.zeros((2000, 20_000, 3), np.uint8)
    held: list[int] = []

    class Watched(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            held.append(x.shape[0] * x.shape[2] * x.shape[3])
            return torch.zeros(x.shape[0], 3, 64, 64)

    tracemalloc.start()
    arrays, grid = engine.head.inputs(pixels)
    outputs = TorchGraph(Watched(), "cpu").run(arrays)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(outputs) == len(arrays) == 8 * 79
    assert max(held) <= CPU_PIXELS
    assert peak < 300e6
    assert dense.stitch(outputs, grid).shape == (3, 500, 5000)


def test_tiles_do_not_show() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (300, 260, 3), np.uint8)
    small, large = network(32, cells=8), network(32, cells=80)
    large.network.load_state_dict(small.network.state_dict())
    assert np.abs(class_map(small, pixels) - class_map(large, pixels)).max() < 1e-5


def test_it_is_much_faster() -> None:
    engine = network(64)
    pixels = np.random.default_rng(0).integers(0, 256, (400, 400, 3), np.uint8)
    class_map(engine, pixels)
    began = time.process_time()
    class_map(engine, pixels)
    at_once = time.process_time() - began
    began = time.process_time()
    engine.patch_by_patch(pixels)
    assert time.process_time() - began > 4 * at_once


def test_components_become_findings() -> None:
    scores = np.zeros((3, 20, 30), np.float32)
    scores[0, 4:8, 6:12] = 0.9
    scores[1, 15:18, 20:23] = 0.7
    scores[0, 0, 29] = 0.95  # a lone cell is noise
    scores[2] = 1 - scores[:2].sum(axis=0)
    grid = dense.Grid(32, 4, 20, 20, 30, (120, 80), (240, 160))
    answer = dense.answer(scores, grid, drawn.CLASSES, 0.5, 0.05)
    assert [finding.class_name for finding in answer.findings] == drawn.CLASSES
    dark = answer.findings[0]
    assert dark.box is not None
    assert np.allclose(dark.box, (6 / 30, 4 / 20, 12 / 30, 8 / 20), atol=0.5 / 20)
    assert dark.score == pytest.approx(0.9, abs=1e-5)
    assert (answer.width, answer.height) == (240, 160)


def split(one: float, other: float) -> np.ndarray[Any, Any]:
    """Planes of two classes and the background, with a square that is this much of each class."""
    scores = np.zeros((3, 20, 30), np.float32)
    scores[:2, 4:12, 6:16] = np.array([one, other])[:, None, None]
    scores[2] = 1 - scores[:2].sum(axis=0)
    return scores


def test_a_defect_that_could_be_of_two_classes_is_not_missed() -> None:
    grid = dense.Grid(32, 4, 20, 20, 30, (120, 80), (240, 160))
    (found,) = dense.answer(split(0.35, 0.45), grid, drawn.CLASSES, 0.5, 0.05).findings
    assert found.class_name == drawn.CLASSES[1]
    assert found.score == pytest.approx(0.8, abs=1e-5)
    assert dense.answer(split(0.2, 0.25), grid, drawn.CLASSES, 0.5, 0.05).findings == []


def test_what_one_class_reaches_alone_stays_as_it_is() -> None:
    """A border that is half of another class makes a region neither larger nor two."""
    scores = split(0.9, 0)
    scores[:2, 4:12, 15] = 0.35
    grid = dense.Grid(32, 4, 20, 20, 30, (120, 80), (240, 160))
    (found,) = dense.answer(scores, grid, drawn.CLASSES, 0.5, 0.05).findings
    assert found.class_name == drawn.CLASSES[0]
    assert found.box
    assert found.box[2] == pytest.approx(15 / 30, abs=0.5 / 30)
