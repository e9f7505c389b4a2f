"""Segmentation: the card."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from workers.contract import Card
from workers.parameters import ADVANCED, Epochs, LearningRate, Level, LongerSide, Seed, WeightDecay


class Params(BaseModel):
    """What can be set."""

    model_config = ConfigDict(extra="forbid")

    architecture: Literal["unet", "unetplusplus", "fpn", "deeplabv3plus"] = Field(
        "unet",
        title="Architecture",
        description="U-Net for fine outlines; U-Net++ finer and slower; FPN faster; "
        "DeepLabV3+ for large regions.",
    )
    encoder: Literal["resnet18", "resnet34", "resnet50", "mobilenet_v2", "efficientnet-b0"] = Field(
        "resnet18",
        title="Encoder",
        description="The network that sees: larger ones tell more apart and take longer.",
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
    loss: Literal["dice", "focal", "lovasz"] = Field(
        "dice",
        title="Loss",
        description="Dice with cross-entropy for most; focal where defects are very rare; Lovász "
        "makes the overlap itself large.",
        json_schema_extra=ADVANCED,
    )
    lr: LearningRate = 0.001
    weight_decay: WeightDecay = 0.01
    level: Level = 0.5
    seed: Seed = 0

    @model_validator(mode="after")
    def _something_left(self) -> "Params":
        if self.tile < 4 * self.margin:
            words = "The margin may be a quarter of the tile at most."
            raise PydanticCustomError("margin_of_tile", words)
        return self


CARD = Card(
    name="segmentation",
    title="Segmentation",
    kind="segment",
    tasks=("segment",),
    summary="Tells the class of every pixel, and outlines each defect.",
    when="The outline or the area of a defect decides: stains, cracks, scratches, worn surfaces.",
    when_not="Only boxes are annotated, or it is enough to know where something is.",
    source="Ronneberger, Fischer, Brox, U-Net, MICCAI 2015; Zhou et al., UNet++, DLMIA 2018; "
    "Kirillov et al., Panoptic Feature Pyramid Networks, CVPR 2019; Chen et al., DeepLabv3+, "
    "ECCV 2018.",
    params=Params,
    several=True,
    engine="workers.engines.segmentation:Segmentation",
)
