"""Stable Diffusion: the card."""

from typing import Literal

from pydantic import Field

from workers.contract import Card
from workers.parameters import ADVANCED, Drawing, Epochs, LearningRate


class Params(Drawing):
    """What can be set."""

    side: Literal[32, 64, 128, 256, 512] = Field(
        512,
        title="Side",
        description="Of what is drawn. Larger ones show more, learn slower and need more images.",
        json_schema_extra={"unit": "px"},
    )
    epochs: Epochs = 20
    steps: int = Field(
        50,
        ge=1,
        le=10_000,
        title="Steps an epoch",
        description="Batches drawn with replacement: few images make no short epoch.",
        json_schema_extra=ADVANCED,
    )
    batch: int = Field(2, ge=1, le=512, title="Batch", description="Examples a step.")
    rank: int = Field(
        8,
        ge=1,
        le=256,
        title="Rank",
        description="Of the small matrices that are learnt: more of it learns more, from more "
        "images.",
        json_schema_extra=ADVANCED,
    )
    draw_steps: int = Field(
        30,
        ge=2,
        le=1000,
        title="Steps to draw",
        description="In so many steps noise becomes an image: more draw better and take longer.",
        json_schema_extra=ADVANCED,
    )
    lr: LearningRate = 0.0001


CARD = Card(
    name="stable_diffusion",
    title="Stable Diffusion (inpainting)",
    kind="generate",
    tasks=("classify", "detect", "segment"),
    summary="Paints defects into real images by what it knows of images in general, and learns a "
    "class from few examples.",
    when="There are few examples, the base weights are in the store, and there is an accelerator.",
    when_not="There is no accelerator: an image takes minutes then.",
    source="Rombach, Blattmann, Lorenz, Esser, Ommer, High-Resolution Image Synthesis with Latent "
    "Diffusion Models, CVPR 2022; Hu et al., LoRA, ICLR 2022.",
    params=Params,
    needs=("GPU advised",),
    presets=("none",),
    base_weights="needed",
    engine="workers.generators.stable_diffusion:StableDiffusion",
)
