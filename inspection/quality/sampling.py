"""How many samples show what: zero-failure and c-failure demonstrations, acceptance sampling, and
what good production parts show of overkill.

Parts must be independent: ten images of one scratch are one sample.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log

import numpy as np
from scipy.optimize import brentq
from scipy.special import bdtr, betaincinv

from inspection.quality.intervals import clopper_pearson
from inspection.quality.values import Floats, Numbers, Unknown, count, number, part_of, series

GOOD_PARTS = 1000  # production parts that an overkill rate needs before a release
TIGHTEN, OF_LAST, RELAX = 2, 5, 5  # refused lots, among so many; accepted lots in a row


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
    while bdtr(c, high, 1 - r) > 1 - level:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if bdtr(c, middle, 1 - r) > 1 - level else (low, middle)
    return high


def shown_failure_rate(tested: int, failures: int, confidence: float) -> float | Unknown:
    """The bound that n tests with c failures show: Beta^-1(C; c + 1, n - c); n = 0: unknown."""
    failures, tested = part_of("failures", failures, "tested", tested)
    level = number("confidence", confidence, 1e-9, 1 - 1e-9)
    if not tested:
        return Unknown("nothing_tested", "nothing was tested, so nothing is shown")
    return 1.0 if failures == tested else float(betaincinv(failures + 1, tested - failures, level))


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
        return np.asarray(bdtr(self.accept, self.n, rates), dtype=float)

    def rate_at(self, acceptance: float) -> float:
        """The lot defect rate that is accepted with this probability."""
        wanted = number("acceptance", acceptance, 1e-9, 1 - 1e-9)
        if self.accept == self.n:
            raise ValueError("acceptance is 1 at every rate: the plan accepts every lot")
        return float(brentq(lambda p: bdtr(self.accept, self.n, p) - wanted, 0, 1))


@dataclass(frozen=True)
class Overkill:
    """Overkill on good production parts with its exact interval; `lacks` names what the release
    still needs: "parts", or a dimension of which only one value was seen. Nothing: it is shown.
    """

    rate: float
    lower: float
    upper: float
    lacks: tuple[str, ...]


def overkill_shown(
    rejected: int, good: int, spans: Mapping[str, int], confidence: float = 0.95
) -> Overkill | Unknown:
    """Rejected / good parts, with Clopper and Pearson's (1934) interval; at least 1,000 parts.

    `spans`: how many different lots, shifts, cavities they come from; at least two of each, for a
    thousand parts of one lot are one lot. No part: unknown. None rejected: 0 with its upper limit.
    """
    rejected, good = part_of("rejected", rejected, "good", good)
    seen = {name: count(f"spans of {name}", many) for name, many in spans.items()}
    interval = clopper_pearson(rejected, good, number("confidence", confidence, 0.5))
    if isinstance(interval, Unknown):
        return interval
    lacks = ["parts"] if good < GOOD_PARTS else []
    lacks += [name for name, many in seen.items() if many < 2]
    return Overkill(rejected / good, *interval, tuple(lacks))


def switching(accepted: Sequence[bool]) -> list[str]:
    """The inspection, "normal" or "tightened", that each lot is under, and the one after the last:
    so one more than lots. No lot: normal.

    ISO 2859-1: tightened after 2 refused of 5 or fewer lots in a row under normal inspection, and
    normal again after 5 accepted in a row under tightened.
    """
    levels, since = ["normal"], 0
    for lot in range(len(accepted)):
        under = [bool(each) for each in accepted[since : lot + 1]]
        refused = under[-OF_LAST:].count(False)
        now = levels[-1]
        if now == "normal" and refused >= TIGHTEN:
            now, since = "tightened", lot + 1
        elif now == "tightened" and len(under) >= RELAX and not refused:
            now, since = "normal", lot + 1
        levels.append(now)
    return levels
