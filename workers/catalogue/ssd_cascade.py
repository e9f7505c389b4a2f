"""The cascade: the card."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from workers.contract import Card
from workers.parameters import (
    ADVANCED,
    BoxBatch,
    BoxImageSize,
    Epochs,
    LearningRate,
    Seed,
    WeightDecay,
)

Network = Literal["vgg16", "mobilenet_v3", "small"]
StageSize = Annotated[int, Field(ge=64, le=1024, multiple_of=32)]


class Params(BaseModel):
    """What can be set."""

    model_config = ConfigDict(extra="forbid")

    structures: str = Field(
        "",
        max_length=400,
        title="Structures",
        description="Names of the classes that hold the parts, with commas; empty: found from "
        "the boxes.",
    )
    parts: str = Field(
        "",
        max_length=400,
        title="Parts",
        description="Classes of the parts, where states are annotated beside them; empty: found "
        "from the boxes.",
    )
    states: str = Field(
        "",
        max_length=400,
        title="States",
        description="Classes of the states of a part, such as missing or broken; empty: found "
        "from the boxes.",
    )
    image_size: BoxImageSize = 960
    structure_network: Network = Field(
        "small",
        title="Network of stage 1",
        description="SSD that finds the structures: small for clear ones, VGG16 or MobileNetV3 "
        "for the others.",
    )
    structure_size: StageSize = Field(
        320,
        title="Image size of stage 1",
        description="The image is reduced to this to look for structures.",
        json_schema_extra={**ADVANCED, "unit": "px"},
    )
    part_network: Network = Field(
        "small",
        title="Network of stage 2",
        description="SSD that finds the parts in the cut-out of a structure.",
    )
    part_size: StageSize = Field(
        320,
        title="Image size of stage 2",
        description="The cut-out of a structure is scaled to this.",
        json_schema_extra={**ADVANCED, "unit": "px"},
    )
    state_size: int = Field(
        64,
        ge=32,
        le=224,
        multiple_of=16,
        title="Image size of stage 3",
        description="The cut-out of a part is scaled to this.",
        json_schema_extra={**ADVANCED, "unit": "px"},
    )
    width: int = Field(
        32,
        ge=8,
        le=128,
        multiple_of=8,
        title="Width",
        description="Channels of the first layer of the small networks.",
        json_schema_extra=ADVANCED,
    )
    smallest: float = Field(
        0.06,
        gt=0,
        le=0.5,
        title="Smallest part",
        description="Side of the smallest parts as a share of their structure.",
        json_schema_extra=ADVANCED,
    )
    most_structures: int = Field(
        4,
        ge=1,
        le=16,
        title="Structures an image",
        description="So many are looked into at most; the time is always that of all of them.",
        json_schema_extra=ADVANCED,
    )
    most_parts: int = Field(
        16,
        ge=1,
        le=64,
        title="Parts an image",
        description="Of so many the state is told at most.",
        json_schema_extra=ADVANCED,
    )
    structure_score: float = Field(
        0.25,
        gt=0,
        lt=1,
        title="Score of a structure",
        description="Structures of a lower score are not looked into: lower misses fewer parts.",
        json_schema_extra=ADVANCED,
    )
    epochs: Epochs = 60
    batch: BoxBatch = 8
    lr: LearningRate = 0.001
    weight_decay: WeightDecay = 0.0005
    seed: Seed = 0


CARD = Card(
    name="ssd_cascade",
    title="SSD cascade",
    kind="detect",
    tasks=("detect",),
    summary="Three stages, coarse to fine: finds the structure, the part in it, and the part's "
    "state.",
    when="The part is tiny in the image and sits on something large and easy to find: fasteners "
    "on a cantilever, caps of an insulator, screws of a housing.",
    when_not="Defects may be anywhere, or a single detector finds the parts: what one stage "
    "misses is lost to all that follow.",
    source="Chen, Liu, Wang, Núñez, Han, Automatic Defect Detection of Fasteners on the Catenary "
    "Support Device Using Deep Convolutional Neural Network, IEEE Trans. Instrum. Meas. 2018.",
    params=Params,
    needs=("GPU advised",),
    base_weights="optional",
    engine="workers.engines.ssd_cascade:SsdCascade",
)
