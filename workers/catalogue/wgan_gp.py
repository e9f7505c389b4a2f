"""WGAN-GP: the card."""

from pydantic import Field

from workers.contract import Card
from workers.parameters import ADVANCED, Averaging, Drawing, GanRate, Latent


class Params(Drawing):
    """What can be set."""

    latent: Latent = 64
    width: int = Field(
        32,
        ge=4,
        le=256,
        title="Width",
        description="Channels of the last layer: wider networks draw finer and take longer.",
        json_schema_extra=ADVANCED,
    )
    critic: int = Field(
        5,
        ge=1,
        le=20,
        title="Steps of the critic",
        description="So many before each step of the network that draws.",
        json_schema_extra=ADVANCED,
    )
    penalty: float = Field(
        10,
        ge=0,
        le=1000,
        title="Penalty",
        description="Weight of the gradient penalty that holds the critic's slope at one.",
        json_schema_extra=ADVANCED,
    )
    lr: GanRate = 0.0002
    decay: Averaging = 0.99


CARD = Card(
    name="wgan_gp",
    title="WGAN-GP",
    kind="generate",
    tasks=("classify", "detect", "segment"),
    summary="A critic measures how far drawn images are from real ones; steadier than DCGAN.",
    when="DCGAN draws the same few images again and again, or its training goes astray.",
    when_not="Time is short: it takes several times as many steps as DCGAN.",
    source="Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville, Improved Training of Wasserstein "
    "GANs, NeurIPS 2017.",
    params=Params,
    presets=("none",),
    base_weights="optional",
    engine="workers.generators.wgan_gp:WganGp",
)
