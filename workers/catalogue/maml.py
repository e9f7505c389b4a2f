"""MAML: the card."""

from pydantic import BaseModel, ConfigDict, Field

from workers.contract import Card
from workers.parameters import (
    ADVANCED,
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
    batch: EpisodesAtOnce = 2
    inner_steps: int = Field(
        5,
        ge=1,
        le=50,
        title="Inner steps",
        description="Steps from the start to a set of classes, in training as later.",
        json_schema_extra=ADVANCED,
    )
    inner_lr: float = Field(
        0.01,
        gt=0,
        le=1,
        title="Inner learning rate",
        description="How far each of these steps goes.",
        json_schema_extra=ADVANCED,
    )
    first_order: bool = Field(
        True,
        title="First order",
        description="Leaves out second derivatives: less time and memory, for nearly the same "
        "accuracy.",
        json_schema_extra=ADVANCED,
    )
    examples: int = Field(
        10,
        ge=1,
        le=50,
        title="Kept examples",
        description="Training images of each class that are stored with the weights. The model "
        "learns its classes by them, and they hold the classes when another is added.",
        json_schema_extra=ADVANCED,
    )
    lr: LearningRate = 0.001
    weight_decay: WeightDecay = 0.0005
    seed: Seed = 0


CARD = Card(
    name="maml",
    title="MAML",
    kind="classify",
    tasks=("classify",),
    summary="Learns a start from which a few steps on a few examples tell whole images apart; "
    "a new class is added by 1 to 20 images and a few steps.",
    when="There are 1 to 20 images a class, new kinds of defects keep coming up, and they look "
    "less alike than a prototypical network can tell.",
    when_not="Hundreds of images of each class are labelled, or the training images may not be "
    "stored with the model.",
    source="Finn, Abbeel, Levine, Model-Agnostic Meta-Learning for Fast Adaptation of Deep "
    "Networks, ICML 2017; Triantafillou et al., Meta-Dataset (Proto-MAML), ICLR 2020.",
    params=Params,
    extends=True,
    engine="workers.engines.maml:Maml",
)
