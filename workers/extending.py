"""Adds a class to a stored few-shot model by a few images, and measures both. No Django.

Before and after are told of the same test images, without those that the class was made of. What
can be said of the new class by its own images alone is told by leaving each of them out in turn.
"""

import copy
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workers import catalogue, data, evaluation, exporting, store
from workers.contract import (
    Answer,
    Artefact,
    ExtendJob,
    ExtendResult,
    Failure,
    LeftOut,
    Log,
    Manifest,
    ManifestSample,
    Progress,
    SplitName,
)
from workers.data import Report
from workers.engines.base import Engine, load_engine, pictures
from workers.engines.parts.few_shot import FewShot
from workers.images import DecodeFailed, Pixels, decode
from workers.runner import code_version, pick_device, working

AT_ONCE = 16  # images in memory


@dataclass(frozen=True)
class Judged:
    """What the model said of the same images before and after."""

    samples: list[ManifestSample]
    before: list[Answer] = field(default_factory=list)
    after: list[Answer] = field(default_factory=list)


def extend(order: ExtendJob, report: Report) -> ExtendResult:
    """The model with a class more, what it is worth beside the one before, and its export."""
    began = time.monotonic()
    manifest, ref = data.read_manifest(order.manifest), order.model
    device = pick_device(order.device, report)
    with working(order.nice), tempfile.TemporaryDirectory(prefix="kizu-extend-") as work:
        split, samples = _tested(manifest, order.images)
        data.fetch_all(samples, report)
        images = [_picture(sha256) for sha256 in order.images]
        before = load_engine(catalogue.card(ref.engine), ref.params, ref.classes)
        if not isinstance(before, FewShot):
            hint = "Train a prototypical network or MAML."
            raise Failure("not_extendable", f"{ref.engine} takes no class without training.", hint)
        before.load(store.get_folder(ref.artefact), device)
        left_out = _left_out(before, order, images, report)
        after = _with(before, order, images)
        judged = _judged(before, after, samples, report)
        folder = Path(work) / "artefact"
        after.save(folder)
        artefact, size = store.put_folder(folder)
        report(Artefact(role="weights", sha256=artefact, size=size, name=order.class_name))
        made = exporting.export(after, samples or manifest.samples, "openvino", report)
        report(Artefact(role="export", sha256=made.artefact, size=made.size, name=made.format))
    return ExtendResult(
        artefact=artefact,
        artefact_size=size,
        classes=after.classes,
        before=evaluation.classify(samples, judged.before, after.classes, split),
        after=evaluation.classify(samples, judged.after, after.classes, split),
        gained=_changed(samples, judged.after, judged.before, after.classes),
        lost=_changed(samples, judged.before, judged.after, after.classes),
        left_out=left_out,
        skipped=len(data.of_split(manifest, split)) - len(samples),
        export=made,
        code_version=code_version(),
        seconds=round(time.monotonic() - began, 1),
        device=device,
    )


def _with(engine: FewShot, order: ExtendJob, images: Sequence[Pixels]) -> FewShot:
    """A copy that tells the new class by these images."""
    wider = copy.deepcopy(engine)
    wider.extend(order.class_name, images, order.good)
    return wider


def _left_out(
    engine: FewShot, order: ExtendJob, images: Sequence[Pixels], report: Report
) -> list[LeftOut]:
    """What each image is told as by a class that was made of the others; none of a single one."""
    told = []
    for place in range(len(images) if len(images) > 1 else 0):
        rest = [image for other, image in enumerate(images) if other != place]
        (answer,) = _with(engine, order, rest).predict([images[place]])
        score = answer.findings[0].score
        told.append(LeftOut(image=order.images[place], told=_best(answer), score=score))
        share = (place + 1) / len(images)
        report(Progress(stage="leave_out", done=place + 1, total=len(images), share=share))
    return told


def _tested(manifest: Manifest, images: Sequence[str]) -> tuple[SplitName, list[ManifestSample]]:
    """The labelled images of the test split, or of val where there is none, but the new ones."""
    split: SplitName = "test" if data.of_split(manifest, "test") else "val"
    samples = data.of_split(manifest, split)
    return split, [sample for sample in samples if not _own(sample, images)]


def _own(sample: ManifestSample, images: Sequence[str]) -> bool:
    return sample.images.get("rgb") in images


def _picture(sha256: str) -> Pixels:
    try:
        return decode(store.read(sha256))
    except DecodeFailed as error:
        hint = "Leave this image out, or send another one."
        words = f"An image of the new class cannot be read: {error.message}"
        raise Failure("image_broken", words, hint) from error


def _judged(before: Engine, after: Engine, samples: list[ManifestSample], report: Report) -> Judged:
    """What both say of the same images."""
    judged = Judged(samples)
    for start in range(0, len(samples), AT_ONCE):
        some = pictures(samples[start : start + AT_ONCE])
        judged.before.extend(before.predict(some))
        judged.after.extend(after.predict(some))
        done = len(judged.after)
        report(Progress(stage="evaluate", done=done, total=len(samples), share=done / len(samples)))
    if not samples:
        words = "There is no other test image to measure the new model on."
        report(Log(level="warning", message=words, code="no_test_images"))
    return judged


def _changed(
    samples: Sequence[ManifestSample],
    right: Sequence[Answer],
    wrong: Sequence[Answer],
    classes: list[str],
) -> dict[str, int]:
    """By class, how many images the one tells right and the other wrong."""
    counts = dict.fromkeys(classes, 0)
    for sample, one, other in zip(samples, right, wrong, strict=True):
        name = data.class_of(sample, classes)
        if name is not None and _best(one) == name != _best(other):
            counts[name] += 1
    return counts


def _best(answer: Answer) -> str:
    return answer.findings[0].class_name
