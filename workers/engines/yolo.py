"""YOLO: ultralytics' networks v3 to 26, with attention, trained on frozen data.

Boxes from a detect dataset; outlines from a segment one, classes of whole images from a classify
one, where the version has such a network.
"""

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn

from workers import data
from workers.catalogue.yolo import WITH_CLASSES, Params, has_outlines
from workers.contract import Failure, Log
from workers.engines.base import Engine, Ground, Report
from workers.engines.parts.heads import Boxes, Classes, Head
from workers.engines.parts.outlines import Outlines
from workers.engines.parts.yolo_network import build, description, network_of

SHORT = 20  # trainings of fewer epochs go without warm-up and mosaic: they would be nothing else
# The library's own changes are off but for the mosaic: images are varied as everywhere else.
OFF = dict.fromkeys(("hsv_h", "hsv_s", "hsv_v", "translate", "scale", "fliplr", "flipud"), 0.0)


class Yolo(Engine):
    """The engine of the card `yolo`."""

    params: Params
    head: Head
    good: tuple[str, ...] = ()
    _described: dict[str, Any] | None = None
    _raw: nn.Module | None = None

    def build(self) -> None:
        """The network by its model file, or by the description stored with the weights."""
        p = self.params
        if self._described is None:
            self._described = description(p.version, p.size, p.small_targets, self.kind)
        torch.manual_seed(p.seed)
        self._raw = None
        n = len(self.classes)
        self.network = build(self._described, n, p.attention, p.nms_free, self.kind)
        heads: dict[str, Head] = {
            "detect": Boxes(self.classes, p.image_size, p.nms_free),
            "segment": Outlines(self.classes, p.image_size),
            "classify": Classes(self.classes, p.image_size, list(self.good)),
        }
        self.head = heads[self.kind]

    def fit(self, ground: Ground, report: Report) -> None:
        """Train as the dataset's task asks for; the weights of the best epoch remain."""
        self._choose(ground, report)
        if self.kind == "detect":
            self._boxes(ground, report)
        else:
            self._whole(ground, report)

    def _choose(self, ground: Ground, report: Report) -> None:
        """What it learns: `kind`. Failure where the version has no network for whole images."""
        p, task = self.params, ground.manifest.task
        self.good, self._described = tuple(sorted(data.harmless(ground.manifest))), None
        self.kind = "detect"
        if task == "classify":
            if p.version not in WITH_CLASSES or p.small_targets:
                words = f"YOLO {p.version} has no network that tells classes of whole images."
                hint = f"Choose one of {', '.join(WITH_CLASSES)}, without small targets."
                raise Failure("no_class_network", words, hint)
            self.kind = "classify"
        elif task == "segment" and not p.boxes_only:
            if has_outlines(p):
                self.kind = "segment"
            else:
                words = "This version and its options have no network for outlines: boxes only."
                report(Log(level="warning", message=words, code="boxes_only"))

    def _whole(self, ground: Ground, report: Report) -> None:
        """Outlines or classes, in our own loop."""
        from workers.engines.parts.yolo_classes import ClassRun
        from workers.engines.parts.yolo_outlines import OutlineRun

        self.build()
        if ground.parent:
            self._take(ground.parent)
        self.device = ground.device
        self.network.to(self.device)
        (OutlineRun if self.kind == "segment" else ClassRun)(self, ground, report).run()
        self.forget()

    def _boxes(self, ground: Ground, report: Report) -> None:
        """Train with ultralytics' loop."""
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

    def forget(self) -> None:
        """The weights are others now."""
        self._raw = None

    def raw(self) -> nn.Module:
        """Fused, and giving all candidates."""
        if self._raw is None:
            self._raw = network_of(self.network, fuse=True)
        return self._raw

    def spec(self) -> dict[str, Any]:
        """Ultralytics' description and our attention: enough to rebuild the network."""
        told = {"task": self.kind, "good": list(self.good)}
        return {"model": self._described, "attention": self.params.attention} | told

    def load(self, folder: Path, device: str = "cpu") -> None:
        """Rebuilt from the stored description, whatever ultralytics ships by now."""
        spec = json.loads((folder / "spec.json").read_text())
        self._described = spec["model"]
        self.kind, self.good = spec.get("task", "detect"), tuple(spec.get("good", ()))
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
        short, on_cpu = p.epochs < SHORT, ground.device == "cpu"
        mosaic = ground.augmentation.mosaic if p.mosaic is None else p.mosaic
        return OFF | {
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
            "mosaic": 0.0 if short else mosaic,
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
