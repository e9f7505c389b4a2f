"""What stands before and behind a network: pixels to its inputs, its outputs to an Answer.

A head is rebuilt from the spec that lies beside the weights, needs no torch, and is the same in
training's validation, in batches and on the line. A new kind of network adds its head here.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from workers.contract import Answer
from workers.engines.parts import boxes, dense
from workers.engines.parts.graphs import Graph
from workers.images import Pixels

Array = NDArray[np.float32]
Image = Pixels | dict[str, Pixels]  # the picture, or the pictures of a part by modality
FLOOR = 0.05  # findings of lower score are not worth keeping; a recipe's threshold lies above


class Head(Protocol):
    """Inputs and answers of one kind of network."""

    classes: list[str]
    floor: float

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """The one shape that the network's inputs have."""

    def inputs(self, pixels: Pixels) -> tuple[list[Array], Any]:
        """The network's inputs for an image, and what `answer` needs to know of it."""

    def answer(self, outputs: Sequence[Array], known: Any) -> Answer:
        """The answer from the raw outputs, in the inputs' order."""


@dataclass
class Boxes:
    """A letterboxed image in, candidate boxes out."""

    classes: list[str]
    size: int
    end_to_end: bool = False
    overlap: float = 0.6
    floor: float = FLOOR

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """One square image."""
        return (1, 3, self.size, self.size)

    def inputs(self, pixels: Pixels) -> tuple[list[Array], boxes.Place]:
        """One input an image."""
        array, place = boxes.letterbox(pixels, self.size)
        return [array], place

    def answer(self, outputs: Sequence[Array], known: boxes.Place) -> Answer:
        """The boxes that remain, in shares of the image."""
        rows = boxes.select(outputs[0], self.floor, self.overlap, self.end_to_end)
        return boxes.answer(rows, known, self.classes)


@dataclass
class Dense:
    """Overlapping tiles in, a map of class probabilities out; findings are its components."""

    classes: list[str]
    patch: int
    stride: int
    cells: int  # output cells a tile and side
    image_size: int = 0  # the longer side is scaled to this first; 0 leaves the image as it is
    level: float = 0.5
    floor: float = FLOOR
    outlined: bool = False  # findings have a polygon: where cells are pixels

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """One square tile."""
        side = dense.tile_side(self.cells, self.patch, self.stride)
        return (1, 3, side, side)

    def inputs(self, pixels: Pixels) -> tuple[list[Array], dense.Grid]:
        """The tiles that cover the image, row by row."""
        height, width = pixels.shape[:2]
        scaled = dense.scale(pixels, self.image_size)
        grid = dense.Grid.over(scaled, self.patch, self.stride, self.cells, (width, height))
        return dense.tiles(scaled, grid), grid

    def answer(self, outputs: Sequence[Array], known: dense.Grid) -> Answer:
        """A finding for each connected region of one class."""
        scores = dense.stitch(outputs, known)
        return dense.answer(scores, known, self.classes, self.level, self.floor, self.outlined)


def describe(head: Head) -> dict[str, Any]:
    """The spec that `open_head` reads."""
    if not isinstance(head, Boxes | Dense):
        raise TypeError(f"{type(head).__name__} is no known head")
    return {"head": type(head).__name__.lower()} | asdict(head)


def open_head(spec: dict[str, Any]) -> Head:
    """The head that a model's spec describes: {"head": kind, ...its fields}."""
    fields = {name: value for name, value in spec.items() if name != "head"}
    return Boxes(**fields) if spec["head"] == "boxes" else Dense(**fields)


def answer_all(graph: Graph, head: Head, images: Sequence[Image], at_once: int = 8) -> list[Answer]:
    """Answers from any graph; milliseconds by stage are an image's share of its `at_once`."""
    answers: list[Answer] = []
    for start in range(0, len(images), at_once):
        began = time.perf_counter()
        some = [head.inputs(by_modality(i)["rgb"]) for i in images[start : start + at_once]]
        ready = time.perf_counter()
        outputs = iter(graph.run([array for arrays, _ in some for array in arrays]))
        done = time.perf_counter()
        made = [head.answer([next(outputs) for _ in arrays], known) for arrays, known in some]
        n = len(some) / 1000
        spent = {"prepare": (ready - began) / n, "infer": (done - ready) / n}
        spent["find"] = (time.perf_counter() - done) / n
        answers += [answer.model_copy(update={"ms": spent}) for answer in made]
    return answers


def by_modality(image: Image) -> dict[str, Pixels]:
    """A lone picture is the `rgb` one."""
    return image if isinstance(image, dict) else {"rgb": image}
