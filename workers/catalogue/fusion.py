"""Fusion of modalities: the card."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from workers.contract import Card
from workers.parameters import ADVANCED, Epochs, LearningRate, Level, LongerSide, Seed, WeightDecay

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


class Params(BaseModel):
    """What can be set."""

    model_config = ConfigDict(extra="forbid")

    modalities: str = Field(
        "template",
        min_length=1,
        max_length=200,
        title="Modalities",
        description="What is seen beside the colour image, as the dataset names it: template, ir, "
        "depth; several with commas between.",
    )
    fusion: Literal["early", "mid"] = Field(
        "early",
        title="Fusion",
        description="Early stacks the channels; mid gives each modality an encoder of its own and "
        "joins what they see: slower, better where the modalities look nothing alike.",
    )
    difference: bool = Field(
        True,
        title="Difference",
        description="Show the network the difference to the colour image too: for templates.",
    )
    align: bool = Field(
        False,
        title="Align",
        description="Estimate from matched points how the other camera lies, and bring its "
        "picture onto the colour image.",
    )
    dropout: float = Field(
        0.1,
        ge=0,
        le=0.9,
        title="Modality dropout",
        description="Share of the parts that a modality is taken out of while it learns, so that "
        "it can do without.",
    )
    encoder: Literal["resnet18", "resnet34", "mobilenet_v2"] = Field(
        "resnet18",
        title="Encoder",
        description="The network that sees: larger ones tell more apart and take longer.",
        json_schema_extra=ADVANCED,
    )
    tile: int = Field(
        256,
        ge=64,
        le=1024,
        multiple_of=32,
        title="Tile",
        description="Images are looked at in overlapping tiles of this side.",
        json_schema_extra={"unit": "px"},
    )
    margin: int = Field(
        16,
        ge=0,
        le=256,
        title="Margin",
        description="What a tile sees around the part that it tells of.",
        json_schema_extra={"unit": "px", **ADVANCED},
    )
    image_size: LongerSide = 0
    epochs: Epochs = 40
    batch: int = Field(8, ge=2, le=512, title="Batch", description="Tiles a step.")
    crops: int = Field(
        4,
        ge=1,
        le=100,
        title="Tiles an image",
        description="Drawn anew in each epoch, most of them around defects.",
        json_schema_extra=ADVANCED,
    )
    lr: LearningRate = 0.001
    weight_decay: WeightDecay = 0.01
    level: Level = 0.5
    seed: Seed = 0

    def others(self) -> list[str]:
        """The modalities beside the colour image, in order."""
        return [name.strip() for name in self.modalities.split(",")]

    @model_validator(mode="after")
    def _sound(self) -> "Params":
        if self.tile < 4 * self.margin:
            words = "The margin may be a quarter of the tile at most."
            raise PydanticCustomError("margin_of_tile", words)
        names = self.others()
        known = all(NAME.fullmatch(name) and name != "rgb" for name in names)
        if not known or len(set(names)) < len(names):
            words = "Name each modality once, in small letters, without rgb: template, ir, depth."
            raise PydanticCustomError("modalities_named", words)
        return self


CARD = Card(
    name="fusion",
    title="Fusion",
    kind="segment",
    tasks=("detect", "segment"),
    summary="Looks at the colour image together with infrared, depth or a golden template.",
    when="A second picture of the part shows what the colour image does not: a template of the "
    "board, heat, height.",
    when_not="There is only the colour image, or the pictures cannot be brought onto each other.",
    source="Ronneberger, Fischer, Brox, U-Net, MICCAI 2015; Hazirbas et al., FuseNet, ACCV 2016; "
    "Neverova et al., ModDrop, TPAMI 2016.",
    params=Params,
    modalities=("rgb", "template", "ir", "depth"),
    several=True,
    engine="workers.engines.fusion:Fusion",
)
