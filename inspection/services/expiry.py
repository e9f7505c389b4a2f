"""What is remembered for a while only: idempotency keys and the attempts of serials."""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

KEYS_KEPT = timedelta(days=8)  # longer than the longest buffer of a line that was cut off
AT_ONCE = 5000  # rows a transaction
KEYS = """
DELETE FROM inspection_idempotencykey k USING (
    SELECT client, key FROM inspection_idempotencykey WHERE at < %s ORDER BY at LIMIT %s
) old WHERE k.client = old.client AND k.key = old.key
"""
# A serial that comes again after its line's time is another unit.
ATTEMPTS = """
DELETE FROM inspection_unitattempts u USING (
    SELECT a.station_id, a.serial FROM inspection_unitattempts a
    JOIN inspection_station s ON s.id = a.station_id JOIN inspection_line l ON l.id = s.line_id
    WHERE a.at < %s::timestamptz - make_interval(hours => l.same_unit_hours) LIMIT %s
) old WHERE u.station_id = old.station_id AND u.serial = old.serial
    AND u.at < %s::timestamptz - interval '1 hour'
"""


def forget(now: datetime | None = None) -> int:
    """Delete what is over, a chunk a transaction; how many rows went."""
    now = now or timezone.now()
    keys = _in_chunks(KEYS, [now - KEYS_KEPT, AT_ONCE])
    return keys + _in_chunks(ATTEMPTS, [now, AT_ONCE, now])


def _in_chunks(sql: str, values: list[datetime | int]) -> int:
    done = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(sql, values)
            done += int(cursor.rowcount)
            if cursor.rowcount < AT_ONCE:
                return done
