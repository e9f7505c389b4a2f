"""Image health: is it the light, the lens, the camera, or the product that changed?

Images are grey arrays, H x W (uint8 or uint16, `white` the full scale), or H x W x 3 for colour.
Measures are taken on every image if cheap, stored as hourly median and MAD, and alarmed on the
hourly medians by EWMA with sigma from MR / 1.128, for parts are too alike for SD / sqrt(n).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inspection.quality.charts import individuals
from inspection.quality.small_shifts import ewma
from inspection.quality.values import (
    Floats,
    Numbers,
    Unknown,
    count,
    number,
    same_length,
    series,
)

Image = NDArray[Any]


@dataclass(frozen=True)
class Brightness:
    """Grey levels as shares of full scale; pixels at 250/255 or above, and 5/255 or below."""

    median: float
    p5: float
    p95: float
    saturated: float
    dark: float


def brightness(image: Image, white: float = 255) -> Brightness:
    """Median, 5 % and 95 % grey level, saturated and dark share of a fixed background region."""
    grey = _grey(image) / number("white", white, 1)
    low, middle, high = (float(v) for v in np.percentile(grey, [5, 50, 95]))
    saturated, dark = (grey >= 250 / 255).mean(), (grey <= 5 / 255).mean()
    return Brightness(middle, low, high, float(saturated), float(dark))


def uniformity(image: Image) -> tuple[float, float]:
    """(darkest / brightest of the 3 x 3 region medians, direction of the gradient in degrees).

    0 degrees brightens to the right, 90 upwards. A black image is uniform: (1, 0).
    """
    grey = _grey(image)
    if min(grey.shape) < 3:
        raise ValueError("image must be at least 3 x 3")
    thirds = [np.array_split(row, 3, axis=1) for row in np.array_split(grey, 3, axis=0)]
    medians = np.array([[np.median(cell) for cell in row] for row in thirds])
    if not medians.max():
        return 1.0, 0.0
    right = (medians[:, 2] - medians[:, 0]).mean()
    up = (medians[0] - medians[2]).mean()
    return float(medians.min() / medians.max()), float(np.degrees(np.arctan2(up, right)) % 360)


def contrast(image: Image, white: float = 255) -> float:
    """RMS contrast: standard deviation of grey levels as a share of full scale; 0 of one grey."""
    return float(_grey(image).std() / number("white", white, 1))


def noise(images: Sequence[Image], white: float = 255) -> float | Unknown:
    """Temporal noise: median over the pixels of their standard deviation from image to image, as a
    share of full scale; of one golden part that does not move. Fewer than two images: unknown.
    """
    if len(images) < 2:
        return Unknown("too_few_images", "at least 2 images of the same part are needed")
    spread = np.std(_stack(images), axis=0, ddof=1)
    return float(np.median(spread) / number("white", white, 1))


def focus(image: Image) -> tuple[float, float]:
    """(variance of the Laplacian, Tenengrad mean |grad|^2) on a fixed textured region."""
    grey = _grey(image)
    across, down = ndimage.sobel(grey, axis=1), ndimage.sobel(grey, axis=0)
    return float(ndimage.laplace(grey).var()), float((across**2 + down**2).mean())


def colour(image: Image) -> tuple[float, float] | Unknown:
    """(R/G, B/G) of the means over a grey patch. No green: unknown."""
    pixels = np.asarray(image, dtype=float)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise ValueError("image must be H x W x 3")
    red, green, blue = pixels.reshape(-1, 3).mean(axis=0)
    if not green:
        return Unknown("no_green", "the patch has no green")
    return float(red / green), float(blue / green)


@dataclass(frozen=True)
class Geometry:
    """How registrations moved: medians over those that succeeded, and the share that failed."""

    dx: float
    dy: float
    angle: float
    scale: float
    failed: float


def geometry(
    registrations: Sequence[tuple[float, float, float, float] | None],
) -> Geometry | Unknown:
    """Of (dx px, dy px, angle degrees, scale) a part; None where registration failed."""
    found = [r for r in registrations if r is not None]
    if not found:
        return Unknown("not_registered", "no image could be registered")
    table = np.asarray(found, dtype=float)
    if not np.isfinite(table).all():
        raise ValueError("registrations hold something that is not a finite number")
    dx, dy, angle, scale = (float(v) for v in np.median(table, axis=0))
    return Geometry(dx, dy, angle, scale, 1 - len(found) / len(registrations))


def dirt_map(
    images: Sequence[Image], sigma: float = 8.0, least: float = 6.0
) -> tuple[NDArray[np.bool_], float] | Unknown:
    """(mask, share of the area) of what stays put in camera coordinates: dust on lens or glass.

    Median of the high-passed images (image - Gaussian of `sigma` px); dirt is where it is more
    than `least` robust standard deviations (1.4826 MAD) from its own median. Fewer than 20 images:
    unknown, for product texture would still show.
    """
    if len(images) < 20:
        return Unknown("too_few_images", "at least 20 images are needed")
    high = [grey - ndimage.gaussian_filter(grey, sigma) for grey in _stack(images)]
    lasting = np.median(high, axis=0)
    spread = 1.4826 * np.median(np.abs(lasting - np.median(lasting)))
    mask = np.abs(lasting - np.median(lasting)) > number("least", least, 0) * max(spread, 1e-9)
    mask = ndimage.binary_opening(mask)
    return mask, float(mask.mean())


def hour(values: Numbers) -> tuple[float, float] | Unknown:
    """(median, MAD) of a measure in an hour, in its unit: what is stored. No value: unknown."""
    x = series("values", values)
    if not x.size:
        return Unknown("no_values", "no image was measured in this hour")
    middle = float(np.median(x))
    return middle, float(np.median(np.abs(x - middle)))


def beyond(baseline: Numbers, values: Numbers, quantile: float = 0.99) -> float | Unknown:
    """The share of values above the baseline's quantile: distances of embeddings to those of the
    training. Without drift about 1 - quantile. Unknown without a value, or where the baseline has
    fewer than 1 / (1 - quantile) of them.
    """
    base, x = series("baseline", baseline), series("values", values)
    share = number("quantile", quantile, 0, 1 - 1e-9)
    if not x.size:
        return Unknown("no_values", "nothing was measured")
    if base.size * (1 - share) < 1 - 1e-9:
        return Unknown("too_few_values", "the baseline has too few values for this quantile")
    return float((x > np.quantile(base, share, method="higher")).mean())


def deciles(baseline: Numbers, bins: int = 10) -> Floats:
    """The inner edges that cut the baseline into `bins` equal shares, for `psi`."""
    values = series("baseline", baseline)
    if values.size < bins:
        raise ValueError("baseline must hold at least one value a bin")
    return np.quantile(values, np.arange(1, bins) / bins)


def psi(actual: Numbers, expected: Numbers, floor: float = 1e-4) -> float | Unknown:
    """Population stability index sum (a - e) ln(a / e) of two histograms (counts or shares).

    Empty bins count as `floor`. Without drift E[PSI] is about (B - 1)(1/n + 1/m): take at least
    1,000 values each. An empty histogram: unknown.
    """
    a, e = series("actual", actual, 0), series("expected", expected, 0)
    same_length(actual=a, expected=e)
    if not a.sum() or not e.sum():
        return Unknown("no_values", "one of the histograms is empty")
    a, e = (np.maximum(h / h.sum(), number("floor", floor, 1e-12, 1)) for h in (a, e))
    return float(((a - e) * np.log(a / e)).sum())


def psi_noise(bins: int, actual: int, expected: int) -> float:
    """What PSI is about without any drift, (B - 1)(1/n + 1/m): read a PSI as against this."""
    return (count("bins", bins, 2) - 1) * (
        1 / count("actual", actual, 1) + 1 / count("expected", expected, 1)
    )


@dataclass(frozen=True)
class Limits:
    """Two levels of one measure, as relative change from its baseline (or absolute, as named), and
    the side on which a change does harm.
    """

    warn: float
    alarm: float
    side: Literal["both", "above", "below"] = "both"


BRIGHTNESS, FOCUS = Limits(0.05, 0.10), Limits(0.10, 0.20, "below")
SHIFT_OF_WIDTH, PSI = Limits(0.005, 0.01), Limits(0.10, 0.25, "above")
BEYOND_P99, SATURATION = Limits(0.03, 0.10, "above"), Limits(np.inf, 0.01, "above")


@dataclass(frozen=True)
class Watch:
    """The level after each hour: "ok", "warn" or "alarm", and the EWMA behind it."""

    levels: list[str]
    z: Floats
    lcl: Floats
    ucl: Floats


def watch(
    baseline: Numbers, hourly_medians: Numbers, limits: Limits, relative: bool = True
) -> Watch | Unknown:
    """Levels with hysteresis: warn on an EWMA signal (0.2, L = 3, to either side) or past
    `limits.warn` to their side; alarm past `limits.alarm` or after two warnings in a row; down
    again only after two quiet hours.

    `baseline` are hourly medians of the frozen base; sigma is their MR / 1.128. Unknown under two.
    """
    base, values = series("baseline", baseline), series("hourly_medians", hourly_medians)
    charts = individuals(base)
    if isinstance(charts, Unknown):
        return charts
    base_limits = charts[0].limits
    centre = base_limits.centre
    chart = ewma(values, centre, base_limits.sigma or 0.0)
    moved = values - centre
    off = {"both": np.abs(moved), "above": moved, "below": -moved}[limits.side]
    if relative:
        if not centre:
            return Unknown("zero_baseline", "a relative change from 0 has no meaning")
        off = off / abs(centre)
    return Watch(_levels(off, chart.out, limits), chart.z, chart.lcl, chart.ucl)


def _levels(off: Floats, signals: NDArray[np.bool_], limits: Limits) -> list[str]:
    levels, warned, quiet, level = [], 0, 0, "ok"
    for change, signal in zip(off, signals, strict=True):
        bad = bool(signal or change > limits.warn)
        warned, quiet = (warned + 1, 0) if bad else (0, quiet + 1)
        if change > limits.alarm or warned >= 2:
            level = "alarm"
        elif bad and level == "ok":
            level = "warn"
        elif quiet >= 2:
            level = "ok"
        levels.append(level)
    return levels


def cause(images_moved: bool, golden_moved: bool | None, outputs_moved: bool) -> str | Unknown:
    """What changed: "optics" if the golden part looks different too, "product" if it does not,
    "process" if only the outputs moved, "nothing". No golden part: unknown where it matters.
    """
    if images_moved and golden_moved is None:
        return Unknown("no_golden_part", "without a golden part, optics and product look alike")
    if images_moved:
        return "optics" if golden_moved else "product"
    return "process" if outputs_moved else "nothing"


def _stack(images: Sequence[Image]) -> Floats:
    greys = [_grey(image) for image in images]
    if len({grey.shape for grey in greys}) > 1:
        raise ValueError("images must have one size")
    return np.array(greys)


def _grey(image: Image) -> Floats:
    pixels = np.asarray(image, dtype=float)
    if pixels.ndim not in (2, 3) or not pixels.size:
        raise ValueError("image must be H x W or H x W x 3, and not empty")
    if not np.isfinite(pixels).all():
        raise ValueError("image holds something that is not a finite number")
    return pixels if pixels.ndim == 2 else pixels.mean(axis=2)
