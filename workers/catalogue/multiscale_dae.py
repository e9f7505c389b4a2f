"""Multi-scale denoising autoencoder: the card."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from workers.contract import Card
from workers.parameters import (
    ADVANCED,
    Epochs,
    FalseAlarms,
    LearningRate,
    Level,
    LongerSide,
    Margin,
    Seed,
    Tile,
    WeightDecay,
)


class Params(BaseModel):
    """What can be set."""

    model_config = ConfigDict(extra="forbid")

    tile: Tile = 256
    margin: Margin = 16
    image_size: LongerSide = 0
    levels: int = Field(
        3,
        ge=1,
        le=4,
        title="Pyramid levels",
        description="One autoencoder for each, every level half as large as the one before: more "
        "levels see larger defects.",
    )
    fusion: Literal["mean", "or", "and", "adjacent"] = Field(
        "mean",
        title="Fusion",
        description="How the levels' maps become one: their mean; any level (or); all levels "
        "(and); any two neighbouring levels that agree (adjacent).",
    )
    gamma: float = Field(
        3.0,
        ge=0,
        le=20,
        title="Gamma",
        description="A level is over its limit where its residual exceeds the normal mean by so "
        "many standard deviations; it weighs the levels against each other.",
        json_schema_extra=ADVANCED,
    )
    threshold: Literal["false_alarms", "gamma"] = Field(
        "false_alarms",
        title="Threshold",
        description="From good validation images by the false alarms that are allowed; or as the "
        "paper has it, where the fused map exceeds the levels' limits.",
        json_schema_extra=ADVANCED,
    )
    width: int = Field(
        32,
        ge=4,
        le=256,
        title="Width",
        description="Channels of the autoencoders' first layer.",
        json_schema_extra=ADVANCED,
    )
    bottleneck: int = Field(
        16,
        ge=1,
        le=256,
        title="Bottleneck",
        description="Numbers for each 8 x 8 px: with fewer a defect is redrawn less well, and the "
        "normal texture too.",
        json_schema_extra=ADVANCED,
    )
    noise: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Noise",
        description="Standard deviation of the noise that is taken out again in training.",
        json_schema_extra=ADVANCED,
    )
    false_alarms: FalseAlarms = 0.02
    epochs: Epochs = 60
    batch: int = Field(8, ge=2, le=512, title="Batch", description="Tiles a step.")
    crops: int = Field(
        4,
        ge=1,
        le=100,
        title="Tiles an image",
        description="Drawn anew in each epoch.",
        json_schema_extra=ADVANCED,
    )
    lr: LearningRate = 0.002
    weight_decay: WeightDecay = 0.0001
    level: Level = 0.5
    seed: Seed = 0

    @model_validator(mode="after")
    def _something_left(self) -> "Params":
        if self.tile < 4 * self.margin:
            words = "The margin may be a quarter of the tile at most."
            raise PydanticCustomError("margin_of_tile", words)
        return self


CARD = Card(
    name="multiscale_dae",
    title="Multi-scale autoencoder",
    kind="anomaly",
    tasks=("anomaly",),
    summary="Learns to redraw good texture at several scales; what it cannot redraw is anomalous.",
    when="Fabric, paper, steel and other textures in large images or strips, few good images, no "
    "defects to learn from, no accelerator.",
    when_not="Parts whose shape varies, defects that look like the texture itself, or anything "
    "that pretrained features would have to understand.",
    source="Mei, Wang, Wen, Automatic Fabric Defect Detection with a Multi-Scale Convolutional "
    "Denoising Autoencoder Network Model, Sensors 2018, 18, 1064.",
    params=Params,
    presets=("none", "generic", "pcb", "steel", "textile"),
    several=True,
    engine="workers.engines.multiscale_dae:MultiscaleDae",
)
