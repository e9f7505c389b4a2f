"""`patch_cnn` over 2000 x 2000 px: windows of 64 px every 32 px one by one, and the whole densely.

The dense map has a cell every 8 px: all of the windows, and 15 more for each of them. Its cells
where windows lie are compared with theirs. Dense runs and windows take turns; medians count.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "platform")]

import numpy as np
import torch

from bench.parts import report
from workers import catalogue
from workers.engines.base import TorchGraph, load_engine
from workers.engines.parts import dense
from workers.engines.parts.graphs import OpenVino, bf16_here
from workers.engines.patch_cnn import PatchCnn

SIDE, PATCH, STRIDE, RUNS = 2000, 64, 32, 3
LARGE = (2000, 5000, 10000)  # sides whose memory is looked at; the last is the largest taken
Map = np.ndarray[Any, Any]
Way = Callable[[], Map]


def network() -> PatchCnn:
    """The form's network for 64-px windows, with random weights: they do not change its time."""
    engine = load_engine(catalogue.card("patch_cnn"), {"patch": PATCH}, ["defect"])
    assert isinstance(engine, PatchCnn)
    engine.build()
    engine.network.train()
    with torch.no_grad():
        engine.network(torch.rand(16, 3, PATCH, PATCH))  # running means of a trained one
    engine.network.eval()
    return engine


def picture(side: int) -> Map:
    """Noise: convolutions take as long over anything."""
    return np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)


def whole(engine: PatchCnn, graph: Any, pixels: Map) -> Map:
    """The class map of the whole image, tile by tile."""
    tiles, grid = engine.head.inputs(pixels)
    return dense.stitch([graph.run([tile])[0] for tile in tiles], grid)


def single(engine: PatchCnn, graph: Any, pixels: Map) -> Map:
    """The same by windows: the graph is one of a single window."""
    stride = engine.head.stride
    margin, rows = (PATCH - stride) // 2, -(-SIDE // STRIDE)
    image = np.pad(pixels, ((margin, PATCH), (margin, PATCH), (0, 0)), mode="symmetric")
    cells = [
        graph.run([dense.as_input(image[y : y + PATCH, x : x + PATCH])])[0]
        for y in range(0, rows * STRIDE, STRIDE)
        for x in range(0, rows * STRIDE, STRIDE)
    ]
    return np.concatenate(cells)[:, :, 0, 0].T.reshape(-1, rows, rows)


def ways(engine: PatchCnn, folder: Path, pixels: Map) -> dict[str, Way]:
    """Every way of looking at the image, by name; dense ones are named so."""
    engine.export(folder / "whole", "openvino")
    small = PatchCnn(engine.params, engine.classes)
    small._cells = 1
    small.build()
    small.network = engine.network
    small.export(folder / "window", "openvino")
    made: dict[str, Way] = {}
    for kind in ("f32", "bf16") if bf16_here() else ("f32",):
        window = OpenVino(folder / "window", precision=kind)
        tiled = OpenVino(folder / "whole", precision=kind)
        made[f"OpenVINO {kind}, one by one"] = partial(single, engine, window, pixels)
        made[f"OpenVINO {kind}, dense"] = partial(whole, engine, tiled, pixels)
    plain = TorchGraph(engine.raw(), "cpu")
    every = STRIDE // engine.head.stride
    return {
        "torch, one by one": lambda: engine.patch_by_patch(pixels, 1, every),
        "torch, 256 at once": lambda: engine.patch_by_patch(pixels, 256, every),
        "torch, dense": lambda: whole(engine, plain, pixels),
        **made,
    }


def measured(every: dict[str, Way], step: int) -> list[list[Any]]:
    """A line for each way: seconds, how many times faster than torch and itself one by one."""
    seconds: dict[str, list[float]] = {name: [] for name in every}
    maps = {name: way() for name, way in every.items()}  # the first run warms it
    for _ in range(RUNS):
        for name, way in every.items():
            began = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - began)
    took = {name: report.median(values) for name, values in seconds.items()}
    first = maps["torch, one by one"]
    rows = []
    for name, found in maps.items():
        cells = found[:, ::step, ::step] if name.endswith("dense") else found
        own = took[f"{name.rpartition(',')[0]}, one by one"]
        rows.append([name, found[0].size, took[name], took["torch, one by one"] / took[name],
                     own / took[name], f"{np.abs(cells - first).max():.0e}"])  # fmt: skip
    return rows


def memory(side: int) -> float:
    """MB at the peak of a process of its own that looks at an image of this side."""
    done = subprocess.run([sys.executable, __file__, str(side)], check=True, capture_output=True)
    return float(done.stdout.split()[-1])


def look(side: int) -> None:
    """Look at one image densely, and print MB at the peak beyond what was held before."""
    engine, pixels = network(), picture(side)
    with tempfile.TemporaryDirectory() as folder:
        engine.export(Path(folder), "openvino")
        graph = OpenVino(Path(folder), precision="f32")
        whole(engine, graph, picture(PATCH))
        Path("/proc/self/clear_refs").write_text("5")
        before = resident("VmRSS")
        whole(engine, graph, pixels)
        print(resident("VmHWM") - before)


def resident(which: str) -> float:
    """MB of this process: VmRSS now, VmHWM at the peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(which)) / 1024


def main() -> None:
    """Measure, and write docs/benchmarks/windows.md."""
    engine, pixels = network(), picture(SIDE)
    with tempfile.TemporaryDirectory() as folder:
        every = ways(engine, Path(folder), pixels)
        rows = measured(every, STRIDE // engine.head.stride)
    head = ["", "cells", "s", "times torch one by one", "times itself one by one", "differs by"]
    body = f"{__doc__}\n{report.table(head, rows)}\n\nWhat a dense run takes beside the image:\n\n"
    body += report.table(["image", "MB"], [[f"{n} x {n}", memory(n)] for n in LARGE])
    report.write("windows", "Patches, and the whole image at once", body)


if __name__ == "__main__":
    if sys.argv[1:]:
        look(int(sys.argv[1]))
    else:
        main()
