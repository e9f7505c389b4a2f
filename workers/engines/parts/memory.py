"""Memory that a training will hold, against what this machine has free, before it starts."""

from collections.abc import Iterator
from pathlib import Path

import torch

from workers.contract import Failure, Log
from workers.engines.base import Report

MEMINFO = Path("/proc/meminfo")
GROUP = Path("/sys/fs/cgroup")
LEFT = 0.9  # of what is free, for the rest of the process


def free(device: str = "cpu") -> int:
    """Bytes free on this device; of the machine, or of the container where that is less."""
    if device.startswith("cuda"):
        return int(torch.cuda.mem_get_info(device)[0])
    lines = dict(line.split(":", 1) for line in MEMINFO.read_text().splitlines())
    return min([int(lines["MemAvailable"].split()[0]) * 1024, *_of_container()])


def _of_container() -> Iterator[int]:
    """What a container's limit leaves; nothing where there is no limit."""
    most, now = GROUP / "memory.max", GROUP / "memory.current"
    if most.exists() and (limit := most.read_text().strip()).isdigit():
        yield max(int(limit) - int(now.read_text()), 0)


def ask(needed: int, all_at_once: int, images: int, there: int, report: Report) -> None:
    """Say what will be held, and what holding everything would take (bytes).

    Failure memory_too_small when `needed` is not `there`.
    """
    values = {"images": images, "held": _mb(needed), "all": _mb(all_at_once), "free": _mb(there)}
    words = (
        f"{images} images: about {values['held']} MB will be held ({values['all']} MB if all "
        f"features were kept); {values['free']} MB are free."
    )
    report(Log(message=words, code="memory_estimate", params={**values}))
    if needed > there * LEFT:
        words = f"About {values['held']} MB are needed, and {values['free']} MB are free."
        hint = (
            "Choose a smaller backbone, image size or memory bank, or a machine with more memory."
        )
        raise Failure("memory_too_small", words, hint)


def _mb(size: int) -> int:
    return -(-size // 1024**2)
