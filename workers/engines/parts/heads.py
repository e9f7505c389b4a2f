"""What stands before and behind a network: pixels to its inputs, its outputs to an Answer.

A head is rebuilt from the spec that lies beside the weights, needs no torch, and is the same in
training's validation, in batches and on the line. A new kind of network adds its head here.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from workers.contract import Answer, Finding
from workers.engines.parts import boxes, dense, heat, tiled
from workers.engines.parts.blobs import Blobs
from workers.engines.parts.fused import Fused
from workers.engines.parts.graphs import Graph
from workers.engines.parts.inputs import Inputs, joined
from workers.engines.parts.outlines import Outlines
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

    def inputs(self, pixels: Pixels) -> tuple[Collection[Array], Any]:
        """The network's inputs for an image, and what `answer` needs to know of it."""

    def answer(self, outputs: Sequence[Array], known: Any) -> Answer:
        """The answer from the raw outputs, in the inputs' order."""


@dataclass
class Boxes:
    """A letterboxed image in, or its tiles, candidate boxes out."""

    classes: list[str]
    size: int
    end_to_end: bool = False
    overlap: float = 0.6
    floor: float = FLOOR
    tile: int = 0  # the image is cut into tiles of this side; 0: it goes in whole
    lap: float = 0.2  # share of a tile that its neighbour sees too

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """One square image or tile."""
        return (1, 3, self.size, self.size)

    def inputs(self, pixels: Pixels) -> tuple[Collection[Array], Any]:
        """One input an image or tile."""
        height, width = pixels.shape[:2]
        if not self.tile:
            array, place = boxes.letterbox(pixels, self.size)
            return [array], place
        windows = tiled.windows(width, height, self.tile, self.lap)
        boxed = partial(boxes.letterbox, size=self.size)
        made = Inputs(len(windows), lambda: (boxed(tiled.cut(pixels, w))[0] for w in windows))
        # Tiles are of one size, so they all lie alike in their boxes.
        place = boxed(tiled.cut(pixels, windows[0]))[1]
        return made, (place, windows, (width, height))

    def answer(self, outputs: Sequence[Array], known: Any) -> Answer:
        """The boxes that remain, in shares of the image."""
        tables = [boxes.select(o, self.floor, self.overlap, self.end_to_end) for o in outputs]
        if not self.tile:
            return boxes.answer(tables[0], known, self.classes)
        place, windows, size = known
        pairs = zip(tables, windows, strict=True)
        moved = [tiled.shifted(table, place, window) for table, window in pairs]
        return tiled.answer(tiled.stitched(moved, windows, size), size, self.classes)


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

    def inputs(self, pixels: Pixels) -> tuple[Inputs, dense.Grid]:
        """The tiles that cover the image, row by row."""
        height, width = pixels.shape[:2]
        scaled = dense.scale(pixels, self.image_size)
        grid = dense.Grid.over(scaled, self.patch, self.stride, self.cells, (width, height))
        return dense.tiles(scaled, grid), grid

    def answer(self, outputs: Sequence[Array], known: dense.Grid) -> Answer:
        """A finding for each connected region of one class."""
        scores = dense.stitch(outputs, known)
        return dense.answer(scores, known, self.classes, self.level, self.floor, self.outlined)


@dataclass
class Classes:
    """The whole image in, scaled to one size; a probability of each class out.

    The image score is the probability that the image shows none of the `good` classes, those that
    make no image defective. Where there are such, whether the image is good is decided first, and
    the finding is the likeliest class of that side, with the probability of the whole side: no
    defect is missed because it could be of two classes.
    """

    classes: list[str]
    size: int
    good: list[str] = field(default_factory=list)
    floor: float = FLOOR

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """One square image."""
        return (1, 3, self.size, self.size)

    def inputs(self, pixels: Pixels) -> tuple[list[Array], tuple[int, int]]:
        """One input an image, and the image's width and height."""
        height, width = pixels.shape[:2]
        return [dense.as_input(heat.squeezed(pixels, self.size))], (width, height)

    def answer(self, outputs: Sequence[Array], known: tuple[int, int]) -> Answer:
        """The likeliest class of the likelier side."""
        told = outputs[0].reshape(-1)[: len(self.classes)].clip(0, 1)
        good = np.isin(self.classes, self.good)
        bad = min(float(told[~good].sum()), 1.0)
        fine = min(float(told[good].sum()), 1.0)
        best = int(np.where(good == (fine > bad), told, -1).argmax())
        found = Finding(
            class_name=self.classes[best],
            score=max(bad, fine) if good.any() else float(told[best]),
        )
        width, height = known
        return Answer(image_score=bad, findings=[found], width=width, height=height)


@dataclass
class HeatMap:
    """Images or their tiles in, a map of how unlike normal each pixel is out (0 and up).

    A map's value v is told as v / (v + threshold): 0.5 at the threshold, order kept. Findings are
    the regions above `level`; the image score is the map's highest value, or that of the outputs'
    second plane where there is one: then an image above the level without a region is a finding.
    """

    classes: list[str]
    side: int
    threshold: float
    margin: int = 0  # of a tile, that it sees and does not tell of
    image_size: int = 0  # the longer side is scaled to this first; 0 leaves the image as it is
    whole: bool = True  # the image is scaled to one square input, else it is cut into tiles
    level: float = 0.5
    floor: float = FLOOR

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """One square image or tile."""
        return (1, 3, self.side, self.side)

    def inputs(self, pixels: Pixels) -> tuple[Inputs, dense.Grid]:
        """The image, or its tiles row by row."""
        grid, scaled = heat.grid(pixels, self.side, self.margin, self.image_size, self.whole)
        return dense.tiles(scaled, grid), grid

    def heat(self, outputs: Sequence[Array], known: dense.Grid) -> Array:
        """The map as it is told, rows x columns of 0..1."""
        planes = dense.stitch([output[:, :1] for output in outputs], known)
        return heat.told(planes[0], self.threshold)

    def value(self, outputs: Sequence[Array], known: dense.Grid) -> float:
        """The image's value as the network gives it, 0 and up: what a threshold is chosen from."""
        if outputs[0].shape[1] > 1:
            return max(float(output[:, 1].max()) for output in outputs)
        return float(dense.stitch([output[:, :1] for output in outputs], known).max())

    def answer(self, outputs: Sequence[Array], known: dense.Grid) -> Answer:
        """Regions above the level, outlined."""
        plane = self.heat(outputs, known)
        made = dense.answer(plane[None], known, self.classes, self.level, self.floor, True)
        highest = np.array([self.value(outputs, known)])
        score, found = float(heat.told(highest, self.threshold)[0]), made.findings
        if outputs[0].shape[1] > 1 and score >= self.level and not found:
            found = [Finding(class_name=self.classes[0], score=score)]
        return made.model_copy(update={"image_score": score, "findings": found})


HEADS: dict[str, Callable[..., Any]] = {
    "boxes": Boxes,
    "dense": Dense,
    "classes": Classes,
    "heatmap": HeatMap,
    "blobs": Blobs,
    "outlines": Outlines,
    "fused": Fused,
}


def describe(head: Head) -> dict[str, Any]:
    """The spec that `open_head` reads."""
    name = type(head).__name__.lower()
    if name not in HEADS:
        raise TypeError(f"{type(head).__name__} is no known head")
    fields: dict[str, Any] = asdict(cast(Any, head))
    return {"head": name} | fields


def open_head(spec: dict[str, Any]) -> Head:
    """The head that a model's spec describes: {"head": kind, ...its fields}."""
    fields = {name: value for name, value in spec.items() if name != "head"}
    made: Head = HEADS[spec["head"]](**fields)
    return made


def answer_all(graph: Graph, head: Head, images: Sequence[Image], at_once: int = 8) -> list[Answer]:
    """Answers from any graph; milliseconds by stage are an image's share of its `at_once`."""
    answers: list[Answer] = []
    for start in range(0, len(images), at_once):
        began = time.perf_counter()
        some = [shown_to(head, image) for image in images[start : start + at_once]]
        ready = time.perf_counter()
        outputs = iter(graph.run(joined([arrays for arrays, _ in some])))
        done = time.perf_counter()
        made = [head.answer([next(outputs) for _ in arrays], known) for arrays, known in some]
        n = len(some) / 1000
        spent = {"prepare": (ready - began) / n, "infer": (done - ready) / n}
        spent["find"] = (time.perf_counter() - done) / n
        answers += [answer.model_copy(update={"ms": spent}) for answer in made]
    return answers


def shown_to(head: Head, image: Image) -> tuple[Collection[Array], Any]:
    """The inputs of a part: a head that knows modalities is given them all, others the colours."""
    pictures = by_modality(image)
    if isinstance(head, Fused):
        return head.inputs(pictures)
    return head.inputs(pictures["rgb"])


def by_modality(image: Image) -> dict[str, Pixels]:
    """A lone picture is the `rgb` one."""
    return image if isinstance(image, dict) else {"rgb": image}
