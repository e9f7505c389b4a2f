"""What every engine in the catalogue must do, on drawn plates of 64 px: a new card is in here."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file

from core import environment
from tests.workers import bases
from tests.workers import ground as drawn
from workers import catalogue, measures, parity
from workers.contract import Answer, Cancelled, Manifest, ModelRef
from workers.engines.base import Engine, Ground, load_engine
from workers.engines.parts.graphs import open_graph
from workers.served import open_export

QUICK: dict[str, dict[str, Any]] = {
    "maml": {
        "image_size": 48,
        "width": 16,
        "epochs": 3,
        "episodes": 8,
        "shots": 3,
        "queries": 2,
        "lr": 0.003,
        "inner_steps": 3,
        "examples": 4,
    },
    "prototypical": {
        "image_size": 64,
        "width": 16,
        "epochs": 4,
        "episodes": 8,
        "queries": 3,
        "lr": 0.003,
    },
    "yolo": {"image_size": 96, "epochs": 12, "batch": 8, "lr": 0.003},
    "patch_cnn": {"epochs": 6, "patches": 16, "width": 8},
    "ssd": {
        "network": "small",
        "image_size": 64,
        "smallest": 0.15,
        "epochs": 8,
        "batch": 8,
        "lr": 0.003,
    },
    "faster_rcnn": {
        "backbone": "mobilenet_v3",
        "image_size": 64,
        "anchor": 8,
        "regions": 32,
        "epochs": 6,
        "lr": 0.001,
    },
    "tiny_defect": {
        "backbone": "mobilenet_v3",
        "image_size": 64,
        "anchors": 6,
        "regions": 32,
        "epochs": 6,
        "lr": 0.001,
    },
    "ssd_cascade": {
        "image_size": 96,
        "structure_size": 96,
        "part_size": 64,
        "state_size": 32,
        "smallest": 0.1,
        "width": 8,
        "most_structures": 2,
        "most_parts": 4,
        "epochs": 10,
        "lr": 0.003,
    },
    "patchcore": {"side": 64, "bank": 200},
    "padim": {"side": 64, "features": 24},
    "efficient_ad": {"narrow": 16, "channels": 16, "batch": 4, "epochs": 2, "lr": 0.003},
    "dinomaly": {"encoder": "vit_small_patch14_reg4_dinov2", "side": 56, "epochs": 2},
    "fusion": {"tile": 64, "margin": 8, "epochs": 6, "crops": 1, "lr": 0.003, "dropout": 0.3},
    "segmentation": {"tile": 64, "margin": 8, "epochs": 6, "crops": 1, "lr": 0.003},
    "cascaded_ae": {
        "tile": 64,
        "margin": 8,
        "epochs": 6,
        "crops": 1,
        "width": 8,
        "class_width": 8,
        "lr": 0.005,
    },
    "multiscale_dae": {
        "tile": 64,
        "margin": 8,
        "epochs": 4,
        "crops": 1,
        "levels": 2,
        "width": 8,
        "bottleneck": 4,
        "lr": 0.005,
    },
    "gan_reconstruction": {
        "side": 32,
        "width": 8,
        "latent": 16,
        "epochs": 6,
        "batch": 8,
        "lr": 0.002,
    },
    "si_vit": {
        "image_size": 64,
        "stride": 8,
        "width": 32,
        "depth": 2,
        "epochs": 6,
        "lr": 0.003,
    },
}
NO_EPOCHS = ("padim", "patchcore")  # they look once: no checkpoint, and nothing to go on with
# Engines that need something else than what is drawn for their task.
DRAWN = {"ssd_cascade": ("housings", drawn.housing), "fusion": ("paired", drawn.plate)}
# What the main figure of a kind must reach, and what an untrained network of it stays under; None:
# an untrained one may do well (what differs from normal differs in random features too).
FIGURE: dict[str, tuple[str, float, float | None]] = {
    "detect": ("map50", 0.6, 0.2),
    "segment": ("map50", 0.6, 0.2),
    "classify": ("balanced_accuracy", 0.8, 0.7),
    "anomaly": ("image_auroc", 0.8, None),
}
ENGINES = sorted(catalogue.cards())
DEVICE = os.environ.get("KIZU_TEST_DEVICE", "cpu")  # cuda:0 walks the same steps on a GPU
FROZEN: dict[str, Manifest] = {}
TRIED: set[type] = set()  # heads whose graphs were seen to need no torch
Trained = tuple[str, Engine, drawn.Watch]


def frozen(name: str) -> Manifest:
    """The same drawn version for every test of an engine."""
    task = DRAWN[name][0] if name in DRAWN else catalogue.card(name).tasks[0]
    if task not in FROZEN:
        FROZEN[task] = drawn.of_task(task)
    return FROZEN[task]


def ground(name: str, work: Path, **fields: Any) -> Ground:
    base = bases.base_of(name, QUICK.get(name, {}), environment.var_dir() / "bases")
    return drawn.ground(frozen(name), work, base=base, device=DEVICE, **fields)


def few(name: str, work: Path, **fields: Any) -> Ground:
    """Enough to train, not to learn much: a third of the training samples."""
    made = ground(name, work, **fields)
    learnt = [sample for sample in made.manifest.samples if sample.split == "train"]
    rest = [sample for sample in made.manifest.samples if sample.split != "train"]
    fewer = [*learnt[: max(len(learnt) // 3, 12)], *rest]
    return replace(made, manifest=made.manifest.model_copy(update={"samples": fewer}))


def make(name: str, **params: Any) -> Engine:
    values = {**QUICK.get(name, {}), **params}
    return load_engine(catalogue.card(name), values, frozen(name).classes)


def measured(name: str, engine: Engine) -> float:
    figures = measures.of_split(engine, frozen(name), "test", drawn.Watch()).metrics
    return figures[FIGURE[engine.kind][0]] or 0.0


def plates(n: int, name: str = "", size: int = 96) -> list[Any]:
    draw = DRAWN[name][1] if name in DRAWN else drawn.plate
    return [draw(number, size)[0] for number in range(500, 500 + n)]


def flat(answers: list[Answer]) -> list[Any]:
    return [[(f.class_name, f.score, f.box) for f in answer.findings] for answer in answers]


def close(one: list[Answer], two: list[Answer], within: float = 1e-4) -> bool:
    for a, b in zip(one, two, strict=True):
        if [f.class_name for f in a.findings] != [f.class_name for f in b.findings]:
            return False
        for f, g in zip(a.findings, b.findings, strict=True):
            if not np.allclose([f.score, *(f.box or ())], [g.score, *(g.box or ())], atol=within):
                return False
    return True


@pytest.fixture(scope="module", autouse=True)
def asked() -> Iterator[list[str]]:
    """The names that were looked up while the engines worked: there must be none."""
    names: list[str] = []

    def refuse(host: Any, *_: Any, **__: Any) -> Any:
        names.append(str(host))
        raise OSError(f"no address of {host}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", refuse)
        yield names
    assert not names


@pytest.fixture(scope="module", params=ENGINES)
def trained(request: Any, tmp_path_factory: Any, asked: list[str]) -> Trained:
    """Each engine, trained once."""
    work, watch = tmp_path_factory.mktemp(request.param), drawn.Watch()
    engine = make(request.param)
    engine.fit(ground(request.param, work), watch)
    assert not asked
    return request.param, engine, watch


def test_it_learns_and_tells_how(trained: Trained) -> None:
    name, engine, watch = trained
    _, enough, chance = FIGURE[engine.kind]
    if chance is not None:
        untrained = make(name)
        untrained.build()
        untrained.network.eval()
        assert measured(name, untrained) < chance
    assert measured(name, engine) > enough, measured(name, engine)
    steps = [metric.step for metric in watch.of("metric")]
    assert steps == list(range(1, len(steps) + 1))
    shares = [progress.share for progress in watch.of("progress")]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1, abs=0.05)
    shown = [image.sample for image in watch.of("image") if image.step == 1]
    assert shown == [image.sample for image in watch.of("image") if image.step == steps[-1]]
    assert len(shown) == 5


def test_saved_and_loaded_it_answers_the_same(trained: Trained, tmp_path: Path) -> None:
    name, engine, _ = trained
    engine.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".safetensors", ".json"}
    assert json.loads((tmp_path / "spec.json").read_text())["classes"] == engine.classes
    again = make(name)
    again.load(tmp_path, DEVICE)
    images = plates(4, name)
    assert close(engine.predict(images), again.predict(images), 1e-5)
    assert any(answer.findings for answer in again.predict(images))


def test_any_size_one_image_and_nothing_to_find(trained: Trained) -> None:
    name, engine, _ = trained
    tall = np.concatenate([plates(1, name)[0], plates(2, name)[1], plates(1, name)[0]])
    for image in (tall, tall.transpose(1, 0, 2).copy(), tall[:40, :30].copy()):
        (answer,) = engine.predict([image])
        assert (answer.height, answer.width) == image.shape[:2]
    assert engine.predict([]) == []
    # Grey without its noise is nothing good either where only good plates were seen.
    grey = np.full((96, 96, 3), 128, np.uint8)
    (empty,) = engine.predict([drawn.plate(1502, 64)[0] if engine.kind == "anomaly" else grey])
    told = [finding.class_name for finding in empty.findings if finding.score > 0.5]
    assert set(told) <= set(frozen(name).good_classes)
    together, alone = (
        engine.predict(plates(3, name)),
        [engine.predict([p])[0] for p in plates(3, name)],
    )
    assert close(together, alone, 1e-4 if DEVICE == "cpu" else 1e-2)  # kernels go by batch size


@pytest.mark.parametrize("form", ["openvino", "onnx"])
def test_an_export_answers_the_same(trained: Trained, tmp_path: Path, form: str) -> None:
    name, engine, _ = trained
    engine.export(tmp_path, form)
    samples = frozen(name).samples[:12]
    graphs = {"f32": open_graph(form, tmp_path)}
    report = parity.compare(engine, graphs, samples, drawn.Watch())["f32"]
    assert report["ok"], report
    assert report["n"] == 12
    assert report["verdicts_differ"] == 0
    ref = ModelRef(
        model_id=1,
        engine=name,
        kind=catalogue.card(name).kind,
        params={},
        classes=engine.classes,
        artefact="0" * 64,
        export_format=form,
    )
    served = open_export(ref, tmp_path, "THROUGHPUT")
    assert close(served.predict(plates(9, name)), engine.predict(plates(9, name)), 1e-3)


def test_an_export_needs_no_torch(trained: Trained, tmp_path: Path) -> None:
    name, engine, _ = trained
    if type(engine.head) in TRIED:
        pytest.skip("a graph with this head was tried already")
    TRIED.add(type(engine.head))
    engine.export(tmp_path, "openvino")
    kind = catalogue.card(name).kind
    code = f"""
import sys
from pathlib import Path
import numpy as np
from workers.contract import ModelRef
from workers.served import open_export
ref = ModelRef(model_id=1, engine={name!r}, kind={kind!r}, params={{}}, classes=[],
               artefact="0" * 64, export_format="openvino")
open_export(ref, Path({str(tmp_path)!r})).predict([np.zeros((50, 70, 3), np.uint8)])
print([name for name in ("torch", "django", "ultralytics") if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "[]", ran.stderr


@pytest.mark.parametrize("name", ENGINES)
def test_cancelled_within_a_batch(name: str, tmp_path: Path) -> None:
    stop = drawn.Watch(2, lambda event: event.type == "progress")
    with pytest.raises(Cancelled):
        make(name).fit(few(name, tmp_path), stop)
    assert len(stop.of("progress")) == 2
    assert not stop.of("metric")


@pytest.mark.parametrize("name", [name for name in ENGINES if name not in NO_EPOCHS])
def test_resumed_it_equals_one_that_never_stopped(name: str, tmp_path: Path) -> None:
    whole, halves = make(name, epochs=2), make(name, epochs=2)
    whole.fit(few(name, tmp_path / "a"), drawn.Watch())
    watch = drawn.Watch(1, lambda event: event.type == "artefact")
    with pytest.raises(Cancelled):
        halves.fit(few(name, tmp_path / "b"), watch)
    rest = drawn.Watch()
    resumed = make(name, epochs=2)
    resumed.fit(few(name, tmp_path / "c", checkpoint=watch.checkpoint), rest)
    assert [metric.step for metric in rest.of("metric")] == [2]
    for key, value in whole.network.state_dict().items():
        other = resumed.network.state_dict()[key]
        assert np.allclose(value.cpu(), other.cpu(), atol=1e-6 if DEVICE == "cpu" else 1e-2), key


def test_it_starts_from_an_earlier_model(tmp_path: Path, trained: Trained) -> None:
    name, parent, _ = trained
    parent.save(tmp_path / "parent")
    watch = drawn.Watch()
    child = make(name) if name in NO_EPOCHS else make(name, epochs=1, lr=1e-6)
    child.fit(ground(name, tmp_path, parent=tmp_path / "parent"), watch)
    figure, enough, _ = FIGURE[parent.kind]
    told = watch.of("metric")[0].values
    reached = told[figure] if figure in told else measured(name, child)
    assert reached > enough - 0.1
    assert load_file(tmp_path / "parent" / "weights.safetensors").keys() == set(
        child.network.state_dict()
    )
