"""Diffusion: the card."""

from pydantic import Field

from workers.contract import Card
from workers.parameters import ADVANCED, Averaging, Drawing, LearningRate


class Params(Drawing):
    """What can be set."""

    width: int = Field(
        32,
        ge=8,
        le=256,
        multiple_of=8,
        title="Width",
        description="Channels of the first layer: wider networks draw finer and take longer.",
        json_schema_extra=ADVANCED,
    )
    layers: int = Field(
        1,
        ge=1,
        le=4,
        title="Layers a level",
        description="More draw finer and take longer.",
        json_schema_extra=ADVANCED,
    )
    noise_steps: int = Field(
        1000,
        ge=20,
        le=4000,
        title="Noise levels",
        description="In so many steps an image becomes noise.",
        json_schema_extra=ADVANCED,
    )
    draw_steps: int = Field(
        50,
        ge=2,
        le=1000,
        title="Steps to draw",
        description="In so many steps noise becomes an image: more draw better and take longer.",
        json_schema_extra=ADVANCED,
    )
    lr: LearningRate = 0.0005
    decay: Averaging = 0.995


CARD = Card(
    name="ddpm",
    title="Diffusion (DDPM)",
    kind="generate",
    tasks=("classify", "detect", "segment"),
    summary="Learns to take noise out of images of each class, and draws by taking it out of "
    "noise alone.",
    when="Variety and fine structure count; several classes are to be learnt at once.",
    when_not="There is no accelerator and a large side is wanted: it takes hours then.",
    source="Ho, Jain, Abbeel, Denoising Diffusion Probabilistic Models, NeurIPS 2020; Song, Meng, "
    "Ermon, Denoising Diffusion Implicit Models, ICLR 2021.",
    params=Params,
    presets=("none",),
    needs=("GPU advised",),
    base_weights="optional",
    engine="workers.generators.ddpm:Ddpm",
)
