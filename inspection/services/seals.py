"""Sealing what the machine said: a digest a unit, in the transaction that stores the unit; once a
minute the new seals become one entry of the audit trail, which no later hand can change unseen.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg import AsyncConnection

from core.audit import trail
from inspection.selectors.seals import ACTION, DIGEST, ROOT

LOCK = 0x4B495A53
AT_ONCE = 10_000  # seals an entry
SEAL = f"""
INSERT INTO inspection_seal (day, at, ids, digests)
SELECT i.captured_day, now(), array_agg(i.id ORDER BY i.id),
    string_agg({DIGEST}, ''::bytea ORDER BY i.id)
FROM inspection_inspection i WHERE i.captured_day = %(day)s AND i.id = ANY(%(ids)s)
GROUP BY i.captured_day
"""  # noqa: S608 - our own names; values are parameters
NEW = """
SELECT id, cardinality(ids) FROM inspection_seal
WHERE entry IS NULL ORDER BY id LIMIT %s FOR UPDATE
"""


def seal(day: date, pk: UUID) -> None:
    """Seal one unit as it is stored now, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(SEAL, {"day": day, "ids": [pk]})


async def aseal(sql: AsyncConnection[Any], units: Iterable[tuple[date, UUID]]) -> None:
    """Seal units as this transaction has stored them: a seal a day, most often one."""
    by_day: dict[date, list[UUID]] = {}
    for day, pk in units:
        by_day.setdefault(day, []).append(pk)
    for day, ids in by_day.items():
        await sql.execute(SEAL, {"day": day, "ids": ids})


def chain() -> int:
    """Note new seals in the audit trail, an entry for all of them; how many there were."""
    done = 0
    while count := _chain_some():
        done += count
    return done


@transaction.atomic
def _chain_some() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(NEW, [AT_ONCE])
        new = cursor.fetchall()
        if not new:
            return 0
        ids = [pk for pk, _ in new]
        cursor.execute(f"{ROOT} s.id = ANY(%s)", [ids])
        told = {
            "seals": len(new),
            "inspections": sum(units for _, units in new),
            "digest": cursor.fetchone()[0],
        }
        entry = trail.note(trail.PRODUCT, ACTION, f"seal.{ids[-1]}", None, told)
        cursor.execute("UPDATE inspection_seal SET entry = %s WHERE id = ANY(%s)", [entry.pk, ids])
    return len(new)
