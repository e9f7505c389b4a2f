"""Parameters that several engines have: one wording each, for the forms and their translations.

epochs: Epochs = 40
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

ADVANCED: JsonDict = {"advanced": True}

Epochs = Annotated[
    int, Field(ge=1, le=2000, title="Epochs", description="Passes over the training images.")
]
LongerSide = Annotated[
    int,
    Field(
        ge=0,
        le=16384,
        title="Image size",
        description="The longer side is scaled to this first; 0 leaves images as they are.",
        json_schema_extra={"unit": "px"},
    ),
]
LearningRate = Annotated[
    float,
    Field(
        gt=0,
        le=1,
        title="Learning rate",
        description="AdamW's, at its highest.",
        json_schema_extra=ADVANCED,
    ),
]
WeightDecay = Annotated[
    float, Field(ge=0, le=1, title="Weight decay", description="", json_schema_extra=ADVANCED)
]
Level = Annotated[
    float,
    Field(
        gt=0,
        lt=1,
        title="Level",
        description="A finding is a connected region above this probability.",
        json_schema_extra=ADVANCED,
    ),
]
Seed = Annotated[
    int,
    Field(
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="The same seed, data and device give the same model.",
        json_schema_extra=ADVANCED,
    ),
]
Embedding = Annotated[
    Literal["conv4", "resnet18"],
    Field(
        title="Embedding",
        description="The network that turns an image into a vector: conv4 is small and quick, "
        "ResNet-18 tells finer differences and wants more images and a GPU.",
    ),
]
EmbeddingWidth = Annotated[
    int,
    Field(
        ge=8,
        le=256,
        multiple_of=8,
        title="Width",
        description="Channels of each block of conv4.",
        json_schema_extra=ADVANCED,
    ),
]
SquareSide = Annotated[
    int,
    Field(
        ge=32,
        le=512,
        multiple_of=16,
        title="Image size",
        description="Images are scaled to this square, whatever their proportions.",
        json_schema_extra={"unit": "px"},
    ),
]
Ways = Annotated[
    int,
    Field(
        ge=2,
        le=50,
        title="Classes an episode",
        description="Drawn at random; with fewer classes in the dataset, all of them.",
        json_schema_extra=ADVANCED,
    ),
]
Shots = Annotated[
    int,
    Field(
        ge=1,
        le=20,
        title="Examples a class",
        description="What the network learns to be content with: about as many images as a new "
        "class will have.",
    ),
]
Queries = Annotated[
    int,
    Field(
        ge=1,
        le=50,
        title="Questions a class",
        description="Images of each class that an episode asks about.",
        json_schema_extra=ADVANCED,
    ),
]
Episodes = Annotated[
    int, Field(ge=1, le=10000, title="Episodes an epoch", description="Drawn anew in each epoch.")
]
EpisodesAtOnce = Annotated[
    int,
    Field(ge=1, le=64, title="Batch", description="Episodes a step.", json_schema_extra=ADVANCED),
]

Latent = Annotated[
    int,
    Field(
        ge=2,
        le=512,
        title="Latent numbers",
        description="Random numbers that an image is drawn from.",
        json_schema_extra=ADVANCED,
    ),
]
GanRate = Annotated[
    float,
    Field(
        gt=0,
        le=1,
        title="Learning rate",
        description="Adam's, of both networks, at its highest.",
        json_schema_extra=ADVANCED,
    ),
]
Averaging = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        title="Averaging",
        description="How much of the averaged weights, which draw, stays at each step.",
        json_schema_extra=ADVANCED,
    ),
]


class Drawing(BaseModel):
    """What all generators have."""

    model_config = ConfigDict(extra="forbid")

    class_name: str = Field(
        "",
        max_length=64,
        title="Class",
        description="The class that it learns to draw; empty: every class of the version.",
    )
    view: Literal["auto", "patches", "whole"] = Field(
        "auto",
        title="What is learnt",
        description="Patches around the annotations, or whole images; auto: patches where "
        "something is outlined, whole images where there are only labels.",
    )
    side: Literal[32, 64, 128, 256, 512] = Field(
        64,
        title="Side",
        description="Of what is drawn. Larger ones show more, learn slower and need more images.",
        json_schema_extra={"unit": "px"},
    )
    context: float = Field(
        1.6,
        ge=1,
        le=4,
        title="Surroundings",
        description="A patch is so many times as large as the defect in it.",
        json_schema_extra=ADVANCED,
    )
    epochs: Epochs = 60
    steps: int = Field(
        100,
        ge=1,
        le=10_000,
        title="Steps an epoch",
        description="Batches drawn with replacement: few images make no short epoch.",
        json_schema_extra=ADVANCED,
    )
    batch: int = Field(32, ge=2, le=512, title="Batch", description="Examples a step.")
    turning: bool = Field(
        True,
        title="Flip and turn",
        description="Examples are learnt mirrored and turned by quarters too; off where a defect "
        "has a direction.",
    )
    seed: Seed = 0


BoxImageSize = Annotated[
    int,
    Field(
        ge=64,
        le=2048,
        multiple_of=32,
        title="Image size",
        description="Images, or their tiles, are scaled to fit this square. Twice the size is "
        "four times the time.",
        json_schema_extra={"unit": "px"},
    ),
]
BoxBatch = Annotated[
    int,
    Field(
        ge=1,
        le=256,
        title="Batch",
        description="Images a step. Halved by itself when the memory does not suffice.",
    ),
]
TileSide = Annotated[
    int,
    Field(
        ge=0,
        le=8192,
        title="Tiles",
        description="Large images are cut into overlapping squares of this side, each looked at "
        "by itself, and the boxes are stitched; 0 looks at the whole image at once.",
        json_schema_extra={**ADVANCED, "unit": "px"},
    ),
]
TileOverlap = Annotated[
    float,
    Field(
        ge=0,
        le=0.5,
        title="Overlap of tiles",
        description="Share of a tile that its neighbour sees too: about the size of the defects.",
        json_schema_extra=ADVANCED,
    ),
]
FalseAlarms = Annotated[
    float,
    Field(
        gt=0,
        le=0.5,
        title="False alarms",
        description="The share of good images that may be told as anomalous: the threshold is "
        "chosen so, from good validation images. With labelled defects in the validation split it "
        "is the one of the best F1 instead.",
    ),
]
Tile = Annotated[
    int,
    Field(
        ge=64,
        le=1024,
        multiple_of=64,
        title="Tile",
        description="Images are looked at in overlapping tiles of this side.",
        json_schema_extra={"unit": "px"},
    ),
]
Margin = Annotated[
    int,
    Field(
        ge=0,
        le=256,
        title="Margin",
        description="What a tile sees around the part that it tells of.",
        json_schema_extra={"unit": "px", **ADVANCED},
    ),
]
PyramidBackbone = Annotated[
    Literal["resnet50", "resnet18", "mobilenet_v3"],
    Field(
        title="Backbone",
        description="ResNet-50 tells most apart; ResNet-18 needs a third of its time, MobileNetV3 "
        "less still.",
    ),
]
Regions = Annotated[
    int,
    Field(
        ge=16,
        le=2000,
        title="Regions",
        description="Proposals of an image that are looked at more closely; time grows with them.",
        json_schema_extra=ADVANCED,
    ),
]
Square = Annotated[
    int,
    Field(
        ge=64,
        le=1024,
        multiple_of=32,
        title="Image size",
        description="Images, or their tiles, are scaled to a square of this side.",
        json_schema_extra={"unit": "px"},
    ),
]
Tiled = Annotated[
    bool,
    Field(
        title="In tiles",
        description="Images are cut into overlapping squares of this side instead of being "
        "scaled: for small defects in large images.",
    ),
]
