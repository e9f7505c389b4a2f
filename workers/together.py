"""A training on several devices: a process for each, watched by the job's own, which has none.

The job's process takes no part in the learning, so nothing can keep it from noticing a cancel or
the death of a process: then it ends all of them. They die with it, too (workers/rank.py).
"""

from collections.abc import Sequence

from workers.contract import Card, Failure, Progress
from workers.engines.base import Engine, Ground, Report
from workers.processes import Kept, Order, Processes, Told


def refuse_several(card: Card, devices: Sequence[str]) -> None:
    """Failure one_device where a method learns on one device and several were chosen."""
    if len(devices) > 1 and not card.several:
        words = f"{card.title} learns on one device; {len(devices)} were chosen."
        raise Failure("one_device", words, "Choose one device, or auto.")


def fit(card: Card, engine: Engine, ground: Ground, devices: list[str], report: Report) -> None:
    """Train on all these devices at once; the engine is then what was learnt, on the first.

    Failure as on one device, and rank_lost where a process was killed. Cancelled.
    """
    folder = ground.work / "together"
    folder.mkdir()
    order = Order(
        engine=card.name,
        params=engine.params.model_dump(mode="json"),
        classes=engine.classes,
        manifest=ground.manifest,
        devices=devices,
        preset=ground.preset,
        augmentation=ground.edited,
        checkpoint=ground.checkpoint,
        parent=ground.parent,
        base=ground.base,
    )
    (folder / "order.json").write_text(order.model_dump_json())
    label, last = named(devices), list[Progress]()
    with Processes(folder, len(devices)) as processes:
        for word in processes.words():
            if isinstance(word, Kept):
                ground.keep_checkpoint(word.path, report, word.step)
                word.path.unlink()
            elif isinstance(word, Told) and isinstance(word.event, Progress):
                last = [word.event.model_copy(update={"device": label})]
                report(last[0])
            elif isinstance(word, Told):
                report(word.event)
            elif last:  # so that a cancel is noticed, whatever the processes are at
                report(last[0])
    engine.load(folder / "artefact", devices[0])


def named(devices: Sequence[str]) -> str:
    """Several devices as one word: cuda:0,1."""
    kind = devices[0].partition(":")[0]
    numbers = [device.partition(":")[2] for device in devices]
    if kind == "cpu":
        return f"cpu:{len(devices)}" if len(devices) > 1 else "cpu"
    return f"{kind}:{','.join(numbers)}"
