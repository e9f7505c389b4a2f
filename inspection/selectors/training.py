"""Whether a training can work, and about how long it takes, before any accelerator is taken."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from core import storage
from core.errors import Refused
from inspection.models.base_weights import BaseWeights
from inspection.models.datasets import DatasetVersion, Split
from inspection.models.registry import ModelVersion
from inspection.models.training import Job, JobKind, Priority
from inspection.selectors import base_weights, expectations, frozen, generators, soundness
from inspection.selectors import workers as presence
from inspection.selectors.frozen import Tally
from inspection.selectors.soundness import Problem
from workers import catalogue
from workers.contract import Card
from workers.presets import PRESETS, Augmentation

DEVICE = re.compile(r"auto|cpu|cuda(:(\d+(,\d+)*|all))?")
LEVELS = ("error", "warning", "info")
# Seconds a training image and epoch of 640 x 640 px on two processor cores, where nothing of the
# kind was trained here before (YOLOv8n from scratch: 15 s an epoch of 400 images of 160 px).
SECONDS_AT_640 = 0.6


@dataclass(frozen=True)
class Plan:
    """A training request whose every name is known and whose params are whole."""

    version: DatasetVersion
    card: Card
    params: dict[str, Any]
    preset: str
    augmentation: Augmentation
    parent: ModelVersion | None
    base: BaseWeights | None
    device: str
    priority: int


def plan(ask: dict[str, Any]) -> Plan:
    """Resolve a request; Refused with `fields` when it names what is not there or allowed."""
    version = DatasetVersion.objects.select_related("dataset").filter(pk=ask["dataset_version"])
    if (found := version.first()) is None:
        raise _wrong("dataset_version", "There is no such dataset version.", "unknown")
    card = card_of(ask["engine"])
    preset, augmentation = variation(card, ask)
    device = ask.get("device") or "auto"
    if not DEVICE.fullmatch(device):
        words = "Choose auto, cpu, cuda, cuda:<number>, cuda:<number>,<number> or cuda:all."
        raise _wrong("device", words, "device")
    parent = _parent(ask.get("parent"))
    return Plan(
        version=found,
        card=card,
        params=_params(card, ask.get("params") or {}),
        preset=preset,
        augmentation=augmentation,
        parent=parent,
        base=base_weights.asked(ask.get("base"), card, parent),
        device=device,
        priority=Priority(ask.get("priority") or Priority.USER),
    )


def card_of(engine: str) -> Card:
    """The card of this name, of an engine or a generator; Refused when there is none."""
    card = (catalogue.cards() | catalogue.generators()).get(engine)
    if card is None:
        raise _wrong("engine", "There is no such engine; GET /engines lists them.", "unknown")
    return card


def variation(card: Card, ask: dict[str, Any]) -> tuple[str, Augmentation]:
    """The preset by name, and its values with those of `augmentation` in their places."""
    preset = ask.get("preset") or card.presets[0]
    if preset not in card.presets:
        known = ", ".join(card.presets)
        raise _wrong("preset", f"{card.title} knows the presets {known}.", "preset", known=known)
    values = PRESETS[preset].model_dump() | (ask.get("augmentation") or {})
    try:
        return preset, Augmentation.model_validate(values)
    except ValidationError as error:
        raise _unfit("augmentation", error) from error


def problems(plan: Plan, patience: float) -> list[Problem]:
    """Everything that speaks against this training, errors first, what to expect of it last.

    `patience`: seconds at most to read images that nobody has read lately.
    """
    found = [
        *_of_task(plan),
        *base_weights.problems(plan.card, plan.base, plan.parent),
        *_of_device(plan),
        *_of_data(plan, patience),
    ]
    return sorted(found, key=lambda problem: LEVELS.index(problem.level))


def estimate(plan: Plan) -> dict[str, float]:
    """{minutes, memory_mb}: rough, from what was trained here before where there was something."""
    seconds = _work(plan.version, plan.params) * _pace(plan.card.name)
    memory = 1200 + _at_once(plan) * 180 + _held(plan)
    return {"minutes": round(seconds / 60 + 1, 1), "memory_mb": round(memory)}


def _at_once(plan: Plan) -> float:
    """Pixels of a batch, in images of 640 x 640: of tiles or patches, where those are learnt."""
    piece = plan.params.get("tile") or plan.params.get("patch")
    size = (float(piece) / 640) ** 2 if piece else _pixels(plan.version, plan.params)
    return float(plan.params.get("batch", 8)) * size


def _work(version: DatasetVersion, params: dict[str, Any]) -> float:
    """Images of 640 x 640 px that are looked at; an engine without epochs looks once."""
    images = int(version.counts.get("train", 0))
    return images * float(params.get("epochs", 1)) * _pixels(version, params)


def _pixels(version: DatasetVersion, params: dict[str, Any]) -> float:
    """Of an image as the network sees it, in images of 640 x 640; 0 px leaves it as it is."""
    if side := params.get("side") or params.get("image_size"):
        return (float(side) / 640) ** 2
    held = _tally(version)
    return max(held.width * held.height, 1) / 640**2 if held else 1.0


def _held(plan: Plan) -> float:
    """MB that the method holds beside its network, as its card tells."""
    if plan.card.estimate is None or (held := _tally(plan.version)) is None:
        return 0.0
    images = int(plan.version.counts.get("train", 0))
    params = plan.card.params.model_validate(plan.params)
    return plan.card.estimate(params, images, held.width, held.height) / 1024**2


def _tally(version: DatasetVersion) -> Tally | None:
    """None where the manifest is gone, which the check says by itself."""
    try:
        return frozen.tally(version.manifest_id)
    except storage.Missing:
        return None


def _pace(engine: str) -> float:
    """Seconds an image and epoch at 640 px, from the last training of this engine."""
    done = Job.objects.filter(kind=JobKind.TRAIN, engine=engine, state="succeeded")
    last = done.select_related("dataset_version").order_by("-id").first()
    if last is None or last.dataset_version is None or "seconds" not in last.result:
        return SECONDS_AT_640
    work = _work(last.dataset_version, last.request["params"])
    return float(last.result["seconds"]) / max(work, 1e-6)


def _params(card: Card, params: dict[str, Any]) -> dict[str, Any]:
    try:
        return card.params.model_validate(params).model_dump(mode="json")
    except ValidationError as error:
        raise _unfit("params", error) from error


def _unfit(what: str, error: ValidationError) -> Refused:
    """What is wrong with these values, at their fields."""
    fields: dict[str, list[str]] = {}
    values: dict[str, dict[str, Any]] = {}
    for problem in error.errors():
        name = ".".join([what, *(str(part) for part in problem["loc"])])
        fields.setdefault(name, []).append(problem["msg"])
        values[name] = {"case": problem["type"], **problem.get("ctx", {})}
    name, messages = next(iter(fields.items()))
    words = f"{name}: {messages[0]}"
    return Refused("invalid_params", words, status=422, fields=fields, field_params=values)


def _parent(pk: int | None) -> ModelVersion | None:
    if pk is None:
        return None
    model = ModelVersion.objects.select_related("job__base").filter(pk=pk).first()
    if model is None:
        raise _wrong("parent", "There is no such model.", "unknown")
    return model


def _wrong(field: str, words: str, case: str, **params: Any) -> Refused:
    said, params = f"{field}: {words}", {"case": case, **params}
    return Refused("invalid", said, status=422, fields={field: [words]}, params=params)


def _of_task(plan: Plan) -> Iterator[Problem]:
    task, card = plan.version.dataset.task, plan.card
    if task not in card.tasks:
        words = f"{card.title} learns from {', '.join(card.tasks)} datasets; this one is {task}."
        names = {"engine": card.title, "tasks": card.tasks, "task": task}
        yield Problem("error", "engine", "task_mismatch", words, names)
    if plan.parent is None:
        return
    if plan.parent.engine != card.name:
        words = (
            f"The earlier model is of the engine {plan.parent.engine}; choose one of {card.name}."
        )
        names = {"parent": plan.parent.engine, "engine": card.name}
        yield Problem("error", "parent", "parent_engine", words, names)
    elif card.kind != "anomaly" and plan.parent.classes != plan.version.classes:
        words = "The earlier model knows other classes than this dataset version has."
        yield Problem("error", "parent", "parent_classes", words)


def _of_device(plan: Plan) -> Iterator[Problem]:
    if not plan.device.startswith("cuda"):
        return
    devices = [worker.device for worker in presence.seen() if worker.kind == "train"]
    if devices and not any(device.get("cuda") for device in devices):
        why = next((d["problem"] for d in devices if d.get("problem")), "none was found")
        words = f"No training worker has a usable GPU ({why}). Choose cpu or auto."
        yield Problem("error", "device", "no_gpu", words)
        return
    named = plan.device.partition(":")[2]
    numbers = [int(number) for number in named.split(",") if number.isdecimal()]
    most = max([int(device.get("count") or 0) for device in devices], default=0)
    if devices and numbers and max(numbers) >= most:
        words = f"There is no GPU {max(numbers)}: there are {most}, counted from 0."
        yield Problem("error", "device", "few_gpus", words, {"number": max(numbers), "count": most})
    if (len(set(numbers)) > 1 or (named == "all" and most > 1)) and not plan.card.several:
        words = f"{plan.card.title} learns on one GPU. Choose one, or auto."
        yield Problem("error", "device", "one_device", words, {"engine": plan.card.title})


def _of_data(plan: Plan, patience: float) -> Iterator[Problem]:
    try:
        held = frozen.tally(plan.version.manifest_id)
    except storage.Missing:
        words = "The version's manifest is gone from the store; restore it from a backup."
        yield Problem("error", "dataset_version", "manifest_missing", words)
        return
    if plan.card.kind == "generate":
        yield from generators.problems(held, plan.params)
    else:
        yield from _of_splits(held)
        yield from _of_labels(held, plan.version.dataset.task)
        if plan.card.kind == "anomaly":
            yield from _of_good(held)
        yield from expectations.hints(held, plan.version.dataset.task, plan.card)
    yield from soundness.problems(plan.version, patience)


def _of_splits(held: Tally) -> Iterator[Problem]:
    for split in ("train", "val"):
        if not held.splits[split]:
            words = f"The {split} split is empty: freeze a version with a share for it."
            named: dict[str, Any] = {"split": split}
            if 0 < held.parts < len(Split.values):
                words = f"The {split} split is empty, because the images are of too few parts."
                named["case"] = "parts"
            yield Problem("error", f"splits.{split}", "empty_split", words, named)
    if not held.splits["test"]:
        words = "The test split is empty: the model is measured on val, which it was tuned on."
        yield Problem("warning", "splits.test", "empty_test", words)


def _of_labels(held: Tally, task: str) -> Iterator[Problem]:
    marked = held.labelled if task in ("classify", "anomaly") else held.boxed
    if not marked and task != "anomaly" and held.splits["train"]:
        what = "label" if task == "classify" else "box"
        words = f"No training image has a {what}: annotate some first."
        yield Problem("error", "splits.train", "no_boxes", words, {"case": f"no_{what}"})
    for name in held.classes if task != "anomaly" else []:
        named = {"class": name}
        if not held.everywhere[name]:
            words = f"No image shows the class {name}: annotate some, or freeze without it."
            yield Problem("error", f"classes.{name}", "empty_class", words, named)
        elif not held.train[name]:
            words = f"No training image shows the class {name}: the model cannot learn it."
            yield Problem("warning", f"classes.{name}", "class_not_in_train", words, named)


def _of_good(held: Tally) -> Iterator[Problem]:
    """Anomaly engines learn from good images, and take their threshold from others."""
    if held.splits["train"] and not held.good["train"]:
        words = (
            "No training image is without a defect: this method learns from good images alone. "
            "Add some, or label them as a class that is good."
        )
        yield Problem("error", "splits.train", "no_good_images", words)
    elif held.splits["val"] and not held.good["val"]:
        words = (
            "No validation image is without a defect: the threshold would come from images that "
            "were learnt from, and alarm too often."
        )
        yield Problem("warning", "splits.val", "no_good_val", words)
