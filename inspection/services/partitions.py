"""Day partitions of the four large tables: made ahead, so that no insert waits for one."""

from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction

TABLES = (
    "inspection_inspection",
    "inspection_inspectionimage",
    "inspection_finding",
    "inspection_disposition",
)
BEHIND, AHEAD = 31, 3  # days: capture times from now -30 d to +1 h have a partition of their own
LOCK = 0x4B495A57
KNOWN = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'inspection_%%_20______'"


def ensure(today: date | None = None) -> int:
    """Make what is missing from 31 days ago to 3 days ahead; how many were made."""
    today = today or datetime.now(UTC).date()
    days = [today + timedelta(days=n) for n in range(-BEHIND, AHEAD + 1)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(KNOWN)
        known = {name for (name,) in cursor.fetchall()}
        missing = [(t, d) for d in days for t in TABLES if _name(t, d) not in known]
        for table, day in missing:
            _make(table, day)
    return len(missing)


def _name(table: str, day: date) -> str:
    return f"{table}_{day:%Y%m%d}"


def _make(table: str, day: date) -> None:
    """Make one, taking along what the default partition holds of that day."""
    name, other, end = _name(table, day), f"{table}_other", day + timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")
        cursor.execute(
            f"WITH moved AS (DELETE FROM {other} WHERE captured_day = %s RETURNING *) "  # noqa: S608 - our own names
            f"INSERT INTO {name} SELECT * FROM moved",
            [day],
        )
        cursor.execute(
            f"ALTER TABLE {table} ATTACH PARTITION {name} "
            f"FOR VALUES FROM ('{day:%Y-%m-%d}') TO ('{end:%Y-%m-%d}')"
        )


def strays() -> int:
    """Rows in the default partition of inspections: capture times nobody expects."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM inspection_inspection_other")
        return int(cursor.fetchone()[0])
