"""Ultralytics' trainer on our ground: frozen data, our evaluation, checkpoints without pickle.

Figures in validation are those of workers.evaluation, over the same head that serves, so they
compare across engines. A checkpoint keeps the raw weights beside the averaged ones, and chance is
seeded anew each epoch: a resumed training goes on as if it had never stopped.

In a group (parts/group.py) each process loads and learns its share of every batch, and the library
believes to be alone: its own way starts a script of its own for each device, which would know
neither this network nor this ground. Norms are those of the shares, as in the library.
"""

import copy
import dataclasses
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn
from ultralytics.engine import trainer as ultralytics_trainer
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.utils.torch_utils import init_seeds

from workers import data, evaluation
from workers.contract import Answer, Metric
from workers.engines.base import Ground, Pace, Report, TorchGraph, halved, pictures, shown
from workers.engines.parts.group import Group, Through
from workers.engines.parts.heads import answer_all
from workers.engines.parts.yolo_data import FrozenDataset
from workers.engines.parts.yolo_network import network_of

AT_ONCE = 16  # validation images in memory
FEW = 2000  # steps in all; below, running means must be learned faster than ultralytics does
FLOOR = 0.01  # score from which findings count in validation
ultralytics_trainer.check_amp = lambda model: True  # its own check downloads a model


class Trainer(DetectionTrainer):  # type: ignore[misc]  # untyped library
    """One training. `best_weights` are those of the best epoch so far."""

    # The library's own, which has no types.
    ema: Any
    optimizer: Any
    scaler: Any
    best_fitness: Any
    tloss: Any
    loss: Any

    def __init__(
        self, engine: Any, ground: Ground, report: Report, options: dict[str, Any]
    ) -> None:
        self.engine, self.ground, self.tell = engine, ground, report
        self.best_weights: dict[str, torch.Tensor] = {}
        self.saved = _read(ground.checkpoint)
        self.pace = Pace(report, options["epochs"], _first(self.saved), ground.device)
        self.batches, self.told = 0, options["batch"]
        threads = torch.get_num_threads()
        super().__init__(overrides=options)
        torch.set_num_threads(threads)  # the library takes one core less than there are

    def run_callbacks(self, event: str) -> None:
        """Our own; none of the library's integrations is ever called."""
        group = self.ground.group
        if event == "on_train_epoch_start":
            self.batches = 0
            self._tell_halved()
            self._seed()
            if group:
                self._oom_retries = 3  # others would wait for one that begins anew
                group.same(self.model)
        elif event == "on_train_batch_end":
            self.batches += 1
            self.pace.tell(self.epoch, 0.9 * self.batches / len(self.train_loader))
        elif event == "on_train_epoch_end" and group:
            self._together(group)
        elif event == "on_train_end" and group and not group.first:
            raise Through

    def _tell_halved(self) -> None:
        """The library begins the first epoch anew with half the batch where memory is full."""
        if self.batch_size < self.told:
            self.told = self.batch_size
            self.tell(halved(self.told))

    def get_dataloader(self, *args: Any, **kwargs: Any) -> Any:
        """The library's; in a group it gives the process's share of each batch."""
        loader = super().get_dataloader(*args, **kwargs)
        if self.ground.group and kwargs.get("mode") == "train":
            repeated = loader.batch_sampler
            repeated.sampler = Shares(repeated.sampler, self.ground.group)
        return loader

    def optimizer_step(self) -> None:
        """Down the sum of all processes' gradients: the library's loss is a sum over images."""
        if self.ground.group:
            self.ground.group.gathered(list(self.model.parameters()), self.loss.detach())
        super().optimizer_step()

    def _together(self, group: Group) -> None:
        """The losses of all shares, so that all processes go on or end alike."""
        names = list(self.tloss)
        values = group.summed([float(self.loss), *(float(self.tloss[name]) for name in names)])
        self.loss = torch.tensor(values[0])
        self.tloss = {name: values[1 + i] / group.world for i, name in enumerate(names)}

    def _seed(self) -> None:
        seed = (self.args.seed + 7919 * self.epoch) % 2**31
        init_seeds(seed, deterministic=self.args.deterministic)
        if self.train_loader.generator is not None:
            self.train_loader.generator.manual_seed(seed)
            self.train_loader.reset()
        known = self.train_loader.dataset  # mosaic must not draw from what earlier epochs left
        known.ims = [None] * len(known)
        known.buffer = random.sample(range(len(known)), known.max_buffer_length)

    def get_dataset(self) -> dict[str, Any]:
        """Files, samples and class names by split."""
        folder, splits = self.ground.work / "images", ("train", "val")
        samples = {split: self.ground.samples(split) for split in splits}
        samples["val"] = samples["val"] or samples["train"][:20]
        files = {split: data.lay_out(samples[split], folder) for split in splits}
        names = dict(enumerate(self.engine.classes))
        return {"train": "train", "val": "val", "nc": len(names), "names": names, "channels": 3} | {
            "files": files,
            "samples": samples,
            "augmentation": self.ground.augmentation,
            "rank": self.ground.group.rank if self.ground.group else 0,
        }

    def build_dataset(self, img_path: str, mode: str = "train", batch: int | None = None) -> Any:
        """The split's dataset."""
        return FrozenDataset(
            img_path=img_path,
            imgsz=self.args.imgsz,
            batch_size=batch,
            augment=mode == "train",
            hyp=self.args,
            data=self.data,
            task="detect",
            cache=None,
        )

    def setup_model(self) -> dict[str, Any] | None:
        """The engine's network, with the parent's or the checkpoint's weights in it."""
        self.model = self.engine.network
        steps = self.epochs * len(self.data["samples"]["train"]) / self.args.batch
        if steps < FEW:
            _quicken(self.model)
        if self.saved:
            self.model.load_state_dict(self.saved["model"])
        return self.saved

    def resume_training(self, ckpt: dict[str, Any] | None) -> None:
        """Go on from our own checkpoint."""
        if not ckpt:
            return
        self.start_epoch = ckpt["epoch"] + 1
        self.optimizer.load_state_dict(ckpt["optimizer"])
        self.scaler.load_state_dict(ckpt["scaler"])
        self.ema.ema.load_state_dict(ckpt["ema"])
        self.ema.updates = ckpt["updates"]
        self.best_fitness, self.best_weights = ckpt["best_fitness"], ckpt["best"]
        self.stopper.best_fitness, self.stopper.best_epoch = ckpt["stopper"]
        if getattr(self.model.model[-1], "one2one_cv2", None) is not None:
            self.model.criterion = self.model.init_criterion()
            self.model.criterion.updates = self.start_epoch - 1
            self.model.criterion.update()

    def save_model(self) -> bool:
        """Remember the best weights; a checkpoint when it is time for one."""
        if self.ground.group and not self.ground.group.first:
            return True
        if self.best_fitness == self.fitness:
            self.best_weights = _copied(self.ema.ema)
        last = self.stop or self.epoch + 1 >= self.epochs
        if self.ground.due() and not last:
            path = self.ground.work / "checkpoint.pt"
            torch.save(self._state(), path)
            self.ground.keep_checkpoint(path, self.tell, self.epoch + 1)
        return True

    def _state(self) -> dict[str, Any]:
        return {
            "epoch": self.epoch,
            "model": _copied(self.model),
            "ema": _copied(self.ema.ema),
            "updates": self.ema.updates,
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "best": self.best_weights,
            "best_fitness": self.best_fitness,
            "stopper": (self.stopper.best_fitness, self.stopper.best_epoch),
        }

    def validate(self) -> tuple[dict[str, float], float]:
        """Our figures on the validation split, told with the losses and a few pictures.

        In a group the first process looks, and the others learn how good it is.
        """
        if (group := self.ground.group) is None:
            return self._look()
        values, fitness = self._look() if group.first else ({}, 0.0)
        (fitness,) = group.summed([fitness])
        if self.best_fitness is None or self.best_fitness < fitness:
            self.best_fitness = fitness
        return values, fitness

    def _look(self) -> tuple[dict[str, float], float]:
        samples, answers = self.data["samples"]["val"], list[Answer]()
        head = dataclasses.replace(self.engine.head, floor=FLOOR)
        graph = TorchGraph(network_of(self.ema.ema, fuse=False), str(self.device))
        for start in range(0, len(samples), AT_ONCE):
            answers += answer_all(graph, head, pictures(samples[start : start + AT_ONCE]))
            self.pace.tell(self.epoch, 0.9 + 0.1 * len(answers) / len(samples))
        report = evaluation.detect(samples, answers, self.engine.classes, "val")
        values = {name: value for name, value in report.metrics.items() if value is not None}
        losses = {f"loss_{name}": float(value) for name, value in (self.tloss or {}).items()}
        rate = {"lr": float(self.optimizer.param_groups[0]["lr"])}
        self.tell(Metric(step=self.epoch + 1, values={**losses, **rate, **values}))
        for sample, answer in list(zip(samples, answers, strict=True))[:5]:
            self.tell(shown(sample, answer, self.epoch + 1))
        fitness = 0.1 * values.get("map50", 0.0) + 0.9 * values.get("map50_95", 0.0)
        if self.best_fitness is None or self.best_fitness < fitness:
            self.best_fitness = fitness
        return values, fitness

    def save_metrics(self, metrics: dict[str, float]) -> None:
        """Metrics are told, not written."""

    def final_eval(self) -> None:
        """The runner evaluates."""


class Shares:
    """A process's places of each batch; the first again where there are too few for all."""

    def __init__(self, batches: Any, group: Group) -> None:
        self.batches, self.group = batches, group

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[list[int]]:
        for batch in self.batches:
            yield [batch[int(place)] for place in self.group.mine(len(batch))]


def _quicken(network: nn.Module) -> None:
    """Let normalisation follow the data within a few dozen steps instead of a few hundred."""
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 0.1


def _copied(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: copy.deepcopy(v.detach().cpu()) for name, v in network.state_dict().items()}


def _read(checkpoint: Path | None) -> dict[str, Any] | None:
    if checkpoint is None:
        return None
    saved: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    return saved


def _first(saved: dict[str, Any] | None) -> int:
    return saved["epoch"] + 1 if saved else 0
