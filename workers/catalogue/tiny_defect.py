"""TDD-net: the card."""

from pydantic import BaseModel, ConfigDict, Field

from workers.contract import Card
from workers.parameters import (
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
    anchors: int = Field(
        9,
        ge=1,
        le=30,
        title="Anchors",
        description="Shapes found from the sizes of the training boxes, by k-means; the log says "
        "which, and how well they fit.",
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
    name="tiny_defect",
    title="TDD-net",
    kind="detect",
    tasks=("detect", "segment"),
    summary="Faster R-CNN for tiny defects: anchors from the dataset itself, hardest cases first.",
    when="Defects are small and alike in size, as on printed circuit boards, and must not be "
    "missed.",
    when_not="Defects of all sizes, or a takt of some tens of milliseconds without a GPU.",
    source="Ding, Dai, Li, Liu, TDD-net: a tiny defect detection network for printed circuit "
    "boards, CAAI Trans. Intell. Technol. 2019; Shrivastava et al., Online Hard Example Mining, "
    "CVPR 2016.",
    params=Params,
    needs=("GPU advised",),
    base_weights="optional",
    several=True,
    engine="workers.engines.tiny_defect:TinyDefect",
)
