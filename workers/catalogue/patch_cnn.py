"""Patch CNN: the card."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from workers.contract import Card

ADVANCED: JsonDict = {"advanced": True}


class Params(BaseModel):
    """What can be set."""

    model_config = ConfigDict(extra="forbid")

    patch: Literal[32, 64, 128] = Field(
        32,
        title="Patch",
        description="Side of the window that is told normal from defective: about the size of "
        "the smaller defects. The map's resolution is an eighth of it.",
        json_schema_extra={"unit": "px"},
    )
    width: int = Field(
        16, ge=4, le=128, title="Width", description="Channels of the first layer: how much the "
        "network can tell apart, and how slow it is.",
    )  # fmt: skip
    image_size: int = Field(
        0,
        ge=0,
        le=16384,
        title="Image size",
        description="The longer side is scaled to this first; 0 leaves images as they are.",
        json_schema_extra={"unit": "px"},
    )
    epochs: int = Field(
        20, ge=1, le=2000, title="Epochs", description="Passes over the training images."
    )
    batch: int = Field(128, ge=2, le=4096, title="Batch", description="Patches a step.")
    patches: int = Field(
        24,
        ge=2,
        le=1000,
        title="Patches an image",
        description="Drawn anew in each epoch, most of them in and around defects.",
        json_schema_extra=ADVANCED,
    )
    lr: float = Field(
        0.003,
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


CARD = Card(
    name="patch_cnn",
    title="Patch CNN",
    kind="detect",
    tasks=("detect", "segment"),
    summary="Slides a small network over the image and joins defective windows into findings.",
    when="Textured or periodic surfaces, small defects in large images, few annotated images, "
    "no accelerator.",
    when_not="Defects that are told by their surroundings, or that touch each other.",
    source="Wang, Chen, Qiao, Snoussi, A fast and robust convolutional neural network-based defect "
    "detection model in product quality control, Int J Adv Manuf Technol 2018.",
    params=Params,
    engine="workers.engines.patch_cnn:PatchCnn",
)
