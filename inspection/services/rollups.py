"""Rollups: marked hours are counted anew from the raw rows, whole, once they are over."""

from django.db import connection, transaction

from inspection.selectors.counting import (
    CLASS_COUNTS,
    CLASS_FOUND,
    CLASS_SUMS,
    COUNTS,
    FOUND,
    KEYS,
    SUMS,
)  # fmt: skip

LOCK = 0x4B495A58
AT_ONCE = 500  # buckets a transaction
# Marks of hours that are over. A row that commits later brings a mark of its own.
MARKS = """
SELECT hour, station_id, array_agg(id) FROM inspection_dirtyhour
WHERE hour < date_trunc('hour', now(), 'UTC') GROUP BY hour, station_id ORDER BY hour LIMIT %s
"""
BUCKET = "hour = %(hour)s AND station_id = %(station)s"
ROWS = """
i.station_id = %(station)s AND i.captured_day = (%(hour)s AT TIME ZONE 'UTC')::date
AND i.captured_at >= %(hour)s AND i.captured_at < %(hour)s + interval '1 hour'
"""
_keys = ", ".join(KEYS)
_by = ", ".join(f"i.{key}" for key in KEYS)
# Every name in these statements is our own.
HOURS = f"""
INSERT INTO inspection_hourcount (hour, {_keys}, {", ".join(SUMS)})
SELECT %(hour)s, {_by}, {COUNTS} FROM inspection_inspection i {FOUND} WHERE {ROWS} GROUP BY {_by}
"""  # noqa: S608 - our own names; values are parameters
CLASSES = f"""
INSERT INTO inspection_hourclasscount (hour, {_keys}, defect_class_id, {", ".join(CLASS_SUMS)})
SELECT %(hour)s, {_by}, f.defect_class_id, {CLASS_COUNTS}
FROM inspection_inspection i {CLASS_FOUND} WHERE {ROWS} GROUP BY {_by}, f.defect_class_id
"""  # noqa: S608 - our own names; values are parameters


def recompute() -> int:
    """Count anew every marked bucket whose hour is over; how many there were."""
    done = 0
    while count := _some():
        done += count
    return done


def _some() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(MARKS, [AT_ONCE])
        buckets = cursor.fetchall()
        for hour, station, marks in buckets:
            named = {"hour": hour, "station": station}
            cursor.execute(f"DELETE FROM inspection_hourcount WHERE {BUCKET}", named)  # noqa: S608 - our own names; values are parameters
            cursor.execute(f"DELETE FROM inspection_hourclasscount WHERE {BUCKET}", named)  # noqa: S608 - our own names; values are parameters
            cursor.execute(HOURS, named)
            cursor.execute(CLASSES, named)
            cursor.execute("DELETE FROM inspection_dirtyhour WHERE id = ANY(%s)", [marks])
    return len(buckets)
