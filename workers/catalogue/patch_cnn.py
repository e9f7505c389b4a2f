"""Patch CNN: the card."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from workers.contract import Card
from workers.parameters import ADVANCED, Epochs, LearningRate, Level, LongerSide, Seed, WeightDecay


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
    image_size: LongerSide = 0
    epochs: Epochs = 20
    batch: int = Field(128, ge=2, le=4096, title="Batch", description="Patches a step.")
    patches: int = Field(
        24,
        ge=2,
        le=1000,
        title="Patches an image",
        description="Drawn anew in each epoch, most of them in and around defects.",
        json_schema_extra=ADVANCED,
    )
    lr: LearningRate = 0.003
    weight_decay: WeightDecay = 0.01
    level: Level = 0.5
    seed: Seed = 0


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
    several=True,
    engine="workers.engines.patch_cnn:PatchCnn",
)
