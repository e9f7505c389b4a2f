"""Deleting bytes that no row refers to, a day after they were last touched."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from core import storage
from inspection.models.datasets import Blob

log = logging.getLogger(__name__)

AGE = timedelta(hours=24)
AT_ONCE = 1000
LOCK = 0x6B697A75  # of Postgres: shared while bytes are stored, whose rows come after
# Every column that names a blob, with or without a foreign key. Of a job's checkpoints only the
# one that it would go on from is kept, by the job's own row.
UNREFERRED = """
SELECT b.sha256 FROM inspection_blob b
WHERE b.touched_at < %(before)s AND (%(one)s::text IS NULL OR b.sha256 = %(one)s)
  AND NOT EXISTS (SELECT 1 FROM inspection_sampleimage i WHERE i.blob_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_sampleimage i WHERE i.thumbnail_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_datasetversion v WHERE v.manifest_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_modelversion m WHERE m.artefact_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_baseweights w WHERE w.blob_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_export e WHERE e.artefact_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_job j WHERE j.checkpoint_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_batchitem t WHERE t.blob_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_syntheticimage y WHERE y.image_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_syntheticimage y WHERE y.closeup_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_syntheticimage y
                  WHERE y.neighbour_closeup_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_batchitem t
                  WHERE t.images @? format('$.* ? (@ == "%%s")', b.sha256)::jsonpath)
  AND NOT EXISTS (SELECT 1 FROM inspection_inspectionimage n WHERE n.sha256 = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_jobevent x
                  WHERE x.type IN ('image', 'artefact') AND x.data->>'sha256' = b.sha256
                    AND x.data->>'role' IS DISTINCT FROM 'checkpoint')
LIMIT %(limit)s
"""


@contextmanager
def kept_out() -> Iterator[None]:
    """Nothing is swept meanwhile: bytes found in the store are there when their row is written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock_shared(%s)", [LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [LOCK])


def sweep() -> int:
    """Delete what is unreferred; how many blobs went."""
    before = timezone.now() - AGE
    return sum(_remove(sha256, before) for sha256 in _unreferred(before, None))


def _unreferred(before: datetime, one: str | None) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(UNREFERRED, {"before": before, "one": one, "limit": AT_ONCE})
        return [sha256 for (sha256,) in cursor.fetchall()]


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _remove(sha256: str, before: datetime) -> bool:
    """Look again under the row's lock: whoever names it meanwhile has locked it too."""
    with transaction.atomic():
        if not _alone():
            return False
        row = Blob.objects.select_for_update(skip_locked=True).filter(pk=sha256).first()
        if row is None or not _unreferred(before, sha256):
            return False
        storage.remove(sha256)
        row.delete()
    log.info("blob %s is gone: nothing refers to it", sha256)
    return True
