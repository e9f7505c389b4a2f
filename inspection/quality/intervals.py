"""Confidence intervals of proportions, x of n. n = 0 has none: unknown, with the reason."""

from math import sqrt

from scipy.special import betainccinv, betaincinv, ndtri

from inspection.quality.values import NO_UNITS, Unknown, number, part_of

Interval = tuple[float, float]


def wilson(x: int, n: int, confidence: float = 0.95) -> Interval | Unknown:
    """Wilson (1927): (p + z2/2n +- z sqrt(p (1 - p) / n + z2/4n2)) / (1 + z2/n). For charts.

    x = 0 has lower exactly 0, x = n upper exactly 1, n = 0 none: unknown.
    """
    x, n = part_of("x", x, "n", n)
    level = number("confidence", confidence, 1e-9, 1 - 1e-12)
    if not n:
        return NO_UNITS
    z2 = float(ndtri((1 - level) / 2)) ** 2
    p = x / n
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return (0.0 if x == 0 else centre - half, 1.0 if x == n else centre + half)


def clopper_pearson(x: int, n: int, confidence: float = 0.95) -> Interval | Unknown:
    """Clopper and Pearson (1934), exact: never covers less than it says. For acceptance.

    [Beta^-1(a/2; x, n - x + 1), Beta^-1(1 - a/2; x + 1, n - x)], a = 1 - confidence. x = 0 has
    lower 0, x = n upper 1, n = 0 none: unknown.
    """
    x, n = part_of("x", x, "n", n)
    tail = (1 - number("confidence", confidence, 1e-9, 1 - 1e-12)) / 2
    if not n:
        return NO_UNITS
    low = 0.0 if x == 0 else float(betaincinv(x, n - x + 1, tail))
    high = 1.0 if x == n else float(betainccinv(x + 1, n - x, tail))
    return low, high


def upper_bound(x: int, n: int, confidence: float = 0.95) -> float | Unknown:
    """The exact one-sided upper bound Beta^-1(confidence; x + 1, n - x) (Clopper and Pearson 1934);
    for escapes. x = n: 1. n = 0: unknown.
    """
    x, n = part_of("x", x, "n", n)
    level = number("confidence", confidence, 1e-9, 1 - 1e-12)
    if not n:
        return NO_UNITS
    return 1.0 if x == n else float(betaincinv(x + 1, n - x, level))


def newcombe(
    x1: int, n1: int, x2: int, n2: int, confidence: float = 0.95
) -> tuple[float, float, float] | Unknown:
    """(difference, lower, upper) of p1 - p2 by Newcombe's (1998) hybrid of Wilson's limits l, u:
    from d - sqrt((p1 - l1)^2 + (u2 - p2)^2) to d + sqrt((u1 - p1)^2 + (p2 - l2)^2).

    Unknown when a group is empty. An arrow on a page needs the interval to leave out 0.
    """
    first, second = wilson(x1, n1, confidence), wilson(x2, n2, confidence)
    if isinstance(first, Unknown) or isinstance(second, Unknown):
        return NO_UNITS
    p1, p2 = x1 / n1, x2 / n2
    low = sqrt((p1 - first[0]) ** 2 + (second[1] - p2) ** 2)
    high = sqrt((first[1] - p1) ** 2 + (p2 - second[0]) ** 2)
    return p1 - p2, p1 - p2 - low, p1 - p2 + high
