"""A stored model ready to answer: `open_model(ref).predict(images)`; `seen` for the bytes.

An exported graph needs no torch. Without an export the engine itself answers.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from workers import catalogue, offline, store
from workers.contract import Answer, ModelRef, Part
from workers.engines.parts.fused import Views
from workers.engines.parts.graphs import Graph, open_graph
from workers.engines.parts.heads import Head, Image, answer_all, by_modality, open_head
from workers.images import DecodeFailed, Pixels, decode

__all__ = ["Image", "Pixels", "Served", "Views", "open_model", "seen"]
offline.apply()


class Served(Protocol):
    """A warm model. `name` says what computes it, as in "openvino f32"."""

    ref: ModelRef
    name: str

    def predict(self, images: Sequence[Image]) -> list[Answer]:
        """One answer an image, in order."""


class Exported:
    """A graph between its head's inputs and answers."""

    def __init__(self, ref: ModelRef, graph: Graph, head: Head) -> None:
        self.ref, self.name, self._graph, self._head = ref, graph.name, graph, head

    def predict(self, images: Sequence[Image]) -> list[Answer]:
        """All images' inputs go through the graph together, at most a few dozen in memory."""
        return answer_all(self._graph, self._head, images)


class Trained:
    """The engine itself, for a model without an export."""

    def __init__(self, ref: ModelRef, engine: Any) -> None:
        self.ref, self.name, self._engine = ref, "torch f32", engine

    def predict(self, images: Sequence[Image]) -> list[Answer]:
        """One answer an image, in order."""
        return list(self._engine.predict([by_modality(image) for image in images]))


def seen(part: Part, read: Callable[[str], bytes]) -> Views | Answer:
    """A part's pictures, or the answer that says why there are none; `read` gives a key's bytes."""
    if "rgb" not in part.images:
        return Answer(error="no_image", error_message="There is no colour image in this part.")
    found: dict[str, Pixels] = {}
    for modality, key in part.images.items():
        try:
            found[modality] = decode(read(key))
        except DecodeFailed as failed:
            which = "" if modality == "rgb" else f"{modality}: "
            return Answer(error=failed.code, error_message=which + failed.message)
    return Views(found, part.alignment)


def open_model(
    ref: ModelRef, hint: str = "LATENCY", threads: int = 0, device: str = "cpu", streams: int = 1
) -> Served:
    """Fetch, load and warm a model. `hint`: LATENCY for the line, THROUGHPUT for batches.

    `streams`: images in work at once where several threads ask.

    Raises Failure (`blob_missing`, `artefact_broken`) when its files are not what they should be.
    """
    if ref.export is None or ref.export_format is None:
        from workers.engines.base import load_engine

        engine = load_engine(catalogue.card(ref.engine), ref.params, ref.classes)
        engine.load(store.get_folder(ref.artefact), device)
        return Trained(ref, engine)
    return open_export(ref, store.get_folder(ref.export), hint, threads, streams)


def open_export(
    ref: ModelRef, folder: Path, hint: str = "LATENCY", threads: int = 0, streams: int = 1
) -> Exported:
    """The exported graph in a folder, run once so that the first image does not wait."""
    head = open_head(json.loads((folder / "spec.json").read_text())["head"])
    graph = open_graph(ref.export_format or "openvino", folder, hint, threads, streams)
    served = Exported(ref, graph, head)
    side = head.shape[-1]
    served.predict([_blank(side)])
    return served


def _blank(side: int) -> Pixels:
    return np.zeros((side, side, 3), np.uint8)
