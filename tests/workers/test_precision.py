"""Lower precision serves only where it is faster and was seen to tell the same."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.workers import ground as drawn
from workers import exporting, parity, quantizing, store
from workers.catalogue import card
from workers.contract import Answer, Finding, Manifest
from workers.engines.base import Engine, TorchGraph, load_engine, pictures
from workers.engines.parts import graphs
from workers.engines.parts.graphs import OpenVino, open_graph
from workers.engines.parts.heads import by_modality

GOOD: dict[str, Any] = {"verdicts_differ": 0, "ok": True, "n": 300, "told": 30}
Trained = tuple[Manifest, Engine]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: Any) -> Trained:
    """A patch network that knows drawn plates."""
    frozen = drawn.manifest(36, 6, 12)
    params: dict[str, Any] = {"epochs": 4, "patches": 16, "width": 8}
    engine = load_engine(card("patch_cnn"), params, frozen.classes)
    engine.fit(drawn.ground(frozen, tmp_path_factory.mktemp("trained")), drawn.Watch())
    return frozen, engine


def exported(trained: Trained, patch: pytest.MonkeyPatch, **limits: Any) -> tuple[Any, Path]:
    """The export as a training makes it, with these limits, and the folder that was stored."""
    kept: list[Path] = []

    def put(folder: Path) -> tuple[str, int]:
        copy = folder.parent / f"{folder.name}-kept"
        folder.rename(copy)
        kept.append(copy)
        folder.mkdir()
        return "0" * 64, 1

    patch.setattr(store, "put_folder", put)
    for name, value in {"WORTH": 0.0, **limits}.items():
        patch.setattr(parity if name in ("ENOUGH", "TOLD") else exporting, name, value)
    frozen, engine = trained
    return exporting.export(engine, frozen.samples, "openvino", drawn.Watch()), kept[0]


def test_why_a_lower_precision_may_not_serve() -> None:
    assert parity.refusal(GOOD) is None
    assert parity.refusal(GOOD | {"n": 299}) == "too_few_images"
    assert parity.refusal(GOOD | {"told": 29}) == "too_few_found"
    assert parity.refusal(GOOD | {"ok": False}) == "raw_differs"
    assert parity.refusal(GOOD | {"verdicts_differ": 1}) == "verdicts_differ"


def test_the_fastest_that_agrees_serves() -> None:
    found = {"f32": GOOD, "bf16": GOOD, "int8": GOOD}
    assert exporting.choose(found, {"f32": 10, "bf16": 6, "int8": 5})[0] == "int8"
    assert exporting.choose(found, {"f32": 10, "bf16": 5, "int8": 6})[0] == "bf16"
    wrong = found | {"int8": GOOD | {"verdicts_differ": 1}}
    assert exporting.choose(wrong, {"f32": 10, "bf16": 6, "int8": 5})[0] == "bf16"
    none = {"f32": GOOD, "int8": GOOD | {"verdicts_differ": 1}}
    chosen, why = exporting.choose(none, {"f32": 10, "int8": 5})
    assert (chosen, why["code"], why["of"]) == ("f32", "verdicts_differ", "int8")


def test_twelve_images_prove_nothing(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    report, folder = exported(trained, monkeypatch)
    assert (report.precision, report.parity["choice"]["code"]) == ("f32", "too_few_images")
    assert not list(folder.glob("int8*"))


def test_what_is_not_faster_is_not_compared(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, folder = exported(trained, monkeypatch, ENOUGH=20, FASTER=0.0)
    assert (report.precision, report.parity["choice"]["code"]) == ("f32", "not_faster")
    assert "precisions" not in report.parity
    assert not list(folder.glob("int8*"))


def test_int8_is_calibrated_compared_and_served(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "bf16_here", lambda: False)
    report, folder = exported(trained, monkeypatch, ENOUGH=20, TOLD=5, FASTER=1000.0)
    seen = report.parity["precisions"]["int8"]
    assert seen["n"] >= 20
    assert seen["raw_max_abs"] > report.parity["raw_max_abs"]  # it is another graph
    assert seen["raw_max_abs"] < 0.5
    serves = "int8" if parity.refusal(seen) is None else "f32"
    assert report.precision == serves
    assert json.loads((folder / "spec.json").read_text())["precision"] == serves
    assert bool(list(folder.glob("int8.xml"))) == (serves == "int8")


def test_an_int8_graph_finds_what_f32_finds(trained: Trained, tmp_path: Path) -> None:
    frozen, engine = trained
    engine.export(tmp_path, "openvino")
    assert open_graph("openvino", tmp_path).name == "openvino f32"
    quantizing.quantize(tmp_path, engine, frozen.samples[:36], drawn.Watch())
    spec = json.loads((tmp_path / "spec.json").read_text())
    (tmp_path / "spec.json").write_text(json.dumps(spec | {"precision": "int8"}))
    graph = open_graph("openvino", tmp_path)
    assert graph.name == "openvino int8"
    trained_one = TorchGraph(engine.raw(), "cpu")
    for pixels in pictures([sample for sample in frozen.samples if sample.split == "test"]):
        arrays, _ = engine.head.inputs(by_modality(pixels)["rgb"])
        for one, two in zip(trained_one.run(arrays), graph.run(arrays), strict=True):
            assert np.abs(one - two).mean() < 0.05
    assert (tmp_path / "int8.bin").stat().st_size < (tmp_path / "model.bin").stat().st_size / 2


def test_those_who_ask_at_once_are_told_what_one_alone_is(trained: Trained, tmp_path: Path) -> None:
    frozen, engine = trained
    engine.export(tmp_path, "openvino")
    one, two = OpenVino(tmp_path), OpenVino(tmp_path, streams=2)
    assert [two._graphs[alone].get_property("NUM_STREAMS") for alone in (True, False)] == [1, 2]
    arrays = [next(iter(engine.head.inputs(by_modality(pixels)["rgb"])[0]))
              for pixels in pictures(frozen.samples[:12])]  # fmt: skip
    with ThreadPoolExecutor(4) as pool:
        several = list(pool.map(lambda array: two.run([array])[0], arrays * 8))
    for alone, beside in zip(one.run(arrays) * 8, several, strict=True):
        assert np.allclose(alone, beside, atol=1e-5)
    assert np.allclose(two.run(arrays[:1])[0], several[0], atol=1e-5)
    assert two._asking == 0


def test_tiles_of_several_images_at_once_do_not_mix(trained: Trained, tmp_path: Path) -> None:
    frozen, engine = trained
    engine.export(tmp_path, "openvino")
    graph = OpenVino(tmp_path, streams=2)
    arrays = [next(iter(engine.head.inputs(by_modality(pixels)["rgb"])[0]))
              for pixels in pictures(frozen.samples[:24])]  # fmt: skip
    images = [arrays[start : start + 4] for start in range(0, 24, 4)] * 10
    alone = [graph.run([array])[0] for array in arrays]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(graph.run, images))
    for place, outputs in enumerate(found):
        for one, two in zip(outputs, alone[place * 4 % 24 :], strict=False):
            assert np.allclose(one, two, atol=1e-5)


def test_what_lies_behind_the_last_layers_stays_in_floating_point(tmp_path: Path) -> None:
    import openvino

    params: dict[str, Any] = {"image_size": 64, "epochs": 1}
    engine = load_engine(card("yolo"), params, drawn.CLASSES)
    engine.build()
    engine.export(tmp_path, "openvino")
    graph = openvino.Core().read_model(tmp_path / "model.xml")
    names = quantizing.tail(graph)
    weighted = [node.get_friendly_name() for node in graph.get_ordered_ops()
                if node.get_type_name() in quantizing.WEIGHTED]  # fmt: skip
    assert [name for name in names if name in weighted] == [n for n in weighted if "/dfl/" in n]
    assert any("Sigmoid" in name for name in names)


def test_findings_are_compared_with_their_partners() -> None:
    seen = parity.Compared("int8")
    raw = [np.zeros((1, 2, 3), np.float32)]

    def told(score: float, x: float, name: str = "pit") -> Answer:
        box = (x, 0.1, x + 0.2, 0.3)
        return Answer(findings=[Finding(class_name=name, score=score, box=box)])

    seen.add(raw, raw, told(0.8, 0.1), told(0.75, 0.11))
    report: Any = seen.report()
    assert (report["score_max_abs"], report["box_max_shift"]) == pytest.approx((0.05, 0.01))
    assert report["ok"]
    assert report["verdicts_differ"] == 0
    seen.add(raw, raw, told(0.8, 0.1), told(0.8, 0.5))  # another place: not the same finding
    assert (seen.report()["findings_lost"], seen.report()["ok"]) == (2, False)
    other = parity.Compared("int8")
    other.add(raw, raw, told(0.8, 0.1), told(0.6, 0.1))
    assert not other.report()["ok"]  # a score may move by a tenth


def test_a_double_of_little_score_is_nobodys_partner() -> None:
    """Suppression leaves doubles: the nearest box is not always the finding itself."""
    raw = [np.zeros((1, 2, 3), np.float32)]

    def told(*pairs: tuple[float, float]) -> Answer:
        return Answer(findings=[Finding(class_name="pit", score=score, box=(x, 0.1, x + 0.2, 0.3))
                                for score, x in pairs])  # fmt: skip

    seen = parity.Compared("int8")
    seen.add(raw, raw, told((0.97, 0.1)), told((0.95, 0.11), (0.1, 0.1)))
    report: Any = seen.report()
    assert (report["score_max_abs"], report["box_max_shift"]) == pytest.approx((0.02, 0.01))
    assert report["ok"]
    seen.add(raw, raw, told((0.8, 0.1), (0.78, 0.15)), told((0.77, 0.1), (0.79, 0.15)))
    assert (seen.report()["findings_lost"], seen.report()["ok"]) == (0, True)  # none is the other's
    seen.add(raw, raw, told((0.97, 0.1)), told((0.95, 0.1), (0.9, 0.11)))  # two are not one
    assert (seen.report()["findings_lost"], seen.report()["ok"]) == (1, False)


def test_bfloat16_where_the_processor_has_it(trained: Trained, tmp_path: Path) -> None:
    _, engine = trained
    engine.export(tmp_path, "openvino")
    name = OpenVino(tmp_path, precision="bf16").name
    assert name == f"openvino {'bf16' if graphs.bf16_here() else 'f32'}"
