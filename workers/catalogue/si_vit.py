"""Self-induction vision transformer: the card."""

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
    Seed,
    SquareSide,
    WeightDecay,
)


class Params(BaseModel):
    """What can be set."""

    model_config = ConfigDict(extra="forbid")

    backbone: Literal["resnet18", "resnet34", "resnet50", "wide_resnet50_2"] = Field(
        "resnet18",
        title="Backbone",
        description="The network whose features are redrawn. Base weights must be of this one.",
    )
    image_size: SquareSide = 256
    stride: Literal[8, 16] = Field(
        16,
        title="Token",
        description="Side of what one token stands for. 8 tells finer and takes four times as "
        "many tokens.",
        json_schema_extra={"unit": "px"},
    )
    own_share: float = Field(
        0.4,
        ge=0,
        lt=1,
        title="Share of the backbone",
        description="Without base weights: of the epochs, for teaching the backbone to tell good "
        "images from ones with a piece cut out and pasted elsewhere; 0 leaves it at random.",
        json_schema_extra=ADVANCED,
    )
    groups: int = Field(
        3,
        ge=2,
        le=8,
        title="Groups",
        description="The tokens are hidden a group at a time, and each redrawn from the others: "
        "fewer groups hide more at once.",
        json_schema_extra=ADVANCED,
    )
    induction: int = Field(
        8,
        ge=0,
        le=64,
        title="Induction tokens",
        description="Additional tokens that gather what the whole image looks like.",
        json_schema_extra=ADVANCED,
    )
    width: int = Field(
        192,
        ge=16,
        le=1024,
        multiple_of=16,
        title="Width",
        description="Numbers a token inside the transformer.",
        json_schema_extra=ADVANCED,
    )
    depth: int = Field(
        4,
        ge=1,
        le=24,
        title="Depth",
        description="Layers of the transformer.",
        json_schema_extra=ADVANCED,
    )
    attention_heads: int = Field(
        4,
        ge=1,
        le=16,
        title="Heads",
        description="Of each layer's attention; the width is divided among them.",
        json_schema_extra=ADVANCED,
    )
    false_alarms: FalseAlarms = 0.02
    epochs: Epochs = 60
    batch: int = Field(8, ge=2, le=512, title="Batch", description="Images a step.")
    lr: LearningRate = 0.001
    weight_decay: WeightDecay = 0.01
    level: Level = 0.5
    seed: Seed = 0

    @model_validator(mode="after")
    def _divided(self) -> "Params":
        if self.width % self.attention_heads:
            words = "The width must be a multiple of the heads."
            raise PydanticCustomError("width_of_heads", words)
        return self


CARD = Card(
    name="si_vit",
    title="Self-induction transformer",
    kind="anomaly",
    tasks=("anomaly",),
    summary="Redraws the features of each place from all the others; where they differ the image "
    "is anomalous.",
    when="Objects and structured surfaces where the whole image says what belongs where. Best "
    "with pretrained base weights and a GPU.",
    when_not="No base weights and few images: features that were learnt here are much weaker. "
    "Tight takt without an accelerator: it is heavy.",
    source="Yao, Wang, Generalizable Industrial Visual Anomaly Detection with Self-Induction "
    "Vision Transformer, 2022. Without base weights the backbone learns as in Li et al., "
    "CutPaste, CVPR 2021.",
    params=Params,
    needs=("GPU advised",),
    presets=("none", "generic", "pcb", "steel", "textile"),
    base_weights="optional",
    several=True,
    engine="workers.engines.si_vit:SiVit",
)
