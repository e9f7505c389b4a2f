"""Dinomaly (Guo et al. 2025): what a decoder cannot redraw of a pretrained transformer's features.

The network and its loss are anomalib's; the encoder's weights are base weights, for its names are
timm's and nothing is fetched.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.nn import functional

from workers.catalogue.dinomaly import Params
from workers.contract import Failure
from workers.engines.base import Ground, Report
from workers.engines.parts.based import take
from workers.engines.parts.features import Normalised, frozen, need_base, settle_both
from workers.engines.parts.heads import HeatMap
from workers.engines.parts.loop import Batch, begin, parts
from workers.engines.parts.normal import AnomalyEngine, NormalLoop, Squares, Tell, learnt

SCORED = 256  # the map's side where the image score is taken
SHARE = 0.01  # of its places, the highest, whose mean is the score
CLIP = 0.1  # of the gradient's norm


class Network(nn.Module):
    """n x 3 x side x side of 0..1 -> n x 2 x side x side: the map, and the image's score."""

    unit: Tensor

    def __init__(self, p: Params) -> None:
        from anomalib.models.image.dinomaly.torch_model import DinomalyModel

        super().__init__()
        self.normalised = Normalised()
        with _nothing_fetched():
            self.inner = DinomalyModel(p.encoder, p.dropout)
        frozen(self.inner.encoder)
        for made in (*self.inner.bottleneck.modules(), *self.inner.decoder.modules()):
            if isinstance(made, nn.Linear):
                nn.init.trunc_normal_(made.weight, std=0.01, a=-0.03, b=0.03)
                if made.bias is not None:
                    nn.init.zeros_(made.bias)
        self.register_buffer("unit", torch.ones(2))

    @property
    def backbone(self) -> Any:
        """The encoder: timm's vision transformer, of whatever size it is set to."""
        return self.inner.encoder.feature_extractor

    def forward(self, x: Tensor) -> Tensor:
        """Both 1 where an image is just anomalous."""
        seen, redrawn = self.inner.get_encoder_decoder_outputs(self.normalised(x))
        size = x.shape[2], x.shape[3]
        plane, _ = self.inner.calculate_anomaly_maps(seen, redrawn, size)
        scaled = functional.interpolate(plane, size=SCORED, mode="bilinear", align_corners=False)
        flat = self.inner.gaussian_blur(scaled).flatten(1)
        highest = flat.topk(int(SCORED * SCORED * SHARE), dim=1).values.mean(1)
        score = (highest / self.unit[1])[:, None, None, None]
        return torch.cat([plane / self.unit[0], score.expand_as(plane)], dim=1)

    def loss(self, x: Tensor, step: int) -> Tensor:
        """Cosine distance, its gradient lowered where features are redrawn well already."""
        seen, redrawn = self.inner.get_encoder_decoder_outputs(self.normalised(x))
        told: Tensor = self.inner.loss_fn(
            encoder_features=seen, decoder_features=redrawn, global_step=step
        )
        return told


@contextmanager
def _nothing_fetched() -> Iterator[None]:
    """anomalib asks timm for pretrained weights, which would be looked for on the network."""
    import timm

    made = timm.create_model

    def bare(name: str, **options: Any) -> nn.Module:
        return made(name, **(options | {"pretrained": False}))

    timm.create_model = bare  # type: ignore[assignment]  # asked by name alone
    try:
        yield
    finally:
        timm.create_model = made


class Dinomaly(AnomalyEngine):
    """The engine of the card `dinomaly`."""

    params: Params
    network: Network

    def build(self) -> None:
        """Encoder for images of this size, bottleneck and decoder, and the head."""
        p = self.params
        torch.manual_seed(p.seed)
        self.network = Network(p)
        self.network.backbone.set_input_size((p.side, p.side))
        self.head = HeatMap(self.classes, p.side, 1.0, level=p.level)

    def raw(self) -> nn.Module:
        """Map and score."""
        return self.network.eval()

    def fit(self, ground: Ground, report: Report) -> None:
        """Train the decoder. Failure needs_base_weights without an encoder's."""
        need_base(ground)
        learnt(ground)
        begin(self, ground)
        if ground.base and not ground.parent and not ground.checkpoint:
            self._see(ground, report)
        Run(self, ground, report).run()

    def _see(self, ground: Ground, report: Report) -> None:
        """The base weights, whose places are of the size that they were made with."""
        with _nothing_fetched():
            given = Network(self.params).backbone
        before = given.pos_embed.clone()
        take(given, ground, report)
        if torch.equal(before, given.pos_embed):
            words = "The base weights have no places (pos_embed) of the encoder's own image size."
            hint = "Choose the file that timm has for this encoder."
            raise Failure("base_weights_unfit", words, hint)
        given.set_input_size((self.params.side, self.params.side))
        self.network.backbone.load_state_dict(given.state_dict())

    def settle(self, ground: Ground, rate: float, tell: Tell, most: int = 0) -> None:
        """Map and score each in a unit of its own."""
        settle_both(self, self.network.unit, ground, rate, tell, most)


class Run(NormalLoop):
    """Epochs over whole good images."""

    engine: Dinomaly

    def __init__(self, engine: Dinomaly, ground: Ground, report: Report) -> None:
        self.source, self.step = Squares(learnt(ground), engine.params.side), 0
        super().__init__(engine, ground, report)

    def optimizer_of(self) -> torch.optim.Optimizer:
        """The paper's: AdamW whose steps are bounded."""
        from anomalib.models.image.dinomaly.components import StableAdamW

        wanted = [each for each in self.engine.network.parameters() if each.requires_grad]
        made: torch.optim.Optimizer = StableAdamW(
            wanted, lr=self.p.lr, weight_decay=self.p.weight_decay, amsgrad=True
        )
        made.register_step_pre_hook(lambda *_: _cut(wanted))
        return made

    def batches(self, rng: Generator) -> tuple[int, Iterator[Batch]]:
        """Whole images."""
        chosen = parts(rng.permutation(len(self.source)), self.batch)
        self.step = self.now * len(chosen)
        values = self.ground.augmentation
        return len(chosen), (self.source.draw(part, values, rng) for part in chosen)

    def loss_of(self, batch: Batch) -> Tensor:
        """By how many steps were taken: easy places count less and less."""
        self.step += 1
        x = torch.from_numpy(batch[0]).to(self.engine.device)
        return self.engine.network.loss(x, self.step)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Not of outputs and targets: see loss_of."""
        raise NotImplementedError


def _cut(parameters: Sequence[Tensor]) -> None:
    torch.nn.utils.clip_grad_norm_(parameters, CLIP)
