"""EfficientAD (Batzner et al. 2024): a student and an autoencoder follow a pretrained teacher.

The networks are anomalib's; the teacher's weights are base weights. The paper also penalises what
the student says of images from ImageNet: there are none here, so that term is left out.
"""

from collections.abc import Iterator, Sequence

import torch
from numpy.random import Generator
from torch import Tensor, nn

from workers.catalogue.efficient_ad import Params
from workers.contract import ManifestSample
from workers.engines.base import Ground, Report
from workers.engines.parts.based import take
from workers.engines.parts.features import frozen, looks, need_base
from workers.engines.parts.heads import HeatMap
from workers.engines.parts.loop import Batch, begin, parts
from workers.engines.parts.normal import AnomalyEngine, NormalLoop, Squares, learnt

HARD = 0.999  # the student learns from the distances above this quantile
LOW, HIGH = 0.9, 0.995  # quantiles of maps of good images that are told as 0 and 0.1
SAMPLED = 100_000  # values of a map that its quantiles are taken from
AT_ONCE = 8  # images looked at
LOOKED_AT = 64  # good images that quantiles are taken from
TINY = 1e-6


class Network(nn.Module):
    """n x 3 x side x side of 0..1 -> n x 1 x side x side: where student and teacher differ."""

    low: Tensor
    high: Tensor

    def __init__(self, p: Params) -> None:
        from anomalib.models.image.efficient_ad.torch_model import (
            EfficientAdModel,
            EfficientAdModelSize,
        )

        super().__init__()
        self.inner = EfficientAdModel(p.channels, EfficientAdModelSize(p.size))
        if p.narrow > 1:
            ae = self.inner.ae
            for network in ([self.inner.teacher], [self.inner.student], [ae.encoder, ae.decoder]):
                _narrow(network, p.narrow)
        frozen(self.inner.teacher, self.inner.mean_std, self.inner.quantiles)
        self.register_buffer("low", torch.zeros(2))
        self.register_buffer("high", torch.ones(2))

    def forward(self, x: Tensor) -> Tensor:
        """The mean of both maps, each 0 and 0.1 at its quantiles of good images."""
        unit = 0.1 / (self.high - self.low).clamp(min=TINY)
        maps = zip(self.maps(x), self.low, unit, strict=True)
        return torch.stack([(plane - low) * by for plane, low, by in maps]).mean(0)

    def maps(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Student against teacher, student against autoencoder."""
        student, apart = self.inner.compute_student_teacher_distance(x)
        of_teacher, of_autoencoder = self.inner.compute_maps(x, student, apart, normalize=False)
        return of_teacher, of_autoencoder

    def losses(self, x: Tensor) -> Tensor:
        """The paper's three, without the penalty: hard distances; autoencoder; student of it."""
        n = self.inner.teacher_out_channels
        _, apart = self.inner.compute_student_teacher_distance(x)
        flat = apart.float().flatten()
        hard = flat.topk(max(round(len(flat) * (1 - HARD)), 1)).values.mean()
        changed = self.inner.choose_random_aug_image(x)
        drawn = self.inner.ae(changed, x.shape[-2:])
        with torch.no_grad():
            mean_std = self.inner.mean_std
            taught = (self.inner.teacher(changed) - mean_std["mean"]) / mean_std["std"]
        told = self.inner.student(changed)[:, n:]
        loss: Tensor = hard + (taught - drawn).square().mean() + (drawn - told).square().mean()
        return loss

    def norm(self, batches: Iterator[Tensor]) -> None:
        """Mean and deviation of the teacher's channels over good images."""
        count, total, squares = 0, torch.zeros(()), torch.zeros(())
        with torch.no_grad():
            for batch in batches:
                seen = self.inner.teacher(batch).double()
                count += seen[:, 0].numel()
                total = total + seen.sum((0, 2, 3)).cpu()
                squares = squares + seen.square().sum((0, 2, 3)).cpu()
        mean = total / count
        std = (squares / count - mean.square()).clamp(min=0).sqrt().clamp(min=TINY)
        for name, values in (("mean", mean), ("std", std)):
            self.inner.mean_std[name].data.copy_(values[None, :, None, None])

    def scale(self, batches: Iterator[Tensor]) -> None:
        """Quantiles of both maps over good images."""
        kept: list[list[Tensor]] = [[], []]
        with torch.no_grad():
            for batch in batches:
                for values, plane in zip(kept, self.maps(batch), strict=True):
                    flat = plane.float().flatten().cpu()
                    values.append(flat[:: max(len(flat) // SAMPLED, 1)])
        for number, values in enumerate(kept):
            together = torch.cat(values).sort().values
            for name, share in (("low", LOW), ("high", HIGH)):
                place = min(int(share * len(together)), len(together) - 1)
                getattr(self, name)[number] = together[place]


def _narrow(networks: Sequence[nn.Module], by: int) -> None:
    """The same layers, one network after the other, with a part of their inner channels."""
    layers = [
        (network, name, layer)
        for network in networks
        for name, layer in network.named_children()
        if isinstance(layer, nn.Conv2d)
    ]
    for number, (network, name, old) in enumerate(layers):
        inputs = old.in_channels // (by if number else 1)
        outputs = old.out_channels // (by if number < len(layers) - 1 else 1)
        size, stride, padding = old.kernel_size[0], old.stride[0], int(old.padding[0])
        setattr(network, name, nn.Conv2d(inputs, outputs, size, stride, padding))


class EfficientAd(AnomalyEngine):
    """The engine of the card `efficient_ad`."""

    params: Params
    network: Network

    def build(self) -> None:
        """Teacher, student and autoencoder, and the head."""
        torch.manual_seed(self.params.seed)
        self.network = Network(self.params)
        self.head = HeatMap(self.classes, self.params.side, 1.0, level=self.params.level)

    def raw(self) -> nn.Module:
        """The map."""
        return self.network.eval()

    def fit(self, ground: Ground, report: Report) -> None:
        """Train student and autoencoder. Failure needs_base_weights without a teacher."""
        need_base(ground)
        learnt(ground)
        begin(self, ground)
        take(self.network.inner.teacher, ground, report)
        Run(self, ground, report).run()


class Run(NormalLoop):
    """Epochs over whole good images."""

    engine: EfficientAd

    def __init__(self, engine: EfficientAd, ground: Ground, report: Report) -> None:
        self.source = Squares(learnt(ground), engine.params.side)
        super().__init__(engine, ground, report)
        if not ground.checkpoint:
            engine.network.norm(self._seen(self.good))

    def batches(self, rng: Generator) -> tuple[int, Iterator[Batch]]:
        """Whole images."""
        chosen = parts(rng.permutation(len(self.source)), self.batch)
        values = self.ground.augmentation
        return len(chosen), (self.source.draw(part, values, rng) for part in chosen)

    def loss_of(self, batch: Batch) -> Tensor:
        """Of what the student does not follow."""
        return self.engine.network.losses(torch.from_numpy(batch[0]).to(self.engine.device))

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Not of outputs and targets: see loss_of."""
        raise NotImplementedError

    def settled(self) -> None:
        """The unit of each map."""
        good = (self.ground.good("val") or self.good)[:LOOKED_AT]
        self.engine.network.eval()
        self.engine.network.scale(self._seen(good))

    def _seen(self, samples: Sequence[ManifestSample]) -> Iterator[Tensor]:
        return (batch for batch, _, _ in looks(self.engine, samples, AT_ONCE))
