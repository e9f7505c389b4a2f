"""What the machine said is sealed and chained: who changes it past the product is found."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.accounts.models import User
from core.audit import chain
from core.audit.models import Entry
from inspection.models.inspections import Finding, Inspection, InspectionImage, Seal
from inspection.selectors.seals import ACTION
from inspection.services import recording, seals
from inspection.services.recording import FindingRow, Record, Writer
from tests.core.test_audit import intruder
from tests.inspection.lines import Line1
from tests.inspection.test_recording import record, run


@pytest.fixture
def stored(line: Line1) -> list[Record]:
    """Three units stored in one group, each with an image and a finding."""
    units = [record(line, serial=f"S{n}") for n in range(3)]
    for unit in units:
        unit.findings = [FindingRow(0, line.pit.pk, 1 / 3, [0.1, 0.2, 0.3, 1e-7])]

    async def work() -> None:
        writer = Writer()
        await asyncio.gather(*(writer.commit(unit) for unit in units))

    run(work())
    return units


def test_what_was_stored_together_is_sealed_together_and_chained(stored: list[Record]) -> None:
    assert chain.verify() is None
    assert [sorted(seal.ids) for seal in Seal.objects.all()] == [sorted(u.id for u in stored)]
    assert seals.chain() == 1
    assert seals.chain() == 0
    entry = Entry.objects.get(action=ACTION)
    assert entry.new
    assert (entry.new["seals"], entry.new["inspections"]) == (1, 3)
    assert chain.verify() is None


def _of(unit: Record) -> dict[str, object]:
    return {"captured_day": unit.row["captured_day"], "inspection_id": unit.id}


def _verdict(units: list[Record]) -> None:
    Inspection.objects.filter(id=units[1].id).update(verdict="NG")


def _score(units: list[Record]) -> None:
    Finding.objects.filter(**_of(units[1])).update(score=0.3)


def _image(units: list[Record]) -> None:
    InspectionImage.objects.filter(**_of(units[1])).update(sha256="1" * 64)


def _taken_out(units: list[Record]) -> None:
    Inspection.objects.filter(id=units[1].id).delete()


def _put_in(units: list[Record]) -> None:
    row = Inspection.objects.get(id=units[1].id)
    Inspection.objects.create(
        id="01900000-0000-7000-8000-000000000000",
        decided_at=timezone.now() + timedelta(hours=1),
        **{f.attname: getattr(row, f.attname) for f in Inspection._meta.fields
           if f.attname not in ("pk", "id", "decided_at")},
    )  # fmt: skip


def _sealed_again(units: list[Record]) -> None:
    _verdict(units)
    seals.seal(units[1].row["captured_day"], units[1].id)
    seals.chain()


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (_verdict, "was changed"),
        (_score, "was changed"),
        (_image, "was changed"),
        (_taken_out, "was taken out"),
        (_put_in, "was put in"),
        (_sealed_again, "was sealed again"),
    ],
)
def test_what_was_forged_is_found(
    stored: list[Record], forge: Callable[[list[Record]], None], said: str
) -> None:
    seals.chain()
    with intruder():
        forge(stored)
    assert said in str(chain.verify())


def test_seals_that_were_made_anew_are_found(stored: list[Record]) -> None:
    seals.chain()
    _verdict(stored)
    Seal.objects.all().delete()
    for unit in stored:
        seals.seal(unit.row["captured_day"], unit.id)
    assert "not those that it was written of" in str(chain.verify())


def test_a_seal_that_names_another_entry_is_found(stored: list[Record]) -> None:
    Seal.objects.update(entry=10**9)
    assert "none of seals" in str(chain.verify())


def test_a_late_result_is_sealed_beside_the_first(stored: list[Record]) -> None:
    seals.chain()
    refusal = {"code": "deadline", "reasons": []}
    run(recording.mark_late(stored[1], refusal))
    assert chain.verify() is None
    run(recording.add_late(stored[1]))
    seals.chain()
    assert chain.verify() is None


def test_what_people_say_is_not_in_the_seal(stored: list[Record]) -> None:
    Inspection.objects.filter(id=stored[1].id).update(outcome="false_call")
    assert chain.verify() is None


def test_the_products_own_entries_are_shown_when_asked_for(stored: list[Record]) -> None:
    seals.chain()
    chief = APIClient()
    chief.force_authenticate(User.objects.create(username="mo", role="manager"))
    asked = "/api/v1/audit"
    assert chief.get(asked).json()["results"] == []
    assert [e["action"] for e in chief.get(f"{asked}?machine=true").json()["results"]] == [ACTION]
