"""Carries a job out: data down, engine on a device, artefact up, events on the way. No Django.

Failures leave as contract.Failure with a code, the cause and what to try. `report` raises
Cancelled; nothing here catches it.
"""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

import torch

from workers import catalogue, data, exporting, measures, memory, offline, served, store, together
from workers.contract import (
    Answer,
    BatchInferJob,
    BatchItem,
    EvaluateJob,
    EvaluationReport,
    ExportJob,
    ExportReport,
    Failure,
    Log,
    Manifest,
    ManifestSample,
    Progress,
    TrainJob,
    TrainResult,
)
from workers.data import Report
from workers.engines.base import Engine, Ground, load_engine

AT_ONCE = 16  # images of a batch in memory
DRIVER_HINT = "Install a driver for CUDA 13 or newer, or choose the device cpu."
Answers = Callable[[Sequence[tuple[str, Answer]]], None]


def train(order: TrainJob, report: Report) -> TrainResult:
    """Fit an engine, evaluate it on the held-out split, store it and export it."""
    began = time.monotonic()
    card = catalogue.card(order.engine)
    manifest = data.read_manifest(order.manifest)
    devices = pick_devices(order.device, report)
    together.refuse_several(card, devices)
    with working(order.nice), tempfile.TemporaryDirectory(prefix="kizu-train-") as work:
        data.fetch_all(manifest.samples, report)
        engine = load_engine(card, order.params, manifest.classes)
        ground = ground_of(order, manifest, Path(work), devices[0])
        if len(devices) > 1:
            together.fit(card, engine, ground, devices, report)
        else:
            engine.fit(ground, report)
        folder = Path(work) / "artefact"
        engine.save(folder)
        artefact, size = store.put_folder(folder)
        found = measures.of_split(engine, manifest, "test", report)
        made = _export(engine, manifest, report)
    return TrainResult(
        artefact=artefact,
        artefact_size=size,
        kind=engine.kind,
        classes=engine.classes,
        evaluation=found,
        export=made,
        code_version=code_version(),
        seconds=round(time.monotonic() - began, 1),
        device=together.named(devices),
    )


def ground_of(order: TrainJob, manifest: Manifest, work: Path, device: str) -> Ground:
    """What a training stands on, its files brought to this machine."""
    return Ground(
        manifest,
        work,
        device=device,
        preset=order.preset,
        edited=order.augmentation,
        checkpoint=store.fetch(order.checkpoint) if order.checkpoint else None,
        parent=store.get_folder(order.parent) if order.parent else None,
        base=store.fetch(order.base) if order.base else None,
    )


def _export(engine: Engine, manifest: Manifest, report: Report) -> ExportReport | None:
    """The export that serves; a model without one is kept all the same, and says why."""
    try:
        return exporting.export(engine, _usable(manifest), "openvino", report)
    except Failure as failure:
        words = f"{failure.message} {failure.hint}"
        report(Log(level="error", message=words, code=failure.code))
        return None


def run_batch(order: BatchInferJob, report: Report, answer: Answers) -> None:
    """Answer for each item and hand the answers on as they come; a broken image has its error."""
    total = order.done + len(order.items)
    with working(order.nice):
        model = served.open_model(
            order.model, "THROUGHPUT", device=pick_device(order.device, report)
        )
        for start in range(0, len(order.items), AT_ONCE):
            some = order.items[start : start + AT_ONCE]
            answer(_answers(model, some))
            done = order.done + start + len(some)
            report(Progress(stage="infer", done=done, total=total, share=done / total))


def _answers(model: served.Served, items: Sequence[BatchItem]) -> list[tuple[str, Answer]]:
    with ThreadPoolExecutor(4) as pool:
        pictures = list(pool.map(_picture, items))
    found = iter(model.predict([p for p in pictures if not isinstance(p, Answer)]))
    return [
        (item.ref, picture if isinstance(picture, Answer) else next(found))
        for item, picture in zip(items, pictures, strict=True)
    ]


def _picture(item: BatchItem) -> served.Views | Answer:
    try:
        return served.seen(item.part, store.read)
    except Failure as error:
        return Answer(error=error.code, error_message=error.message)


def export(order: ExportJob, report: Report) -> ExportReport:
    """Make a stored model into another form."""
    manifest = data.read_manifest(order.manifest)
    with working(order.nice):
        engine = load_engine(catalogue.card(order.engine), order.params, manifest.classes)
        engine.load(store.get_folder(order.artefact), "cpu")
        return exporting.export(engine, _usable(manifest), order.format, report)


def evaluate(order: EvaluateJob, report: Report) -> EvaluationReport:
    """Measure a stored model on a split of a dataset version."""
    manifest, ref = data.read_manifest(order.manifest), order.model
    device = pick_device(order.device, report)
    with working(order.nice):
        engine = load_engine(catalogue.card(ref.engine), ref.params, ref.classes)
        engine.load(store.get_folder(ref.artefact), device)
        return measures.of_split(engine, manifest, order.split, report)


def _usable(manifest: Manifest) -> list[ManifestSample]:
    """What an export is compared on: the held-out images first in line, then the others."""
    return sorted(manifest.samples, key=lambda sample: sample.split == "train")


def pick_device(wanted: str, report: Report) -> str:
    """The one device of a job that uses one. Failure one_device where it names several."""
    devices = pick_devices(wanted, report)
    if len(devices) > 1:
        words = f"This job uses one device; {len(devices)} were chosen."
        raise Failure("one_device", words, "Choose one device, or auto.")
    return devices[0]


def pick_devices(wanted: str, report: Report) -> list[str]:
    """`auto` is the accelerator if torch can use one; named ones must be there.

    `cuda:0,1` are several, `cuda:all` all that there are; `cpu:2` is the processor in two
    processes, which is slower than in one and there to try out how several work together.
    """
    kind, _, named = wanted.partition(":")
    if wanted == "auto":
        return [_automatic(report)]
    if kind != "cuda":
        return ["cpu"] * (int(named) if named.isdecimal() and int(named) else 1)
    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    chosen = [str(n) for n in range(there)] if named == "all" else (named or "0").split(",")
    if not chosen:
        raise Failure("no_device", "There is no usable accelerator.", DRIVER_HINT)
    for number in chosen:
        if not number.isdecimal() or int(number) >= there:
            words = f"There is no usable device cuda:{number}; {there} can be used."
            raise Failure("no_device", words, DRIVER_HINT)
    return [f"cuda:{number}" for number in sorted({int(number) for number in chosen})]


def _automatic(report: Report) -> str:
    there = torch.cuda.is_available()
    if not there and Path("/dev/nvidia0").exists():
        words = "There is an accelerator, but its driver does not fit; the processor is used."
        report(Log(level="warning", message=f"{words} {DRIVER_HINT}", code="driver_unfit"))
    return "cuda:0" if there else "cpu"


def code_version() -> str:
    """What made the model: our version, torch's, ultralytics'."""
    names = ("kizu", "torch", "ultralytics")
    found = []
    for name in names:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found.append(f"{name} {metadata.version(name)}")
    return ", ".join(found)[:64]


@contextlib.contextmanager
def working(nice: int) -> Iterator[None]:
    """Behind live inspection in the queue for the processor; a full memory in words."""
    with contextlib.suppress(OSError):  # only ever upwards: lowering it again is not allowed
        os.setpriority(os.PRIO_PROCESS, 0, max(nice, os.getpriority(os.PRIO_PROCESS, 0)))
    offline.apply()
    try:
        with memory.told():
            yield
    finally:
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
