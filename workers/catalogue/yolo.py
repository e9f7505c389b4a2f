"""YOLO: the card."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from workers.contract import Card
from workers.parameters import ADVANCED, Epochs, Seed, WeightDecay

WITH_P2 = ("v8", "26")
WITHOUT_NMS = ("v10", "26")
SIZES_OF_V3 = ("n", "m", "x")
WITH_OUTLINES = ("v8", "v9", "11", "12")
SIZES_OF_V9_OUTLINES = ("l", "x")
WITH_CLASSES = ("v8", "11", "12", "26")


class Params(BaseModel):
    """What can be set."""

    model_config = ConfigDict(extra="forbid")

    version: Literal["v3", "v5", "v6", "v8", "v9", "v10", "11", "12", "26"] = Field(
        "v8",
        title="Version",
        description="v8 with attention is the choice for accuracy, v10 the one for speed. "
        "v4 and v7 have no model file in ultralytics.",
    )
    size: Literal["n", "s", "m", "l", "x"] = Field(
        "n",
        title="Size",
        description="From nano (fastest) to extra large. v9 has t, s, m, c, e in these places; "
        "v3 has n (tiny), m and x (SPP).",
    )
    attention: Literal["none", "se", "cbam"] = Field(
        "none",
        title="Attention",
        description="Squeeze-and-excitation or CBAM behind the neck's stages: weighs channels, "
        "and with CBAM places, for a few per cent of time.",
    )
    small_targets: bool = Field(
        False,
        title="Small targets",
        description="A further head at stride 4 (v8 and 26): finds smaller things, slower.",
    )
    nms_free: bool = Field(
        False,
        title="Without suppression",
        description="v10 and 26 can answer without suppressing overlapping boxes: the fastest, "
        "but slower to learn from few images.",
        json_schema_extra=ADVANCED,
    )
    boxes_only: bool = Field(
        False,
        title="Boxes only",
        description="Learns boxes from outlines too: faster. Without it a segment dataset makes "
        "outlines with v8, v9 (l and x), 11 and 12. Optimizer, patience, warm-up and mosaic are "
        "those of boxes; outlines and classes are learnt by AdamW over all epochs.",
        json_schema_extra=ADVANCED,
    )
    image_size: int = Field(
        640,
        ge=64,
        le=2048,
        multiple_of=32,
        title="Image size",
        description="Images are scaled to fit this square. Twice the size is four times the time.",
        json_schema_extra={"unit": "px"},
    )
    epochs: Epochs = 50
    batch: int = Field(
        16,
        ge=1,
        le=512,
        title="Batch",
        description="Images a step. Halved by itself when the memory does not suffice.",
    )
    patience: int = Field(
        30,
        ge=0,
        le=2000,
        title="Patience",
        description="Ends when so many epochs bring nothing better; 0 never ends early.",
        json_schema_extra={**ADVANCED, "unit": "epochs"},
    )
    optimizer: Literal["AdamW", "SGD", "Adam"] = Field(
        "AdamW", title="Optimizer", description="", json_schema_extra=ADVANCED
    )
    lr: float = Field(
        0.002,
        gt=0,
        le=1,
        title="Learning rate",
        description="At the start; falls to a hundredth of it. SGD wants about 0.01.",
        json_schema_extra=ADVANCED,
    )
    weight_decay: WeightDecay = 0.0005
    warmup_epochs: float = Field(
        1.0,
        ge=0,
        le=20,
        title="Warm-up",
        description="Epochs in which the learning rate rises; none in trainings under 20 epochs.",
        json_schema_extra={**ADVANCED, "unit": "epochs"},
    )
    mosaic: float | None = Field(
        None,
        ge=0,
        le=1,
        title="Mosaic",
        description="Share of training images put together from four; empty: as the augmentation "
        "has it. Off in the last fifth of the epochs and in trainings under 20 epochs.",
        json_schema_extra=ADVANCED,
    )
    seed: Seed = 0

    @model_validator(mode="after")
    def _exists(self) -> "Params":
        if self.small_targets and self.version not in WITH_P2:
            raise PydanticCustomError("small_targets", "Small targets needs version v8 or 26.")
        if self.nms_free and self.version not in WITHOUT_NMS:
            words = "Without suppression needs version v10 or 26."
            raise PydanticCustomError("nms_free", words)
        if self.version == "v3" and (self.size not in SIZES_OF_V3):
            words = "YOLOv3 has the sizes n (tiny), m and x (SPP)."
            raise PydanticCustomError("size_of_v3", words)
        return self


def has_outlines(p: Params) -> bool:
    """Whether ultralytics has a network with masks for this version, size and options."""
    sized = p.version != "v9" or p.size in SIZES_OF_V9_OUTLINES
    return p.version in WITH_OUTLINES and sized and not (p.small_targets or p.nms_free)


CARD = Card(
    name="yolo",
    title="YOLO",
    kind="detect",
    tasks=("detect", "segment", "classify"),
    summary="Finds defects as boxes, or with their outlines, or tells what the whole image shows, "
    "in one pass over the image: as the dataset is annotated.",
    when="Defects have a place and a size, a few dozen annotated ones of each class exist, and "
    "the line leaves some tens of milliseconds an image.",
    when_not="Defects of a few pixels in a large image (see small targets), or only good images.",
    source="Redmon et al., You Only Look Once, CVPR 2016; Jocher et al., Ultralytics YOLO; "
    "Hu et al., Squeeze-and-Excitation, CVPR 2018; Woo et al., CBAM, ECCV 2018.",
    params=Params,
    needs=("GPU advised",),
    several=True,
    engine="workers.engines.yolo:Yolo",
)
