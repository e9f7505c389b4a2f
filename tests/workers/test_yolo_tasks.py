"""YOLO's outlines and classes of whole images: trained, exported, resumed; masks by hand."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.workers import ground as drawn
from workers import measures, parity
from workers.catalogue.yolo import Params, has_outlines
from workers.contract import Cancelled, Failure, Manifest, ModelRef
from workers.engines.parts import boxes, yolo_outlines
from workers.engines.parts.graphs import open_graph
from workers.engines.parts.outlines import Outlines
from workers.engines.yolo import Yolo
from workers.served import open_export

QUICK: dict[str, dict[str, Any]] = {
    "segment": {"image_size": 96, "epochs": 12, "batch": 8, "lr": 0.003},
    "classify": {"image_size": 64, "epochs": 12, "batch": 4, "lr": 0.001},
}
FIGURE = {"segment": ("iou", 0.4), "classify": ("balanced_accuracy", 0.8)}
FROZEN: dict[str, Manifest] = {}


def frozen(task: str) -> Manifest:
    if task not in FROZEN:
        made = drawn.of_task(task)
        FROZEN[task] = made.model_copy(update={"task": task})
    return FROZEN[task]


def make(task: str, **params: Any) -> Yolo:
    return Yolo(Params(**{**QUICK[task], **params}), frozen(task).classes)


@pytest.fixture(scope="module", params=["segment", "classify"])
def trained(request: Any, tmp_path_factory: Any) -> Yolo:
    """A small network of each, trained."""
    engine, work = make(request.param), tmp_path_factory.mktemp(request.param)
    engine.fit(drawn.ground(frozen(request.param), work), drawn.Watch())
    return engine


def test_it_is_measured_as_what_it_learnt(trained: Yolo) -> None:
    task = trained.kind
    name, enough = FIGURE[task]
    found = measures.of_split(trained, frozen(task), "test", drawn.Watch())
    assert (found.metrics[name] or 0) > enough, found.metrics


def test_saved_and_exported_it_answers_the_same(trained: Yolo, tmp_path: Path) -> None:
    task = trained.kind
    trained.save(tmp_path / "kept")
    again = make(task)
    again.load(tmp_path / "kept")
    assert (again.kind, type(again.head)) == (task, type(trained.head))
    trained.export(tmp_path / "graph", "openvino")
    graphs = {"f32": open_graph("openvino", tmp_path / "graph")}
    report = parity.compare(again, graphs, frozen(task).samples[:8], drawn.Watch())["f32"]
    assert report["ok"], report
    assert report["verdicts_differ"] == 0
    ref = ModelRef(
        model_id=1, engine="yolo", kind=task, params={}, classes=again.classes,
        artefact="0" * 64, export_format="openvino",
    )  # fmt: skip
    served = open_export(ref, tmp_path / "graph")
    images = [drawn.plate(number, 80)[0] for number in range(600, 606)]
    answers = [each.predict(images) for each in (trained, again, served)]
    shown = [[[(f.class_name, f.polygon is None) for f in a.findings] for a in s] for s in answers]
    assert shown[0] == shown[1] == shown[2]
    assert any(a.findings for a in answers[0])


@pytest.mark.parametrize("task", ["segment", "classify"])
def test_resumed_it_equals_one_that_never_stopped(task: str, tmp_path: Path) -> None:
    whole, halves, resumed = (make(task, epochs=2, image_size=64) for _ in range(3))
    whole.fit(drawn.ground(frozen(task), tmp_path / "a"), drawn.Watch())
    watch = drawn.Watch(1, lambda event: event.type == "artefact")
    with pytest.raises(Cancelled):
        halves.fit(drawn.ground(frozen(task), tmp_path / "b"), watch)
    resumed.fit(
        drawn.ground(frozen(task), tmp_path / "c", checkpoint=watch.checkpoint), drawn.Watch()
    )
    for key, value in whole.network.state_dict().items():
        assert np.allclose(value, resumed.network.state_dict()[key], atol=1e-6), key


def test_a_version_without_such_a_network_says_so(tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        make("classify", version="v5").fit(
            drawn.ground(frozen("classify"), tmp_path), drawn.Watch()
        )
    assert failure.value.code == "no_class_network"
    assert has_outlines(Params(version="v9", size="l"))
    for params in ({"version": "v5"}, {"version": "v9"}, {"small_targets": True}):
        assert not has_outlines(Params(**params))
    stop = drawn.Watch(1, lambda event: event.type == "progress")
    boxes_alone = make("segment", version="v5")
    with pytest.raises(Cancelled):
        boxes_alone.fit(drawn.ground(frozen("segment"), tmp_path), stop)
    assert boxes_alone.kind == "detect"
    assert [log.code for log in stop.of("log")] == ["boxes_only"]


def test_a_training_keeps_to_the_threads_that_it_was_given(tmp_path: Path) -> None:
    """The library would take one less than there are cores."""
    before, wanted = torch.get_num_threads(), (os.cpu_count() or 1) + 1
    torch.set_num_threads(wanted)
    try:
        stop = drawn.Watch(1, lambda event: event.type == "progress")
        with pytest.raises(Cancelled):
            make("segment", version="v5").fit(drawn.ground(frozen("segment"), tmp_path), stop)
        assert torch.get_num_threads() == wanted
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("version", ["v8", "11", "12"])
@pytest.mark.parametrize("kind", ["segment", "classify"])
def test_every_version_answers(version: Any, kind: Any) -> None:
    engine = Yolo(Params(version=version, image_size=64), ["a", "b"])
    engine.kind = kind
    engine.build()
    engine.network.eval()
    (answer,) = engine.predict([np.zeros((50, 70, 3), np.uint8)])
    assert (answer.width, answer.height) == (70, 50)


def test_a_mask_is_the_weighted_sum_of_prototypes_within_its_box() -> None:
    """One box over the middle of a 64 px image; the first prototype is positive left of x = 32."""
    head = Outlines(["a"], 64, masks=2)
    prototypes = np.full((2, 16, 16), -1, np.float32)
    prototypes[0, :, :8] = 1
    candidate = np.array([32, 32, 32, 16, 0.9, 1.0, 0.5], np.float32)  # box, score, weights
    raw = np.zeros((1, 7, 1 + 256), np.float32)
    raw[0, :, 0] = candidate
    raw[0, 5:, 1:] = prototypes.reshape(2, -1)
    place = boxes.Place(1.0, 0, 0, 64, 64)
    (finding,) = head.answer([raw], place).findings
    assert finding.box == pytest.approx((0.25, 0.375, 0.75, 0.625))
    # 1 - 0.5 left of the middle, -1 - 0.5 right of it; it falls to 0 at a quarter between.
    assert finding.area == pytest.approx(15 * 16 / 64**2, abs=16 / 64**2)
    assert finding.polygon
    xs, ys = np.array(finding.polygon).T
    assert xs.min() == pytest.approx(0.25, abs=0.02)
    assert xs.max() == pytest.approx(31 / 64, abs=0.03)
    assert (ys.min(), ys.max()) == pytest.approx((0.375, 0.625), abs=0.02)


def test_instances_are_pieces_with_their_own_boxes() -> None:
    plane = np.full((8, 8), yolo_outlines.NONE, np.uint8)
    plane[0:2, 0:4] = 0  # class 1
    plane[6:8, 0:4] = 0  # mirrored: an instance of its own
    plane[4:6, 6:8] = 1  # class 0
    plane[7, 7] = 1  # a speck, too small
    planes = yolo_outlines.apart(plane, [1, 0])
    rows = yolo_outlines.rows_of(planes)
    assert planes[0].max() == 3
    assert rows[:, 0].tolist() == [1, 1, 0]
    assert rows[0, 1:].tolist() == pytest.approx([0.25, 0.125, 0.5, 0.25])
    assert rows[2, 1:].tolist() == pytest.approx([0.875, 0.625, 0.25, 0.25])
