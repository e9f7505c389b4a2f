"""A full memory halves the batch, says so, and the training goes on. KIZU_TEST_DEVICE=cuda:0."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.workers import ground as drawn
from workers import catalogue
from workers.engines.base import load_engine
from workers.engines.parts import yolo_training

DEVICE = os.environ.get("KIZU_TEST_DEVICE", "cpu")
BYTES = 3e9  # of the accelerator, for all of a test
LARGE: dict[str, dict[str, Any]] = {
    "segmentation": {"tile": 512, "margin": 8, "epochs": 2, "crops": 4, "batch": 96},
    "yolo": {"image_size": 640, "epochs": 2, "batch": 96},
}


@pytest.fixture
def little() -> Iterator[None]:
    """An accelerator with little memory."""
    share = BYTES / torch.cuda.get_device_properties(DEVICE).total_memory
    torch.cuda.set_per_process_memory_fraction(share)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.mark.skipif(DEVICE == "cpu", reason="there is no accelerator whose memory could be full")
@pytest.mark.parametrize("name", LARGE)
def test_it_goes_on_with_half_the_batch(name: str, tmp_path: Path, little: None) -> None:
    frozen = drawn.manifest(train=96, size=640)
    engine = load_engine(catalogue.card(name), LARGE[name], frozen.classes)
    watch = drawn.Watch()
    engine.fit(drawn.ground(frozen, tmp_path, device=DEVICE), watch)
    told = [log for log in watch.of("log") if log.code == "batch_halved"]
    assert told
    assert f"the batch is {96 // 2 ** len(told)} now" in told[-1].message
    assert [metric.step for metric in watch.of("metric")] == [1, 2]


def test_yolo_says_that_the_library_halved_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, real = [True], yolo_training.Trainer.preprocess_batch

    def once(self: Any, batch: Any) -> Any:
        if full:
            full.pop()
            raise torch.cuda.OutOfMemoryError("CUDA out of memory.")
        return real(self, batch)

    monkeypatch.setattr(yolo_training.Trainer, "preprocess_batch", once)
    frozen, watch = drawn.manifest(), drawn.Watch()
    params: dict[str, Any] = {"image_size": 96, "epochs": 2, "batch": 8}
    engine = load_engine(catalogue.card("yolo"), params, frozen.classes)
    engine.fit(drawn.ground(frozen, tmp_path), watch)
    assert ["the batch is 4 now" in log.message for log in watch.of("log")] == [True]
    assert [metric.step for metric in watch.of("metric")] == [1, 2]
