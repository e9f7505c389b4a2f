"""What an augmentation does to a dataset version's own images, drawn by `serve`."""

import heapq
import random
import secrets
import time
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError

from core import storage, valkey
from core.errors import Refused
from inspection.models.datasets import DatasetVersion
from inspection.selectors import frozen
from workers.contract import CardKind, ManifestSample
from workers.presets import Augmentation
from workers.previews import QUEUE, PreviewJob, PreviewReply

SHOWN = 6  # images
PATIENCE = 5.0  # seconds
REMEMBERED = 3600  # seconds that the choice of images is
WAITING = 20  # previews on the list; older ones give way


def drawn(
    version: DatasetVersion, kind: CardKind, augmentation: Augmentation, seed: int
) -> PreviewReply:
    """A few training images varied. Refused: no images, they are gone, or no `serve` answers."""
    try:
        classes, samples = _chosen(version.manifest_id, seed)
    except storage.Missing as error:
        words = "The version's manifest is gone from the store; restore it from a backup."
        raise Refused("manifest_missing", words, status=422) from error
    if not samples:
        words = "The version has no training image to show."
        raise Refused("no_preview_images", words, status=422)
    job = PreviewJob(
        reply_to=f"kizu:preview:{secrets.token_hex(12)}",
        deadline=time.time() + PATIENCE,
        kind="segment" if kind == "generate" else kind,
        classes=classes,
        samples=samples,
        augmentation=augmentation,
        seed=seed,
    )
    return _ask(job)


def _ask(job: PreviewJob) -> PreviewReply:
    client = valkey.client()
    try:
        with client.pipeline(transaction=False) as pipe:
            pipe.rpush(QUEUE, job.model_dump_json())
            pipe.ltrim(QUEUE, -WAITING, -1)
            pipe.execute()
        while (left := job.deadline - time.time()) > 0:
            if popped := client.blpop([job.reply_to], timeout=min(left, 1.0)):
                return PreviewReply.model_validate_json(popped[1])
    except (RedisError, OSError):
        pass
    words = "No preview came within 5 s: no serve process runs, or it is busy."
    raise Refused("no_preview", words, status=503)


def _chosen(manifest: str, seed: int) -> tuple[list[str], list[ManifestSample]]:
    """Training images by chance, those with something annotated first; the same for a seed."""
    key = f"preview:{manifest}:{seed}"
    if (known := cache.get(key)) is None:
        train = (row for row in frozen.samples(manifest) if row["split"] == "train")
        rows = heapq.nsmallest(SHOWN, train, key=lambda row: _rank(row, seed))
        known = frozen.tally(manifest).classes, rows
        cache.set(key, known, REMEMBERED)
    classes, rows = known
    return classes, [ManifestSample.model_validate(row) for row in rows]


def _rank(row: dict[str, Any], seed: int) -> tuple[bool, float]:
    marked = any(note["kind"] in frozen.BOXED for note in row["annotations"])
    return not marked, random.Random(f"{seed}:{row['id']}").random()  # noqa: S311 - any will do
