"""Shows what the form's values do to images, by the code that varies them in training.

A thread of `serve` does it, behind the line in the queue for the processor: the web image has no
OpenCV, and training workers are busy for hours.
"""

import base64
import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable

import cv2
import numpy as np
from pydantic import ValidationError
from redis.exceptions import RedisError

from core import storage, valkey
from workers.augment import varied
from workers.contract import ManifestAnnotation, ManifestSample
from workers.data import boxes, labels
from workers.images import DecodeFailed, decode
from workers.mosaics import Seen
from workers.previews import QUEUE, SIDE, PreviewImage, PreviewJob, PreviewReply

log = logging.getLogger(__name__)

NICE = 10
REPLY_EXPIRES = 30  # seconds
QUALITY = 85  # of the JPEG
FINE = 0.75  # pixels that an outline may lie beside the pixels that it goes around
FEWEST = 4  # pixels of a region that is outlined


def follow(over: Callable[[], bool]) -> None:
    """Answer previews until it is over."""
    with contextlib.suppress(OSError):  # of this thread alone
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
    while not over():
        try:
            popped = valkey.client().blpop([QUEUE], timeout=1)
        except (RedisError, OSError):
            time.sleep(0.5)
            continue
        if popped:
            _answer(str(popped[1]))


def _answer(text: str) -> None:
    try:
        job = PreviewJob.model_validate_json(text)
        if job.deadline < time.time():
            return
        reply = drawn(job).model_dump_json()
        with valkey.client().pipeline(transaction=False) as pipe:
            pipe.rpush(job.reply_to, reply)
            pipe.expire(job.reply_to, REPLY_EXPIRES)
            pipe.execute()
    except ValidationError:
        log.exception("a preview cannot be read and is dropped")
    except Exception:
        log.exception("a preview broke")


def drawn(job: PreviewJob) -> PreviewReply:
    """Each sample varied; a broken one says so and takes no other with it."""
    began = time.perf_counter()
    seen: dict[int, Seen | str] = {}

    def read(place: int) -> Seen:
        if place not in seen:
            seen[place] = _seen(job, job.samples[place])
        found = seen[place]
        if isinstance(found, str):
            raise DecodeFailed(found, found)
        return found

    images = [_image(job, place, read) for place in range(len(job.samples))]
    return PreviewReply(images=images, ms=round((time.perf_counter() - began) * 1000, 1))


def _seen(job: PreviewJob, sample: ManifestSample) -> Seen | str:
    """A sample no larger than SIDE with what an engine of the kind knows of it, or an error."""
    try:
        pixels = decode(storage.get(sample.images["rgb"]))
    except DecodeFailed as failed:
        return failed.code
    except (storage.Missing, KeyError):
        return "image_gone"
    height, width = pixels.shape[:2]
    factor = min(SIDE / max(height, width), 1.0)
    size = max(round(width * factor), 1), max(round(height * factor), 1)
    if factor < 1:
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    if job.kind == "detect":
        return Seen(pixels, boxes(sample, job.classes))
    return Seen(pixels, None, labels(sample, job.classes, *size))


def _image(job: PreviewJob, place: int, read: Callable[[int], Seen]) -> PreviewImage:
    sample, rng = job.samples[place], np.random.default_rng([job.seed, place])
    try:
        seen = varied(place, len(job.samples), read, job.augmentation, rng)
    except DecodeFailed as failed:
        return PreviewImage(sample=sample.id, path=sample.path, error=failed.code)
    height, width = seen.pixels.shape[:2]
    quality = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    _, data = cv2.imencode(".jpg", seen.pixels[..., ::-1], quality)
    return PreviewImage(
        sample=sample.id,
        path=sample.path,
        width=width,
        height=height,
        picture=base64.b64encode(data.tobytes()).decode(),
        annotations=_annotations(seen, job.classes),
    )


def _annotations(seen: Seen, classes: list[str]) -> list[ManifestAnnotation]:
    """Its boxes, or outlines around what its plane says."""
    found = []
    for index, *box in (seen.boxes if seen.boxes is not None else np.empty((0, 5))).tolist():
        box = tuple(min(max(edge, 0.0), 1.0) for edge in box)
        found.append(ManifestAnnotation(class_name=classes[int(index)], kind="box", box=box))
    if seen.plane is None:
        return found
    for index in np.unique(seen.plane[seen.plane < len(classes)]):
        for polygon in _outlines(seen.plane == index):
            name = classes[int(index)]
            found.append(ManifestAnnotation(class_name=name, kind="polygon", polygon=polygon))
    return found


def _outlines(
    mask: "np.ndarray[tuple[int, int], np.dtype[np.bool_]]",
) -> list[list[tuple[float, float]]]:
    """Around each region, as shares of the image."""
    height, width = mask.shape
    flat = mask.astype(np.uint8)
    regions, _ = cv2.findContours(flat, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outlines = []
    for region in regions:
        corners = cv2.approxPolyDP(region, FINE, True)[:, 0]
        if len(corners) >= 3 and cv2.contourArea(region) >= FEWEST:
            at = (corners + 0.5) / (width, height)
            outlines.append([(float(x), float(y)) for x, y in at])
    return outlines
