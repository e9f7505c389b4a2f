"""A network's raw forward pass, whatever computes it: OpenVINO, ONNX Runtime. No torch in here.

Input: one float32 array of 1 x 3 x height x width, 0..1. Output: the graph's first output.
"""

import json
import os
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class Graph(Protocol):
    """Runs a network over arrays, each of the graph's own fixed shape."""

    name: str

    def run(self, inputs: Collection[Array]) -> list[Array]:
        """One raw output an input, in order."""


class OpenVino:
    """A static batch-1 graph. Inputs may come from several threads at once.

    It computes in the precision that its parity report allowed, as far as this machine has it:
    f32, bf16, or int8, which is a graph of its own whose float parts are f32.

    `streams`: how many inputs it computes at once, when several ask. From two on it is compiled a
    second time for that, and the streams share the threads: threads that wait for each other at
    every layer lose far more than what other processes take from them. Who asks alone has them all.
    """

    def __init__(
        self,
        folder: Path,
        hint: str = "LATENCY",
        threads: int = 0,
        precision: str = "",
        streams: int = 1,
    ) -> None:
        import openvino

        precision = _able(precision or _allowed(folder))
        hinted = "f32" if precision == "int8" else precision
        options = {"INFERENCE_PRECISION_HINT": hinted, "PERFORMANCE_HINT": hint}
        if threads:
            options["INFERENCE_NUM_THREADS"] = str(threads)
        self.name = f"openvino {precision}"
        path = folder / _file(precision)
        alone = several = openvino.compile_model(path, "CPU", options)
        if streams > 1:
            options |= {"PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": str(streams)}
            several = openvino.compile_model(path, "CPU", options)
            several.create_infer_request().infer()  # the first image is not to wait
        self._graphs = {True: alone, False: several}
        self._queue = openvino.AsyncInferQueue(several)
        self._queue.set_callback(_keep)
        self._own = threading.local()  # requests of its own for each thread
        self._asking, self._counting = 0, threading.Lock()
        self._queueing = threading.Lock()

    def run(self, inputs: Collection[Array]) -> list[Array]:
        """Outputs in order; a single input goes without the queue."""
        if len(inputs) == 1:
            (only,) = inputs
            with self._request() as request:
                return [np.array(request.infer([only])[0])]
        outputs: list[Array | None] = [None] * len(inputs)
        # The queue fills a free request before it takes it: two threads would fill the same one.
        with self._queueing:
            for number, array in enumerate(inputs):
                self._queue.start_async([array], (outputs, number))
            self._queue.wait_all()
        return [output for output in outputs if output is not None]

    @contextmanager
    def _request(self) -> Iterator[Any]:
        """This thread's own: of the graph with all threads where no other thread asks now."""
        with self._counting:
            self._asking += 1
            alone = self._asking == 1
        try:
            made: dict[bool, Any] = self._own.__dict__.setdefault("requests", {})
            if alone not in made:
                made[alone] = self._graphs[alone].create_infer_request()
            yield made[alone]
        finally:
            with self._counting:
                self._asking -= 1


class OnnxRuntime:
    """The same graph as ONNX."""

    def __init__(self, folder: Path, hint: str = "LATENCY", threads: int = 0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
        wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
        there = [name for name in wanted if name in onnxruntime.get_available_providers()]
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=there
        )
        self._input = self._session.get_inputs()[0].name
        self.name = "onnx f32"

    def run(self, inputs: Collection[Array]) -> list[Array]:
        """Outputs in order."""
        return [self._session.run(None, {self._input: array})[0] for array in inputs]


def open_graph(
    form: str, folder: Path, hint: str = "LATENCY", threads: int = 0, streams: int = 1
) -> Graph:
    """The graph that lies in an export's folder."""
    if form == "openvino":
        return OpenVino(folder, hint, threads, streams=streams)
    return OnnxRuntime(folder, hint, threads)


def bf16_here() -> bool:
    """Whether this machine's processor computes in bfloat16 by itself."""
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def _file(precision: str) -> str:
    return "int8.xml" if precision == "int8" else "model.xml"


def _able(precision: str) -> str:
    return "f32" if precision == "bf16" and not bf16_here() else precision


def _allowed(folder: Path) -> str:
    spec = folder / "spec.json"
    return str(json.loads(spec.read_text()).get("precision", "f32")) if spec.exists() else "f32"


def _keep(request: Any, place: tuple[list[Array | None], int]) -> None:
    outputs, number = place
    outputs[number] = np.array(request.get_output_tensor(0).data)
