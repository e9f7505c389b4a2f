"""One training in a process of its own, so that its peak memory is its own. Prints one JSON line.

python bench/parts/trials/trial.py '{"root": ..., "entry": ..., "seed": 0, "minutes": 2, ...}'
"""

import contextlib
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[3]), str(Path(__file__).parents[3] / "platform")]

from bench.parts.trials import measured, plan, sets, splits
from workers import catalogue
from workers.contract import Cancelled, Event, Manifest
from workers.engines.base import Engine, Ground, load_engine

MOST_EPOCHS = 400
PROBED = 4  # epochs that tell the pace, by the last of them: the first ones hold the start
PATIENCE = 2.0  # budgets that a training may take before it is stopped


class Clock:
    """Notes when each epoch's figures came; stops after `epochs`, or when the time is over."""

    def __init__(self, seconds: float, epochs: int = 0) -> None:
        self.began, self.at = time.monotonic(), list[float]()
        self._seconds, self._epochs = seconds, epochs

    def __call__(self, event: Event) -> None:
        now = time.monotonic() - self.began
        if event.type == "metric":
            self.at.append(now)
        if now > self._seconds or (self._epochs and len(self.at) >= self._epochs):
            raise Cancelled


def affordable(
    entry: plan.Entry, seed: int, manifest: Manifest, seconds: float, device: str
) -> int | None:
    """How many epochs fit, by the pace of a short training; None: it has none.

    The learning rate follows a curve over all epochs, so their number is fixed before the start.
    """
    engine = made(entry, seed, manifest)
    if "epochs" not in type(engine.params).model_fields:
        return None
    clock = Clock(seconds, PROBED)
    with tempfile.TemporaryDirectory() as work, contextlib.suppress(Cancelled):
        engine.fit(ground(entry, manifest, Path(work), device), clock)
    if len(clock.at) < 2:
        return 1
    pace = clock.at[-1] - clock.at[-2]
    before = max(clock.at[0] - pace, 0.0)
    return min(max(int((seconds - before) / max(pace, 1e-3)), 1), MOST_EPOCHS)


def made(entry: plan.Entry, seed: int, manifest: Manifest, **params: Any) -> Engine:
    """The engine, not built yet."""
    card = catalogue.card(entry.engine)
    seeds = {"seed": seed} if "seed" in card.params.model_fields else {}
    return load_engine(card, {**entry.params, **seeds, **params}, manifest.classes)


def ground(entry: plan.Entry, manifest: Manifest, work: Path, device: str) -> Ground:
    """What it trains on; checkpoints stay in the scratch folder."""
    presets = catalogue.card(entry.engine).presets
    preset = entry.preset if entry.preset in presets else presets[0]
    return Ground(manifest, work, device, preset, keep=forgotten)


def forgotten(path: Path) -> tuple[str, int]:
    """A checkpoint that nobody goes on from."""
    return "0" * 64, path.stat().st_size


def run(order: dict[str, Any]) -> dict[str, Any]:
    """Train and measure; where it was the processor's work, export and time too."""
    entry, root, seed = plan.Entry(**order["entry"]), Path(order["root"]), order["seed"]
    minutes, device = order["minutes"], order["device"]
    data_set = sets.SETS[entry.set]
    manifest = sets.frozen(root, entry.set, seed)
    tags = splits.tags(data_set.read(root / data_set.folder))
    epochs = affordable(entry, seed, manifest, minutes * 60, device)
    engine = made(entry, seed, manifest, **({"epochs": epochs} if epochs else {}))
    clock = Clock(PATIENCE * minutes * 60 + 60)
    with tempfile.TemporaryDirectory() as work:
        engine.fit(ground(entry, manifest, Path(work), device), clock)
    took = time.monotonic() - clock.began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    main, values = measured.compared(engine, manifest, plan.SETS[entry.set].figure, tags)
    row = {
        "values": {name: value for name, value in values.items() if value is not None},
        "interval": main.interval,
        "epochs": len(clock.at) or None,
        "train_minutes": took / 60,
        "peak_mb": peak,
        "params": engine.params.model_dump(mode="json"),
    }
    held = [sample for sample in manifest.samples if sample.split == "test"][:10]
    folder = Path(order["kept"]) / entry.key.replace(" ", "_")
    if device == "cpu":
        engine.export(folder, "openvino")
        return row | {"ms": measured.milliseconds(engine, entry.engine, folder, held)}
    engine.save(folder / "trained")  # to be timed on a processor
    return row | measured.on_gpu(engine, held)


def main() -> None:
    """The order is the one argument."""
    order = json.loads(sys.argv[1])
    try:
        row = run(order)
    except Cancelled:
        row = {"error": f"stopped: it took more than {PATIENCE:g} times its minutes"}
    print(json.dumps(row))


if __name__ == "__main__":
    main()
