"""A frozen dataset version as engines read it: pixels, boxes, masks, patches, folders. No Django.

Boxes are shares of the image (x0, y0, x1, y1); class indices follow `Manifest.classes`.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from workers import store
from workers.contract import Event, Failure, Manifest, ManifestAnnotation, ManifestSample, Progress
from workers.images import DecodeFailed, Pixels, decode

Report = Callable[[Event], None]
Boxes = NDArray[np.float32]  # n x 5: class index, x0, y0, x1, y1
Labels = NDArray[np.uint8]  # height x width: class index, or the number of classes: background
PLAIN = {b"\xff\xd8": ".jpg", b"\x89P": ".png"}
MEMORY = 1024**3  # bytes of decoded images that are kept


def read_manifest(sha256: str) -> Manifest:
    """The dataset version of this hash."""
    try:
        return Manifest.model_validate_json(store.read(sha256))
    except ValidationError as error:
        hint = "Freeze the dataset version again."
        raise Failure("manifest_broken", "The dataset version cannot be read.", hint) from error


def of_split(manifest: Manifest, split: str) -> list[ManifestSample]:
    """The samples of one split, in the manifest's order."""
    return [sample for sample in manifest.samples if sample.split == split]


def defects(sample: ManifestSample, manifest: Manifest) -> list[ManifestAnnotation]:
    """What is annotated on a sample that is neither a good class nor a nuisance."""
    return [each for each in sample.annotations if each.class_name not in harmless(manifest)]


def harmless(manifest: Manifest) -> set[str]:
    """Classes that make no image defective."""
    return {*manifest.good_classes, *manifest.nuisances}


def only_nuisances(sample: ManifestSample, manifest: Manifest) -> bool:
    """Whether a sample shows dust or the like, and no defect."""
    shows = any(each.class_name in manifest.nuisances for each in sample.annotations)
    return shows and not defects(sample, manifest)


def class_of(sample: ManifestSample, classes: Sequence[str]) -> str | None:
    """The class that a whole sample is of: its first label's, else its first annotation's."""
    known = [each for each in sample.annotations if each.class_name in classes]
    known.sort(key=lambda each: each.kind != "label")
    return known[0].class_name if known else None


def fetch_all(samples: Sequence[ManifestSample], report: Report) -> None:
    """Bring all images to this machine, eight at once, telling how far it is.

    Failure naming the file when one is gone, or is not what it was when it was frozen.
    """
    wanted = {sha: sample.path for sample in samples for sha in sample.images.values()}
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(_fetch, sha, path) for sha, path in sorted(wanted.items())]
        try:
            for done, future in enumerate(as_completed(futures), 1):
                future.result()
                share = done / len(wanted)
                report(Progress(stage="fetch", done=done, total=len(wanted), share=share))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _fetch(sha256: str, path: str) -> None:
    try:
        store.fetch(sha256)
    except Failure as failure:
        raise Failure(failure.code, f"{path}: {failure.message}", failure.hint) from failure


def read_pixels(sample: ManifestSample, modality: str = "rgb") -> Pixels:
    """A sample's picture. Failure naming the file when it cannot be decoded."""
    try:
        return decode(store.read(sample.images[modality]))
    except (DecodeFailed, KeyError) as error:
        words = f"{sample.path}: {error}"
        hint = "Take this sample out of the dataset, or upload it again; then freeze a version."
        raise Failure("image_broken", words, hint) from error


class Pictures:
    """Decoded pictures by sample, the recently used ones kept within MEMORY bytes."""

    def __init__(self, limit: int = MEMORY) -> None:
        self._kept: OrderedDict[int, Pixels] = OrderedDict()
        self._limit, self._size = limit, 0

    def __call__(self, sample: ManifestSample) -> Pixels:
        """The sample's picture."""
        if sample.id in self._kept:
            self._kept.move_to_end(sample.id)
            return self._kept[sample.id]
        pixels = self._kept[sample.id] = read_pixels(sample)
        self._size += pixels.nbytes
        while self._size > self._limit and len(self._kept) > 1:
            self._size -= self._kept.popitem(last=False)[1].nbytes
        return pixels


def boxes(sample: ManifestSample, classes: Sequence[str]) -> Boxes:
    """What is annotated, as boxes; labels have none."""
    rows = []
    for annotation in sample.annotations:
        box = box_of(annotation)
        if box is not None and annotation.class_name in classes:
            rows.append([classes.index(annotation.class_name), *box])
    return np.array(rows, np.float32).reshape(-1, 5)


def box_of(annotation: ManifestAnnotation) -> tuple[float, float, float, float] | None:
    """The box of an annotation: its own, or that around its polygon or mask."""
    if annotation.box is not None:
        return annotation.box
    if annotation.polygon:
        x, y = zip(*annotation.polygon, strict=True)
        return min(x), min(y), max(x), max(y)
    if annotation.mask is not None:
        mask = _decoded(annotation.mask)
        ys, xs = np.nonzero(mask)
        height, width = mask.shape
        if len(xs):
            low, high = (xs.min() / width, ys.min() / height), (xs.max() + 1, ys.max() + 1)
            return (*low, float(high[0] / width), float(high[1] / height))
    return None


def labels(sample: ManifestSample, classes: Sequence[str], width: int, height: int) -> Labels:
    """The class of each pixel at this size; later annotations lie on top."""
    plane = np.full((height, width), len(classes), np.uint8)
    for annotation in sample.annotations:
        if annotation.class_name in classes:
            _paint(plane, annotation, classes.index(annotation.class_name))
    return plane


def _paint(plane: Labels, annotation: ManifestAnnotation, index: int) -> None:
    height, width = plane.shape
    if annotation.mask is not None:
        mask = cv2.resize(_decoded(annotation.mask), (width, height), interpolation=0)
        plane[mask > 0] = index
    elif annotation.polygon:
        corners = np.array(annotation.polygon) * (width, height)
        cv2.fillPoly(plane, [corners.round().astype(np.int32)], (index,))
    elif annotation.box is not None:
        x0, y0, x1, y1 = np.array(annotation.box) * (width, height, width, height)
        plane[round(y0) : max(round(y1), 1), round(x0) : max(round(x1), 1)] = index


def _decoded(rle: dict[str, Any]) -> NDArray[np.uint8]:
    from pycocotools import mask

    if isinstance(rle["counts"], list):
        rle = mask.frPyObjects(rle, *rle["size"])
    return np.asarray(mask.decode(rle), np.uint8)


def lay_out(samples: Sequence[ManifestSample], folder: Path) -> list[Path]:
    """A folder with a picture a sample, in their order, for libraries that read files.

    Plain 8-bit pictures are links into the cache; others are written as the pixels we decode.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda sample: _lay(sample, folder), samples))


def _lay(sample: ManifestSample, folder: Path) -> Path:
    data = store.read(sample.images["rgb"])
    suffix = PLAIN.get(data[:2])
    pixels = read_pixels(sample)  # tells which file is broken before the library meets it
    raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if suffix else None
    path = folder / f"{sample.id}{suffix or '.png'}"
    path.unlink(missing_ok=True)
    if raw is not None and np.array_equal(raw[..., ::-1], pixels):
        path.symlink_to(store.path_of(sample.images["rgb"]))
    else:
        path = path.with_suffix(".png")
        cv2.imwrite(str(path), pixels[..., ::-1])
    return path
