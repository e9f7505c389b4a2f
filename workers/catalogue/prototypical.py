"""Prototypical networks: the card."""

from pydantic import BaseModel, ConfigDict

from workers.contract import Card
from workers.parameters import (
    Embedding,
    EmbeddingWidth,
    Episodes,
    EpisodesAtOnce,
    Epochs,
    LearningRate,
    Queries,
    Seed,
    Shots,
    SquareSide,
    Ways,
    WeightDecay,
)


class Params(BaseModel):
    """What can be set."""

    model_config = ConfigDict(extra="forbid")

    embedding: Embedding = "conv4"
    width: EmbeddingWidth = 32
    image_size: SquareSide = 96
    ways: Ways = 5
    shots: Shots = 5
    queries: Queries = 5
    epochs: Epochs = 30
    episodes: Episodes = 40
    batch: EpisodesAtOnce = 1
    lr: LearningRate = 0.001
    weight_decay: WeightDecay = 0.0005
    seed: Seed = 0


CARD = Card(
    name="prototypical",
    title="Prototypical network",
    kind="classify",
    tasks=("classify",),
    summary="Tells whole images apart by how near they are to the mean of each class's examples; "
    "a new class is added by 1 to 20 images, without training.",
    when="There are 1 to 20 images a class, or new kinds of defects keep coming up.",
    when_not="Hundreds of images of each class are labelled, or the defect is a small part of a "
    "large image.",
    source="Snell, Swersky, Zemel, Prototypical Networks for Few-shot Learning, NeurIPS 2017.",
    params=Params,
    extends=True,
    engine="workers.engines.prototypical:Prototypical",
)
