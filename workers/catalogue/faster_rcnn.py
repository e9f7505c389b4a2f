"""Faster R-CNN: the card."""

from pydantic import BaseModel, ConfigDict, Field

from workers.contract import Card
from workers.parameters import (
    ADVANCED,
    BoxBatch,
    BoxImageSize,
    Epochs,
    LearningRate,
    PyramidBackbone,
    Regions,
    Seed,
    TileOverlap,
    TileSide,
    WeightDecay,
)


class Params(BaseModel):
    """What can be set."""

    model_config = ConfigDict(extra="forbid")

    backbone: PyramidBackbone = "resnet50"
    image_size: BoxImageSize = 640
    anchor: int = Field(
        24,
        ge=4,
        le=512,
        title="Smallest anchor",
        description="Side of the smallest boxes looked for, in pixels of the scaled image; twice "
        "as large at each of the five levels.",
        json_schema_extra={**ADVANCED, "unit": "px"},
    )
    regions: Regions = 500
    epochs: Epochs = 40
    batch: BoxBatch = 4
    lr: LearningRate = 0.0003
    weight_decay: WeightDecay = 0.0005
    tile_side: TileSide = 0
    tile_overlap: TileOverlap = 0.2
    seed: Seed = 0


CARD = Card(
    name="faster_rcnn",
    title="Faster R-CNN",
    kind="detect",
    tasks=("detect", "segment"),
    summary="Proposes regions first, then tells what each of them is.",
    when="Accuracy counts more than time: small or crowded defects, and classes that differ in "
    "detail.",
    when_not="The line leaves less than some hundreds of milliseconds and there is no GPU.",
    source="Ren et al., Faster R-CNN, NeurIPS 2015; Lin et al., Feature Pyramid Networks, CVPR "
    "2017; He et al., Rethinking ImageNet Pre-training, ICCV 2019.",
    params=Params,
    needs=("GPU advised",),
    base_weights="optional",
    several=True,
    engine="workers.engines.faster_rcnn:FasterRcnn",
)
