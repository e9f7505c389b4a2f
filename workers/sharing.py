"""What one process of a training on several devices does: a single one's work, on its share.

Only the first looks at the validation split, tells, and keeps.
"""

import contextlib
import os
import time
import traceback
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, cast

import torch
import torch.distributed as dist

from workers import catalogue, memory, offline
from workers.contract import Event, Failure
from workers.engines.base import Engine, Ground, Report, load_engine
from workers.engines.parts.group import Group, Through
from workers.processes import Done, Failed, Kept, Order, Told, Word

LONGEST = timedelta(hours=6)  # that the others wait while the first looks at the validation split


@dataclass
class Part(Ground):
    """A ground whose checkpoints the watcher keeps."""

    pipe: BinaryIO | None = None

    def due(self) -> bool:
        """Only the first process keeps."""
        return self.group is not None and self.group.first and super().due()

    def keep_checkpoint(self, path: Path, report: Report, step: int) -> None:
        """Hand the file to the watcher: the next checkpoint must not overwrite it."""
        own = path.rename(path.with_name(f"{path.stem}-{step}{path.suffix}"))
        say(cast(BinaryIO, self.pipe), Kept(path=own, step=step))
        self.kept_at = time.monotonic()


def main(folder: Path, rank: int, pipe: BinaryIO) -> int:
    """Train this process's part. 1 when it failed, which it has said then."""
    order = Order.model_validate_json((folder / "order.json").read_text())
    try:
        engine = _join(folder, rank, order)
        ground = _ground(folder, rank, order, pipe)
        with contextlib.suppress(Through), memory.told():
            engine.fit(ground, _reporter(rank, pipe))
        if rank == 0:
            engine.save(folder / "artefact")
    except Failure as error:
        say(pipe, Failed(code=error.code, message=error.message, hint=error.hint))
        return 1
    except Exception as error:
        traceback.print_exc()
        say(pipe, Failed(message=f"{type(error).__name__}: {error}"))
        return 1
    say(pipe, Done())
    return 0


def say(pipe: BinaryIO, word: Word) -> None:
    """One line to the watcher."""
    pipe.write(word.model_dump_json().encode() + b"\n")
    pipe.flush()


def _join(folder: Path, rank: int, order: Order) -> Engine:
    """The engine, not built yet, in a process that has met the others."""
    devices = order.devices
    # Only this machine takes part, whatever its name resolves to.
    os.environ.update({"GLOO_SOCKET_IFNAME": "lo", "NCCL_SOCKET_IFNAME": "lo"})
    offline.apply()
    torch.set_num_threads(max(torch.get_num_threads() // len(devices), 1))
    if devices[rank] != "cpu":
        torch.cuda.set_device(devices[rank])
    # NCCL wants a card of its own for each process.
    usual = devices[0] != "cpu" and len(set(devices)) == len(devices)
    dist.init_process_group(
        "nccl" if usual else "gloo",
        init_method=f"file://{folder / 'meeting'}",
        rank=rank,
        world_size=len(devices),
        timeout=LONGEST,
    )
    return load_engine(catalogue.card(order.engine), order.params, order.classes)


def _ground(folder: Path, rank: int, order: Order, pipe: BinaryIO) -> Part:
    work, device = folder / f"work-{rank}", order.devices[rank]
    work.mkdir()
    return Part(
        order.manifest,
        work,
        device=device,
        preset=order.preset,
        edited=order.augmentation,
        checkpoint=order.checkpoint,
        parent=order.parent,
        base=order.base,
        group=Group(rank, len(order.devices), device),
        pipe=pipe,
    )


def _reporter(rank: int, pipe: BinaryIO) -> Report:
    def tell(event: Event) -> None:
        if rank == 0:
            say(pipe, Told(event=event))

    return tell
