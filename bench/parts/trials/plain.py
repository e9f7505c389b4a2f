"""Baselines without deep learning for boxes and pixels. What they have of settings is chosen on
the pictures that are not held out, by the figure that counts on those that are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.filters import threshold_otsu

from bench.parts.trials import figures
from bench.parts.trials.figures import Figures
from workers import data
from workers.contract import Manifest, ManifestSample

TUNED_ON = 40  # pictures at most: a baseline's settings are few
Plane = NDArray[np.float32]
Mask = NDArray[np.uint8]


def grey(sample: ManifestSample, modality: str = "rgb") -> Plane:
    """A picture's grey levels, 0 to 255."""
    return cv2.cvtColor(data.read_pixels(sample, modality), cv2.COLOR_RGB2GRAY).astype(np.float32)


def tuning(manifest: Manifest) -> list[ManifestSample]:
    """What settings are chosen on: train and val, spread evenly over what there is."""
    known = [sample for sample in manifest.samples if sample.split != "test"]
    chosen = np.linspace(0, len(known) - 1, min(TUNED_ON, len(known))).astype(int)
    return [known[place] for place in sorted(set(chosen.tolist()))]


@dataclass(frozen=True)
class Blobs:
    """Settings of the template difference: grey levels and pixels."""

    level: int
    opened: int
    closed: int
    area: int
    around: int


def template_difference(manifest: Manifest) -> Figures:
    """Recall and precision at IoU 0.33 of the blobs in the difference to the aligned template."""
    known, held = tuning(manifest), data.of_split(manifest, "test")
    planes = [difference(sample) for sample in known]
    values = product((60, 100), (1, 3, 5), (1, 7), (8, 25), (2, 5, 8))
    grid = [Blobs(*each) for each in values]

    def worth(settings: Blobs) -> float:
        found = [blobs(plane, settings) for plane in planes]
        return figures.boxes(known, found, manifest).values["f1_33"] or 0.0

    best = max(grid, key=worth)
    return figures.boxes(held, [blobs(difference(s), best) for s in held], manifest)


def difference(sample: ManifestSample) -> Plane:
    """How far each pixel is from the template, moved to where it fits best."""
    image = grey(sample)
    return np.asarray(cv2.absdiff(image, aligned(image, grey(sample, "template"))))


def aligned(image: Plane, template: Plane) -> Plane:
    """The template, moved by the whole pixels that phase correlation finds, where that helps."""
    size = image.shape[::-1]
    window = cv2.createHanningWindow(size, cv2.CV_32F)
    # It multiplies what it is given by the window, in place.
    (x, y), _ = cv2.phaseCorrelate(template.copy(), image.copy(), window)
    by = np.array([[1, 0, round(x)], [0, 1, round(y)]], np.float32)
    near, edge = cv2.INTER_NEAREST, cv2.BORDER_REPLICATE
    moved = np.asarray(cv2.warpAffine(template, by, size, flags=near, borderMode=edge), np.float32)
    return min((template, moved), key=lambda plane: float(np.abs(plane - image).mean()))


def blobs(plane: Plane, settings: Blobs) -> NDArray[np.float64]:
    """Boxes around the regions above the level, n x 4 in shares."""
    mask = _morphed((plane > settings.level).astype(np.uint8), settings.opened, settings.closed)
    height, width = plane.shape
    count, _, rows, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    kept = rows[1:count][rows[1:count, 4] >= settings.area, :4].astype(float)
    low, high = kept[:, :2] - settings.around, kept[:, :2] + kept[:, 2:] + settings.around
    size = np.array([width, height])
    return np.concatenate([low.clip(0) / size, np.minimum(high, size) / size], axis=1)


def _morphed(mask: Mask, opened: int, closed: int) -> Mask:
    for way, side in ((cv2.MORPH_OPEN, opened), (cv2.MORPH_CLOSE, closed)):
        if side > 1:
            mask = np.asarray(
                cv2.morphologyEx(mask, way, np.ones((side, side), np.uint8)), np.uint8
            )
    return mask


See = Callable[[Plane, int], Plane]  # a picture at a setting of size
Cut = Callable[[Plane, Any], Mask]  # what is marked in it, at other settings


def otsu(manifest: Manifest) -> Figures:
    """IoU of what lies on one side of Otsu's threshold."""
    return _best_mask(manifest, _smooth, (1, 3), cut_in_two, (True, False))


def _smooth(plane: Plane, sigma: int) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma))


def cut_in_two(plane: Plane, dark: bool) -> Mask:
    """The dark or the bright side of Otsu's threshold."""
    of: Any = threshold_otsu  # untyped in scikit-image
    level = of(plane) if plane.min() < plane.max() else plane.min()
    return np.asarray((plane < level) if dark else (plane > level)).astype(np.uint8)


def local_contrast(manifest: Manifest) -> Figures:
    """IoU of what stands out of its surroundings by some standard deviations."""
    cuts = list(product(("dark", "bright", "both"), (1.5, 2.0, 2.5, 3.0, 4.0)))
    return _best_mask(manifest, contrast, (7, 15, 31), _outstanding, cuts)


def _outstanding(z: Plane, settings: tuple[str, float]) -> Mask:
    side, level = settings
    away = {"dark": -z, "bright": z, "both": np.abs(z)}[side]
    return _morphed((away > level).astype(np.uint8), 3, 1)


def contrast(plane: Plane, sigma: int) -> Plane:
    """Standard deviations that each pixel lies above its surroundings."""
    near, mean = cv2.GaussianBlur(plane, (0, 0), 1), cv2.GaussianBlur(plane, (0, 0), sigma)
    spread = cv2.GaussianBlur((near - mean) ** 2, (0, 0), 2 * sigma)
    return np.asarray((near - mean) / np.sqrt(spread + 1.0))


def black_hat(manifest: Manifest) -> Figures:
    """IoU of narrow dark marks: what a closing fills by more than a level."""
    cuts = list(product((8, 12, 20, 30, 45), (1, 40, 150)))
    return _best_mask(manifest, _filled, (9, 15, 25, 41), _deep, cuts)


def _filled(plane: Plane, side: int) -> Plane:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    filled = cv2.morphologyEx(plane.astype(np.uint8), cv2.MORPH_BLACKHAT, kernel)
    return np.asarray(filled).astype(np.float32)


def _deep(filled: Plane, settings: tuple[int, int]) -> Mask:
    level, area = settings
    count, places, rows, _ = cv2.connectedComponentsWithStats((filled > level).astype(np.uint8))
    kept = rows[:count, 4] >= area
    kept[0] = False
    return np.asarray(kept[places]).astype(np.uint8)


def _best_mask(
    manifest: Manifest, see: See, sizes: Sequence[int], cut: Cut, cuts: Sequence[Any]
) -> Figures:
    """The figure on what is held out, at the settings with the best IoU on what is not."""
    known, held = tuning(manifest), data.of_split(manifest, "test")
    truth = [figures.true_pixels(sample, manifest) for sample in known]
    tried: list[tuple[float, int, Any]] = []
    for size in sizes:
        planes = [see(grey(sample), size) for sample in known]
        tried += [(_iou(truth, [cut(p, each) for p in planes]), size, each) for each in cuts]
    _, size, chosen = max(tried, key=lambda row: row[0])
    told = [cut(see(grey(sample), size), chosen) for sample in held]
    return figures.pixels(held, told, manifest)


def _iou(truth: Sequence[NDArray[np.bool_]], told: Sequence[Mask]) -> float:
    shared = sum(int((a & (b > 0)).sum()) for a, b in zip(truth, told, strict=True))
    either = sum(int((a | (b > 0)).sum()) for a, b in zip(truth, told, strict=True))
    return shared / either if either else 0.0
