"""Which of the runs that add up over days give a figure together."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.parts.trials import results


def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *rows: dict[str, Any]) -> None:
    file = tmp_path / "engines.jsonl"
    common = {"kind": "engine", "set": "plates", "name": "yolo-plates", "minutes": 2}
    file.write_text("".join(json.dumps(common | row) + "\n" for row in rows))
    monkeypatch.setattr(results, "FILE", file)


def test_the_last_run_of_a_seed_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(tmp_path, monkeypatch, {"seed": 0, "at": 1}, {"seed": 1, "at": 2}, {"seed": 0, "at": 3})
    assert [row["at"] for row in results.of(results.newest(results.read()))] == [3, 2]


def test_seeds_that_had_other_minutes_or_a_gpu_are_not_mixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [{"seed": seed, "minutes": 0.5, "gpu": "H100"} for seed in range(3)]
    kept(tmp_path, monkeypatch, *few, {"seed": 0}, {"seed": 0, "name": "ssd-plates", "minutes": 1})
    told = results.newest(results.read())
    assert [(row["name"], row["minutes"]) for row in told] == [
        ("yolo-plates", 2), ("ssd-plates", 1),
    ]  # fmt: skip
    assert len(results.read()) == 5


def test_how_long_a_baseline_took_is_no_condition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path, monkeypatch, *({"kind": "synthetic", "seed": n, "minutes": n} for n in range(3)))
    assert len(results.newest(results.read())) == 3


def test_the_interval_of_a_single_run_is_that_of_its_main_figure() -> None:
    rows = [{"seed": 0, "values": {"f1": 0.5, "recall": 0.7}, "interval": [0.4, 0.6]}]
    assert str(results.figure(rows, "f1", "f1")) == "0.500 [0.40, 0.60]"
    assert str(results.figure(rows, "recall", "f1")) == "0.700"
