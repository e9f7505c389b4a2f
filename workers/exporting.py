"""A trained network as a graph that serves without torch, and how far its answers are from it.

The report says, for each precision, how far the raw outputs differ on the version's own images, on
how many of them the findings above the usual threshold are of other classes, and how many there may
be. f32 must keep its tolerance, else the model is not released. bfloat16 takes its place where it
is faster, kept its own tolerance and told the same of every image, of at least 300.
"""

import copy
import json
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import JsonValue
from torch import nn

from workers import data, offline, store
from workers.contract import Answer, ExportReport, Failure, ManifestSample, Progress
from workers.data import Report
from workers.engines.base import Engine, TorchGraph
from workers.engines.parts.graphs import Graph, OpenVino, bf16_here, open_graph
from workers.engines.parts.heads import Head, describe

MOST, LEAST, SECONDS = 1000, 20, 60.0  # images compared: at most, at least, and for how long
THRESHOLD = 0.25  # findings from here up count as a verdict
# Outputs may differ by this, and by this share of the largest of their channel (a box's corners are
# pixels, scores are shares): bfloat16 keeps 8 bits of each number, and layers add up.
TOLERANCE = {"f32": (1e-3, 1e-5), "bf16": (1e-3, 2**-6)}
ENOUGH = 300  # images compared before bfloat16 may serve
OPSET = 18
FASTER = 0.9  # and takes at most this share of the time of f32
TIMED = 15  # runs that a speed is the median of
offline.apply()


def write_graph(network: nn.Module, head: Head, folder: Path, form: str) -> None:
    """`model.onnx`, or `model.xml` and `model.bin`, with `spec.json`, of one fixed input shape."""
    folder.mkdir(parents=True, exist_ok=True)
    network = copy.deepcopy(network).cpu().eval()
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / "model.onnx" if form == "openvino" else folder / "model.onnx"
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # tracing warns of every shape that it takes as fixed
            torch.onnx.export(
                network,
                (torch.zeros(head.shape),),
                str(path),
                opset_version=OPSET,
                input_names=["images"],
                output_names=["raw"],
                dynamo=False,
            )
        if form == "openvino":
            import openvino

            made = openvino.convert_model(path)
            openvino.save_model(made, folder / "model.xml", compress_to_fp16=False)
    spec = {"head": describe(head), "shape": head.shape, "precision": "f32"}
    (folder / "spec.json").write_text(json.dumps(spec, indent=1))


def export(
    engine: Engine, samples: Sequence[ManifestSample], form: str, report: Report
) -> ExportReport:
    """Make a graph of a trained engine, compare both on these samples, and store it."""
    report(Progress(stage="export", done=0, total=1, share=0))
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        try:
            engine.export(folder, form)
            graph = open_graph(form, folder)
        except (RuntimeError, ValueError, OSError) as error:
            hint = "The trained model itself is kept; export it to the other format."
            raise Failure("export_failed", f"The export to {form} failed: {error}", hint) from error
        found = parity(engine, graph, samples, report)
        precision, choice = "f32", _choice("not_here")
        if form == "openvino" and found["ok"] and bf16_here():
            precision, choice = choose_precision(engine, graph, folder, samples, found, report)
        artefact, size = store.put_folder(folder)
    return ExportReport(
        format=form,
        precision=precision,
        artefact=artefact,
        size=size,
        parity=found | {"precision": precision, "choice": choice},
    )


def choose_precision(
    engine: Engine,
    graph: Graph,
    folder: Path,
    samples: Sequence[ManifestSample],
    found: dict[str, JsonValue],
    report: Report,
) -> tuple[str, dict[str, JsonValue]]:
    """The fastest precision that agrees, noted in the folder, and why; both go into `found`."""
    other = OpenVino(folder, precision="bf16")
    seen = parity(engine, other, samples, report, "bf16")
    ms = {"f32": _speed(graph, engine.head), "bf16": _speed(other, engine.head)}
    found["precisions"] = {
        "f32": {key: found[key] for key in seen} | {"ms": ms["f32"]},
        "bf16": seen | {"ms": ms["bf16"]},
    }
    if why := refusal(seen):
        return "f32", _choice(why)
    if ms["bf16"] > FASTER * ms["f32"]:
        return "f32", _choice("not_faster")
    spec = json.loads((folder / "spec.json").read_text())
    (folder / "spec.json").write_text(json.dumps(spec | {"precision": "bf16"}, indent=1))
    return "bf16", _choice("agrees")


WHY = {
    "not_here": "bfloat16 is not to be had here, or not in this format: f32 serves.",
    "verdicts_differ": "In bfloat16 some image was told otherwise: f32 serves.",
    "raw_differs": "In bfloat16 the raw outputs are beyond their tolerance: f32 serves.",
    "too_few_images": f"Fewer than {ENOUGH} images were compared: f32 serves.",
    "not_faster": "bfloat16 agrees, and is not faster on this machine: f32 serves.",
    "agrees": f"bfloat16 is faster and told the same of at least {ENOUGH} images.",
}


def _choice(code: str) -> dict[str, JsonValue]:
    return {"code": code, "words": WHY[code]}


def refusal(seen: dict[str, Any]) -> str | None:
    """Why a precision other than f32 may not serve, by its parity report; None: it may."""
    if seen["verdicts_differ"]:
        return "verdicts_differ"
    if not seen["ok"]:
        return "raw_differs"
    return "too_few_images" if seen["n"] < ENOUGH else None


def _speed(graph: Graph, head: Head) -> float:
    """Milliseconds an input, the median of a few."""
    array, taken = np.full(head.shape, 0.5, np.float32), []
    for _ in range(TIMED):
        began = time.perf_counter()
        graph.run([array])
        taken.append((time.perf_counter() - began) * 1000)
    return round(float(np.median(taken)), 2)


def parity(
    engine: Engine,
    graph: Graph,
    samples: Sequence[ManifestSample],
    report: Report,
    precision: str = "f32",
) -> dict[str, JsonValue]:
    """How far a graph is from its engine: see the keys below. Samples are taken evenly."""
    trained = TorchGraph(copy.deepcopy(engine.raw()).cpu(), "cpu")
    worst, largest, differing, n = np.zeros(1), np.zeros(1), 0, 0
    chosen = _evenly(samples)
    for sample in _while_time(chosen):
        arrays, known = engine.head.inputs(data.read_pixels(sample))
        ours, theirs = trained.run(arrays), graph.run(arrays)
        for a, b in zip(ours, theirs, strict=True):
            worst = np.maximum(worst, _by_channel(a - b))
            largest = np.maximum(largest, _by_channel(a))
        answers = [engine.head.answer(raw, known) for raw in (ours, theirs)]
        differing += _told(answers[0]) != _told(answers[1])
        n += 1
        report(Progress(stage="compare", done=n, total=len(chosen), share=n / len(chosen)))
    return _raw(worst, largest, precision, n) | {
        "n": n,
        "verdicts_differ": differing,
        "upper_bound_95": upper_bound(differing, n),
        "threshold": THRESHOLD,
    }


def _by_channel(raw: Any) -> Any:
    """The largest absolute value of each channel (axis 1); NaN where there is one."""
    return np.abs(raw).max(axis=(0, *range(2, raw.ndim)))


def _raw(worst: Any, largest: Any, precision: str, n: int) -> dict[str, JsonValue]:
    """The raw difference, and the tolerance, of the channel that is nearest to its own."""
    absolute, relative = TOLERANCE[precision]
    allowed = absolute + relative * largest
    nearest = int(np.argmax(np.nan_to_num(worst / allowed, nan=np.inf)))
    return {
        "raw_max_abs": float(worst.max()),
        "raw_nearest": float(worst[nearest]),
        "tolerance": float(allowed[nearest]),
        "ok": bool(n and np.isfinite(worst).all() and (worst <= allowed).all()),
    }


def upper_bound(k: int, n: int, confidence: float = 0.95) -> float:
    """One-sided Clopper-Pearson bound of a share of which k of n were seen."""
    from scipy.stats import beta

    return 1.0 if k >= n else float(beta.ppf(confidence, k + 1, n - k))


def _told(answer: Answer) -> frozenset[str]:
    return frozenset(f.class_name for f in answer.findings if f.score >= THRESHOLD)


def _evenly(samples: Sequence[ManifestSample]) -> list[ManifestSample]:
    """At most MOST of them, mixed by chance, so that a short look sees all kinds."""
    order: Any = np.random.default_rng(0).permutation(len(samples))
    return [samples[int(i)] for i in order[:MOST]]


def _while_time(samples: Sequence[ManifestSample]) -> Iterator[ManifestSample]:
    end = time.monotonic() + SECONDS
    for number, sample in enumerate(samples):
        if number >= LEAST and time.monotonic() > end:
            return
        yield sample
