"""YOLO networks from ultralytics' model files, attention in them, and their raw forward pass."""

import copy
import types
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from ultralytics.nn.tasks import (
    ClassificationModel,
    DetectionModel,
    SegmentationModel,
    yaml_model_load,
)

from workers import offline
from workers.engines.parts import attention

offline.silence_ultralytics()
SUFFIX = {"detect": "", "segment": "-seg", "classify": "-cls"}
NETWORKS = {"detect": DetectionModel, "segment": SegmentationModel, "classify": ClassificationModel}
SIZES = {
    "v3": {"n": "-tiny", "m": "", "x": "-spp"},
    "v9": {"n": "t", "s": "s", "m": "m", "l": "c", "x": "e"},
}


def model_file(version: str, size: str, small_targets: bool, task: str = "detect") -> str:
    """The name of ultralytics' file: yolov8n.yaml, yolo11s-seg.yaml, yolov3-tiny.yaml."""
    name = f"yolo{version}{SIZES.get(version, {}).get(size, size)}"
    return f"{name}{'-p2' if small_targets else ''}{SUFFIX[task]}.yaml"


def description(
    version: str, size: str, small_targets: bool, task: str = "detect"
) -> dict[str, Any]:
    """The model's description as a dict: what is stored with the weights."""
    found: dict[str, Any] = yaml_model_load(model_file(version, size, small_targets, task))
    found["yaml_file"] = Path(found["yaml_file"]).name
    return found


def build(
    described: dict[str, Any], classes: int, kind: str, nms_free: bool, task: str = "detect"
) -> nn.Module:
    """An untrained network with this many classes and this attention.

    `nms_free` chooses, of a network that trains both, the head that needs no suppression.
    """
    network: Any = NETWORKS[task](copy.deepcopy(described), nc=classes, verbose=False)
    if task == "classify":
        return cast(nn.Module, network)
    if nms_free:
        network.model[-1].end2end = True
    attention.insert(network, kind)
    made: nn.Module = network
    return made


def network_of(trained: nn.Module, fuse: bool) -> nn.Module:
    """A copy whose forward pass gives 1 x (4 + classes) x n, all candidates and nothing else.

    Of a network with masks what parts/outlines.py reads; of one for whole images probabilities.
    """
    network: Any = copy.deepcopy(trained).eval()
    network.criterion = None
    head = network.model[-1]
    if fuse:
        network.fuse(verbose=False)
    head.export, head.shape = True, None
    head.postprocess = types.MethodType(_all_of_them, head)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    made: nn.Module = Joined(network) if hasattr(head, "proto") else network
    return made


class Joined(nn.Module):
    """Candidates, then prototypes in the rows of their weights: one output."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """1 x (4 + classes + masks) x (n + side / 4 squared)."""
        candidates, prototypes = self.network(x)
        planes = prototypes.flatten(2)
        above = candidates.shape[1] - planes.shape[1]
        return torch.cat([candidates, functional.pad(planes, (0, 0, above, 0))], dim=2)


def _all_of_them(head: nn.Module, candidates: Tensor) -> Tensor:
    """Instead of ultralytics' top-k, whose order at equal scores differs between runtimes."""
    return candidates.permute(0, 2, 1)
