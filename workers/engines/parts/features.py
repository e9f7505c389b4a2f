"""What engines without epochs share: features of a frozen network, looked at batch by batch."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
import torch
from torch import Tensor, nn

from workers import anomalies, data
from workers.contract import Failure, ManifestSample, Metric
from workers.engines.base import Array, Ground, Report, pictures, show
from workers.engines.parts import dense
from workers.engines.parts.heads import by_modality
from workers.engines.parts.normal import AnomalyEngine, Tell

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # what weights from ImageNet expect
LOOKED_AT = 256  # images that norms of an untrained network are set by
Looked = tuple[Tensor, Tensor, float]  # n x 3 x side x side, n sample ids, share done


class Normalised(nn.Module):
    """n x 3 x height x width of 0..1 -> the same, as ImageNet's networks expect it."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name, values in (("mean", MEAN), ("std", STD)):
            self.register_buffer(name, torch.tensor(values)[:, None, None], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Centred and scaled by channel."""
        return (x - self.mean) / self.std


class Cut(nn.Module):
    """The middle of each tile's planes: its margin has not seen enough."""

    def __init__(self, network: nn.Module, margin: int) -> None:
        super().__init__()
        self.network, self.margin = network, margin

    def forward(self, x: Tensor) -> Tensor:
        """n x planes x the middle's side x side."""
        planes: Tensor = self.network(x)
        m = self.margin
        return planes[:, :, m : x.shape[2] - m, m : x.shape[3] - m] if m else planes


def looks(engine: AnomalyEngine, samples: Sequence[ManifestSample], size: int) -> Iterator[Looked]:
    """The head's inputs for all samples, tiles too, `size` at once, on the engine's device."""

    def each() -> Iterator[tuple[Array, int, float]]:
        for number, sample in enumerate(samples, 1):
            (picture,) = pictures([sample])
            for array in engine.head.inputs(by_modality(picture)["rgb"])[0]:
                yield array, sample.id, number / len(samples)

    all_of_them = each()
    while some := list(islice(all_of_them, size)):
        stacked = torch.from_numpy(np.concatenate([array for array, _, _ in some]))
        ids = torch.tensor([number for _, number, _ in some])
        yield stacked.to(engine.device), ids, some[-1][2]


def calibrate(backbone: nn.Module, looked: Iterator[Looked], tell: Callable[[float], None]) -> None:
    """Set the batch norms of an untrained backbone by its features of these images.

    Random features tell as much as they do only where no channel drowns the others.
    """
    norms = [each for each in backbone.modules() if isinstance(each, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches
        norm.train()
    normalised = Normalised()
    with torch.no_grad():
        for batch, _, done in looked:
            backbone(normalised.to(batch.device)(batch))
            tell(done)
    for norm in norms:
        norm.momentum = 0.1
        norm.eval()


def finish(engine: AnomalyEngine, ground: Ground, report: Report) -> None:
    """The one metric, and sample predictions, of a training without epochs."""
    some = ground.samples("val") or ground.samples("train")[:20]
    answers = engine.predict(pictures(some))
    bad = [bool(data.defects(sample, ground.manifest)) for sample in some]
    figures = anomalies.image_figures([answer.image_score or 0.0 for answer in answers], bad)
    told = {name: value for name, value in figures.items() if value is not None}
    if engine.chosen:
        told["image_false_alarms"] = engine.chosen.false_alarms
    report(Metric(step=1, values=told))
    show(engine, some, 1, report)


def peak(outputs: Sequence[Array], known: dense.Grid) -> float:
    """The highest place of the map."""
    return float(dense.stitch([output[:, :1] for output in outputs], known).max())


def settle_both(
    engine: AnomalyEngine, unit: Tensor, ground: Ground, rate: float, tell: Tell, most: int = 0
) -> None:
    """Units of map and image score in place of a threshold; each has half of the false alarms.

    Where the map or the score of an image is above 1 it is anomalous.
    """
    unit.fill_(1)
    found = [engine.choose(ground, rate / 2, tell, way, most) for way in (peak, engine.head.value)]
    for number, chosen in enumerate(found):
        unit[number] = max(chosen.threshold, 1e-12)
    engine.chosen = found[-1]


def frozen(*networks: nn.Module) -> None:
    """Nothing in them is learnt."""
    for network in networks:
        network.requires_grad_(False)


def need_base(ground: Ground) -> None:
    """Failure needs_base_weights where nothing pretrained is given."""
    if ground.base is None and ground.parent is None and ground.checkpoint is None:
        words = "This method means nothing without pretrained weights, and none were chosen."
        hint = "Choose base weights, or upload them first; PatchCore and PaDiM work without any."
        raise Failure("needs_base_weights", words, hint)
