"""A graph with 8-bit integers in its layers, calibrated on a version's own images (nncf)."""

import logging
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from workers import offline
from workers.contract import ManifestSample, Progress
from workers.data import Report
from workers.engines.base import Engine, pictures
from workers.engines.parts.heads import shown_to

CALIBRATED = 128  # images that the ranges are taken from
WEIGHTED = ("Convolution", "GroupConvolution", "ConvolutionBackpropData", "MatMul")
offline.apply()


def quantize(
    folder: Path, engine: Engine, samples: Sequence[ManifestSample], report: Report
) -> Path:
    """Write `int8.xml` beside `model.xml`, calibrated on some of these samples.

    What follows the last weighted layers (the arithmetic of boxes) stays in floating point.
    Raises nncf's own errors, RuntimeError among them.
    """
    import nncf
    import openvino

    nncf.set_log_level(logging.ERROR)
    graph = openvino.Core().read_model(folder / "model.xml")
    order: Any = np.random.default_rng(1).permutation(len(samples))
    chosen = [samples[int(i)] for i in order[:CALIBRATED]]
    done = 0

    def read(sample: ManifestSample) -> Any:
        nonlocal done
        done += 1
        share = min(done / len(chosen), 1.0)
        report(Progress(stage="calibrate", done=done, total=len(chosen), share=share))
        (picture,) = pictures([sample], engine.modalities)
        arrays, _ = shown_to(engine.head, picture)
        return next(islice(arrays, sample.id % len(arrays), None))

    made = nncf.quantize(
        graph,
        nncf.Dataset(chosen, read),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(chosen),
        # Weights keep 7 bits: without VNNI two products of 8 bits overflow their 16-bit sum, and a
        # model may be served on another processor than the one that made it.
        advanced_parameters=nncf.AdvancedQuantizationParameters(
            overflow_fix=nncf.OverflowFix.ENABLE
        ),
        ignored_scope=nncf.IgnoredScope(names=tail(graph), validate=False),
    )
    openvino.save_model(made, folder / "int8.xml", compress_to_fp16=False)
    return folder / "int8.xml"


def tail(graph: Any) -> list[str]:
    """The names of all that lies behind the last weighted layers; YOLO's `dfl`, a weighted mean
    of distances, counts as behind."""
    names: list[str] = []
    left = [result.input_value(0).get_node() for result in graph.get_results()]
    seen: set[str] = set()
    while left:
        node = left.pop()
        name = node.get_friendly_name()
        weighted = node.get_type_name() in WEIGHTED and "/dfl/" not in name
        if name in seen or weighted or node.get_type_name() in ("Constant", "Parameter"):
            continue
        seen.add(name)
        names.append(name)
        left += [node.input_value(i).get_node() for i in range(node.get_input_size())]
    return names
