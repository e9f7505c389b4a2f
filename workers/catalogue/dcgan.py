"""DCGAN: the card."""

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
    lr: GanRate = 0.0002
    decay: Averaging = 0.99


CARD = Card(
    name="dcgan",
    title="DCGAN",
    kind="generate",
    tasks=("classify", "detect", "segment"),
    summary="One network draws, another tells drawn from real, until it cannot.",
    when="Small, simple defects, and images within minutes on a processor.",
    when_not="Fewer than about twenty examples, or fine structure that must be right.",
    source="Radford, Metz, Chintala, Unsupervised Representation Learning with Deep Convolutional "
    "Generative Adversarial Networks, ICLR 2016; Zhao et al., Differentiable Augmentation for "
    "Data-Efficient GAN Training, NeurIPS 2020.",
    params=Params,
    presets=("none",),
    base_weights="optional",
    engine="workers.generators.dcgan:Dcgan",
)
