"""A look into an uploaded file of weights, as tensors alone. No Django."""

from typing import Any

from workers import store
from workers.contract import Failure
from workers.engines.parts.base_weights import read_weights

HINT = "Save the state dict of the network by itself, best as safetensors; upload that."


def look(sha256: str) -> list[dict[str, Any]]:
    """Name, dtype and shape of every tensor. Failure base_weights_broken when there are none."""
    found = read_weights(store.fetch(sha256))
    if not found:
        raise Failure("base_weights_broken", "There is no tensor in this file.", HINT)
    return [
        {"name": name, "dtype": str(value.dtype).removeprefix("torch."), "shape": [*value.shape]}
        for name, value in found.items()
    ]
