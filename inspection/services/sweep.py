"""Deleting bytes that no row refers to, a day after they were last touched."""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from core import storage
from inspection.models.datasets import Blob

log = logging.getLogger(__name__)

AGE = timedelta(hours=24)
AT_ONCE = 1000
# Every column that names a blob, with or without a foreign key.
UNREFERRED = """
SELECT b.sha256 FROM inspection_blob b
WHERE b.touched_at < %(before)s AND (%(one)s::text IS NULL OR b.sha256 = %(one)s)
  AND NOT EXISTS (SELECT 1 FROM inspection_sampleimage i WHERE i.blob_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_sampleimage i WHERE i.thumbnail_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_datasetversion v WHERE v.manifest_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_modelversion m WHERE m.artefact_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_export e WHERE e.artefact_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_job j WHERE j.checkpoint_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_batchitem t WHERE t.blob_id = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_inspectionimage n WHERE n.sha256 = b.sha256)
  AND NOT EXISTS (SELECT 1 FROM inspection_jobevent x
                  WHERE x.type IN ('image', 'artefact') AND x.data->>'sha256' = b.sha256)
LIMIT %(limit)s
"""


def sweep() -> int:
    """Delete what is unreferred; how many blobs went."""
    before = timezone.now() - AGE
    return sum(_remove(sha256, before) for sha256 in _unreferred(before, None))


def _unreferred(before: datetime, one: str | None) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(UNREFERRED, {"before": before, "one": one, "limit": AT_ONCE})
        return [sha256 for (sha256,) in cursor.fetchall()]


def _remove(sha256: str, before: datetime) -> bool:
    """Look again under the row's lock: whoever names it meanwhile has locked it too."""
    with transaction.atomic():
        row = Blob.objects.select_for_update(skip_locked=True).filter(pk=sha256).first()
        if row is None or not _unreferred(before, sha256):
            return False
        storage.remove(sha256)
        row.delete()
    log.info("blob %s is gone: nothing refers to it", sha256)
    return True
