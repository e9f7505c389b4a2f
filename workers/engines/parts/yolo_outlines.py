"""Learns boxes with outlines: ultralytics' loss for its -seg networks, in our training loop.

A network of ultralytics is trained so on the same images, with the same checkpoints, as one of
ours, and a resumed training equals one that never stopped.
"""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn
from ultralytics.cfg import get_cfg

from workers import data, masks
from workers.augment import augmented
from workers.contract import Answer, ManifestSample
from workers.engines.base import Ground, Report
from workers.engines.parts import boxes
from workers.engines.parts.loop import Batch, Loop, parts
from workers.engines.parts.outlines import STEP

NONE = 255  # where nothing is, in a plane of instances
MOST = 254  # instances of an image
LEAST = 4  # pixels of an instance
Planes = NDArray[np.int64]  # 2 x side x side: which instance (from 1; 0 is none), and its class


class OutlineRun(Loop):
    """Images in their letterbox, with the instance and class of each pixel."""

    def __init__(self, engine: Any, ground: Ground, report: Report) -> None:
        self.samples = [s for s in ground.samples("train") if len(s.annotations) <= MOST]
        self.side, self.pictures = engine.head.size, data.Pictures()
        quicken(engine.network)
        engine.network.args = get_cfg(overrides={"overlap_mask": True})
        engine.network.criterion = None
        super().__init__(engine, ground, report)

    def ready(self) -> None:
        """What answers is made of the weights as they are now."""
        cast(Any, self.engine).forget()

    def batches(self, rng: Generator) -> tuple[int, Iterator[Batch]]:
        """`batch` images a step."""
        chosen = parts(rng.permutation(len(self.samples)), self.batch)
        return len(chosen), (self._drawn(places, rng) for places in chosen)

    def _drawn(self, places: NDArray[np.int64], rng: Generator) -> Batch:
        some = [self._seen(self.samples[int(place)], rng) for place in places]
        pixels = np.stack([pixels for pixels, _ in some]).transpose(0, 3, 1, 2)
        inputs = np.ascontiguousarray(pixels.astype(np.float32) / 255, np.float32)
        return inputs, np.stack([planes for _, planes in some])

    def _seen(self, sample: ManifestSample, rng: Generator) -> tuple[NDArray[np.uint8], Planes]:
        canvas, place = boxes.fitted(self.pictures(sample), self.side)
        plane = self._instances(sample, place)
        seen = augmented(canvas, None, plane, self.ground.augmentation, rng)
        names = [self.engine.classes.index(each.class_name) for each in self._known(sample)]
        return seen.pixels, apart(cast(Any, seen.plane), names)

    def _known(self, sample: ManifestSample) -> list[Any]:
        return [each for each in sample.annotations if each.class_name in self.engine.classes]

    def _instances(self, sample: ManifestSample, place: boxes.Place) -> NDArray[np.uint8]:
        """Which annotation each pixel of the letterbox is of."""
        known = self._known(sample)
        numbered = [a.model_copy(update={"class_name": str(i)}) for i, a in enumerate(known)]
        alone = sample.model_copy(update={"annotations": numbered})
        width, height = round(place.width * place.scale), round(place.height * place.scale)
        inner = data.labels(alone, [str(i) for i in range(len(known))], width, height)
        plane = np.full((self.side, self.side), NONE, np.uint8)
        inner = np.where(inner == len(known), NONE, inner).astype(np.uint8)
        plane[place.top : place.top + height, place.left : place.left + width] = inner[
            : self.side - place.top, : self.side - place.left
        ]
        return plane

    def loss_of(self, batch: Batch) -> Tensor:
        """Ultralytics': boxes, classes and masks, an image's mean."""
        device, planes = self.engine.device, batch[1]
        rows = [rows_of(each) for each in planes]
        index = np.concatenate([np.full(len(table), i) for i, table in enumerate(rows)])
        table = torch.from_numpy(np.concatenate(rows)).to(device)
        quarter = np.ascontiguousarray(planes[:, 0, STEP // 2 :: STEP, STEP // 2 :: STEP])
        asked = {
            "img": torch.from_numpy(batch[0]).to(device),
            "batch_idx": torch.from_numpy(index.astype(np.float32)).to(device),
            "cls": table[:, :1],
            "bboxes": table[:, 1:],
            "masks": torch.from_numpy(quarter).to(device),
        }
        losses: Tensor = cast(Any, self.engine.network).loss(asked)[0]
        return losses.sum() / len(planes)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The network has its own, of more than outputs and targets."""
        raise NotImplementedError

    def figures(self, answers: Sequence[Answer]) -> tuple[dict[str, float | None], float]:
        """Outlines against annotated pixels, boxes against boxes."""
        found = masks.segment(self.val, answers, self.engine.classes, "val").metrics
        return found, (found["iou"] or 0.0) + (found["map50"] or 0.0)


def apart(plane: NDArray[np.uint8], classes: Sequence[int]) -> Planes:
    """Instances numbered from 1 by connected piece, and the class of each pixel.

    What was mirrored at the edge lies apart from what it mirrors: it is an instance of its own.
    """
    numbers, kinds, count = np.zeros(plane.shape, np.int64), np.zeros(plane.shape, np.int64), 0
    for index in np.unique(plane[plane != NONE]):
        n, pieces = cv2.connectedComponents((plane == index).astype(np.uint8), connectivity=8)
        for piece in range(1, n):
            own = pieces == piece
            if own.sum() >= LEAST:
                count += 1
                numbers[own], kinds[own] = count, classes[int(index)]
    return np.stack([numbers, kinds])


def rows_of(planes: Planes) -> NDArray[np.float32]:
    """n x 5: the class, and the box as centre and size in shares, of each instance in turn."""
    numbers, kinds = planes
    height, width = numbers.shape
    rows = []
    for number in range(1, int(numbers.max(initial=0)) + 1):
        ys, xs = np.nonzero(numbers == number)
        x0, y0, x1, y1 = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
        box = [(x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height]
        rows.append([float(kinds[ys[0], xs[0]]), *(float(value) for value in box)])
    return np.array(rows, np.float32).reshape(-1, 5)


def quicken(network: nn.Module) -> None:
    """Let normalisation follow the data within a few dozen steps instead of a few hundred."""
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 0.1
