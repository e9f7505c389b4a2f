"""YOLO networks from ultralytics' model files, attention in them, and their raw forward pass."""

import copy
import types
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from ultralytics.nn.tasks import DetectionModel, yaml_model_load

from workers import offline
from workers.engines.parts import attention

offline.silence_ultralytics()
SIZES = {
    "v3": {"n": "-tiny", "m": "", "x": "-spp"},
    "v9": {"n": "t", "s": "s", "m": "m", "l": "c", "x": "e"},
}


def model_file(version: str, size: str, small_targets: bool) -> str:
    """The name of ultralytics' file: yolov8n.yaml, yolo11s.yaml, yolov3-tiny.yaml."""
    name = f"yolo{version}{SIZES.get(version, {}).get(size, size)}"
    return f"{name}{'-p2' if small_targets else ''}.yaml"


def description(version: str, size: str, small_targets: bool) -> dict[str, Any]:
    """The model's description as a dict: what is stored with the weights."""
    found: dict[str, Any] = yaml_model_load(model_file(version, size, small_targets))
    found["yaml_file"] = Path(found["yaml_file"]).name
    return found


def build(described: dict[str, Any], classes: int, kind: str, nms_free: bool) -> nn.Module:
    """An untrained network with this many classes and this attention.

    `nms_free` chooses, of a network that trains both, the head that needs no suppression.
    """
    network: Any = DetectionModel(copy.deepcopy(described), nc=classes, verbose=False)
    if nms_free:
        network.model[-1].end2end = True
    attention.insert(network, kind)
    made: nn.Module = network
    return made


def network_of(trained: nn.Module, fuse: bool) -> nn.Module:
    """A copy whose forward pass gives 1 x (4 + classes) x n, all candidates and nothing else."""
    network: Any = copy.deepcopy(trained).eval()
    network.criterion = None
    head = network.model[-1]
    if fuse:
        network.fuse(verbose=False)
    head.export, head.shape = True, None
    head.postprocess = types.MethodType(_all_of_them, head)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    made: nn.Module = network
    return made


def _all_of_them(head: nn.Module, candidates: Tensor) -> Tensor:
    """Instead of ultralytics' top-k, whose order at equal scores differs between runtimes."""
    return candidates.permute(0, 2, 1)
