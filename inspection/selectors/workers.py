"""Which worker processes are alive, by the heartbeats they leave in Valkey."""

import json
from dataclasses import dataclass, field
from typing import Any

from core import valkey

PREFIX = "kizu:worker:"
SERVE = "kizu:serve:"


@dataclass(frozen=True)
class Worker:
    """A worker seen within the last 15 s. `device`: {cuda, name, problem}, of workers.presence."""

    name: str
    kind: str
    at: str
    job: int | None = None
    device: dict[str, Any] = field(default_factory=dict)


def seen() -> list[Worker]:
    """All workers with a live heartbeat, by name."""
    found = []
    for key, beat in _beats(PREFIX + "*").items():
        name = key.removeprefix(PREFIX)
        device = beat.get("device")
        device = device if isinstance(device, dict) else {}
        found.append(Worker(name, beat["kind"], beat["at"], beat.get("job"), device))
    return sorted(found, key=lambda worker: worker.name)


@dataclass(frozen=True)
class Serving:
    """A live `serve` process: the models it holds warm, and why others cannot be loaded."""

    name: str
    at: str
    models: tuple[int, ...]
    broken: dict[str, str]


def serving() -> list[Serving]:
    """All live `serve` processes, by name."""
    beats = _beats(SERVE + "*").items()
    found = [
        Serving(key.removeprefix(SERVE), beat["at"], tuple(beat["models"]), beat.get("broken", {}))
        for key, beat in beats
    ]
    return sorted(found, key=lambda process: process.name)


def warm_models() -> set[int]:
    """The ids of the models that a live `serve` process holds warm."""
    return {int(model) for beat in _beats(SERVE + "*").values() for model in beat["models"]}


def ready(model: int) -> bool:
    """Whether every live `serve` process holds the model warm, but for those that cannot load it.

    They share one queue: a process that still loads the model would take requests for it.
    """
    live = serving()
    done = all(model in process.models or str(model) in process.broken for process in live)
    return done and any(model in process.models for process in live)


def _beats(pattern: str) -> dict[str, dict[str, Any]]:
    client = valkey.client()
    keys = [key for key in client.scan_iter(pattern, count=1000) if key != SERVE + "wanted"]
    if not keys:
        return {}
    beats = zip(keys, client.mget(keys), strict=True)
    return {key: json.loads(text) for key, text in beats if text}
