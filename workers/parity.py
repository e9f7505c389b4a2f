"""How far graphs are from the trained network that they were made of, on a version's own images."""

import copy
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import JsonValue

from workers.contract import Answer, Finding, ManifestSample, Progress
from workers.data import Report
from workers.engines.base import Engine, TorchGraph, pictures
from workers.engines.parts.graphs import Graph
from workers.engines.parts.heads import shown_to
from workers.evaluation import overlaps

MOST = 1000  # images compared at most
LEAST, SECONDS = 20, 60.0  # and at least, and for how long, where f32 alone is looked at
ENOUGH, PATIENCE = 300, 420.0  # the same where a lower precision is to be allowed
TOLD = 30  # images with findings among them: two graphs that find nothing agree about nothing
THRESHOLD = 0.25  # findings from here up count as a verdict
# Outputs may differ by this, and by this share of the largest of their channel (a box's corners are
# pixels, scores are shares): bfloat16 keeps 8 bits of each number, and layers add up.
TOLERANCE = {"f32": (1e-3, 1e-4), "bf16": (1e-3, 2**-6)}
# In INT8 the candidates that become no finding move about freely; what must stay where it is are
# the findings: their scores within the first, their boxes within the second (share of the image).
FINDINGS_TOLERANCE = (0.1, 0.02)
SAME = 0.5  # IoU from which two findings of a class are one


def compare(
    engine: Engine,
    graphs: Mapping[str, Graph],
    samples: Sequence[ManifestSample],
    report: Report,
    least: int = LEAST,
    seconds: float = SECONDS,
) -> dict[str, dict[str, JsonValue]]:
    """A report for each graph, by the precision that it computes in. Samples are taken evenly."""
    trained = TorchGraph(copy.deepcopy(engine.raw()).cpu(), "cpu")
    seen = {precision: Compared(precision) for precision in graphs}
    chosen = _evenly(samples)
    for n, sample in enumerate(_while_time(chosen, least, seconds), 1):
        (picture,) = pictures([sample], engine.modalities)
        arrays, known = shown_to(engine.head, picture)
        ours = trained.run(arrays)
        answer = engine.head.answer(ours, known)
        for precision, graph in graphs.items():
            theirs = graph.run(arrays)
            seen[precision].add(ours, theirs, answer, engine.head.answer(theirs, known))
        report(Progress(stage="compare", done=n, total=len(chosen), share=n / len(chosen)))
    return {precision: each.report() for precision, each in seen.items()}


class Compared:
    """What was seen of one graph."""

    def __init__(self, precision: str) -> None:
        self._precision, self._n, self._differing, self._lost = precision, 0, 0, 0
        self._worst, self._largest = np.zeros(1), np.zeros(1)
        self._score, self._shift, self._told = 0.0, 0.0, 0

    def add(self, ours: Any, theirs: Any, answer: Answer, other: Answer) -> None:
        """One image: raw outputs and answers of the trained network, and of the graph."""
        for a, b in zip(ours, theirs, strict=True):
            self._worst = np.maximum(self._worst, _by_channel(a - b))
            self._largest = np.maximum(self._largest, _by_channel(a))
        self._differing += _told(answer) != _told(other)
        self._told += bool(_told(answer))
        for one, two in ((answer, other), (other, answer)):
            self._findings(one, two)
        self._n += 1

    def _findings(self, answer: Answer, other: Answer) -> None:
        told = [finding for finding in answer.findings if finding.score >= THRESHOLD]
        left = list(other.findings)
        for finding in sorted(told, key=lambda each: -each.score):
            partner = _partner(finding, left)
            if partner is None:
                self._lost += 1
                continue
            left.remove(partner)
            self._score = max(self._score, abs(finding.score - partner.score))
            if finding.box and partner.box:
                moved = np.abs(np.subtract(finding.box, partner.box)).max()
                self._shift = max(self._shift, float(moved))

    def report(self) -> dict[str, JsonValue]:
        """`ok`: within the tolerance of the precision."""
        raw = self._raw()
        if self._precision == "int8":
            most = FINDINGS_TOLERANCE
            within = self._score <= most[0] and self._shift <= most[1] and not self._lost
            raw["ok"] = bool(self._n and np.isfinite(self._worst).all() and within)
        return raw | {
            "n": self._n,
            "told": self._told,
            "verdicts_differ": self._differing,
            "upper_bound_95": upper_bound(self._differing, self._n),
            "threshold": THRESHOLD,
            "score_max_abs": self._score,
            "box_max_shift": self._shift,
            "findings_lost": self._lost,
        }

    def _raw(self) -> dict[str, JsonValue]:
        """The raw difference, and the tolerance, of the channel that is nearest to its own."""
        absolute, relative = TOLERANCE.get(self._precision, TOLERANCE["bf16"])
        allowed = absolute + relative * self._largest
        nearest = int(np.argmax(np.nan_to_num(self._worst / allowed, nan=np.inf)))
        finite = np.isfinite(self._worst).all()
        return {
            "raw_max_abs": float(self._worst.max()),
            "raw_nearest": float(self._worst[nearest]),
            "tolerance": float(allowed[nearest]),
            "ok": bool(self._n and finite and (self._worst <= allowed).all()),
        }


def refusal(seen: Mapping[str, Any]) -> str | None:
    """Why a precision other than f32 may not serve, by its report; None: it may."""
    if seen["verdicts_differ"]:
        return "verdicts_differ"
    if not seen["ok"]:
        return "raw_differs"
    if seen["n"] < ENOUGH:
        return "too_few_images"
    return "too_few_found" if seen["told"] < TOLD else None


def upper_bound(k: int, n: int, confidence: float = 0.95) -> float:
    """One-sided Clopper-Pearson bound of a share of which k of n were seen."""
    from scipy.special import betaincinv

    return 1.0 if k >= n else float(betaincinv(k + 1, n - k, confidence))


def _by_channel(raw: Any) -> Any:
    """The largest absolute value of each channel (axis 1); NaN where there is one."""
    return np.abs(raw).max(axis=(0, *range(2, raw.ndim)))


def _told(answer: Answer) -> frozenset[str]:
    return frozenset(f.class_name for f in answer.findings if f.score >= THRESHOLD)


def _partner(finding: Finding, others: Sequence[Finding]) -> Finding | None:
    """Of those of its class that lie on it, the most alike; without a box, the surest."""
    same = [each for each in others if each.class_name == finding.class_name]
    if finding.box is not None:
        boxed = [each for each in same if each.box is not None]
        table = np.array([each.box for each in boxed], np.float64).reshape(-1, 4)
        shared = overlaps(np.array([finding.box]), table)[0]
        same = [each for each, share in zip(boxed, shared, strict=True) if share >= SAME]
        return min(same, key=lambda each: _apart(finding, each), default=None)
    return max(same, key=lambda each: each.score, default=None)


def _apart(one: Finding, other: Finding) -> float:
    """How far apart by score or box, in the tolerances of each."""
    shift = np.abs(np.subtract(one.box or (), other.box or ())).max()
    score, box = FINDINGS_TOLERANCE
    return max(abs(one.score - other.score) / score, float(shift) / box)


def _evenly(samples: Sequence[ManifestSample]) -> list[ManifestSample]:
    """At most MOST of them, mixed by chance, so that a short look sees all kinds."""
    order: Any = np.random.default_rng(0).permutation(len(samples))
    return [samples[int(i)] for i in order[:MOST]]


def _while_time(
    samples: Sequence[ManifestSample], least: int, seconds: float
) -> Iterator[ManifestSample]:
    """All that there is time for; where `least` are wanted, no more than PATIENCE for them."""
    began = time.monotonic()
    for number, sample in enumerate(samples):
        spent = time.monotonic() - began
        if spent > PATIENCE or (number >= least and spent > seconds):
            return
        yield sample
