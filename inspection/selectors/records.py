"""Whether what refers to each other is there: no foreign key can watch over partitions or S3."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from core import storage

SHOWN = 5  # examples of each kind of fault
UNIT = "SELECT 1 FROM inspection_inspection i WHERE i.captured_day = r.captured_day AND i.id = {}"
ORPHANS = {
    "findings without their inspection": ("inspection_finding", "r.inspection_id"),
    "images without their inspection": ("inspection_inspectionimage", "r.inspection_id"),
    "dispositions without their inspection": ("inspection_disposition", "r.inspection_id"),
}
BARE = """
SELECT r.id FROM inspection_inspection r WHERE NOT EXISTS (
  SELECT 1 FROM inspection_inspectionimage i
  WHERE i.captured_day = r.captured_day AND i.inspection_id = r.id)
"""
NAMED = """
SELECT sha256, 'an image of inspection ' || inspection_id FROM inspection_inspectionimage
WHERE sha256 LIKE %(start)s
UNION ALL SELECT sha256, 'a blob' FROM inspection_blob WHERE sha256 LIKE %(start)s
"""


@dataclass(frozen=True)
class Fault:
    """What is wrong, how often, and a few examples."""

    words: str
    count: int
    examples: list[str]


def faults() -> Iterator[Fault]:
    """Every kind of fault that there is; nothing when all is well."""
    for words, (table, key) in ORPHANS.items():
        asked = f"SELECT {key} FROM {table} r WHERE NOT EXISTS ({UNIT.format(key)})"  # noqa: S608 - our own names
        yield from _fault(words, _ids(asked))
    yield from _fault("inspections without an image", _ids(BARE))
    yield from _fault("objects absent in the store", list(_absent()))


def _ids(asked: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [str(row[0]) for row in cursor.fetchall()]


def _absent() -> Iterator[str]:
    """By the first two digits of the hash, so that little is in memory at a time."""
    for start in (f"{number:02x}" for number in range(256)):
        there = {sha256 for sha256, _ in storage.stored(start)}
        with connection.cursor() as cursor:
            cursor.execute(NAMED, {"start": f"{start}%"})
            for sha256, words in cursor.fetchall():
                if sha256 not in there:
                    yield f"{sha256[:12]}… ({words})"


def _fault(words: str, found: list[str]) -> Iterator[Fault]:
    if found:
        yield Fault(words, len(found), found[:SHOWN])
