"""Cascaded autoencoders: the card."""

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from workers.contract import Card
from workers.parameters import (
    ADVANCED,
    Epochs,
    LearningRate,
    LongerSide,
    Margin,
    Seed,
    Tile,
    WeightDecay,
)


class Params(BaseModel):
    """What can be set. The threshold is not: it is chosen on the validation split."""

    model_config = ConfigDict(extra="forbid")

    tile: Tile = 256
    margin: Margin = 16
    image_size: LongerSide = 0
    width: int = Field(
        16,
        ge=4,
        le=128,
        title="Width",
        description="Channels of the first layer of each of the two encoder-decoders: how much "
        "they can tell apart, and how slow they are.",
    )
    class_width: int = Field(
        16,
        ge=4,
        le=128,
        title="Width of the classifier",
        description="Channels of the first layer of the network that tells a region's class.",
        json_schema_extra=ADVANCED,
    )
    epochs: Epochs = 60
    batch: int = Field(8, ge=2, le=512, title="Batch", description="Tiles a step.")
    crops: int = Field(
        4,
        ge=1,
        le=100,
        title="Tiles an image",
        description="Drawn anew in each epoch, most of them around defects.",
        json_schema_extra=ADVANCED,
    )
    lr: LearningRate = 0.002
    weight_decay: WeightDecay = 0.001
    seed: Seed = 0

    @model_validator(mode="after")
    def _something_left(self) -> "Params":
        if self.tile < 4 * self.margin:
            words = "The margin may be a quarter of the tile at most."
            raise PydanticCustomError("margin_of_tile", words)
        return self


CARD = Card(
    name="cascaded_ae",
    title="Cascaded autoencoder",
    kind="segment",
    tasks=("segment",),
    summary="Two encoder-decoders in series mark defective pixels, the second refining the first; "
    "a small network then tells each region's class.",
    when="Cracks, scratches and spots on metal, few annotated images, one or few classes that "
    "share a look, no accelerator.",
    when_not="Defects of different classes touch each other, or the class of every pixel matters: "
    "take segmentation.",
    source="Tao, Zhang, Ma, Liu, Xu, Automatic Metallic Surface Defect Detection and Recognition "
    "with Convolutional Neural Networks, Applied Sciences 2018, 8, 1575.",
    params=Params,
    several=True,
    engine="workers.engines.cascaded_ae:CascadedAe",
)
