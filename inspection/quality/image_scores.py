"""What a threshold on image scores would do to the images of a held-out split."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inspection.quality.intervals import Interval, wilson
from inspection.quality.values import Unknown, series

STEPS = 200  # of the scale from 0 to 1


@dataclass(frozen=True)
class Step:
    """A threshold (a score at it is called): counts, rates with their 95 % limits by Wilson.

    `called` is of the good images, `missed` of the defective ones; a share of none is None.
    """

    at: float
    called: int
    missed: int
    false_calls: float | None
    false_calls_limits: Interval | None
    misses: float | None
    misses_limits: Interval | None


def curve(good: Sequence[float], bad: Sequence[float]) -> list[Step]:
    """A step for each of the STEPS + 1 thresholds from 0 to 1, evenly apart."""
    places = np.arange(STEPS + 1) / STEPS
    low, high = np.sort(series("good", good)), np.sort(series("bad", bad))
    called = len(low) - np.searchsorted(low, places, side="left")
    missed = np.searchsorted(high, places, side="left")
    return [
        Step(float(at), int(x), int(y), *_rate(int(x), len(low)), *_rate(int(y), len(high)))
        for at, x, y in zip(places, called, missed, strict=True)
    ]


def _rate(x: int, n: int) -> tuple[float | None, Interval | None]:
    limits = wilson(x, n)
    return (None, None) if isinstance(limits, Unknown) else (x / n, limits)
