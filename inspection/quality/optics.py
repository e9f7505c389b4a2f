"""Targets in front of the camera: how sharp it still is (MTF50), how far a colour has moved.

Sources: ISO 12233 for the slanted edge; CIE 142 (2001) for CIEDE2000, in the steps and with the
test data of Sharma, Wu and Dalal (2005); IEC 61966-2-1 for sRGB.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.interpolate import PchipInterpolator

from inspection.quality.values import Floats, Numbers, Unknown, number, series

OVERSAMPLED = 4  # bins a pixel of the edge's profile
REACH = 16  # pixels on either side of the edge that are read
LEAST_SLANT, MOST_SLANT = 0.02, 0.6  # pixels across a pixel along: about 1 to 30 degrees
NO_EDGE = Unknown("no_edge", "there is no edge from side to side")
# sRGB, linear, to XYZ; rows add up to its white, D65.
XYZ_OF_RGB = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)


def mtf50(image: NDArray[Any]) -> float | Unknown:
    """The frequency, in cycles a pixel, at which an edge has half of its contrast left.

    Of a grey H x W region with one straight edge, dark to bright, slanted by 1 to 30 degrees to the
    rows or columns: its place in each line, a straight line through these, all pixels put in order
    of their distance to it in quarter pixels, and the spectrum of that profile's steps. A sharp
    camera has 0.2 to 0.5. No edge, or none that is slanted: unknown. ValueError under 20 x 20.
    """
    grey = np.asarray(image, dtype=float)
    if grey.ndim != 2 or min(grey.shape) < 20 or not np.isfinite(grey).all():
        raise ValueError("image must be one grey H x W region of at least 20 x 20")
    if np.abs(np.diff(grey, axis=0)).sum() > np.abs(np.diff(grey, axis=1)).sum():
        grey = grey.T
    found = _edge(grey)
    if found is None:
        return NO_EDGE
    slope, start = found
    if not LEAST_SLANT <= abs(slope) <= MOST_SLANT:
        return Unknown("not_slanted", "the edge must be slanted by 1 to 30 degrees")
    rows, columns = np.indices(grey.shape)
    away = (columns - start - slope * rows) / np.hypot(1, slope)
    near = np.abs(away) <= REACH
    away = away[near]
    place = np.floor(away * OVERSAMPLED).astype(int) + REACH * OVERSAMPLED
    many = np.bincount(place)
    filled = np.flatnonzero(many)
    # Pixels fall into a bin unevenly: a bin's level belongs to their mean distance, not its middle.
    means = (np.bincount(place, weights=each)[filled] / many[filled] for each in (away, grey[near]))
    curve = PchipInterpolator(*means)
    profile = curve(np.arange(curve.x[0], curve.x[-1], 1 / OVERSAMPLED))
    return mtf50_of_profile(profile, 1 / OVERSAMPLED)


def _edge(grey: Floats) -> tuple[float, float] | None:
    """(slope, start) of column = start + slope row through every row's edge, if there is one."""
    steps = np.abs(np.diff(ndimage.gaussian_filter1d(grey, 1, axis=1), axis=1))
    strength, rows = steps.max(axis=1), np.arange(len(grey))
    if not strength.max() or strength.min() < strength.max() / 4:
        return None
    columns = np.arange(steps.shape[1]) + 0.5
    rough = np.polyfit(rows, columns[steps.argmax(axis=1)], 1)
    off = columns[steps.argmax(axis=1)] - np.polyval(rough, rows)
    if np.abs(off).max() > 4:  # not one straight edge
        return None
    weights = steps * (np.abs(columns - np.polyval(rough, rows)[:, None]) <= 6)
    slope, start = np.polyfit(rows, (weights * columns).sum(axis=1) / weights.sum(axis=1), 1)
    return float(slope), float(start)


def mtf50_of_profile(profile: Numbers, pitch: float = 1.0) -> float | Unknown:
    """MTF50 of grey levels across an edge, `pitch` pixels apart: the spectrum of their steps
    (windowed about the steepest, and corrected for a step being no derivative), where it falls
    through half of its value at 0, in cycles a pixel.

    No step: unknown. Nor is it known where the edge is too sharp for the pitch.
    """
    levels, apart = series("profile", profile), number("pitch", pitch, 1e-9)
    steps = np.diff(levels)
    if not steps.any():
        return NO_EDGE
    at = np.arange(len(steps))
    peak = int(np.abs(steps).argmax())
    far = np.abs(at - peak) / max(peak, len(steps) - 1 - peak, 1)
    window = np.cos(np.pi * np.clip(far - 0.5, 0, 0.5)) ** 2  # flat about the edge: no bias
    padded = max(4096, len(steps))
    frequency = np.fft.rfftfreq(padded, apart)
    spectrum = np.abs(np.fft.rfft(steps * window, padded)) / np.sinc(frequency * apart)
    if spectrum[0] < spectrum.max() / 2:
        return NO_EDGE  # up and down again: a line, not an edge
    share = spectrum / spectrum[0]
    below = np.flatnonzero(share < 0.5)
    if not below.size:
        return Unknown("too_sharp", "the edge is sharper than these pixels can tell")
    last = below[0] - 1
    past = (share[last] - 0.5) / (share[last] - share[last + 1])
    return float(frequency[last] + past * (frequency[last + 1] - frequency[last]))


def lab(rgb: NDArray[Any] | Numbers, white: float = 255) -> Floats:
    """CIE L*a*b* of sRGB colours (last axis R, G, B; `white` the full scale), white being D65.

    Of a camera that is not calibrated the figures are its own: compare them with themselves alone.
    """
    shares = _colours("rgb", rgb) / number("white", white, 1e-9)
    if (shares < 0).any() or (shares > 1).any():
        raise ValueError("rgb must lie within 0..white")
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    xyz = linear @ XYZ_OF_RGB.T / XYZ_OF_RGB.sum(axis=1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def delta_e(first: NDArray[Any] | Numbers, second: NDArray[Any] | Numbers) -> Floats:
    """CIEDE2000 of L*a*b* colours (last axis), all weights 1: about 1 is just to be seen side by
    side. 0 for equal colours. Not a measure of large differences, for which it was not made.
    """
    one, two = _colours("first", first), _colours("second", second)
    light, chroma, hue = _adjusted(one, two)
    mean_c, mean_l = chroma.mean(axis=0), light.mean(axis=0)
    turn, mean_h = _hues(chroma, hue)
    d_light, d_chroma = light[1] - light[0], chroma[1] - chroma[0]
    d_hue = 2 * np.sqrt(chroma[0] * chroma[1]) * np.sin(np.radians(turn) / 2)
    weight = (
        1
        - 0.17 * _cos(mean_h - 30)
        + 0.24 * _cos(2 * mean_h)
        + 0.32 * _cos(3 * mean_h + 6)
        - 0.20 * _cos(4 * mean_h - 63)
    )
    off = (mean_l - 50) ** 2
    of_light = d_light / (1 + 0.015 * off / np.sqrt(20 + off))
    of_chroma = d_chroma / (1 + 0.045 * mean_c)
    of_hue = d_hue / (1 + 0.015 * mean_c * weight)
    blue = 60 * np.exp(-(((mean_h - 275) / 25) ** 2))
    rotation = -np.sin(np.radians(blue)) * 2 * _seventh(mean_c)
    squared: Floats = of_light**2 + of_chroma**2 + of_hue**2 + rotation * of_chroma * of_hue
    return np.sqrt(np.maximum(squared, 0))


def _adjusted(one: Floats, two: Floats) -> tuple[Floats, Floats, Floats]:
    """L, C' and h' (degrees) of both: a is stretched where colours are nearly grey."""
    both = np.stack(np.broadcast_arrays(one, two))
    light, a, b = np.moveaxis(both, -1, 0)
    stretch = 1 + 0.5 * (1 - _seventh(np.hypot(a, b).mean(axis=0)))
    a = a * stretch
    return light, np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _hues(chroma: Floats, hue: Floats) -> tuple[Floats, Floats]:
    """(difference, mean) of two hues the short way round; a grey has no hue of its own."""
    grey = chroma[0] * chroma[1] == 0
    plain = hue[1] - hue[0]
    turn = np.where(plain > 180, plain - 360, np.where(plain < -180, plain + 360, plain))
    total = hue[0] + hue[1]
    around = np.where(total < 360, total + 360, total - 360)
    mean = np.where(np.abs(plain) > 180, around, total) / 2
    return np.where(grey, 0.0, turn), np.where(grey, total, mean)


def _seventh(chroma: Floats) -> Floats:
    """sqrt(C^7 / (C^7 + 25^7)): near 0 for greys, near 1 for strong colours."""
    return np.sqrt(chroma**7 / (chroma**7 + 25.0**7))


def _cos(degrees: Floats) -> Floats:
    return np.cos(np.radians(degrees))


def _colours(name: str, colours: NDArray[Any] | Numbers) -> Floats:
    table = np.asarray(colours, dtype=float)
    if not table.ndim or table.shape[-1] != 3:
        raise ValueError(f"{name} must have three numbers a colour")
    if not np.isfinite(table).all():
        raise ValueError(f"{name} holds something that is not a finite number")
    return table
