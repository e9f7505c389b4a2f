"""How an inspection is sealed, and whether what is stored is what was sealed.

A seal covers what the machine said of a unit: its row, images and findings, as the database holds
them. What people say of it later (`outcome`) has entries of its own in the audit trail.
"""

from datetime import date

from django.db import connection

from core.audit.models import Entry

ACTION = "inspection.seal"
BYTES = 32  # of a SHA-256
# Of an inspection row `i` of %(day)s. Times are numbers: no session's time zone is in them.
DIGEST = """
sha256(convert_to(jsonb_build_array(
    i.id, extract(epoch FROM i.captured_at), extract(epoch FROM i.received_at),
    extract(epoch FROM i.decided_at), i.line_id, i.station_id, i.product_id, i.recipe_id,
    i.model_id, i.client, i.serial, i.lot, i.mode, i.attempt, i.verdict, i.model_verdict, i.code,
    i.reasons, i.latency_ms, i.fail_safe, i.late, i.odd_time, i.software,
    (SELECT jsonb_agg(jsonb_build_array(m.position, m.camera_id, m.modality, m.sha256, m.size,
         m.width, m.height, m.score) ORDER BY m.position)
     FROM inspection_inspectionimage m
     WHERE m.captured_day = %(day)s AND m.inspection_id = i.id),
    (SELECT jsonb_agg(jsonb_build_array(f.position, f.image, f.defect_class_id, f.score, f.box,
         f.polygon, f.area, f.size_mm, f.decisive) ORDER BY f.position)
     FROM inspection_finding f
     WHERE f.captured_day = %(day)s AND f.inspection_id = i.id)
)::text, 'UTF8'))
"""
# What an entry of the trail says of its seals.
ROOT = """
SELECT encode(sha256(string_agg(sha256(
    convert_to(concat_ws('|', s.id, to_char(s.day, 'YYYYMMDD'), s.ids), 'UTF8') || s.digests
), ''::bytea ORDER BY s.id)), 'hex') FROM inspection_seal s WHERE
"""
DAYS = """
SELECT day FROM inspection_seal UNION SELECT captured_day FROM inspection_inspection ORDER BY 1
"""
# Stored before there were seals: nothing is known of those.
SINCE = """
SELECT applied FROM django_migrations WHERE app = 'inspection' AND name = '0005_seals'
"""
# The last seal of each unit of a day beside the unit itself, where they do not go together.
ODD = f"""
WITH sealed AS (
    SELECT DISTINCT ON (u.id) u.id, count(*) OVER (PARTITION BY u.id) AS times,
        substring(s.digests FROM (u.place::int - 1) * {BYTES} + 1 FOR {BYTES}) AS digest
    FROM inspection_seal s, unnest(s.ids) WITH ORDINALITY u(id, place)
    WHERE s.day = %(day)s ORDER BY u.id, s.id DESC
), stored AS (
    SELECT i.id, i.late, i.decided_at, {DIGEST} AS digest
    FROM inspection_inspection i WHERE i.captured_day = %(day)s
)
SELECT coalesce(a.id, b.id), CASE
    WHEN b.id IS NULL THEN 'was taken out'
    WHEN a.id IS NULL THEN 'was put in'
    WHEN a.digest <> b.digest THEN 'was changed'
    ELSE 'was sealed again, though no result of it came late' END
FROM sealed a FULL JOIN stored b ON b.id = a.id
WHERE b.id IS NULL OR (a.id IS NULL AND b.decided_at >= %(since)s)
    OR a.digest <> b.digest OR (a.times > 1 AND NOT b.late)
ORDER BY 1 LIMIT 1
"""  # noqa: S608 - our own names; values are parameters
STRAY = """
SELECT s.id FROM inspection_seal s WHERE s.entry IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM audit_entry e WHERE e.id = s.entry AND e.action = %s) ORDER BY s.id LIMIT 1
"""


def verify() -> str | None:
    """What is wrong first, in words; None when every seal is in the trail and holds."""
    return _chained() or _held()


def _chained() -> str | None:
    """Each entry's seals are those that it was written of, and no seal names another entry."""
    with connection.cursor() as cursor:
        for entry in Entry.objects.filter(action=ACTION).order_by("id").iterator(chunk_size=500):
            cursor.execute(f"{ROOT} s.entry = %s", [entry.pk])
            if cursor.fetchone()[0] != (entry.new or {}).get("digest"):
                return f"the seals of entry {entry.pk} are not those that it was written of."
        cursor.execute(STRAY, [ACTION])
        stray = cursor.fetchone()
    return f"seal {stray[0]} names an entry that is none of seals." if stray else None


def _held() -> str | None:
    """Each unit is as its last seal says, and only a late result has sealed one again."""
    with connection.cursor() as cursor:
        cursor.execute(SINCE)
        since = cursor.fetchone()[0]
        cursor.execute(DAYS)
        days: list[date] = [day for (day,) in cursor.fetchall()]
        for day in days:
            cursor.execute(ODD, {"day": day, "since": since})
            if odd := cursor.fetchone():
                return f"inspection {odd[0]} {odd[1]}."
    return None
