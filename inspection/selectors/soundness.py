"""Whether the images of a version can be read: the same bytes as when they were taken in.

An image with a thumbnail was decoded whole when it came in; then equal bytes are proof enough.
Any other is decoded. What was found sound is taken for sound for a day.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.core.cache import cache

from core import storage
from inspection.formats.pixels import Room, look
from inspection.models.datasets import DatasetVersion, SampleImage, VersionSample
from workers.contract import MAX_PIXELS

THREADS = 4
PORTION = 200
REMEMBERED = 86_400  # seconds
WORDS = {
    "image_missing": "The image {path} is gone from the store: upload it again.",
    "image_damaged": "The image {path} is damaged in the store: upload it again.",
    "image_unreadable": "The image {path} cannot be read: {why} Take it out, then freeze again.",
}
_room = Room(MAX_PIXELS)


@dataclass(frozen=True)
class Problem:
    """What stands in a training's way (error), should be known (warning), or helps (info)."""

    level: str
    path: str
    code: str
    message: str
    params: dict[str, Any] = field(default_factory=dict)  # the values in the message


@dataclass(frozen=True)
class Stored:
    """An image of a version. `decoded`: it was, when it was taken in."""

    sha256: str
    path: str
    decoded: bool


def problems(version: DatasetVersion, patience: float) -> Iterator[Problem]:
    """Images that are gone, damaged or unreadable, in the order of the version.

    After so many seconds the rest is left to the job, which checks each as it fetches it.
    """
    end, unread = time.monotonic() + patience, 0
    with ThreadPoolExecutor(THREADS) as pool:
        for some in _portions(_images(version)):
            known = cache.get_many([_key(image) for image in some])
            new = [image for image in some if _key(image) not in known]
            if time.monotonic() > end:
                unread += len(new)
                continue
            found = list(zip(new, pool.map(_problem, new), strict=True))
            cache.set_many({_key(image): 1 for image, wrong in found if not wrong}, REMEMBERED)
            yield from (wrong for _, wrong in found if wrong)
    if unread:
        words = f"{unread} images were not read yet; the job reads them before it trains."
        yield Problem("warning", "dataset_version", "images_unread", words, {"count": unread})


def _images(version: DatasetVersion) -> Iterator[Stored]:
    held = VersionSample.objects.filter(version=version).values("sample")
    rows = SampleImage.objects.filter(sample__in=held).order_by("sample", "id")
    columns = rows.values_list("blob", "thumbnail", "sample__path")
    for blob, thumbnail, path in columns.iterator(chunk_size=2000):
        yield Stored(blob, path, thumbnail is not None)


def _portions(images: Iterable[Stored]) -> Iterator[list[Stored]]:
    walk = iter(images)
    while some := list(islice(walk, PORTION)):
        yield some


def _key(image: Stored) -> str:
    return f"sound:{image.sha256}"


def _problem(image: Stored) -> Problem | None:
    try:
        if image.decoded:
            return None if _digest(image.sha256) == image.sha256 else _error(image, "image_damaged")
        seen = look(storage.get(image.sha256), image.path, _room)
    except storage.Missing:
        return _error(image, "image_missing")
    return _error(image, "image_unreadable", seen.message) if seen.code else None


def _digest(sha256: str) -> str:
    digest = hashlib.sha256()
    for chunk in storage.stream(sha256):
        digest.update(chunk)
    return digest.hexdigest()


def _error(image: Stored, code: str, why: str = "") -> Problem:
    words = WORDS[code].format(path=image.path, why=why)
    return Problem("error", image.path, code, words, {"why": why} if why else {})
