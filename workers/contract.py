"""The seam between the domain and the engine room. Frozen, JSON both ways.

A job is complete in itself: the engine room never asks the database. Engines find; the domain
judges: nothing in here says OK or NG. Coordinates are shares of the image (0..1), times are
milliseconds unless the name says otherwise, images and files are named by their sha256.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from workers.presets import PRESETS, Augmentation

Share = Annotated[float, Field(ge=0, le=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Box = tuple[Share, Share, Share, Share]
Kind = Literal["classify", "detect", "segment", "anomaly"]
CardKind = Literal["classify", "detect", "segment", "anomaly", "generate"]
SplitName = Literal["train", "val", "test"]
MAX_PIXELS = 100_000_000  # of an image, wherever one comes in: imports, training, the line


class Frozen(BaseModel):
    """What crosses the seam: immutable, and nothing in it that is not named here."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(Frozen):
    """One product unit as seen by a camera: image keys by modality (rgb, ir, depth, template)."""

    images: dict[str, str]
    mm_per_pixel: float | None = None
    alignment: dict[str, list[float]] = {}  # the station's own homography by modality


class Finding(Frozen):
    """Something found. `area` is a share of the image; `mask` is COCO RLE."""

    class_name: str
    score: Share
    box: Box | None = None
    polygon: list[tuple[Share, Share]] | None = None
    mask: dict[str, JsonValue] | None = None
    area: Share | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "Finding":
        if self.box is not None and not (self.box[0] < self.box[2] and self.box[1] < self.box[3]):
            raise ValueError("box must have x0 < x1 and y0 < y1")
        return self


class Answer(Frozen):
    """What an engine says of one part. `error` set: it could not, and the rest is empty."""

    image_score: Share | None = None
    findings: list[Finding] = []
    heat_map: str | None = None
    width: int = 0
    height: int = 0
    ms: dict[str, float] = {}
    error: str | None = None
    error_message: str = ""


class ManifestAnnotation(Frozen):
    """One annotation of a frozen sample. A label has no box."""

    class_name: str
    kind: Literal["label", "box", "polygon", "mask"]
    box: Box | None = None
    polygon: list[tuple[Share, Share]] | None = None
    mask: dict[str, JsonValue] | None = None


class ManifestSample(Frozen):
    """One frozen sample: image hashes by modality, their sizes in pixels, its split.

    What a generator drew (`synthetic`) is for training alone.
    """

    id: int
    path: str
    part: str = ""
    split: SplitName
    images: dict[str, Sha256]
    width: int
    height: int
    annotations: list[ManifestAnnotation] = []
    synthetic: bool = False

    @model_validator(mode="after")
    def _for_training(self) -> "ManifestSample":
        if self.synthetic and self.split != "train":
            raise ValueError("a synthetic sample may only be in train")
        return self


class Manifest(Frozen):
    """A dataset version, whole: what a training job reads. `classes` gives the index order."""

    task: Kind
    classes: list[str]
    good_classes: list[str] = []
    nuisances: list[str] = []  # dust, oil, reflections: they make no image defective
    samples: list[ManifestSample]


class Job(Frozen):
    """What every job carries."""

    job_id: int
    attempt: int = 1
    checkpoint: Sha256 | None = None
    device: str = "auto"
    nice: int = 10


class TrainJob(Job):
    """Fit an engine, evaluate it on the held-out split, store and export it."""

    kind: Literal["train"] = "train"
    engine: str
    params: dict[str, JsonValue]
    manifest: Sha256
    parent: Sha256 | None = None
    base: Sha256 | None = None  # a file of the base-weights store
    preset: str = "generic"
    augmentation: Augmentation | None = None  # the preset's values, where they were edited


class BatchItem(Frozen):
    """One image set to answer for; `ref` is handed back untouched."""

    ref: str
    part: Part
    width: int = 0
    height: int = 0


class BatchInferJob(Job):
    """Answer for a list of parts with a stored model."""

    kind: Literal["batch"] = "batch"
    model: "ModelRef"
    items: list[BatchItem]
    done: int = 0


class ExportJob(Job):
    """Make a stored model into another format, with a parity report."""

    kind: Literal["export"] = "export"
    engine: str
    params: dict[str, JsonValue]
    artefact: Sha256
    manifest: Sha256
    format: Literal["openvino", "onnx"] = "openvino"


class EvaluateJob(Job):
    """Measure a stored model on a split of a dataset version."""

    kind: Literal["evaluate"] = "evaluate"
    model: "ModelRef"
    manifest: Sha256
    split: SplitName = "test"


class ExtendJob(Job):
    """Add a class to a stored few-shot model by a few images, without training.

    Both models are measured on the test images of the version.
    """

    kind: Literal["extend"] = "extend"
    model: "ModelRef"
    manifest: Sha256
    class_name: str = Field(min_length=1, max_length=100)
    images: list[Sha256] = Field(min_length=1, max_length=20)
    good: bool = False  # the class shows no defect


class ModelRef(Frozen):
    """A model as serving loads it: the engine's name, its params and the artefact or export."""

    model_id: int
    engine: str
    kind: Kind
    params: dict[str, JsonValue]
    classes: list[str]
    artefact: Sha256
    export: Sha256 | None = None
    export_format: str | None = None
    precision: str | None = None


class InferJob(Frozen):
    """One inspection's images on their way to `serve`. `deadline` is Unix time in seconds.

    `files` names, by the key in `parts`, a file on this host (in /dev/shm) that holds the bytes:
    without one, or when it is gone, `serve` reads the object store.
    """

    request_id: str
    reply_to: str
    deadline: float
    model: ModelRef
    parts: list[Part]
    files: dict[str, str] = {}


class InferReply(Frozen):
    """One answer a part, in order; `error` when the whole request failed."""

    request_id: str
    answers: list[Answer] = []
    ms: dict[str, float] = {}
    error: str | None = None


class Progress(Frozen):
    """How far it is: `done` of `total` steps of a stage; seconds left if known."""

    type: Literal["progress"] = "progress"
    stage: str
    done: float
    total: float
    share: Share
    seconds_left: float | None = None
    device: str | None = None


class Metric(Frozen):
    """Values by name at a step (epoch): losses, learning rate, validation figures."""

    type: Literal["metric"] = "metric"
    step: int
    values: dict[str, float]


class Log(Frozen):
    """A line for the job's log; `code` and `params` for pages in other languages."""

    type: Literal["log"] = "log"
    level: Literal["debug", "info", "warning", "error"] = "info"
    message: str
    code: str = ""
    params: dict[str, JsonValue] = {}


class Image(Frozen):
    """A sample prediction: the image's hash, what was found, what is true."""

    type: Literal["image"] = "image"
    step: int
    sample: int
    path: str = ""
    sha256: Sha256
    findings: list[Finding] = []
    truth: list[ManifestAnnotation] = []


class Artefact(Frozen):
    """A file that came out: a checkpoint to go on from, weights, an export.

    `step` is the epoch after which a checkpoint was taken: what was told of later ones happens
    again when a job goes on from it.
    """

    type: Literal["artefact"] = "artefact"
    role: Literal["checkpoint", "weights", "export", "results"]
    sha256: Sha256
    size: int
    name: str = ""
    step: int = 0


Event = Annotated[Progress | Metric | Log | Image | Artefact, Field(discriminator="type")]


class Cancelled(Exception):
    """Raised by `report`: stop now. `reason` is cancelled, lost_lease, preempted or stopping."""

    def __init__(self, reason: str = "cancelled") -> None:
        super().__init__(reason)
        self.reason = reason


class Failure(Exception):
    """A job that cannot go on: a stable code, the cause in words, and what to try."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


class ImageScore(Frozen):
    """What an image was told as a whole, and its truth. `nuisance`: it shows nuisances alone."""

    sample: int
    score: Share
    defective: bool
    nuisance: bool = False


class EvaluationReport(Frozen):
    """What `inspection.models.Evaluation` stores; shapes as said there.

    `scores` are of models that judge whole images: some of the `scored` images, chosen evenly.
    """

    split: SplitName
    metrics: dict[str, float | None]
    per_class: dict[str, dict[str, float | None]] = {}
    confusion: dict[str, Any] = {}
    curves: dict[str, list[list[float]]] = {}
    scores: list[ImageScore] = []
    scored: int = 0


class ExportReport(Frozen):
    """An export and how far its answers are from the trained model's."""

    format: str
    precision: str
    artefact: Sha256
    size: int
    parity: dict[str, JsonValue]


class TrainResult(Frozen):
    """What a finished training hands to the domain."""

    artefact: Sha256
    artefact_size: int
    kind: CardKind
    classes: list[str]
    evaluation: EvaluationReport
    export: ExportReport | None = None
    code_version: str
    seconds: float
    device: str


class LeftOut(Frozen):
    """What an image of a new class is told as when the class is made of the others."""

    image: Sha256
    told: str
    score: Share


class ExtendResult(Frozen):
    """A model with a class more, beside the one before, on the same test images.

    `gained` and `lost` say by class how many images it tells right that the one before did not,
    and the reverse; `skipped` test images were left out, for the class was made of them.
    """

    artefact: Sha256
    artefact_size: int
    classes: list[str]
    before: EvaluationReport
    after: EvaluationReport
    gained: dict[str, int]
    lost: dict[str, int]
    left_out: list[LeftOut]
    skipped: int
    export: ExportReport
    code_version: str
    seconds: float
    device: str


class Card(BaseModel):
    """A catalogue entry: enough for the form, the API and the tests without loading the engine."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    name: str
    title: str
    kind: CardKind
    tasks: tuple[Kind, ...]  # datasets it can learn from
    summary: str  # one sentence
    when: str  # when to use it
    when_not: str  # and when not
    source: str  # the paper
    params: type[BaseModel]
    needs: tuple[str, ...] = ()  # e.g. "base weights", "GPU advised"
    modalities: tuple[str, ...] = ("rgb",)
    base_weights: Literal["none", "optional", "needed"] = "none"
    # Bytes that a training holds at most beside the usual: (params, images, width, height).
    estimate: Callable[[Any, int, int, int], int] | None = None
    engine: str  # "module:Class"
    several: bool = False  # learns on several devices at once (workers/together.py)
    extends: bool = False  # classes can be added to its models without training
    presets: tuple[str, ...] = tuple(PRESETS)  # the first is the one that it begins with
