"""Base weights come in by name and shape, from every usual file, and no pickle is run."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from workers.contract import Failure
from workers.engines.parts.base_weights import load_base, read_weights
from workers.engines.parts.loop import copied


def net(seed: int, outputs: int = 3) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, outputs))


def same(one: nn.Module, two: nn.Module) -> list[str]:
    """The names whose tensors are equal."""
    other = two.state_dict()
    return [name for name, value in one.state_dict().items() if torch.equal(value, other[name])]


LAID: dict[str, Callable[[dict[str, Any]], Any]] = {
    "plain": lambda s: s,
    "state_dict": lambda s: {"state_dict": s, "epoch": 3},
    "model": lambda s: {"model": s, "optimizer": {"lr": 0.1}},
    "twice": lambda s: {"model": {"state_dict": s}},
    "module.": lambda s: {f"module.{k}": v for k, v in s.items()},
    "lightning": lambda s: {"state_dict": {f"model.backbone.{k}": v for k, v in s.items()}},
    "among others": lambda s: (
        {f"encoder.{k}": v for k, v in s.items()} | {"head.weight": torch.zeros(5)}
    ),
}


@pytest.mark.parametrize("laid", LAID)
@pytest.mark.parametrize("named", ["a.pt", "no_ending"])
def test_it_finds_the_tensors_however_they_are_wrapped(
    laid: str, named: str, tmp_path: Path
) -> None:
    source, target = net(1), net(2)
    assert "0.weight" not in same(source, target)
    torch.save(LAID[laid](source.state_dict()), tmp_path / named)
    loaded = load_base(target, tmp_path / named)
    # 0.weight, 0.bias; weight, bias, running_mean, running_var of the norm; 3.weight, 3.bias
    assert (loaded.matched, loaded.of, loaded.missing, loaded.unlike) == (8, 8, (), ())
    assert set(same(source, target)) == set(source.state_dict())


def test_safetensors_into_a_network_inside_another(tmp_path: Path) -> None:
    source = net(1)
    holder = nn.Module()
    holder.backbone = net(2)
    save_file(source.state_dict(), tmp_path / "weights")  # no ending: as the store keeps it
    assert load_base(holder, tmp_path / "weights").matched == 8
    assert same(source, holder.backbone) == list(source.state_dict())


def test_another_head_is_left_alone_and_told(tmp_path: Path) -> None:
    source, target = net(1, outputs=10), net(2, outputs=3)
    before = copied(target)
    save_file({k: v.half() for k, v in source.state_dict().items()}, tmp_path / "w")
    loaded = load_base(target, tmp_path / "w")
    assert (loaded.matched, loaded.of) == (6, 8)
    assert loaded.unlike == ("3.weight", "3.bias")
    now, given = copied(target), copied(source)
    assert torch.equal(now["3.weight"], before["3.weight"])
    assert torch.allclose(now["0.weight"], given["0.weight"], atol=1e-3)
    assert now["0.weight"].dtype == torch.float32


def test_weights_of_another_network_are_refused_and_change_nothing(tmp_path: Path) -> None:
    source, target = net(1), net(2)
    few = {k: v for k, v in source.state_dict().items() if k in ("0.weight", "0.bias", "3.bias")}
    save_file(few, tmp_path / "w")
    with pytest.raises(Failure) as failed:
        load_base(target, tmp_path / "w")
    assert failed.value.code == "base_weights_unfit"
    assert "3 of 8" in failed.value.message
    assert failed.value.hint
    assert "0.weight" not in same(source, target)


class Evil:
    def __reduce__(self) -> Any:
        return os.mkdir, (str(Evil.path),)

    path: Path


@pytest.mark.parametrize("kind", ["pickle", "text", "cut", "empty"])
def test_what_is_no_weights_is_refused_unrun(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    Evil.path = tmp_path / "ran"
    torch.save({"state_dict": net(1).state_dict(), "x": Evil()}, path)
    if kind == "text":
        path.write_bytes(b"not weights at all, only words")
    if kind == "cut":
        save_file(net(1).state_dict(), path)
        path.write_bytes(path.read_bytes()[:200])
    if kind == "empty":
        path.write_bytes(b"")
    with pytest.raises(Failure) as failed:
        read_weights(path)
    assert failed.value.code == "base_weights_broken"
    assert not Evil.path.exists()
