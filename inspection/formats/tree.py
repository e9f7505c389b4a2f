"""Files as a format sees them: paths and a way to read each; and what a reader makes of them."""

import math
import posixpath
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

IMAGES = (
    ".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".jp2", ".pgm", ".ppm",
    ".ply", ".pcd",
)  # fmt: skip
MAX_TEXT = 512 * 1024 * 1024  # bytes of an annotation file

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """Something wrong with a file. An error stops the import, a warning is listed.

    `params` are the values in the message; `case` among them where a code has several messages.
    """

    level: Level
    path: str
    code: str
    message: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Mark:
    """An annotation as it was read. Coordinates in pixels, or shares when `shares` is set.

    `box` is x0, y0, x1, y1; `rle` is COCO's mask; `size` the image size that the file states.
    """

    class_name: str
    kind: Literal["label", "box", "polygon", "mask"]
    box: tuple[float, float, float, float] | None = None
    polygon: tuple[tuple[float, float], ...] | None = None
    rle: dict[str, object] | None = None
    shares: bool = False
    path: str = ""  # of the file that says so


@dataclass
class ReadSample:
    """One sample: its images by modality, what is annotated, and what the layout tells besides."""

    path: str
    images: dict[str, str]
    marks: list[Mark] = field(default_factory=list)
    annotated: bool = False
    part: str = ""
    split: str = ""


@dataclass
class Reading:
    """Everything a format made of a tree."""

    samples: list[ReadSample] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def warn(self, path: str, code: str, message: str, **params: Any) -> None:
        """List something that does not stop the import."""
        self.problems.append(Problem("warning", path, code, message, params))

    def refuse(self, path: str, code: str, message: str, **params: Any) -> None:
        """List something that stops the import."""
        self.problems.append(Problem("error", path, code, message, params))


class Tree:
    """Paths with forward slashes, and their bytes on demand."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], bytes]) -> None:
        self.paths = sorted(paths)
        self._known = set(self.paths)
        self._read = read

    def __contains__(self, path: object) -> bool:
        return path in self._known

    @cached_property
    def images(self) -> list[str]:
        """Every path that names an image."""
        return [path for path in self.paths if path.lower().endswith(IMAGES)]

    @cached_property
    def by_stem(self) -> dict[str, list[str]]:
        """Images by file name without its ending."""
        found: dict[str, list[str]] = {}
        for path in self.images:
            found.setdefault(stem(path), []).append(path)
        return found

    def ending(self, *endings: str) -> list[str]:
        """Paths with one of these endings."""
        return [path for path in self.paths if path.lower().endswith(endings)]

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        return self._read(path)

    def text(self, path: str) -> str:
        """A text file: UTF-8 with or without a BOM, else Latin-1."""
        data = self.read(path)
        if len(data) > MAX_TEXT:
            raise ValueError("the file is too long for annotations")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return data.decode("latin-1")

    def near(self, path: str, name: str) -> str | None:
        """The image that an annotation file at `path` means by `name`, found as one looks for it:
        beside it, from the root, in an images folder, anywhere by its name if that is unique.
        """
        name = name.replace("\\", "/").lstrip("./")
        folder = posixpath.dirname(path)
        for candidate in (posixpath.join(folder, name), name):
            if posixpath.normpath(candidate) in self:
                return posixpath.normpath(candidate)
        same = [p for p in self.by_stem.get(stem(name), []) if p.endswith("/" + name) or p == name]
        if len(same) == 1:
            return same[0]
        base = posixpath.basename(name)
        named = [p for p in self.by_stem.get(stem(name), []) if posixpath.basename(p) == base]
        return named[0] if len(named) == 1 else None


class Reader(Protocol):
    """A dataset format: one module each, with these two functions and a name."""

    NAME: str

    def score(self, tree: Tree) -> float:
        """How much it looks like this format: 0 not at all, 1 for certain."""
        ...

    def read(self, tree: Tree) -> Reading:
        """Everything in the tree."""
        ...


def stem(path: str) -> str:
    """The file's name without its ending."""
    return posixpath.splitext(posixpath.basename(path))[0]


def finite(text: str) -> float:
    """A number that is one; ValueError for words, `nan` and `inf`."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no number")
    return value


def split_of(path: str) -> str:
    """train, val or test when a folder on the way is called so, else ""."""
    for folder in path.lower().split("/")[:-1]:
        if folder in ("train", "training"):
            return "train"
        if folder in ("val", "valid", "validation"):
            return "val"
        if folder in ("test", "testing"):
            return "test"
    return ""
