"""PaDiM: the card."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from workers.contract import Card
from workers.parameters import ADVANCED, FalseAlarms, Level, Seed, Square

WIDTHS = {"resnet18": 64 + 128 + 256, "wide_resnet50_2": 256 + 512 + 1024}  # of layers 1 to 3
STRIDE = 4  # of layer 1: a place a square of this side
NUMBER = 4  # bytes
MOST = 1_500_000_000  # bytes of all Gaussians: an exported graph holds 2 GB at most


class Params(BaseModel):
    """What can be set."""

    model_config = ConfigDict(extra="forbid")

    backbone: Literal["resnet18", "wide_resnet50_2"] = Field(
        "resnet18",
        title="Backbone",
        description="The network whose features are compared. Base weights must be of the same.",
    )
    side: Square = 224
    features: int = Field(
        100,
        ge=8,
        le=448,
        title="Features",
        description="Numbers a place, drawn once from all of the backbone's. Memory and time grow "
        "with their square.",
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
    def _of_a_size(self) -> "Params":
        if gaussians(self) > MOST:
            words = "This image size with so many features makes too large a model."
            raise PydanticCustomError("padim_too_large", words)
        return self


def gaussians(params: Params) -> int:
    """Bytes of a mean and an inverse covariance for each place."""
    places = (params.side // STRIDE) ** 2
    return places * params.features * (params.features + 1) * NUMBER


def unbounded(params: Params, images: int) -> int:
    """Bytes of all features at once: what is not held here."""
    return images * (params.side // STRIDE) ** 2 * params.features * NUMBER


def estimate(params: Params, images: int, width: int, height: int) -> int:
    """Bytes of what is held at most: sums, their inverse, and a batch; not by images."""
    batch = params.batch * (params.side // STRIDE) ** 2 * WIDTHS[params.backbone] * NUMBER
    return 2 * gaussians(params) + 2 * batch


CARD = Card(
    name="padim",
    title="PaDiM",
    kind="anomaly",
    tasks=("anomaly", "classify", "detect", "segment"),
    summary="Learns how each place of a good image looks, and tells where one looks otherwise.",
    when="The part lies the same way in every image, there are only good ones, and answers must "
    "be quick.",
    when_not="The part moves or turns between images: PatchCore compares places with all others.",
    source="Defard et al., PaDiM: a Patch Distribution Modeling Framework, ICPR 2021.",
    params=Params,
    base_weights="optional",
    presets=("none",),
    engine="workers.engines.padim:Padim",
    estimate=estimate,
)
