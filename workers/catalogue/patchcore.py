"""PatchCore: the card."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from workers.contract import Card
from workers.parameters import ADVANCED, FalseAlarms, Level, LongerSide, Seed, Square, Tiled

WIDTHS = {"resnet18": 128 + 256, "wide_resnet50_2": 512 + 1024}  # of layers 2 and 3
STRIDE = 8  # of layer 2: a feature a square of this side
PROJECTED = 128  # numbers a row in which rows are chosen
NUMBER = 4  # bytes


class Params(BaseModel):
    """What can be set."""

    model_config = ConfigDict(extra="forbid")

    backbone: Literal["resnet18", "wide_resnet50_2"] = Field(
        "resnet18",
        title="Backbone",
        description="The network whose features are compared. Base weights must be of the same.",
    )
    side: Square = 224
    tiled: Tiled = False
    image_size: LongerSide = 0
    margin: int = Field(
        16,
        ge=0,
        le=256,
        title="Margin",
        description="What a tile sees around the part that it tells of.",
        json_schema_extra={"unit": "px", **ADVANCED},
    )
    coreset: float = Field(
        0.1,
        gt=0,
        le=1,
        title="Coreset",
        description="Share of the features that is remembered: those that cover all others best.",
    )
    bank: int = Field(
        5000,
        ge=10,
        le=100_000,
        title="Memory bank",
        description="Features at most that are remembered: the more, the slower each answer.",
    )
    candidates: int = Field(
        50_000,
        ge=100,
        le=5_000_000,
        title="Candidates",
        description="Features at most that are held while the bank is chosen, drawn evenly from "
        "all images: memory stays within this, however many images there are.",
        json_schema_extra=ADVANCED,
    )
    neighbours: int = Field(
        9,
        ge=1,
        le=100,
        title="Neighbours",
        description="The image score weighs how alone the nearest remembered feature is among so "
        "many; 1 does not weigh.",
        json_schema_extra=ADVANCED,
    )
    batch: int = Field(
        8,
        ge=1,
        le=256,
        title="Batch",
        description="Images that are looked at at once.",
        json_schema_extra=ADVANCED,
    )
    false_alarms: FalseAlarms = 0.02
    level: Level = 0.5
    seed: Seed = 0

    @model_validator(mode="after")
    def _something_left(self) -> "Params":
        if self.tiled and self.side < 4 * self.margin:
            words = "The margin may be a quarter of the tile at most."
            raise PydanticCustomError("margin_of_tile", words)
        return self


def rows(params: Params, images: int, width: int, height: int) -> int:
    """Features of so many images of this size."""
    each = (params.side // STRIDE) ** 2
    if not params.tiled:
        return images * each
    scale = params.image_size / max(width, height, 1) if params.image_size else 1.0
    told = params.side - 2 * params.margin
    across, down = (max(-(-round(size * scale) // told), 1) for size in (width, height))
    return images * across * down * each


def unbounded(params: Params, images: int, width: int, height: int) -> int:
    """Bytes of all features at once: what is not held here."""
    return rows(params, images, width, height) * WIDTHS[params.backbone] * NUMBER


def estimate(params: Params, images: int, width: int, height: int) -> int:
    """Bytes of what is held at most: candidates, their projection, and the bank."""
    all_of_them = rows(params, images, width, height)
    held = min(all_of_them, params.candidates)
    bank = min(held, params.bank, max(round(all_of_them * params.coreset), 1))
    wide = WIDTHS[params.backbone]
    # A row beside itself: its projection, key, source, length and distance.
    return (held * (wide + PROJECTED + 6) + bank * wide) * NUMBER


CARD = Card(
    name="patchcore",
    title="PatchCore",
    kind="anomaly",
    tasks=("anomaly", "classify", "detect", "segment"),
    summary="Remembers features of good images and tells whatever is far from all of them.",
    when="There are only good images and the first answer is wanted within minutes: nothing is "
    "trained. With base weights it is the usual reference.",
    when_not="Hundreds of kinds of good product in one model, or every millisecond counts.",
    source="Roth et al., Towards Total Recall in Industrial Anomaly Detection, CVPR 2022.",
    params=Params,
    base_weights="optional",
    presets=("none",),
    engine="workers.engines.patchcore:PatchCore",
    estimate=estimate,
)
