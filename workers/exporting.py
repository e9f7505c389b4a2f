"""A trained network as a graph that serves without torch, and how far its answers are from it.

The report says, for each precision, how far the raw outputs differ on the version's own images, on
how many of them the findings above the usual threshold are of other classes, and how many there may
be. f32 must keep its tolerance, else the model is not released. bfloat16 or INT8 takes its place
where it is faster, kept its own tolerance and told the same of every image, of at least 300.
"""

import copy
import json
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import JsonValue
from torch import nn

from workers import offline, parity, quantizing, store
from workers.contract import ExportReport, Failure, Log, ManifestSample, Progress
from workers.data import Report
from workers.engines.base import Engine
from workers.engines.parts.graphs import Graph, OpenVino, bf16_here, open_graph
from workers.engines.parts.heads import Head, describe

OPSET = 18
FASTER = 0.9  # a lower precision takes at most this share of the time of f32, or is not worth it
WORTH = 10.0  # ms of f32 below which no lower precision is looked for: other stages take longer
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
    """Make a graph of a trained engine, compare both on these samples, and store it.

    Samples that the engine did not learn from come first; those it did calibrate INT8.
    """
    report(Progress(stage="export", done=0, total=1, share=0))
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        try:
            engine.export(folder, form)
            graph = open_graph(form, folder)
        except (RuntimeError, ValueError, OSError) as error:
            hint = "The trained model itself is kept; export it to the other format."
            raise Failure("export_failed", f"The export to {form} failed: {error}", hint) from error
        ms = {"f32": speed(graph, engine.head)}
        others, choice = _others(engine, folder, form, ms, samples, report)
        wanted = (parity.ENOUGH, parity.PATIENCE) if others else (parity.LEAST, parity.SECONDS)
        found = parity.compare(engine, {"f32": graph} | others, samples, report, *wanted)
        found = {name: each | {"ms": ms[name]} for name, each in found.items()}
        precision = "f32"
        if others and found["f32"]["ok"]:
            precision, choice = choose(found, ms)
        _note(folder, precision)
        artefact, size = store.put_folder(folder)
    return ExportReport(
        format=form,
        precision=precision,
        artefact=artefact,
        size=size,
        parity=_told(found, precision, choice),
    )


def _others(
    engine: Engine,
    folder: Path,
    form: str,
    ms: dict[str, float],
    samples: Sequence[ManifestSample],
    report: Report,
) -> tuple[dict[str, Graph], dict[str, JsonValue]]:
    """Graphs of lower precision that are faster than f32, and, without any, why there are none.

    What they take goes into `ms`, where f32 stands already.
    """
    if form != "openvino":
        return {}, _choice("not_here")
    if ms["f32"] < WORTH:
        return {}, _choice("fast_enough")
    if len(samples) < parity.ENOUGH:
        return {}, _choice("too_few_images")
    made: dict[str, Graph] = {}
    if bf16_here():
        made["bf16"] = OpenVino(folder, precision="bf16")
    learnt = [sample for sample in samples if sample.split == "train"] or samples
    try:
        quantizing.quantize(folder, engine, learnt, report)
        made["int8"] = OpenVino(folder, precision="int8")
    except (RuntimeError, ValueError, OSError) as error:
        words = f"INT8 could not be made of this network: {error}"
        report(Log(level="warning", message=words[:500], code="int8_failed"))
    ms |= {name: speed(graph, engine.head) for name, graph in made.items()}
    others = {name: graph for name, graph in made.items() if ms[name] <= FASTER * ms["f32"]}
    why = _choice("not_faster", min(made, key=ms.__getitem__)) if made else _choice("not_here")
    return others, why


def choose(
    found: Mapping[str, Mapping[str, Any]], ms: Mapping[str, float]
) -> tuple[str, dict[str, JsonValue]]:
    """The fastest lower precision that agrees, and why; else f32, and what the fastest lacks."""
    others = sorted((name for name in found if name != "f32"), key=ms.__getitem__)
    for name in others:
        if parity.refusal(found[name]) is None:
            return name, _choice("agrees", name)
    return "f32", _choice(parity.refusal(found[others[0]]) or "", others[0])


WHY = {
    "not_here": "No lower precision is to be had here, or in this format: f32 serves.",
    "fast_enough": "In f32 it is fast enough that a lower precision would not be felt: f32 serves.",
    "verdicts_differ": "In {of} some image was told otherwise: f32 serves.",
    "raw_differs": "In {of} the outputs are beyond their tolerance: f32 serves.",
    "too_few_images": f"Fewer than {parity.ENOUGH} images could be compared: f32 serves.",
    "too_few_found": f"Fewer than {parity.TOLD} of the images had findings to compare: f32 serves.",
    "not_faster": "{of} is not faster on this machine: f32 serves.",
    "agrees": "{of} is faster and told the same of at least " + f"{parity.ENOUGH} images.",
}


def _choice(code: str, of: str = "") -> dict[str, JsonValue]:
    return {"code": code, "of": of, "words": WHY[code].format(of=of)}


def _note(folder: Path, precision: str) -> None:
    """Write into the folder which precision serves; an INT8 graph that does not is not kept."""
    spec = json.loads((folder / "spec.json").read_text())
    (folder / "spec.json").write_text(json.dumps(spec | {"precision": precision}, indent=1))
    if precision != "int8":
        for path in folder.glob("int8.*"):
            path.unlink()


def _told(
    found: dict[str, dict[str, JsonValue]], precision: str, choice: dict[str, JsonValue]
) -> dict[str, JsonValue]:
    several: dict[str, JsonValue] = {"precisions": dict(found)} if len(found) > 1 else {}
    return found["f32"] | several | {"precision": precision, "choice": choice}


def speed(graph: Graph, head: Head) -> float:
    """Milliseconds an input, the median of a few."""
    array, taken = np.full(head.shape, 0.5, np.float32), []
    for _ in range(TIMED):
        began = time.perf_counter()
        graph.run([array])
        taken.append((time.perf_counter() - began) * 1000)
    return round(float(np.median(taken)), 2)
