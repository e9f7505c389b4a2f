"""Reconstruction by an adversarial network: the card."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from workers.contract import Card
from workers.parameters import ADVANCED, Epochs, FalseAlarms, GanRate, Latent, Level, Seed


class Params(BaseModel):
    """What can be set."""

    model_config = ConfigDict(extra="forbid")

    variant: Literal["ganomaly", "fanogan"] = Field(
        "ganomaly",
        title="Variant",
        description="GANomaly learns to encode, draw and encode again; f-AnoGAN first learns to "
        "draw good images, then to find what to draw for an image.",
    )
    side: Literal[32, 64, 128, 256] = Field(
        128,
        title="Image size",
        description="Images are scaled to this square, whatever their proportions.",
        json_schema_extra={"unit": "px"},
    )
    score: Literal["both", "method", "map"] = Field(
        "both",
        title="Image score",
        description="As the method has it, the distance of what was encoded; or the highest place "
        "of the map of differences, which tells small defects better; or whichever is further "
        "over its threshold.",
    )
    width: int = Field(
        32,
        ge=4,
        le=256,
        title="Width",
        description="Channels of the networks' first layer.",
        json_schema_extra=ADVANCED,
    )
    latent: Latent = 100
    con_weight: float = Field(
        50.0,
        ge=0,
        le=1000,
        title="Weight of the image",
        description="GANomaly: of likeness to the image, beside the adversary's and the code's, "
        "which weigh 1.",
        json_schema_extra=ADVANCED,
    )
    drawing: float = Field(
        0.6,
        gt=0,
        lt=1,
        title="Share of drawing",
        description="f-AnoGAN: of the epochs, for learning to draw; the others are for encoding.",
        json_schema_extra=ADVANCED,
    )
    critic_steps: int = Field(
        5,
        ge=1,
        le=20,
        title="Critic's steps",
        description="f-AnoGAN: of the critic, for one of what draws.",
        json_schema_extra=ADVANCED,
    )
    false_alarms: FalseAlarms = 0.02
    epochs: Epochs = 100
    batch: int = Field(16, ge=2, le=512, title="Batch", description="Images a step.")
    lr: GanRate = 0.0005
    level: Level = 0.5
    seed: Seed = 0


CARD = Card(
    name="gan_reconstruction",
    title="GAN reconstruction",
    kind="anomaly",
    tasks=("anomaly",),
    summary="An adversarial network that can only draw good parts; what it draws otherwise is "
    "anomalous.",
    when="Parts that always look alike and stand in the same place, hundreds of good images, no "
    "defects to learn from, large defects.",
    when_not="Small defects in large images, or few good images: adversarial training is unsteady "
    "then. Try the multi-scale autoencoder first.",
    source="Akcay, Atapour-Abarghouei, Breckon, GANomaly, ACCV 2018; Schlegl et al., f-AnoGAN, "
    "Medical Image Analysis 54, 2019.",
    params=Params,
    needs=("GPU advised",),
    presets=("none", "generic", "pcb", "steel", "textile"),
    several=True,
    engine="workers.engines.gan_reconstruction:GanReconstruction",
)
