"""Base weights for engines that cannot do without: drawn at random, so they teach nothing.

What is seen with them is that an engine learns, stops, resumes and exports; not how well it tells.
"""

from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import nn

from workers import catalogue
from workers.engines.base import load_engine


def base_of(name: str, params: dict[str, Any], folder: Path) -> Path | None:
    """A file for a card that needs one; None for the others."""
    if catalogue.card(name).base_weights != "needed":
        return None
    path = folder / f"{name}.safetensors"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        network = _network(name, params)
        save_file({k: v.contiguous() for k, v in network.state_dict().items()}, path)
    return path


def _network(name: str, params: dict[str, Any]) -> nn.Module:
    if name == "dinomaly":
        import timm

        made: nn.Module = timm.create_model(params["encoder"], pretrained=False)
        return made
    engine: Any = load_engine(catalogue.card(name), {**params, "seed": 99}, ["a"])
    engine.build()
    teacher: nn.Module = engine.network.inner.teacher
    return teacher
