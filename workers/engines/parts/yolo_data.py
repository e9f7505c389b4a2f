"""Frozen data in ultralytics' words, varied by the code that varies images for every engine."""

import random
from typing import Any

import numpy as np
from ultralytics.data.dataset import YOLODataset
from ultralytics.utils.instance import Instances

from workers import data
from workers.augment import augmented
from workers.contract import ManifestSample
from workers.presets import Augmentation


class FrozenDataset(YOLODataset):  # type: ignore[misc]  # untyped library
    """A split of a frozen version: files and labels are given, nothing is scanned or cached."""

    def get_img_files(self, img_path: str) -> list[str]:
        """The laid out files of this split."""
        return [str(path) for path in self.data["files"][img_path]]

    def get_labels(self) -> list[dict[str, Any]]:
        """The manifest's boxes in ultralytics' words."""
        split, names = str(self.img_path), list(self.data["names"].values())
        return [
            _label(sample, file, names)
            for sample, file in zip(self.data["samples"][split], self.im_files, strict=True)
        ]

    def build_transforms(self, hyp: Any = None) -> Any:
        """The library's mosaic, then what workers.augment does."""
        made = super().build_transforms(hyp)
        if self.augment:
            made.insert(
                len(made.tolist()) - 1, Varied(self.data["augmentation"], self.data["rank"])
            )
        return made


class Varied:
    """The image and boxes of a label of ultralytics', varied; chance is from `random`.

    Processes of a group draw alike, so `rank` sets them apart.
    """

    def __init__(self, augmentation: Augmentation, rank: int = 0) -> None:
        self.augmentation, self.rank = augmentation, rank

    def __call__(self, labels: dict[str, Any]) -> dict[str, Any]:
        """The same label, changed."""
        pixels, instances = np.ascontiguousarray(labels["img"][..., ::-1]), labels["instances"]
        height, width = pixels.shape[:2]
        instances.convert_bbox("xyxy")
        instances.normalize(width, height)
        table = np.hstack([labels["cls"].reshape(-1, 1), instances.bboxes]).astype(np.float32)
        rng = np.random.default_rng(random.getrandbits(64) + (self.rank << 64))
        seen = augmented(pixels, table, None, self.augmentation, rng)
        rows = np.asarray(seen.boxes)
        empty = np.zeros((0, *instances.segments.shape[1:]), np.float32)
        labels["img"] = np.ascontiguousarray(seen.pixels[..., ::-1])
        labels["cls"] = rows[:, :1]
        labels["instances"] = Instances(rows[:, 1:], empty, bbox_format="xyxy", normalized=True)
        return labels


def _label(sample: ManifestSample, file: str, names: list[str]) -> dict[str, Any]:
    rows = data.boxes(sample, names)
    x0, y0, x1, y1 = rows[:, 1:].T
    places = np.stack([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0], axis=1)
    return {
        "im_file": file,
        "shape": (sample.height, sample.width),
        "cls": rows[:, :1],
        "bboxes": places.astype(np.float32),
        "segments": [],
        "keypoints": None,
        "normalized": True,
        "bbox_format": "xywh",
    }
