"""Segmentation: the card."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from workers.contract import Card

ADVANCED: JsonDict = {"advanced": True}


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
    image_size: int = Field(
        0,
        ge=0,
        le=16384,
        title="Image size",
        description="The longer side is scaled to this first; 0 leaves images as they are.",
        json_schema_extra={"unit": "px"},
    )
    epochs: int = Field(
        40, ge=1, le=2000, title="Epochs", description="Passes over the training images."
    )
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
    lr: float = Field(
        0.001,
        gt=0,
        le=1,
        title="Learning rate",
        description="AdamW's, at its highest.",
        json_schema_extra=ADVANCED,
    )
    weight_decay: float = Field(
        0.01, ge=0, le=1, title="Weight decay", description="", json_schema_extra=ADVANCED
    )
    level: float = Field(
        0.5,
        gt=0,
        lt=1,
        title="Level",
        description="A finding is a connected region above this probability.",
        json_schema_extra=ADVANCED,
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="The same seed, data and device give the same model.",
        json_schema_extra=ADVANCED,
    )

    @model_validator(mode="after")
    def _something_left(self) -> "Params":
        if self.tile < 4 * self.margin:
            raise ValueError("margin must be a quarter of the tile at most")
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
    engine="workers.engines.segmentation:Segmentation",
)
