"""Parameters that several engines have: one wording each, for the forms and their translations.

epochs: Epochs = 40
"""

from typing import Annotated

from pydantic import Field
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
