"""How many samples show what: zero-failure and c-failure demonstrations, acceptance sampling.

Parts must be independent: ten images of one scratch are one sample.
"""

from dataclasses import dataclass
from math import ceil, log

import numpy as np
from scipy.optimize import brentq
from scipy.stats import beta, binom

from inspection.quality.values import Floats, Numbers, Unknown, count, number, part_of, series


def sample_size(reliability: float, confidence: float, failures: int = 0) -> int:
    """The least n that shows `reliability` at `confidence` with `failures` allowed.

    Zero failures: n = ceil(ln(1 - C) / ln R); else the least n with
    P(X <= c | n, 1 - R) <= 1 - C (binomial).
    """
    r = number("reliability", reliability, 1e-9, 1 - 1e-9)
    level, c = number("confidence", confidence, 1e-9, 1 - 1e-9), count("failures", failures)
    if not c:
        return ceil(log(1 - level) / log(r) - 1e-9)
    low, high = c + 1, 2 * (c + 1)
    while binom.cdf(c, high, 1 - r) > 1 - level:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if binom.cdf(c, middle, 1 - r) > 1 - level else (low, middle)
    return high


def shown_failure_rate(tested: int, failures: int, confidence: float) -> float | Unknown:
    """The bound that n tests with c failures show: Beta^-1(C; c + 1, n - c); n = 0: unknown."""
    failures, tested = part_of("failures", failures, "tested", tested)
    level = number("confidence", confidence, 1e-9, 1 - 1e-9)
    if not tested:
        return Unknown("nothing_tested", "nothing was tested, so nothing is shown")
    return 1.0 if failures == tested else float(beta.ppf(level, failures + 1, tested - failures))


def shown_reliability(tested: int, failures: int, confidence: float) -> float | Unknown:
    """1 - the bound on the failure rate: what may be claimed at this confidence. n = 0: unknown."""
    bound = shown_failure_rate(tested, failures, confidence)
    return bound if isinstance(bound, Unknown) else 1 - bound


@dataclass(frozen=True)
class Plan:
    """A single sampling plan: accept the lot with at most `accept` defective among `n`."""

    n: int
    accept: int

    def __post_init__(self) -> None:
        count("n", self.n, 1)
        part_of("accept", self.accept, "n", self.n)

    def acceptance(self, p: Numbers) -> Floats:
        """Operating characteristic: P(accept) at each lot defect rate (binomial)."""
        rates = series("p", p, 0)
        if (rates > 1).any():
            raise ValueError("p holds more than 1")
        return np.asarray(binom.cdf(self.accept, self.n, rates), dtype=float)

    def rate_at(self, acceptance: float) -> float:
        """The lot defect rate that is accepted with this probability."""
        wanted = number("acceptance", acceptance, 1e-9, 1 - 1e-9)
        if self.accept == self.n:
            raise ValueError("acceptance is 1 at every rate: the plan accepts every lot")
        return float(brentq(lambda p: binom.cdf(self.accept, self.n, p) - wanted, 0, 1))
