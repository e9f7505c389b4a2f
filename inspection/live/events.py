"""What the websocket says, as schemas of the same API document."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter


class InspectionHint(BaseModel):
    """An inspection as the board first hears of it."""

    id: str
    captured_at: str
    verdict: Literal["OK", "NG", "REVIEW", "ERROR"]
    model_verdict: str
    serial: str
    lot: str
    station: int
    product: int
    model: int | None
    recipe: int | None
    mode: str
    code: str
    late: bool
    reasons: list[dict[str, Any]]


class LineVerdicts(BaseModel):
    """Every inspection of a line since the last frame; `refetch` when they were too many."""

    type: Literal["line.verdicts"]
    line: int
    inspections: list[InspectionHint]
    refetch: bool


class LineState(BaseModel):
    """Something else about a line changed: a disposition, a release, a heartbeat."""

    type: Literal["line.state"]
    line: int


class JobEvents(BaseModel):
    """What a job reported since the last frame."""

    type: Literal["job.event"]
    job: int
    state: str
    progress: float
    events: list[dict[str, Any]]


class ImportState(BaseModel):
    """How far an import is."""

    type: Literal["import.state"]
    import_: int = Field(alias="import")
    state: str
    done: int
    total: int


class Subscribed(BaseModel):
    """The topics that are heard now."""

    type: Literal["subscribed"]
    topics: list[str]


class RefusedTopic(BaseModel):
    """A topic that one may not hear, or that there is not."""

    type: Literal["refused"]
    topic: str
    code: str


class Ping(BaseModel):
    """Every 10 seconds."""

    type: Literal["ping"]


LiveEvent = Annotated[
    LineVerdicts | LineState | JobEvents | ImportState | Subscribed | RefusedTopic | Ping,
    Field(discriminator="type"),
]
adapter: TypeAdapter[Any] = TypeAdapter(LiveEvent)
