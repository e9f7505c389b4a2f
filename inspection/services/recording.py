"""Committing inspections in groups: what arrives within a few milliseconds shares a transaction.

One writer a process. A record's future resolves when its rows are committed, or with NotStored.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg.types.json import Jsonb
from psycopg_pool import PoolTimeout

from core import postgres
from inspection.services import seals

log = logging.getLogger(__name__)

COLLECT = 0.005  # seconds the first of a group waits for others
GROUP = 200  # records a transaction at most

ATTEMPT = """
INSERT INTO inspection_unitattempts AS u (station_id, serial, decided, at)
VALUES (%(station)s, %(serial)s, 1, %(at)s)
ON CONFLICT (station_id, serial) DO UPDATE SET at = excluded.at,
    decided = CASE WHEN u.at < excluded.at - make_interval(hours => %(hours)s) THEN 1
                   ELSE u.decided + 1 END
RETURNING decided
"""
UNCOUNT = """
UPDATE inspection_unitattempts u SET decided = u.decided - 1 FROM inspection_inspection i
WHERE i.captured_day = %s AND i.id = %s AND i.verdict <> 'ERROR' AND NOT i.late
    AND i.mode = 'production' AND i.serial <> ''
    AND u.station_id = i.station_id AND u.serial = i.serial AND u.decided > 0
"""
TOUCH = "UPDATE inspection_blob SET touched_at = now() WHERE sha256 = ANY(%s) RETURNING sha256"
INSPECTION = """
INSERT INTO inspection_inspection (id, captured_day, captured_at, received_at, decided_at, line_id,
    station_id, product_id, recipe_id, model_id, client, serial, lot, mode, attempt, verdict,
    model_verdict, outcome, code, reasons, latency_ms, fail_safe, late, odd_time, software)
VALUES (%(id)s, %(captured_day)s, %(captured_at)s, %(received_at)s, %(decided_at)s, %(line)s,
    %(station)s, %(product)s, %(recipe)s, %(model)s, %(client)s, %(serial)s, %(lot)s, %(mode)s,
    %(attempt)s, %(verdict)s, %(model_verdict)s, '', %(code)s, %(reasons)s, %(latency_ms)s,
    %(fail_safe)s, %(late)s, %(odd_time)s, %(software)s)
"""
IMAGE = """
INSERT INTO inspection_inspectionimage (captured_day, inspection_id, position, camera_id, modality,
    sha256, size, width, height, score)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
FINDING = """
INSERT INTO inspection_finding (captured_day, inspection_id, position, image, defect_class_id,
    score, box, polygon, area, size_mm, decisive)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
FORGET = (
    "DELETE FROM inspection_finding WHERE captured_day = %s AND inspection_id = %s",
    "DELETE FROM inspection_inspectionimage WHERE captured_day = %s AND inspection_id = %s",
)
KEY = """
INSERT INTO inspection_idempotencykey (client, key, fingerprint, inspection_id, answer, at)
VALUES (%s, %s, %s, %s, %s, %s)
"""
MARK = "INSERT INTO inspection_dirtyhour (hour, station_id) VALUES (%s, %s)"


class NotStored(Exception):
    """The rows could not be committed."""


class KeyTaken(Exception):
    """Another process has committed this idempotency key first."""


class AlreadyStored(Exception):
    """This very inspection is stored: its commit was cut off after it had taken effect."""


@dataclass
class ImageRow:
    """An image as it is stored; sizes in pixels and bytes."""

    position: int
    sha256: str
    size: int
    camera: int | None = None
    modality: str = "rgb"
    width: int = 0
    height: int = 0
    score: float | None = None


@dataclass
class FindingRow:
    """A finding as it is stored; box and area as shares, `size_mm` of the longer side."""

    image: int
    class_id: int
    score: float
    box: Sequence[float] | None
    polygon: Any = None
    area: float | None = None
    size_mm: float | None = None
    decisive: bool = False


@dataclass
class Record:
    """One inspection with all that is committed with it. `row`: the columns of INSPECTION."""

    row: dict[str, Any]
    images: list[ImageRow] = field(default_factory=list)
    findings: list[FindingRow] = field(default_factory=list)
    key: str = ""
    fingerprint: str = ""
    answer: dict[str, Any] = field(default_factory=dict)
    counts: bool = False  # a decided production attempt of a unit with a serial
    same_unit_hours: int = 168  # within which the same serial is the same unit

    @property
    def id(self) -> UUID:
        """The inspection's id."""
        return self.row["id"]  # type: ignore[no-any-return]  # a row is a plain dict


class Writer:
    """Collects records and commits them together."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[Record, asyncio.Future[None]]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def commit(self, record: Record) -> None:
        """Return when the record is committed. NotStored, KeyTaken, AlreadyStored."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())
        future = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((record, future))
        await future

    async def _run(self) -> None:
        while True:
            group = [await self._queue.get()]
            if self._queue.empty():
                await asyncio.sleep(COLLECT)
            while len(group) < GROUP and not self._queue.empty():
                group.append(self._queue.get_nowait())
            await self._store(group)

    async def _store(
        self, group: list[tuple[Record, asyncio.Future[None]]], again: bool = False
    ) -> None:
        """Together; where that fails, one by one, so that one bad row spoils no other.

        `again`: a first commit of this may have taken effect though its answer was lost.
        """
        try:
            await _write([record for record, _ in group])
        except Exception as error:
            if len(group) == 1:
                told = _worded(error)
                _settle(group[0][1], None if again and isinstance(told, AlreadyStored) else told)
                return
            for one in group:
                await self._store([one], again=True)
            return
        for _, future in group:
            _settle(future, None)


def _settle(future: "asyncio.Future[None]", error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


def _worded(error: Exception) -> Exception:
    if isinstance(error, psycopg.errors.UniqueViolation):
        of_key = (error.diag.table_name or "").startswith("inspection_idempotencykey")
        return KeyTaken() if of_key else AlreadyStored()
    if not isinstance(error, (psycopg.OperationalError, PoolTimeout, OSError)):
        log.exception("an inspection could not be stored", exc_info=error)
    return NotStored(str(error))


async def _write(records: list[Record]) -> None:
    pool = await postgres.pool()
    async with pool.connection() as sql, sql.transaction(), sql.pipeline():
        await _attempts(sql, records)
        await _insert(sql, INSPECTION, [_columns(record) for record in records])
        await _insert(sql, IMAGE, [row for record in records for row in _images(record)])
        await _insert(sql, FINDING, [row for record in records for row in _findings(record)])
        await _insert(sql, KEY, [_key(record) for record in records if record.key])
        await seals.aseal(sql, [(record.row["captured_day"], record.id) for record in records])
        await _insert(sql, MARK, sorted({_hour(record) for record in records}))


async def _attempts(sql: AsyncConnection[Any], records: list[Record]) -> None:
    """Number the decided attempts of each serial; rows are locked in one order, so none waits
    for the other.
    """
    counted = [record for record in records if record.counts]
    counted.sort(key=lambda record: (record.row["station"], record.row["serial"]))
    for record in counted:
        row = record.row
        named = {"station": row["station"], "serial": row["serial"], "at": row["decided_at"]}
        cursor = await sql.execute(ATTEMPT, named | {"hours": record.same_unit_hours})
        found = await cursor.fetchone()
        row["attempt"] = found[0] if found else 1


async def _insert(sql: AsyncConnection[Any], statement: str, rows: Sequence[Any]) -> None:
    if rows:
        await sql.cursor().executemany(statement, rows)


def _columns(record: Record) -> dict[str, Any]:
    row = record.row
    return row | {"reasons": Jsonb(row["reasons"]), "latency_ms": Jsonb(row["latency_ms"])}


def _images(record: Record) -> list[tuple[Any, ...]]:
    day, pk = record.row["captured_day"], record.id
    return [
        (day, pk, i.position, i.camera, i.modality, i.sha256, i.size, i.width, i.height, i.score)
        for i in record.images
    ]


def _findings(record: Record) -> list[tuple[Any, ...]]:
    day, pk = record.row["captured_day"], record.id
    return [
        (
            day, pk, position, f.image, f.class_id, f.score, _json(f.box), _json(f.polygon),
            f.area, f.size_mm, f.decisive,
        )
        for position, f in enumerate(record.findings)
    ]  # fmt: skip


def _json(value: Any) -> Jsonb | None:
    return None if value is None else Jsonb(value)


def _key(record: Record) -> tuple[Any, ...]:
    row = record.row
    answer = Jsonb(record.answer)
    return row["client"], record.key, record.fingerprint, record.id, answer, row["decided_at"]


def _hour(record: Record) -> tuple[datetime, int]:
    captured: datetime = record.row["captured_at"].astimezone(UTC)
    return captured.replace(minute=0, second=0, microsecond=0), record.row["station"]


async def answered(client: str, key: str) -> tuple[str, dict[str, Any]] | None:
    """(fingerprint, answer) that this key was given before, or None. NotStored: cannot say."""
    try:
        pool = await postgres.pool()
        async with pool.connection() as sql:
            cursor = await sql.execute(
                "SELECT fingerprint, answer FROM inspection_idempotencykey "
                "WHERE client = %s AND key = %s",
                [client, key],
            )
            row = await cursor.fetchone()
    except (psycopg.OperationalError, PoolTimeout, OSError) as error:
        raise NotStored(str(error)) from error
    if row is None:
        return None
    answer = row[1] if isinstance(row[1], dict) else json.loads(row[1])
    return row[0], answer


async def touch(sha256: list[str]) -> set[str]:
    """Say that these bytes are about to be named, before they are put: what lies in the store
    already is then not swept between. Those that are known; NotStored when it cannot be said.
    """
    try:
        pool = await postgres.pool()
        async with pool.connection() as sql:
            known = await (await sql.execute(TOUCH, [sha256])).fetchall()
            return {name for (name,) in known}
    except (psycopg.OperationalError, PoolTimeout, OSError) as error:
        raise NotStored(str(error)) from error


async def mark_late(record: Record, answer: dict[str, Any]) -> None:
    """A commit overran the deadline: the line has heard ERROR, and so says the record.

    The attempt is taken back with it, so that the next one is the unit's first.
    """
    day, pk, hour = record.row["captured_day"], record.id, _hour(record)
    pool = await postgres.pool()
    async with pool.connection() as sql, sql.transaction():
        await sql.execute(UNCOUNT, [day, pk])
        await sql.execute(
            "UPDATE inspection_inspection SET verdict = 'ERROR', code = %s, late = true, "
            "fail_safe = true, reasons = %s, attempt = 1 WHERE captured_day = %s AND id = %s",
            [answer["code"], Jsonb(answer["reasons"]), day, pk],
        )
        await sql.execute(
            "UPDATE inspection_idempotencykey SET answer = %s "
            "WHERE client = %s AND key = %s AND inspection_id = %s",
            [Jsonb(answer), record.row["client"], record.key, pk],
        )
        await seals.aseal(sql, [(day, pk)])
        await sql.execute(MARK, hour)


async def add_late(record: Record) -> None:
    """What was found after the line had heard ERROR: beside the verdict, never in its place."""
    at = (record.row["captured_day"], record.id)
    pool = await postgres.pool()
    async with pool.connection() as sql, sql.transaction():
        await sql.execute(
            "UPDATE inspection_inspection SET model_verdict = %s "
            "WHERE captured_day = %s AND id = %s AND late",
            [record.row["model_verdict"], *at],
        )
        for statement in FORGET:
            await sql.execute(statement, at)
        await _insert(sql, IMAGE, _images(record))
        await _insert(sql, FINDING, _findings(record))
        await seals.aseal(sql, [at])
        await sql.execute(MARK, _hour(record))


def day_of(captured_at: datetime) -> date:
    """The partition a capture time belongs to (UTC)."""
    return captured_at.astimezone(UTC).date()
