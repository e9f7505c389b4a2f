"""Base weights: tensors of a file of the store into a network, by name and shape.

Files of the store are named by their hash alone, so what they hold is told by how they begin. No
pickle is run: what torch saved is read as tensors and plain containers only.
"""

import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from workers.contract import Failure

# Where checkpoints keep their weights, the likeliest first.
INSIDE = ("state_dict_ema", "model_ema", "state_dict", "model_state_dict", "model", "teacher",
          "student", "net", "network", "weights", "params")  # fmt: skip
DEPTH = 3  # of prefixes that are tried, and of containers in containers
COUNTED = "num_batches_tracked"  # says nothing of what was learnt
ENOUGH = 0.5

Tensors = dict[str, Tensor]


@dataclass(frozen=True)
class Loaded:
    """What a file gave to a network: `matched` tensors `of` the network's (batch counters aside).

    `missing` are names that the file has not, `unlike` those that it has in another shape.
    """

    matched: int
    of: int
    missing: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Of the network's tensors."""
        return self.matched / self.of if self.of else 0.0


def load_base(module: nn.Module, path: Path) -> Loaded:
    """Copy each tensor of the file whose name and shape the network has; the others stay.

    Names may stand in the file or the network behind prefixes (`module.`, `backbone.`, `encoder.`):
    the pair under which most fit counts. Failure base_weights_broken when the file cannot be read,
    base_weights_unfit when fewer than half of the network's tensors are in it; then none is copied.
    """
    own = {k: v for k, v in module.state_dict(keep_vars=True).items() if isinstance(v, Tensor)}
    given = _aligned(read_weights(path), own)
    counted = [name for name in own if not name.endswith(COUNTED)]
    fit = [name for name in counted if name in given and given[name].shape == own[name].shape]
    loaded = Loaded(
        matched=len(fit),
        of=len(counted),
        missing=tuple(name for name in counted if name not in given),
        unlike=tuple(n for n in counted if n in given and given[n].shape != own[n].shape),
    )
    if loaded.share < ENOUGH:
        raise _unfit(loaded)
    with torch.no_grad():
        for name in fit:
            own[name].copy_(given[name])
    return loaded


def read_weights(path: Path) -> Tensors:
    """The tensors of a safetensors or torch file by name, on the processor.

    Failure base_weights_broken when it is neither, or holds more than tensors and containers.
    """
    try:
        if _begins(path).startswith(b"{"):
            return load_file(path)
        kept = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, KeyError, EOFError, pickle.UnpicklingError,
            SafetensorError) as error:  # fmt: skip
        cause = str(error).split("\n")[0][:200]
        words = f"The file of base weights cannot be read as weights alone: {cause}"
        hint = "Save the state dict of the network by itself, best as safetensors; upload that."
        raise Failure("base_weights_broken", words, hint) from error
    return _inside(kept)


def _begins(path: Path) -> bytes:
    """The two bytes behind the length with which safetensors begins."""
    with path.open("rb") as file:
        return file.read(10)[8:]


def _inside(kept: Any, depth: int = 0) -> Tensors:
    """The weights in a checkpoint: itself, or what lies under one of the usual names."""
    if isinstance(kept, Tensor) or not isinstance(kept, Mapping):
        return {}
    found = {str(name): value for name, value in kept.items() if isinstance(value, Tensor)}
    if depth < DEPTH:
        for name in INSIDE:
            deeper = _inside(kept.get(name), depth + 1)
            if len(deeper) > len(found):
                return deeper
    return found


def _aligned(given: Tensors, own: Mapping[str, Tensor]) -> Tensors:
    """The file's tensors under the network's names."""
    best: Tensors = given
    most = -1
    for cut in _prefixes(given):
        bare = {name.removeprefix(cut): value for name, value in given.items()
                if name.startswith(cut)}  # fmt: skip
        for added in _prefixes(own):
            named = {added + name: value for name, value in bare.items()}
            fit = sum(n in own and own[n].shape == value.shape for n, value in named.items())
            if fit > most:
                best, most = named, fit
    return best


def _prefixes(names: Mapping[str, Tensor]) -> Iterator[str]:
    """Beginnings up to a dot that names share, none first."""
    yield ""
    counts: dict[str, int] = {}
    for name in names:
        pieces = name.split(".")[:-1]
        for depth in range(1, min(len(pieces), DEPTH) + 1):
            prefix = ".".join(pieces[:depth]) + "."
            counts[prefix] = counts.get(prefix, 0) + 1
    yield from sorted(prefix for prefix, n in counts.items() if n >= len(names) / 3)


def _unfit(loaded: Loaded) -> Failure:
    lacks = ", ".join((loaded.unlike + loaded.missing)[:3])
    words = (
        f"The base weights are of another network: {loaded.matched} of {loaded.of} tensors "
        f"fit by name and shape; {lacks} do not."
    )
    hint = "Choose weights of the backbone that the form says, or another backbone."
    return Failure("base_weights_unfit", words, hint)
