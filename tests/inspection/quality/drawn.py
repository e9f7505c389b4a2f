"""What several of the tests need: a grey image, points, a calendar."""

from datetime import UTC, date, datetime

import numpy as np

from inspection.quality import shifts

GREY = np.full((12, 12), 100.0)
SPREAD = np.random.default_rng(1).random((30, 2))


def day(hour: int) -> datetime:
    """An hour of Monday, 2 March 2026."""
    return datetime(2026, 3, 2, hour, tzinfo=UTC)


def calendar(*rows: shifts.Shift) -> shifts.Calendar:
    """One version, in Berlin."""
    return shifts.Calendar("Europe/Berlin", [shifts.Version(date(2020, 1, 1), rows)])
