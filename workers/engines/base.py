"""What every engine is. `fit` tells by `report` alone, which raises Cancelled: no engine cancels.

An engine is a network between a head's inputs and answers (parts/heads.py). Its folder holds
`weights.safetensors` and a `spec.json` from which the network is rebuilt: no pickle.
"""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, JsonValue
from safetensors.torch import load_file, save_file
from torch import nn

from workers import data, offline, store
from workers.contract import (
    Answer,
    Artefact,
    Card,
    Event,
    Failure,
    Image,
    Kind,
    Log,
    Manifest,
    ManifestSample,
    Progress,
)
from workers.engines.parts.group import Group
from workers.engines.parts.heads import Head, HeatMap, answer_all, by_modality
from workers.engines.parts.heads import Image as Picture
from workers.engines.parts.inputs import portions
from workers.presets import PRESETS, Augmentation

offline.apply()

Array = NDArray[np.float32]
Report = Callable[[Event], None]
CHECKPOINT_EVERY = 20.0  # seconds at least between two checkpoints
SHOWN = 5  # sample predictions an epoch
CPU_PIXELS, GPU_PIXELS = 2**22, 2**24  # that go through a network at once


@dataclass
class Ground:
    """What a training stands on. Folders are those of stored artefacts; `work` is scratch."""

    manifest: Manifest
    work: Path
    device: str = "cpu"
    preset: str = "generic"
    edited: Augmentation | None = None  # the preset's values, where they were changed
    checkpoint: Path | None = None
    parent: Path | None = None
    base: Path | None = None  # a file of base weights
    group: Group | None = None  # the other processes of the same training, where there are some
    keep: Callable[[Path], tuple[str, int]] = store.put_file
    kept_at: float = field(default=0.0, repr=False)

    @property
    def augmentation(self) -> Augmentation:
        """How training images are varied (workers.augment)."""
        return self.edited or PRESETS[self.preset]

    def samples(self, split: str) -> list[ManifestSample]:
        """The samples of one split."""
        return data.of_split(self.manifest, split)

    def good(self, split: str) -> list[ManifestSample]:
        """Those of a split that show no defect."""
        return [sample for sample in self.samples(split) if not data.defects(sample, self.manifest)]

    def due(self) -> bool:
        """Whether it is time for a checkpoint: after the first epoch, then every so often."""
        return time.monotonic() - self.kept_at >= CHECKPOINT_EVERY

    def keep_checkpoint(self, path: Path, report: Report, step: int) -> None:
        """Store a file to go on from, taken after the epoch `step` (from 1), and tell of it."""
        sha256, size = self.keep(path)
        self.kept_at = time.monotonic()
        name = path.name
        report(Artefact(role="checkpoint", sha256=sha256, size=size, name=name, step=step))


class TorchGraph:
    """A network in torch, run over arrays of one shape."""

    name = "torch f32"

    def __init__(self, network: nn.Module, device: str) -> None:
        self._network, self._device = network, device

    def run(self, inputs: Collection[Array]) -> list[Array]:
        """One raw output an input, in order; what it takes of memory does not grow with them."""
        pixels = CPU_PIXELS if self._device == "cpu" else GPU_PIXELS
        some = portions(inputs, pixels)
        return [output for portion in some for output in self._of(portion)]

    def _of(self, inputs: Sequence[Array]) -> list[Array]:
        batch = torch.from_numpy(np.concatenate(inputs)).to(self._device)
        with torch.no_grad():
            raw = self._network(batch)
        output = (raw[0] if isinstance(raw, tuple | list) else raw).float().cpu().numpy()
        return [output[i : i + 1] for i in range(len(inputs))]


class Learner(ABC):
    """A network that is built from params, learns, and is kept in a folder."""

    network: nn.Module
    device = "cpu"

    def __init__(self, params: BaseModel, classes: list[str]) -> None:
        self.params, self.classes = params, classes

    @abstractmethod
    def build(self) -> None:
        """Make `network` (and an engine's `head`) from the params, untrained."""

    @abstractmethod
    def fit(self, ground: Ground, report: Report) -> None:
        """Train, from the checkpoint or the parent where there is one."""

    def spec(self) -> dict[str, Any]:
        """What the network is rebuilt from, beside the params and classes."""
        return {}

    def save(self, folder: Path) -> None:
        """Weights and spec into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        weights = {k: v.detach().cpu().contiguous() for k, v in self.network.state_dict().items()}
        save_file(weights, folder / "weights.safetensors")
        kind, params = type(self).__name__, self.params.model_dump(mode="json")
        spec = {"engine": kind, "params": params, "classes": self.classes} | self.spec()
        (folder / "spec.json").write_text(json.dumps(spec, indent=1))

    def load(self, folder: Path, device: str = "cpu") -> None:
        """The network as it was saved, ready to answer on this device."""
        self.build()
        try:
            self.network.load_state_dict(load_file(folder / "weights.safetensors"))
        except (OSError, RuntimeError, KeyError) as error:
            hint = "Train the model again with this version of the software."
            raise Failure("artefact_broken", f"The weights do not fit: {error}", hint) from error
        self.device = device
        self.network.eval().to(device)


class Engine(Learner):
    """One method: `fit`, then `predict`, `save`, `load`, `export`."""

    head: Head
    kind: Kind = "detect"  # what its answers are measured as
    modalities: tuple[str, ...] = ("rgb",)  # the pictures of a part that it looks at

    def raw(self) -> nn.Module:
        """The network whose forward pass gives the head's raw outputs; for answers and export."""
        return self.network

    def predict(self, parts: Sequence[Picture]) -> list[Answer]:
        """One answer a part, in order."""
        at_once = 8 if self.device == "cpu" else 32
        return answer_all(TorchGraph(self.raw(), self.device), self.head, parts, at_once)

    def heats(self, parts: Sequence[Picture]) -> list[Array]:
        """The map of each part as it is told, for engines whose head makes one."""
        head, graph = cast(HeatMap, self.head), TorchGraph(self.raw(), self.device)
        seen = [head.inputs(by_modality(part)["rgb"]) for part in parts]
        return [head.heat(graph.run(arrays), known) for arrays, known in seen]

    def extra_figures(self, samples: Sequence[ManifestSample]) -> dict[str, float]:
        """Figures of this engine's own on samples, beside those of its kind."""
        return {}

    def export(self, folder: Path, form: str) -> None:
        """The network as a graph with its head: `model.onnx` or `model.xml`, and `spec.json`."""
        from workers.exporting import write_graph

        write_graph(self.raw(), self.head, folder, form)


def load_engine(card: Card, params: dict[str, JsonValue], classes: list[str]) -> Engine:
    """The engine that a card names, not built yet."""
    module, _, name = card.engine.partition(":")
    made: type[Engine] = getattr(import_module(module), name)
    return made(card.params.model_validate(params), classes)


def show(engine: Engine, samples: Sequence[ManifestSample], step: int, report: Report) -> None:
    """Report what the engine finds now on the first few samples."""
    some = list(samples[:SHOWN])
    for sample, answer in zip(some, engine.predict(pictures(some, engine.modalities)), strict=True):
        report(shown(sample, answer, step))


def shown(sample: ManifestSample, answer: Answer, step: int) -> Image:
    """The event of a sample prediction."""
    return Image(
        step=step,
        sample=sample.id,
        path=sample.path,
        sha256=sample.images["rgb"],
        findings=[finding for finding in answer.findings if finding.score >= 0.1][:50],
        truth=sample.annotations,
    )


def pictures(
    samples: Sequence[ManifestSample], modalities: Sequence[str] = ("rgb",)
) -> list[Picture]:
    """Their pictures, decoded; by modality where there are several, without those that miss."""
    if len(modalities) == 1:
        return [data.read_pixels(sample) for sample in samples]
    return [
        {name: data.read_pixels(sample, name) for name in modalities if name in sample.images}
        for sample in samples
    ]


def halved(batch: int) -> Log:
    """The word that a full memory made the batch smaller."""
    words = f"The accelerator's memory did not suffice: the batch is {batch} now."
    return Log(level="warning", message=words, code="batch_halved")


class Pace:
    """Progress over epochs, with the seconds left by the pace so far."""

    def __init__(self, report: Report, epochs: int, first: int, device: str) -> None:
        self._report, self._epochs, self._first, self._device = report, epochs, first, device
        self._began = time.monotonic()

    def tell(self, epoch: int, part: float) -> None:
        """`part` of the epoch of this number (from 0) is done. Raises Cancelled."""
        done = epoch + part
        spent, passed = time.monotonic() - self._began, done - self._first
        left = spent / passed * (self._epochs - done) if passed > 0 else None
        share = min(done / self._epochs, 1.0)
        self._report(
            Progress(
                stage="train",
                done=round(done, 3),
                total=self._epochs,
                share=share,
                seconds_left=left,
                device=self._device,
            )
        )
