"""Every version, size and attention that the form offers is a network that can be exported."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from workers.catalogue.yolo import Params
from workers.engines.parts import attention, yolo_network
from workers.engines.parts.graphs import open_graph
from workers.engines.parts.heads import Boxes
from workers.engines.yolo import Yolo

VERSIONS = ["v3", "v5", "v6", "v8", "v9", "v10", "11", "12", "26"]


def untrained(**params: Any) -> Yolo:
    engine = Yolo(Params(image_size=64, **params), ["a", "b"])
    engine.build()
    engine.network.eval()
    return engine


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_answers(version: str) -> None:
    engine = untrained(version=version)
    (answer,) = engine.predict([np.zeros((50, 70, 3), np.uint8)])
    assert (answer.width, answer.height) == (70, 50)
    raw = engine.raw()(torch.zeros(engine.head.shape))
    assert raw.shape[:2] == (1, 6)


CASES = [("v8", "none", False), ("v5", "se", False), ("v8", "cbam", False), ("v10", "se", True)]


@pytest.mark.parametrize(("version", "kind", "nms_free"), CASES)
def test_attention_survives_saving_and_export(
    version: str, kind: Any, nms_free: bool, tmp_path: Path
) -> None:
    engine = untrained(version=version, attention=kind, nms_free=nms_free)
    assert isinstance(engine.head, Boxes)
    assert engine.head.end_to_end == nms_free
    layers = [m for m in engine.network.modules() if isinstance(m, attention.Attended)]
    assert len(layers) == (0 if kind == "none" else 3)
    engine.save(tmp_path / "saved")
    params = Params(image_size=64, version=version, attention=kind, nms_free=nms_free)
    again = Yolo(params, ["a", "b"])
    again.load(tmp_path / "saved")
    again.export(tmp_path / "export", "openvino")
    images = torch.rand(engine.head.shape)
    ours = engine.raw()(images).numpy()
    (theirs,) = open_graph("openvino", tmp_path / "export").run([images.numpy()])
    assert np.abs(ours - theirs).max() < 2e-3  # pixels of the input


@pytest.mark.parametrize("version", VERSIONS)
def test_every_size_has_its_model_file(version: str) -> None:
    for size in "nsmlx":
        try:
            params = Params(version=version, size=size)
        except ValidationError:
            assert (version, size) in {("v3", "s"), ("v3", "l")}
            continue
        described = yolo_network.description(params.version, params.size, False)
        assert described["head"][-1][2].endswith("Detect")
    with pytest.raises(ValidationError):
        Params(version="v7")


@pytest.mark.parametrize("version", ["v10", "26"])
def test_both_heads_give_boxes_in_the_same_pixels(version: str) -> None:
    engine, other = untrained(version=version), untrained(version=version, nms_free=True)
    images = torch.rand(engine.head.shape)
    x, y, w, h = engine.raw()(images)[0, :4].numpy()
    x0, y0, x1, y1 = other.raw()(images)[0, :4].numpy()
    assert np.abs((x0 + x1) / 2 - x).mean() < 8  # cells are 8 to 32 px apart
    assert np.abs((y0 + y1) / 2 - y).mean() < 8
    assert (x1 > x0).all()
    assert (w > 0).all()
    assert (h > 0).all()


def test_small_targets_add_a_stage() -> None:
    layers: Any = untrained(small_targets=True).network.model
    assert layers[-1].stride.tolist() == [4, 8, 16, 32]
