"""Bytes by their hash: who lacks what, taking them in, and who may see them."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from core import storage
from core.accounts.models import User
from core.errors import Refused
from inspection.models.datasets import Blob, BlobClaim, SampleImage
from inspection.selectors import synthetic
from inspection.services import sweep

LIMIT = 4 * 1024**3  # bytes of a file: pretrained weights are the largest
CHUNK = 1024 * 1024
IN_MEMORY = 4 * 1024 * 1024  # larger ones are spooled to disk while they come in
BATCH = 2000  # rows a statement
ROWS = """
INSERT INTO inspection_blob (sha256, size, created_at, touched_at)
SELECT name, size, %s, %s FROM unnest(%s::text[], %s::bigint[]) AS sent(name, size)
ON CONFLICT (sha256) DO UPDATE SET touched_at = excluded.touched_at
RETURNING (xmax = 0)
"""


def missing(sha256: Sequence[str], by: User) -> list[str]:
    """Those of these hashes that the caller has neither sent nor may see. Touches the rest."""
    known = visible(sha256, by)
    touch(known)
    return [digest for digest in dict.fromkeys(sha256) if digest not in known]


def visible(sha256: Iterable[str], by: User) -> set[str]:
    """Those that the caller has sent, or that are images of a dataset."""
    found: set[str] = set()
    for some in _batches(sha256):
        claims = BlobClaim.objects.filter(user=by, blob__in=some)
        found.update(claims.values_list("blob", flat=True))
        found.update(_shown().filter(blob__in=some).values_list("blob", flat=True))
    return found


def _shown() -> QuerySet[SampleImage]:
    return SampleImage.objects.order_by()


def may_see(sha256: str, by: User) -> bool:
    """Whether this is the caller's own, an image or thumbnail of a dataset, or a drawn image."""
    if visible([sha256], by) or _shown().filter(thumbnail=sha256).exists():
        return True
    return synthetic.shows(sha256)


def take(sha256: str, body: BinaryIO, by: User) -> bool:
    """Read, verify and store a body; True when it was new. Refused(`hash_differs`, `too_large`)."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        size, digest = 0, hashlib.sha256()
        while chunk := body.read(CHUNK):
            size += len(chunk)
            if size > LIMIT:
                raise Refused("too_large", f"At most {LIMIT // 2**30} GB a file.", status=413)
            digest.update(chunk)
            file.write(chunk)
        if digest.hexdigest() != sha256:
            words = "The bytes have another SHA-256 than the address says; send them again."
            raise Refused("hash_differs", words, status=422)
        file.seek(0)
        with sweep.kept_out():
            made = row({sha256: size}) == 1
            storage.put_stream(sha256, file, size, new=made)  # type: ignore[arg-type]  # a spooled file reads like any other
            claim([sha256], by)
            return made


def row(sizes: Mapping[str, int]) -> int:
    """The rows of bytes that are about to be stored, touched; how many are new."""
    now = timezone.now()
    new = 0
    for some in _batches(sizes):
        with connection.cursor() as cursor:
            cursor.execute(ROWS, [now, now, some, [sizes[digest] for digest in some]])
            new += sum(made for (made,) in cursor.fetchall())
    return new


def touch(sha256: Iterable[str]) -> None:
    """None of these is swept for a day."""
    for some in _batches(sha256):
        Blob.objects.filter(pk__in=some).update(touched_at=timezone.now())


def claim(sha256: Iterable[str], by: User) -> None:
    """These stored bytes are the caller's to name."""
    for some in _batches(sha256):
        rows = (BlobClaim(blob_id=digest, user=by) for digest in some)
        BlobClaim.objects.bulk_create(rows, ignore_conflicts=True)


def _batches(sha256: Iterable[str]) -> Iterator[list[str]]:
    """Sorted, so that two who write the same rows wait for each other and never both."""
    wanted = sorted(set(sha256))
    return (wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH))
