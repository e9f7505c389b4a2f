"""Bytes by their hash: who lacks what, taking them in, and who may see them."""

import hashlib
import tempfile
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core import storage
from core.accounts.models import User
from core.errors import Refused
from inspection.models.datasets import Blob, BlobClaim, SampleImage
from inspection.services import sweep

LIMIT = 2 * 1024**3  # bytes of a file
CHUNK = 1024 * 1024
IN_MEMORY = 4 * 1024 * 1024  # larger ones are spooled to disk while they come in


def missing(sha256: Sequence[str], by: User) -> list[str]:
    """Those of these hashes that the caller has neither sent nor may see. Touches the rest."""
    known = visible(sha256, by)
    Blob.objects.filter(pk__in=known).update(touched_at=timezone.now())
    return [digest for digest in dict.fromkeys(sha256) if digest not in known]


def visible(sha256: Iterable[str], by: User) -> set[str]:
    """Those that the caller has sent, or that are images of a dataset."""
    wanted = list(set(sha256))
    claimed = BlobClaim.objects.filter(user=by, blob__in=wanted).values_list("blob", flat=True)
    shown = _shown().filter(blob__in=wanted).values_list("blob", flat=True)
    return set(claimed) | set(shown)


def _shown() -> QuerySet[SampleImage]:
    return SampleImage.objects.order_by()


def may_see(sha256: str, by: User) -> bool:
    """Whether this is the caller's own, or an image or thumbnail of a dataset."""
    if visible([sha256], by):
        return True
    return _shown().filter(thumbnail=sha256).exists()


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
            storage.put_stream(sha256, file, size)  # type: ignore[arg-type]  # a spooled file reads like any other
            return keep(sha256, size, by)


def keep(sha256: str, size: int, by: User | None) -> bool:
    """The row of stored bytes, and whose they are; True when the row is new."""
    now = timezone.now()
    with transaction.atomic():
        blob, made = Blob.objects.get_or_create(
            pk=sha256, defaults={"size": size, "touched_at": now}
        )
        if not made:
            Blob.objects.filter(pk=sha256).update(touched_at=now)
        if by is not None:
            BlobClaim.objects.get_or_create(blob=blob, user=by)
    return made
