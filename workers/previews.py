"""What the form and `serve` say to each other when varied images are looked at. No OpenCV."""

from workers.contract import Frozen, Kind, ManifestAnnotation, ManifestSample
from workers.presets import Augmentation

QUEUE = "kizu:preview"
SIDE = 640  # pixels of the longer side


class PreviewJob(Frozen):
    """Images to vary, as an engine of this kind would see them. `deadline` is Unix time, seconds.

    The same seed draws the same chance: what differs then is what the values do.
    """

    reply_to: str
    deadline: float
    kind: Kind
    classes: list[str]
    samples: list[ManifestSample]
    augmentation: Augmentation
    seed: int


class PreviewImage(Frozen):
    """A sample varied: a JPEG in base64, and where its annotations lie now; or what failed."""

    sample: int
    path: str
    width: int = 0
    height: int = 0
    picture: str = ""
    annotations: list[ManifestAnnotation] = []
    error: str = ""


class PreviewReply(Frozen):
    """An image a sample, in order, and how long it took."""

    images: list[PreviewImage]
    ms: float
