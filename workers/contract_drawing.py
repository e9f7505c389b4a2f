"""The seam's part for synthetic images: the order to draw, and what was drawn. See contract.py."""

from typing import Literal

from pydantic import JsonValue

from workers.contract import Frozen, Job, ManifestAnnotation, Sha256


class GenerateJob(Job):
    """Draw synthetic images of a class with a stored generator.

    `paste`: into images of the version's train split; else each is what the generator drew.
    """

    kind: Literal["generate"] = "generate"
    engine: str
    params: dict[str, JsonValue]
    classes: list[str]
    artefact: Sha256
    manifest: Sha256
    base: Sha256 | None = None
    class_name: str
    n: int
    seed: int = 0
    paste: bool = True


class Stored(Frozen):
    """A file in the store."""

    sha256: Sha256
    size: int


class DrawnImage(Frozen):
    """A synthetic image with where it comes from, and how near it is to a real one.

    `closeup` shows what was drawn, `neighbour_closeup` the real example nearest to it, a part of
    the sample `neighbour`, at a distance in the features. `doubt`: why it should not be used.
    """

    seed: int
    image: Stored
    closeup: Stored
    width: int
    height: int
    annotations: list[ManifestAnnotation]
    parents: list[int] = []
    neighbour: int | None = None
    neighbour_closeup: Stored | None = None
    distance: float | None = None
    doubt: Literal["", "too_near", "too_far"] = ""


class GenerateResult(Frozen):
    """A batch of synthetic images beside the real ones of their class.

    `kid` is the kernel inception distance (Binkowski et al. 2018) in these `features`, `spread` its
    deviation over subsets; `near` and `far` are the distances between which an image is plausible.
    """

    images: list[DrawnImage]
    features: str
    real: int
    kid: float | None
    spread: float | None
    near: float | None
    far: float | None
    seconds: float
    device: str
