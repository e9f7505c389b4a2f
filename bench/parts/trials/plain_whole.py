"""Baselines without deep learning for whole pictures: classes by HOG, and how unlike normal."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.feature import hog
from sklearn.metrics import roc_auc_score
from sklearn.svm import LinearSVC

from bench.parts.trials import figures
from bench.parts.trials.figures import Figures, Values
from bench.parts.trials.plain import contrast, grey
from workers import anomalies, data
from workers.contract import Answer, Manifest, ManifestSample

SIDE = 128  # pixels that pictures are scaled to for HOG
NORMAL_SIDE = 256
Features = NDArray[np.float64]


def gradients(plane: NDArray[Any], cell: int = 16) -> Features:
    """Histograms of oriented gradients (Dalal and Triggs 2005) of a grey picture."""
    small = cv2.resize(plane, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    made = hog(small, pixels_per_cell=(cell, cell), cells_per_block=(2, 2))
    return np.asarray(made, np.float64)


def hog_svm(manifest: Manifest) -> Figures:
    """Accuracy of a linear SVM on HOG; cell size and C are those that do best on val."""
    train, val, test = (data.of_split(manifest, split) for split in ("train", "val", "test"))
    tried = []
    for cell in (8, 16, 32):
        seen = {s.id: gradients(grey(s), cell) for s in manifest.samples}
        for c in (0.01, 0.1, 1.0):
            machine = learnt(seen, train, manifest, c)
            right = float(np.mean(machine.predict(_rows(seen, val)) == _names(val, manifest)))
            tried.append((right, machine.predict(_rows(seen, test)).tolist()))
    _, told = max(tried, key=lambda pair: pair[0])
    return figures.classes(_names(test, manifest), told)


def learnt(
    seen: dict[int, Features], samples: Sequence[ManifestSample], manifest: Manifest, c: float
) -> LinearSVC:
    """A linear SVM on these samples' features."""
    return LinearSVC(C=c, random_state=0, max_iter=5000).fit(
        _rows(seen, samples), _names(samples, manifest)
    )


def _rows(seen: dict[int, Features], samples: Sequence[ManifestSample]) -> Features:
    return np.stack([seen[sample.id] for sample in samples])


def _names(samples: Sequence[ManifestSample], manifest: Manifest) -> list[str]:
    return [data.class_of(sample, manifest.classes) or "" for sample in samples]


def nearest_mean(manifest: Manifest) -> Figures:
    """Accuracy of the nearest class mean on HOG, the means over all pictures to learn from."""
    shots, asked = data.of_split(manifest, "train"), data.of_split(manifest, "test")
    seen = {s.id: gradients(grey(s)) for s in (*shots, *asked)}
    names = np.array(_names(shots, manifest))
    means = np.stack([_rows(seen, shots)[names == name].mean(axis=0) for name in manifest.classes])
    away = ((_rows(seen, asked)[:, None] - means[None]) ** 2).sum(axis=2)
    told = [manifest.classes[place] for place in away.argmin(axis=1)]
    return figures.classes(_names(asked, manifest), told)


def z_score(manifest: Manifest) -> Figures:
    """How far each blurred pixel lies from its mean over good pictures, in standard deviations.

    The blur is the one with the best AUROC on val, where that has both kinds.
    """
    normal = [s for s in data.of_split(manifest, "train") if not data.defects(s, manifest)]
    val, test = data.of_split(manifest, "val"), data.of_split(manifest, "test")
    tried = []
    for sigma in (1, 2, 4, 8):
        known = np.stack([_blurred(sample, sigma) for sample in normal])
        mean, spread = known.mean(axis=0), known.std(axis=0) + 1.0
        told = [np.abs(_blurred(sample, sigma) - mean) / spread for sample in val]
        tried.append((_worth([float(p.max()) for p in told], val, manifest), sigma, mean, spread))
    _, sigma, mean, spread = max(tried, key=lambda row: row[0])
    return _told(test, [np.abs(_blurred(s, sigma) - mean) / spread for s in test], manifest)


def _blurred(sample: ManifestSample, sigma: float) -> NDArray[np.float32]:
    small = cv2.resize(grey(sample), (NORMAL_SIDE, NORMAL_SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), sigma))


def _worth(scores: Sequence[float], samples: Sequence[ManifestSample], manifest: Manifest) -> float:
    bad = [bool(data.defects(sample, manifest)) for sample in samples]
    return float(roc_auc_score(bad, scores)) if len(set(bad)) == 2 else 0.0


def _told(
    samples: Sequence[ManifestSample], maps: Sequence[NDArray[Any]], manifest: Manifest
) -> Figures:
    """The product's figures of maps of any scale: v is told as v / (v + 4)."""
    told = [(plane / (plane + 4)).astype(np.float32) for plane in maps]
    scores = [float(plane.max()) for plane in told]
    answers = [Answer(image_score=score) for score in scores]
    report = anomalies.anomaly(samples, answers, told, manifest, "test")
    bad = [bool(data.defects(sample, manifest)) for sample in samples]
    ranked = figures.ranked(scores, bad)
    wanted = ("image_auroc", "average_precision", "pixel_auroc", "pro")
    values: Values = {name: report.metrics[name] for name in wanted}
    return Figures(ranked.main, values, ranked.interval)


def contrast_score(manifest: Manifest) -> Figures:
    """The highest local contrast of a picture; the surroundings' size by the AUROC on val."""
    val, test = data.of_split(manifest, "val"), data.of_split(manifest, "test")

    def scores(samples: Sequence[ManifestSample], sigma: int) -> list[float]:
        return [float(np.quantile(np.abs(contrast(grey(s), sigma)), 0.9999)) for s in samples]

    best = max((7, 15, 31), key=lambda sigma: _worth(scores(val, int(sigma)), val, manifest))
    bad = [bool(data.defects(sample, manifest)) for sample in test]
    return figures.ranked(scores(test, best), bad)
