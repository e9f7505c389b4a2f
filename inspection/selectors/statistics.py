"""Statistics of a period: rollups for the hours that are whole and counted, raw rows for the rest,
both in one snapshot. Unknown is None, never 0.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from inspection.quality import intervals
from inspection.selectors.counting import (
    CLASS_COUNTS,
    CLASS_FOUND,
    CLASS_SUMS,
    COUNTS,
    FOUND,
    QUARTER,
    SUMS,
)  # fmt: skip

HOURS = timedelta(hours=1)


@dataclass(frozen=True)
class Question:
    """What is asked. `lines` None: all; `truth` final or model; times aware."""

    start: datetime
    end: datetime
    lines: tuple[int, ...] | None = None
    station: int | None = None
    product: int | None = None
    model: int | None = None
    truth: str = "final"
    mode: str = "production"
    split: tuple[datetime, ...] = ()  # full hours that a day of the plant begins within

    @property
    def first_hour(self) -> datetime:
        """The first full hour (UTC) of the period."""
        floor = _floor(self.start)
        return floor if floor == self.start.astimezone(UTC) else floor + HOURS

    @property
    def last_hour(self) -> datetime:
        """Where the full hours end."""
        return max(_floor(self.end), self.first_hour)


def _floor(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


@contextmanager
def snapshot() -> Iterator[Any]:
    """A cursor in one REPEATABLE READ transaction: rollups, marks and raw rows of one moment."""
    nested = connection.in_atomic_block  # in a test's transaction
    with transaction.atomic(), connection.cursor() as cursor:
        if not nested:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield cursor


def by_hour(cursor: Any, ask: Question) -> list[dict[str, Any]]:
    """Counts by hour (UTC), each with `hour`; hours without any are left out.

    What is counted from raw rows at the period's ends and in its split hours comes by quarter.
    """
    sums = ", ".join(f"sum({name}) AS {name}" for name in SUMS)
    cursor.execute(
        f"SELECT hour, {sums} FROM ({_parts(ask, 'hourcount', COUNTS, FOUND, SUMS)}) parts "  # noqa: S608 - our own names; values are parameters
        "GROUP BY hour ORDER BY hour",
        _values(ask),
    )
    names = [column.name for column in cursor.description]
    return [_plain(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def by_class(cursor: Any, ask: Question) -> list[dict[str, Any]]:
    """{class_id, findings, units, findings_final, units_final}."""
    sums = ", ".join(f"sum({name})::int AS {name}" for name in CLASS_SUMS)
    parts = _parts(
        ask, "hourclasscount", CLASS_COUNTS, CLASS_FOUND, CLASS_SUMS,
        "defect_class_id", "f.defect_class_id",
    )  # fmt: skip
    cursor.execute(
        f"SELECT defect_class_id AS class_id, {sums} FROM ({parts}) parts GROUP BY class_id",  # noqa: S608 - our own names; values are parameters
        _values(ask),
    )
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _parts(
    ask: Question, table: str, counts: str, found: str, sums: tuple[str, ...],
    key: str = "", raw_key: str = "",
) -> str:  # fmt: skip
    """Rollups of unmarked hours, raw rows of marked and split hours and of the broken ends."""
    keys, raw = (f", {key}", f", {raw_key}") if key else ("", "")
    counted = counts.replace("\n", "\n    ")
    rolled = f"""
    SELECT i.hour{keys}, {", ".join(sums)} FROM inspection_{table} i
    WHERE i.hour >= %(first)s AND i.hour < %(last)s AND {_where(ask)}
      AND i.hour <> ALL(%(split)s)
      AND NOT EXISTS (SELECT 1 FROM inspection_dirtyhour d
                      WHERE d.hour = i.hour AND d.station_id = i.station_id)
    """  # noqa: S608 - every name is our own, every value a parameter
    marked = f"""
    SELECT m.hour{keys and f", {raw_key}"}, {counted}
    FROM (SELECT DISTINCT hour, station_id FROM inspection_dirtyhour
          WHERE hour >= %(first)s AND hour < %(last)s AND hour <> ALL(%(split)s)) m
    JOIN inspection_inspection i ON i.station_id = m.station_id
      AND i.captured_at >= m.hour AND i.captured_at < m.hour + interval '1 hour'
      AND i.captured_day = (m.hour AT TIME ZONE 'UTC')::date
    {found} WHERE {_where(ask)} GROUP BY m.hour{raw}
    """  # noqa: S608 - our own names; values are parameters
    split = f"""
    SELECT {QUARTER} AS hour{raw}, {counted}
    FROM unnest(%(split)s::timestamptz[]) m(hour)
    JOIN inspection_inspection i ON i.captured_at >= m.hour
      AND i.captured_at < m.hour + interval '1 hour'
      AND i.captured_day = (m.hour AT TIME ZONE 'UTC')::date
    {found} WHERE m.hour >= %(first)s AND m.hour < %(last)s AND {_where(ask)} GROUP BY 1{raw}
    """  # noqa: S608 - our own names; values are parameters
    ends = f"""
    SELECT {QUARTER} AS hour{raw}, {counted} FROM inspection_inspection i {found}
    WHERE i.captured_day BETWEEN %(start_day)s AND %(end_day)s
      AND ((i.captured_at >= %(start)s AND i.captured_at < least(%(first)s, %(end)s))
        OR (i.captured_at >= greatest(%(last)s, %(start)s) AND i.captured_at < %(end)s))
      AND {_where(ask)} GROUP BY 1{raw}
    """  # noqa: S608 - our own names; values are parameters
    return f"{rolled} UNION ALL {marked} UNION ALL {split} UNION ALL {ends}"


def _where(ask: Question) -> str:
    """The filters that are asked, on rows `i` of either kind."""
    wanted = {
        "i.line_id = ANY(%(lines)s)": ask.lines is not None,
        "i.station_id = %(station)s": ask.station is not None,
        "i.product_id = %(product)s": ask.product is not None,
        "i.model_id = %(model)s": ask.model is not None,
    }
    return " AND ".join(["i.mode = %(mode)s", *(sql for sql, use in wanted.items() if use)])


def _values(ask: Question) -> dict[str, Any]:
    return {
        "start": ask.start,
        "end": ask.end,
        "first": ask.first_hour,
        "last": ask.last_hour,
        "split": list(ask.split),
        "start_day": ask.start.astimezone(UTC).date(),
        "end_day": ask.end.astimezone(UTC).date(),
        "lines": list(ask.lines or ()),
        "station": ask.station,
        "product": ask.product,
        "model": ask.model,
        "mode": ask.mode,
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value if name == "hour" else float(value) if name == "latency_ms" else int(value)
        for name, value in row.items()
    }


def total(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The sums of hourly counts."""
    return {name: sum(row[name] for row in rows) for name in SUMS}


def summary(ask: Question) -> dict[str, Any]:
    """The figures of a period, each with what it is out of."""
    with snapshot() as cursor:
        counts = total(by_hour(cursor, ask))
    n, d = counts["first"], counts[f"ng_{ask.truth}"]
    unsure = counts["review_open"] if ask.truth == "final" else counts["review"]
    passed = n - d - unsure
    return {
        "inspected": n,
        "ng": d,
        "ng_rate": share(d, n),
        "ng_interval": intervals.wilson(d, n) or None,
        "fpy": share(passed, n),
        "fpy_interval": intervals.wilson(passed, n) or None,
        "triggered": counts["triggered"],
        "decided": counts["decided"],
        "reinspected": counts["decided"] - n,
        "error": counts["error"],
        "late": counts["late"],
        "review": counts["review"],
        "review_share": share(counts["review"], n),
        "verified": counts["verified"],
        "verified_share": share(counts["verified"], n),
        "false_calls": counts["false_calls"],
        "availability": share(counts["decided"], counts["triggered"]),
        "latency_ms": share(counts["latency_ms"], counts["decided"]),
        "truth": ask.truth,
        "from": ask.start,
        "to": ask.end,
        "as_of": datetime.now(UTC),
    }


def share(part: float, whole: float) -> float | None:
    """part / whole; None when there is nothing to divide by."""
    return part / whole if whole else None


def trend(ask: Question, bucket: str, zone: ZoneInfo) -> list[dict[str, Any]]:
    """The NG rate by hour or day of the plant's zone; empty buckets are there, without a rate."""
    starts = list(_starts(ask, bucket, zone))
    within = tuple(_floor(start) for start in starts if start != _floor(start))
    with snapshot() as cursor:
        rows = by_hour(cursor, replace(ask, split=within))
    counts: dict[datetime, list[int]] = {start: [0, 0] for start in starts}
    for row in rows:
        start = _start_of(row["hour"], bucket, zone)
        held = counts.setdefault(start, [0, 0])
        held[0] += row["first"]
        held[1] += row[f"ng_{ask.truth}"]
    return [
        {
            "t": start,
            "inspected": n,
            "ng": d,
            "ng_rate": share(d, n),
            "interval": intervals.wilson(d, n) or None,
        }
        for start, (n, d) in sorted(counts.items())
    ]


def _start_of(moment: datetime, bucket: str, zone: ZoneInfo) -> datetime:
    """Where the moment's bucket begins, in UTC. Days are the plant's."""
    if bucket == "hour":
        return _floor(moment)
    day = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return day.astimezone(UTC)


def _starts(ask: Question, bucket: str, zone: ZoneInfo) -> Iterator[datetime]:
    start = _start_of(ask.start, bucket, zone)
    while start < ask.end:
        yield start
        step = HOURS if bucket == "hour" else timedelta(hours=36)  # over any change of clocks
        start = _start_of(start + step, bucket, zone)
