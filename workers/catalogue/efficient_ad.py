"""EfficientAD: the card."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from workers.contract import Card
from workers.parameters import ADVANCED, Epochs, FalseAlarms, LearningRate, Level, Seed, WeightDecay


class Params(BaseModel):
    """What can be set."""

    model_config = ConfigDict(extra="forbid")

    size: Literal["small", "medium"] = Field(
        "small",
        title="Size",
        description="Of teacher and student; the base weights must be a teacher of this size.",
    )
    side: int = Field(
        256,
        ge=256,
        le=1024,
        multiple_of=32,
        title="Image size",
        description="Images are scaled to this square, whatever their proportions.",
        json_schema_extra={"unit": "px"},
    )
    channels: int = Field(
        384,
        ge=8,
        le=1024,
        title="Teacher's outputs",
        description="As the base weights have it; the published teachers have 384.",
        json_schema_extra=ADVANCED,
    )
    narrow: Literal[1, 2, 4, 8, 16] = Field(
        1,
        title="Narrower by",
        description="1 for the published teachers. A teacher of one's own may have a half, a "
        "quarter ... of their inner channels.",
        json_schema_extra=ADVANCED,
    )
    epochs: Epochs = 100
    batch: int = Field(
        1,
        ge=1,
        le=64,
        title="Batch",
        description="Images a step; the paper takes them one by one.",
        json_schema_extra=ADVANCED,
    )
    lr: LearningRate = 0.0001
    weight_decay: WeightDecay = 0.00001
    false_alarms: FalseAlarms = 0.02
    level: Level = 0.5
    seed: Seed = 0


CARD = Card(
    name="efficient_ad",
    title="EfficientAD",
    kind="anomaly",
    tasks=("anomaly", "classify", "detect", "segment"),
    summary="A student learns what a pretrained teacher sees in good images, and where it cannot "
    "follow something is unusual.",
    when="There are only good images, base weights of a teacher, and few milliseconds an image.",
    when_not="There are no base weights: a teacher that has learnt nothing has nothing to teach.",
    source="Batzner et al., EfficientAD: Accurate Visual Anomaly Detection at Millisecond-Level "
    "Latencies, WACV 2024.",
    params=Params,
    base_weights="needed",
    several=True,
    engine="workers.engines.efficient_ad:EfficientAd",
)
