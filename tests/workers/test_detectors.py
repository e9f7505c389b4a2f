"""The torchvision detectors' networks: base weights, images without a box, the cascade's roles."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torchvision.models import mobilenet_v3_large, resnet18

from tests.workers import ground as drawn
from workers.engines.parts import anchors, based, ssd_trunks
from workers.engines.parts.cascade_network import Cascade, Plan
from workers.engines.parts.cascade_stages import recalls
from workers.engines.parts.cascade_training import losses, parts_inside, parts_of
from workers.engines.parts.pyramids import pyramid
from workers.engines.parts.rcnn_network import Rcnn
from workers.engines.parts.ssd_network import of_boxes, ssd

LEVELS = anchors.by_level([(10, 10), (14, 20)])


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        (mobilenet_v3_large, lambda: ssd_trunks.MobileNet(64).seen),
        (mobilenet_v3_large, lambda: pyramid("mobilenet_v3", True).body),
        (resnet18, lambda: pyramid("resnet18", True).body),
    ],
)
def test_the_usual_base_weights_fit_whole(
    given: Any, seen: Callable[[], nn.Module], tmp_path: Path
) -> None:
    weights = {name: value.clone() for name, value in given(weights=None).state_dict().items()}
    save_file(weights, tmp_path / "base")
    watch, module = drawn.Watch(), seen()
    ground = drawn.ground(drawn.manifest(1, 0, 0), tmp_path, base=tmp_path / "base")
    assert based.on_base(ground)
    based.take(module, ground, watch)
    (log,) = watch.of("log")
    assert log.params["matched"] == log.params["of"] > 60


def test_vgg_has_the_names_of_torchvision_and_norms_only_from_scratch() -> None:
    names = [f"features.{n}" for n in (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)]
    plain, normed = (set(ssd_trunks.Vgg(64, norm).seen.state_dict()) for norm in (False, True))
    assert plain == {f"{name}.{part}" for name in names for part in ("weight", "bias")}
    assert {name for name in normed - plain if name.endswith("norm.weight")} == {
        f"{name}.norm.weight" for name in names
    }


@pytest.mark.parametrize("name", ["vgg16", "mobilenet_v3", "small"])
def test_ssd_tells_a_box_for_each_default_box(name: str) -> None:
    network = ssd(name, 128, 3, 0.1, width=8).eval()
    with torch.no_grad():
        raw = network(torch.rand(2, 3, 128, 128))
        still = network._centred(torch.zeros(1, len(network.boxes), 4))[0]
    assert raw.shape == (2, 4 + 3, len(network.boxes))
    assert float(raw[:, 4:].sum(dim=1).max()) < 1
    low, high = network.boxes[:, :2], network.boxes[:, 2:]
    assert torch.allclose(still, torch.cat([(low + high) / 2, high - low], dim=1), atol=1e-4)
    sides = high - low
    assert float(sides[0].max()) == pytest.approx(0.1 * 128, rel=1e-3)
    assert float(sides.max()) > 0.85 * 128


def test_an_image_without_a_box_teaches_that_there_is_none() -> None:
    torch.manual_seed(0)
    networks: list[Any] = [
        ssd("small", 64, 2, 0.15, width=8),
        Rcnn("mobilenet_v3", 64, 2, LEVELS, regions=16, based=False, hard=False),
        Rcnn("mobilenet_v3", 64, 2, LEVELS, regions=16, based=False, hard=True),
    ]
    rows = torch.full((2, 1, 5), -1.0)
    for batch in (rows, torch.cat([torch.tensor([[[1.0, 10, 10, 24, 30]]]), rows[:1]])):
        for network in networks:
            found: dict[str, Tensor] = network.losses(torch.rand(2, 3, 64, 64), of_boxes(batch))
            assert all(torch.isfinite(value) for value in found.values()), found


def plan(parts: list[int], states: list[int], classes: int = 4) -> Plan:
    return Plan(classes, [0], parts, states, 96, 96, 64, 32, 2, 3, 0.25)


def test_a_part_is_in_the_state_that_is_annotated_on_it() -> None:
    # Classes: frame, bolt, loose, broken. Two bolts, one of them broken.
    table = torch.tensor(
        [[0.0, 0, 0, 90, 90], [1, 10, 10, 30, 30], [1, 50, 50, 70, 70], [3, 52, 52, 68, 68]]
    )
    (target,) = of_boxes(table[None])
    boxes, right = parts_of(target, plan([1], [2, 3]))
    assert boxes.tolist() == table[1:3, 1:].tolist()
    assert right.tolist() == [0, 2]  # ordinary; the second of the named states
    boxes, right = parts_of(target, plan([], [1, 3]))
    assert (len(boxes), right.tolist()) == (3, [0, 0, 1])
    # In a cut-out of the upper left 40 px, scaled to 64, lies the first bolt alone.
    inner = parts_inside(target, torch.tensor([0.0, 0, 40, 40]), plan([1], [2, 3]))
    assert inner["boxes"].tolist() == [[16.0, 16.0, 48.0, 48.0]]
    assert inner["labels"].tolist() == [1]


def test_a_cascade_of_three_levels_tells_parts_and_states() -> None:
    torch.manual_seed(0)
    known = plan([1], [2, 3])
    network = Cascade(known, ("small", "small"), 0.1, 8, True)
    table = torch.tensor([[0.0, 4, 4, 90, 90], [1, 10, 10, 30, 30], [3, 12, 12, 28, 28]])
    x = torch.rand(2, 3, 96, 96)
    found = losses(network, x, of_boxes(torch.stack([table, torch.full((3, 5), -1.0)])))
    assert all(torch.isfinite(value) for value in found.values())
    assert {name.split("_")[0] for name in found} == {"structure", "part", "state"}
    network.eval()
    outputs: Any = network.state[-1]
    with torch.no_grad():
        outputs.bias[:] = torch.tensor([0.0, 0.0, 9.0, 0.0])  # every part is broken
        for stage in (network.structure, network.part):  # and something is everywhere
            stage.core.head.classification_head.module_list[0].bias[1::2] = 9.0
        (raw,) = network(x[:1])
    n, inner = len(network.structure.boxes), 2 * len(network.part.boxes)
    assert raw.shape == (4 + 4, n + 2 * inner)
    frames, states, parts = raw[4:, :n], raw[4:, n : n + inner], raw[4:, n + inner :]
    assert float(frames[0].max()) > 0.9
    assert int((states.amax(dim=0) > 0).sum()) == known.most_parts
    assert float(states[3].max()) > 0.9 > 0.1 > float(states[2].max())
    assert float(parts[1].max()) > 0.9
    assert float(frames[1:].max()) == float(states[:2].max()) == float(parts[2:].max()) == 0


def test_the_recall_of_each_stage_and_their_product() -> None:
    torch.manual_seed(0)
    frozen = drawn.housings(5, 0, 0)
    known = Plan(3, [0], [], [1, 2], 96, 96, 64, 32, 2, 3, 0.25)
    network = Cascade(known, ("small", "small"), 0.1, 8, True).eval()
    outputs: Any = network.state[-1]
    with torch.no_grad():
        outputs.weight[:] = 0
        outputs.bias[:] = torch.tensor([9.0, 0.0, 0.0])  # every screw is fixed
    found = recalls(network, frozen.samples, frozen.classes, "cpu")
    names = [each.class_name for sample in frozen.samples for each in sample.annotations]
    screws = [name for name in names if name != "housing"]
    assert 0 < screws.count("fixed") < len(screws)
    assert found["stage3_recall"] == pytest.approx(screws.count("fixed") / len(screws))
    product = np.prod([found[f"stage{stage}_recall"] for stage in (1, 2, 3)])
    assert found["stages_product"] == pytest.approx(product)
    good = [sample for sample in frozen.samples if not sample.annotations]
    assert recalls(network, good, frozen.classes, "cpu") == {}
