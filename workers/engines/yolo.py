"""YOLO: ultralytics' networks v3 to 26 for detection, with attention, trained on frozen data."""

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn

from workers.catalogue.yolo import Params
from workers.contract import Failure
from workers.engines.base import Engine, Ground, Report
from workers.engines.parts.heads import Boxes
from workers.engines.parts.yolo_network import build, description, network_of

SHORT = 20  # trainings of fewer epochs go without warm-up and mosaic: they would be nothing else
GENERIC = {
    "hsv_h": 0.01, "hsv_s": 0.3, "hsv_v": 0.3, "translate": 0.1, "scale": 0.25, "fliplr": 0.5,
    "flipud": 0.5,
}  # fmt: skip
NONE = dict.fromkeys(GENERIC, 0.0)


class Yolo(Engine):
    """The engine of the card `yolo`."""

    params: Params
    head: Boxes
    _described: dict[str, Any] | None = None
    _raw: nn.Module | None = None

    def build(self) -> None:
        """The network by its model file, or by the description stored with the weights."""
        p = self.params
        if self._described is None:
            self._described = description(p.version, p.size, p.small_targets)
        torch.manual_seed(p.seed)
        self._raw = None
        self.network = build(self._described, len(self.classes), p.attention, p.nms_free)
        self.head = Boxes(self.classes, p.image_size, p.nms_free)

    def fit(self, ground: Ground, report: Report) -> None:
        """Train with ultralytics' loop; the weights of the best epoch remain."""
        from workers.engines.parts.yolo_training import Trainer

        self.build()
        if ground.parent:
            self._take(ground.parent)
        trainer = Trainer(self, ground, report, self._options(ground))
        trainer.train()
        if not trainer.best_weights:
            hint = "Choose a lower learning rate, or the optimizer AdamW."
            raise Failure("diverged", "The loss grew beyond all bounds.", hint)
        # The trainer wraps and moves the network it was given; the result goes into a fresh one.
        self.build()
        self.network.load_state_dict(trainer.best_weights)
        self.device = ground.device
        self.network.eval().to(self.device)

    def raw(self) -> nn.Module:
        """Fused, and giving all candidates."""
        if self._raw is None:
            self._raw = network_of(self.network, fuse=True)
        return self._raw

    def spec(self) -> dict[str, Any]:
        """Ultralytics' description and our attention: enough to rebuild the network."""
        return {"model": self._described, "attention": self.params.attention}

    def load(self, folder: Path, device: str = "cpu") -> None:
        """Rebuilt from the stored description, whatever ultralytics ships by now."""
        self._described = json.loads((folder / "spec.json").read_text())["model"]
        super().load(folder, device)

    def _take(self, parent: Path) -> None:
        """Start from an earlier model's weights, as far as their shapes agree."""
        from safetensors.torch import load_file

        mine, theirs = self.network.state_dict(), load_file(parent / "weights.safetensors")
        fitting = {k: v for k, v in theirs.items() if k in mine and mine[k].shape == v.shape}
        if len(fitting) < len(mine) / 2:
            hint = "Choose the version and size of the earlier model, or train without it."
            raise Failure("parent_differs", "The earlier model has another network.", hint)
        self.network.load_state_dict(fitting, strict=False)

    def _options(self, ground: Ground) -> dict[str, Any]:
        p = self.params
        short, plain = p.epochs < SHORT, ground.preset == "none"
        on_cpu = ground.device == "cpu"
        changes = NONE if plain else GENERIC
        return changes | {
            "model": "yolov8n.yaml",  # a name that the library wants; the network is ours
            "data": "frozen",
            "project": str(ground.work),
            "name": "run",
            "exist_ok": True,
            "epochs": p.epochs,
            "batch": p.batch,
            "nbs": p.batch,  # else gradients gather over 64 images before a step
            "imgsz": p.image_size,
            "device": "cpu" if on_cpu else ground.device.removeprefix("cuda:").replace("cuda", "0"),
            "workers": 0 if on_cpu else 8,
            "optimizer": p.optimizer,
            "lr0": p.lr,
            "lrf": 0.01,
            "cos_lr": True,
            "weight_decay": p.weight_decay,
            "warmup_epochs": 0 if short else p.warmup_epochs,
            "mosaic": 0.0 if short or plain else p.mosaic,
            "close_mosaic": p.epochs // 5,
            "erasing": 0.0,
            "patience": p.patience or p.epochs,
            "seed": p.seed,
            "deterministic": not on_cpu,
            "amp": not on_cpu,
            "plots": False,
            "verbose": False,
            "resume": False,
        }
