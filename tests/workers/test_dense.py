"""Dense evaluation of the patch network equals window by window, and costs far less."""

import time

import numpy as np
import pytest
import torch

from tests.workers import ground as drawn
from workers import catalogue
from workers.engines.base import TorchGraph, load_engine
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
