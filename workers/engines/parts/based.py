"""Whether a network stands on base weights, which decides how it is normalised, and taking them."""

import json
from pathlib import Path
from typing import Any

from torch import nn

from workers.contract import Log
from workers.engines.base import Ground, Report
from workers.engines.parts.base_weights import load_base


def read(folder: Path) -> dict[str, Any]:
    """The spec beside an artefact's weights; empty when there is none."""
    path = folder / "spec.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def on_base(ground: Ground) -> bool:
    """As the earlier model is, where the training goes on from one; else whether there are any."""
    if ground.parent:
        return bool(read(ground.parent).get("based"))
    return ground.base is not None


def take(seen: nn.Module, ground: Ground, report: Report) -> None:
    """Load the base weights into what sees, unless the weights come from elsewhere anyway."""
    if ground.base is None or ground.parent or ground.checkpoint:
        return
    found = load_base(seen, ground.base)
    words = f"Base weights: {found.matched} of {found.of} tensors of the backbone."
    values = {"matched": found.matched, "of": found.of}
    report(Log(message=words, code="base_taken", params={**values}))
