"""A full memory halves the batch, says so, and the epoch begins anew. The accelerator is played."""

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.workers import ground as drawn
from workers import catalogue
from workers.engines.base import Engine, load_engine
from workers.engines.parts import loop, yolo_training


def full_once(monkeypatch: pytest.MonkeyPatch, where: Any, name: str) -> None:
    """The second call finds the memory full."""
    real, calls = getattr(where, name), [0]

    def once(self: Any, *args: Any) -> Any:
        calls[0] += 1
        if calls[0] == 2:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory.")
        return real(self, *args)

    monkeypatch.setattr(where, name, once)


def trained(name: str, work: Path, **params: Any) -> tuple[Engine, drawn.Watch]:
    frozen, watch = drawn.of_task(catalogue.card(name).tasks[0]), drawn.Watch()
    engine = load_engine(catalogue.card(name), params, frozen.classes)
    engine.fit(drawn.ground(frozen, work), watch)
    return engine, watch


def words(watch: drawn.Watch) -> list[str]:
    return [log.message for log in watch.of("log") if log.code == "batch_halved"]


def test_the_epoch_begins_anew_with_half_the_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the cut epoch had learnt is gone: it equals a training that began with that batch."""
    params: dict[str, Any] = {"image_size": 64, "width": 8, "epochs": 2, "episodes": 8, "lr": 0.01}
    half, _ = trained("prototypical", tmp_path / "a", batch=2, **params)
    monkeypatch.setattr(loop.Loop, "kind", "cuda")
    full_once(monkeypatch, loop.Loop, "learn")
    halved, watch = trained("prototypical", tmp_path / "b", batch=4, **params)
    assert words(watch) == ["The accelerator's memory did not suffice: the batch is 2 now."]
    assert [metric.step for metric in watch.of("metric")] == [1, 2]
    for key, value in half.network.state_dict().items():
        assert torch.allclose(value, halved.network.state_dict()[key], atol=1e-6), key


def test_yolo_says_that_the_library_halved_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_once(monkeypatch, yolo_training.Trainer, "preprocess_batch")
    _, watch = trained("yolo", tmp_path, image_size=96, epochs=2, batch=8)
    assert words(watch) == ["The accelerator's memory did not suffice: the batch is 4 now."]
    assert [metric.step for metric in watch.of("metric")] == [1, 2]
