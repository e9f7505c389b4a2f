"""Which engine goes on which set, with which settings, and what it is compared with: one table.

Settings are of size alone (pixels, batches): what the reference machine can do in minutes. None
was chosen by looking at a held-out split.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.parts.trials import plain, plain_whole
from bench.parts.trials.figures import Figures
from workers.contract import Manifest

Baseline = Callable[[Manifest], Figures]


@dataclass(frozen=True)
class Compared:
    """A set: the figure that decides on it, and its baselines. `ranked` False: only reported."""

    title: str
    figure: str
    baselines: dict[str, Baseline] = field(default_factory=dict)
    ranked: bool = True


@dataclass(frozen=True)
class Entry:
    """An engine on a set; `variant` tells entries of one engine on one set apart."""

    engine: str
    set: str
    params: dict[str, Any] = field(default_factory=dict)
    variant: str = ""
    preset: str = "generic"

    @property
    def key(self) -> str:
        """A name that no other entry has."""
        return "-".join(filter(None, (self.engine, self.set, self.variant)))


CONTRAST: dict[str, Baseline] = {
    "Otsu": plain.otsu,
    "local contrast": plain.local_contrast,
}
Z: dict[str, Baseline] = {"z-score of blurred pixels": plain_whole.z_score}

SETS = {
    "neu_classes": Compared(
        "neu_det, six classes", "accuracy", {"HOG + linear SVM": plain_whole.hog_svm}
    ),
    "neu_five": Compared(
        "neu_det, five classes, five images each", "accuracy",
        {"nearest class mean on HOG": plain_whole.nearest_mean},
    ),
    "deeppcb": Compared(
        "deeppcb", "f1_33", {"template difference": plain.template_difference}
    ),
    "neu_det": Compared("neu_det, boxes", "map50", ranked=False),
    "magnetic_tile": Compared("magnetic_tile", "iou", CONTRAST),
    "rle_tile": Compared("rle_derived_magnetic_tile", "iou", CONTRAST),
    "pitting": Compared("bsdata_pitting", "iou", CONTRAST),
    "kolektor": Compared("kolektorsdd", "iou", {"black-hat": plain.black_hat}),
    "crack": Compared("crack_visible_heat_depth", "iou", CONTRAST),
    "normal_tile": Compared("magnetic_tile, from good ones", "image_auroc", Z),
    "glass": Compared("glass_anomaly", "image_auroc", Z),
    "tire": Compared("mvtec3d_tire_rgb", "image_auroc", Z),
    "aitex": Compared(
        "aitex_fabric", "image_auroc", {"local contrast": plain_whole.contrast_score}, ranked=False
    ),
    "insulator": Compared("cplid_insulator", "f1_33", ranked=False),
    "elpv": Compared("elpv", "accuracy", {"HOG + linear SVM": plain_whole.hog_svm}),
}  # fmt: skip

BOARD = {"image_size": 320, "batch": 8}
STEEL = {"image_size": 224, "batch": 16}
FINE = {"tile": 128, "batch": 8}

ENTRIES = [
    # Boxes.
    Entry("yolo", "deeppcb", BOARD),
    Entry("yolo", "deeppcb", {**BOARD, "attention": "se"}, "SE"),
    Entry("yolo", "deeppcb", {**BOARD, "attention": "cbam"}, "CBAM"),
    Entry("yolo", "deeppcb", {**BOARD, "version": "v10"}, "v10n"),
    Entry("yolo", "deeppcb", {**BOARD, "mosaic": 0.0}, "no mosaic"),
    Entry("yolo", "neu_det", STEEL),
    Entry("yolo", "neu_det", {**STEEL, "attention": "se"}, "SE"),
    Entry("yolo", "neu_det", {**STEEL, "attention": "cbam"}, "CBAM"),
    Entry("yolo", "neu_det", {**STEEL, "version": "v10"}, "v10n"),
    Entry("yolo", "neu_det", {**STEEL, "mosaic": 0.0}, "no mosaic"),
    Entry("ssd", "deeppcb", {**BOARD, "network": "small"}),
    Entry("faster_rcnn", "deeppcb", {"backbone": "mobilenet_v3", "image_size": 320}),
    Entry("tiny_defect", "deeppcb", {"backbone": "resnet18", "image_size": 320}),
    Entry("patch_cnn", "deeppcb"),
    Entry("patch_cnn", "neu_det"),
    Entry("yolo", "insulator", {"image_size": 640, "batch": 4}),
    Entry("ssd_cascade", "insulator"),
    # Outlines.
    Entry("segmentation", "magnetic_tile", FINE),
    Entry("segmentation", "rle_tile", FINE),
    Entry("segmentation", "pitting", {"tile": 128, "batch": 8, "image_size": 800}),
    Entry("segmentation", "kolektor", FINE),
    Entry("segmentation", "crack", FINE),
    Entry("cascaded_ae", "kolektor"),
    Entry("fusion", "crack", {**FINE, "modalities": "ir,depth", "difference": False}),
    Entry("fusion", "deeppcb", FINE),
    # Good images alone.
    *(Entry(engine, name) for engine in (
        "multiscale_dae", "gan_reconstruction", "si_vit", "patchcore", "padim")
      for name in ("normal_tile", "glass", "tire")),
    Entry("multiscale_dae", "aitex"),
    # Whole images.
    Entry("prototypical", "neu_classes"),
    Entry("maml", "neu_classes"),
    Entry("prototypical", "neu_five"),
    Entry("maml", "neu_five"),
    Entry("prototypical", "elpv"),
]  # fmt: skip
