"""The trail: what was changed, put in, taken out or cut off is found; nothing else is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection

from core.audit import chain, trail
from core.audit.models import Entry, Head


@contextmanager
def intruder() -> Iterator[None]:
    """Someone who holds the database's own keys: triggers do not hold them back."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def entries(db: None) -> Iterator[list[Entry]]:
    yield [trail.note("ada", "site.create", f"site.{n}", None, {"name": f"S{n}"}) for n in range(5)]
    chain.heads_file().unlink(missing_ok=True)


def test_the_chain_holds(entries: list[Entry]) -> None:
    assert chain.verify() is None
    assert chain.head() == (5, entries[-1].digest)
    call_command("audit", "verify")


def _change(entries: list[Entry]) -> None:
    Entry.objects.filter(pk=entries[2].pk).update(actor="eve")


def _delete(entries: list[Entry]) -> None:
    Entry.objects.filter(pk=entries[2].pk).delete()


def _insert(entries: list[Entry]) -> None:
    made = Entry(pk=entries[-1].pk + 1, at=entries[-1].at, actor="eve", action="site.create",
                 subject="site.9", previous=entries[-1].digest)  # fmt: skip
    made.digest = trail.digest(made)
    made.save(force_insert=True)


def _cut_off(entries: list[Entry]) -> None:
    Entry.objects.filter(pk__gte=entries[3].pk).delete()


@pytest.mark.parametrize("forge", [_change, _delete, _insert, _cut_off])
def test_a_forged_chain_is_found(
    entries: list[Entry], forge: Callable[[list[Entry]], None]
) -> None:
    with intruder():
        forge(entries)
    assert chain.verify()
    with pytest.raises(SystemExit):
        call_command("audit", "verify")


def test_an_exported_head_outlives_a_chain_that_was_written_anew(entries: list[Entry]) -> None:
    call_command("audit", "export")
    trail.note("ada", "site.change", "site.1")
    assert chain.verify() is None
    with intruder():
        Entry.objects.all().delete()
    Head.objects.all().delete()
    for number in range(6):
        trail.note("eve", "site.create", f"site.{number}")
    assert "exported" in str(chain.verify())


def test_numbers_are_hashed_as_the_database_holds_them(db: None) -> None:
    odd = {
        "zero": -0.0,
        "large": 1e16,
        "larger": 1.5e300,
        "small": 1e-7,
        "third": 1 / 3,
        "n": 10**30,
    }
    made = trail.note("ada", "line.change", "line.1", odd, {"deep": [odd, None, "\u2028 ü"]})
    assert chain.verify() is None
    assert Entry.objects.get(pk=made.pk).old == made.old


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entry SET actor = 'eve'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"],
)
def test_the_table_takes_no_other_statement_than_an_insert(
    entries: list[Entry], statement: str
) -> None:
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)
    assert chain.verify() is None
