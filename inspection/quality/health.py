"""Image health from a base on: what may serve as one, the watch kept on it, and what a remedy did.

A base is taken after a release or a cleaning, frozen, and replaced by a person alone; it is of one
camera and recipe.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from inspection.quality.drift import Limits, Watch, hour, watch
from inspection.quality.values import Floats, Numbers, Unknown, count, number, series

FEWEST_IMAGES, FEWEST_SHIFTS = 200, 3


@dataclass(frozen=True)
class Base:
    """Hourly medians of a measure, in its unit, and of how many OK images and shifts they are."""

    medians: Floats
    images: int
    shifts: int


def base(hours: Sequence[Numbers], shifts: Sequence[Hashable]) -> Base | Unknown:
    """The base for `watch`: `hours` hold the values of each hour's OK images, `shifts` name the
    shift (with its date) of each hour. An hour without an image is in nothing.

    At least 200 images of at least 3 shifts; less is unknown, and says how much there is: a base of
    one shift has that shift's light, and calls every other one a drift.
    """
    if len(hours) != len(shifts):
        raise ValueError(f"unequal lengths: hours {len(hours)}, shifts {len(shifts)}")
    values = [series("hours", each) for each in hours]
    images = sum(each.size for each in values)
    seen = len({name for name, each in zip(shifts, values, strict=True) if each.size})
    if images < FEWEST_IMAGES:
        return Unknown("too_few_images", f"{images} of {FEWEST_IMAGES} good images for a base")
    if seen < FEWEST_SHIFTS:
        return Unknown("too_few_shifts", f"{seen} of {FEWEST_SHIFTS} shifts for a base")
    found = [hour(each) for each in values]
    medians = np.array([each[0] for each in found if not isinstance(each, Unknown)])
    return Base(medians, images, seen)


def watch_since(
    of: Base,
    hourly_medians: Numbers,
    limits: Limits,
    remedies: Sequence[int] = (),
    relative: bool = True,
) -> Watch | Unknown:
    """`drift.watch`, beginning anew at each of the `remedies`: the hours (places from 0) from which
    on a confirmed remedy is in force. The level is ok again, and the EWMA back at the base.

    Unknown where `drift.watch` is. ValueError for an hour that is not there.
    """
    values = series("hourly_medians", hourly_medians)
    starts = sorted({0, *(count("remedies", place) for place in remedies)})
    if starts[-1] and starts[-1] >= len(values):
        raise ValueError(f"remedies names hour {starts[-1]}, there are {len(values)}")
    parts = []
    for part in np.split(values, starts[1:]):
        found = watch(of.medians, part, limits, relative)
        if isinstance(found, Unknown):
            return found
        parts.append(found)
    return Watch(
        [level for part in parts for level in part.levels],
        np.concatenate([part.z for part in parts]),
        np.concatenate([part.lcl for part in parts]),
        np.concatenate([part.ucl for part in parts]),
    )


@dataclass(frozen=True)
class Effect:
    """What a remedy did to a measure: means before and after, and the difference with its interval,
    in the measure's unit.

    `relative`: difference / mean before. `size`: Hedges' g, the difference in standard deviations.
    """

    before: float
    after: float
    difference: float
    lower: float
    upper: float
    relative: float | Unknown
    size: float | Unknown
    confidence: float


def effect(before: Numbers, after: Numbers, confidence: float = 0.95) -> Effect | Unknown:
    """Difference of hourly medians after - before a remedy, with Welch's (1947) interval, and
    g = (1 - 3 / (4 df - 1)) difference / s, s pooled, df = n + m - 2 (Hedges 1981).

    An interval that leaves out 0 says that something changed, g how much as against what hours
    differ by anyway: 0.2 is little, 0.8 much (Cohen 1988). Take hours, not images: parts of one
    lot are too alike, and make the interval too narrow. Equal values throughout: interval and
    difference are one, and g unknown. Unknown with fewer than two hours on a side.
    """
    x, y = series("before", before), series("after", after)
    level = number("confidence", confidence, 0.5, 1 - 1e-12)
    n, m = len(x), len(y)
    if min(n, m) < 2:
        return Unknown("too_few_points", "two hours before and two after are needed")
    one, two = float(x.mean()), float(y.mean())
    off = two - one
    shares = x.var(ddof=1) / n, y.var(ddof=1) / m
    total = float(sum(shares))
    half = 0.0
    size: float | Unknown = Unknown("no_spread", "all hours are equal on either side")
    if total > 0:
        df = total**2 / (shares[0] ** 2 / (n - 1) + shares[1] ** 2 / (m - 1))
        half = float(stats.t.isf((1 - level) / 2, df) * np.sqrt(total))
        pooled = ((n - 1) * x.var(ddof=1) + (m - 1) * y.var(ddof=1)) / (n + m - 2)
        size = float(off / np.sqrt(pooled)) * (1 - 3 / (4 * (n + m - 2) - 1))
    return Effect(
        one,
        two,
        off,
        off - half,
        off + half,
        off / abs(one) if one else Unknown("zero_baseline", "before, the mean was 0"),
        size,
        level,
    )
