"""What every figure shares: the value "unknown" with its reason, and checks of arguments.

A figure that cannot be known is `Unknown`, never NaN and never 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = Sequence[float] | NDArray[Any]


@dataclass(frozen=True)
class Unknown:
    """A figure that cannot be known. `code` is stable; `reason` says in words what is missing."""

    code: str
    reason: str

    def __bool__(self) -> bool:
        return False


NO_UNITS = Unknown("no_units", "nothing was inspected")
NOT_MEASURED = Unknown("not_measured", "not measured")


def count(name: str, value: float, least: float = 0) -> int:
    """`value` as a whole number of at least `least`; ValueError names the argument."""
    if isinstance(value, bool) or not isfinite(value) or value != int(value) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}")
    return int(value)


def number(name: str, value: float, low: float = -np.inf, high: float = np.inf) -> float:
    """`value` as a finite number in low..high; ValueError names the argument."""
    if not np.isfinite(value) or not low <= value <= high:
        raise ValueError(f"{name} must be a number from {low} to {high}, not {value!r}")
    return float(value)


def part_of(name: str, part: float, whole_name: str, whole: float) -> tuple[int, int]:
    """Two counts of which the first is part of the second."""
    a, b = count(name, part), count(whole_name, whole)
    if a > b:
        raise ValueError(f"{name} ({a}) is more than {whole_name} ({b})")
    return a, b


def series(name: str, values: Numbers, low: float = -np.inf) -> Floats:
    """A one-dimensional array of finite numbers of at least `low`."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds something that is not a finite number")
    if array.size and array.min() < low:
        raise ValueError(f"{name} holds {array.min():g}, which is less than {low:g}")
    return array


def counts(name: str, values: Numbers) -> Floats:
    """A one-dimensional array of whole numbers from 0."""
    array = series(name, values, 0)
    if (array != np.floor(array)).any():
        raise ValueError(f"{name} holds a number that is not whole")
    return array


def flags(name: str, places: Numbers, length: int) -> NDArray[np.bool_]:
    """`length` flags, set at the places (from 0) that are named."""
    at = counts(name, places)
    if at.size and at.max() >= length:
        raise ValueError(f"{name} names point {at.max():.0f}, there are {length}")
    found = np.zeros(length, bool)
    found[at.astype(int)] = True
    return found


def same_length(**arrays: Floats) -> int:
    """The common length of the named arrays; ValueError names them when it differs."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError("unequal lengths: " + ", ".join(f"{k} {v}" for k, v in lengths.items()))
    return next(iter(lengths.values()))
