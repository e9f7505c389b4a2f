"""SSD: the card."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from workers.contract import Card
from workers.parameters import (
    ADVANCED,
    BoxBatch,
    BoxImageSize,
    Epochs,
    LearningRate,
    Seed,
    TileOverlap,
    TileSide,
    WeightDecay,
)


class Params(BaseModel):
    """What can be set."""

    model_config = ConfigDict(extra="forbid")

    network: Literal["vgg16", "mobilenet_v3", "small"] = Field(
        "vgg16",
        title="Network",
        description="VGG16 is SSD as published; MobileNetV3 is SSDlite, quick and coarse (its "
        "finest map has a stride of 16); small is a plain network for clear defects.",
    )
    image_size: BoxImageSize = 320
    smallest: float = Field(
        0.05,
        gt=0,
        le=0.5,
        title="Smallest box",
        description="Side of the smallest default boxes as a share of the image: about that of "
        "the smaller defects.",
        json_schema_extra=ADVANCED,
    )
    epochs: Epochs = 60
    batch: BoxBatch = 16
    lr: LearningRate = 0.001
    weight_decay: WeightDecay = 0.0005
    tile_side: TileSide = 0
    tile_overlap: TileOverlap = 0.2
    seed: Seed = 0


CARD = Card(
    name="ssd",
    title="SSD",
    kind="detect",
    tasks=("detect", "segment"),
    summary="Finds defects as boxes in one pass, from default boxes of many sizes.",
    when="A plain, well-understood detector is wanted as a yardstick, or a small and quick one on "
    "a processor.",
    when_not="Defects are a few pixels large: Faster R-CNN or YOLO with small targets find more.",
    source="Liu et al., SSD: Single Shot MultiBox Detector, ECCV 2016; Howard et al., Searching "
    "for MobileNetV3, ICCV 2019; Zhu et al., ScratchDet, CVPR 2019.",
    params=Params,
    needs=("GPU advised",),
    base_weights="optional",
    several=True,
    engine="workers.engines.ssd:SsdEngine",
)
