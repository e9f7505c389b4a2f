"""Dinomaly: the card."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from workers.contract import Card
from workers.parameters import ADVANCED, Epochs, FalseAlarms, LearningRate, Level, Seed, WeightDecay


class Params(BaseModel):
    """What can be set."""

    model_config = ConfigDict(extra="forbid")

    encoder: Literal[
        "vit_small_patch14_reg4_dinov2",
        "vit_base_patch14_reg4_dinov2",
        "vit_large_patch14_reg4_dinov2",
        "vit_small_patch14_dinov2",
        "vit_base_patch14_dinov2",
        "vit_large_patch14_dinov2",
    ] = Field(
        "vit_base_patch14_reg4_dinov2",
        title="Encoder",
        description="The vision transformer that sees, by timm's name. Base weights must be of "
        "the same.",
    )
    side: int = Field(
        392,
        ge=56,
        le=1022,
        multiple_of=14,
        title="Image size",
        description="Images are scaled to this square, whatever their proportions.",
        json_schema_extra={"unit": "px"},
    )
    epochs: Epochs = 100
    batch: int = Field(8, ge=2, le=256, title="Batch", description="Images a step.")
    dropout: float = Field(
        0.2,
        ge=0,
        le=0.6,
        title="Noise",
        description="Share of the features that is hidden from what redraws them: higher where "
        "good images vary a lot.",
        json_schema_extra=ADVANCED,
    )
    lr: LearningRate = 0.002
    weight_decay: WeightDecay = 0.0001
    false_alarms: FalseAlarms = 0.02
    level: Level = 0.5
    seed: Seed = 0


CARD = Card(
    name="dinomaly",
    title="Dinomaly",
    kind="anomaly",
    tasks=("anomaly", "classify", "detect", "segment"),
    summary="A decoder redraws the features of a pretrained vision transformer, and what it "
    "cannot redraw is unusual.",
    when="One model for many kinds of good product; there are base weights (DINOv2) and a GPU.",
    when_not="There are no base weights, or answers must come within few milliseconds on a "
    "processor.",
    source="Guo et al., Dinomaly: The Less Is More Philosophy in Multi-Class Unsupervised Anomaly "
    "Detection, CVPR 2025.",
    params=Params,
    needs=("GPU advised",),
    base_weights="needed",
    several=True,
    engine="workers.engines.dinomaly:Dinomaly",
)
