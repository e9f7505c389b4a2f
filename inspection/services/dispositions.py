"""What a person says of a unit: a real defect, a false call, or that one cannot tell; with undo."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from core.accounts import scope
from core.accounts.models import User
from core.audit import trail as audit
from core.errors import Refused
from inspection.live import bus
from inspection.models.ids import new_id
from inspection.models.inspections import Disposition, Inspection
from inspection.models.products import DefectClass
from inspection.models.statistics import DirtyHour
from inspection.selectors import inspections as selectors


def record(pk: UUID, ask: dict[str, Any], by: User) -> Inspection:
    """Say what a unit is. The newest word stands; the earlier ones are kept."""
    named = ask.get("class")
    kind = DefectClass.objects.filter(name=named).first() if named else None
    if named and kind is None:
        words = f"There is no defect class {named!r}."
        fields, said = {"class": [words]}, {"class": named}
        raise Refused("unknown_class", words, fields=fields, params=said)
    with transaction.atomic():
        row = _locked(pk, by)
        Disposition.objects.create(
            id=new_id(row.captured_at),
            captured_day=row.captured_day,
            inspection_id=row.id,
            outcome=ask["outcome"],
            defect_class=kind,
            reason=ask.get("reason", ""),
            note=ask.get("note", ""),
            by=by,
            at=datetime.now(UTC),
        )
        _stand(row, ask["outcome"], by, "inspection.dispose", ask.get("note", ""))
    return row


def undo(pk: UUID, by: User) -> Inspection:
    """Take the standing disposition back; the one before it stands again."""
    with transaction.atomic():
        row = _locked(pk, by)
        standing = list(selectors.dispositions(row).filter(undone_at=None)[:2])
        if not standing:
            raise Refused("nothing_to_undo", "Nobody has judged this unit yet.", status=409)
        last = standing[0]
        Disposition.objects.filter(captured_day=last.captured_day, id=last.id).update(
            undone_at=datetime.now(UTC)
        )
        outcome = standing[1].outcome if len(standing) > 1 else ""
        _stand(row, outcome, by, "inspection.undo", "")
    return row


def _locked(pk: UUID, by: User) -> Inspection:
    row = selectors.one(pk, scope.allowed_lines(by))
    if row is None:
        raise Refused("not_found", "There is no such inspection.", status=404)
    return Inspection.objects.select_for_update(of=("self",)).get(
        captured_day=row.captured_day, id=row.id
    )


def _stand(row: Inspection, outcome: str, by: User, action: str, why: str) -> None:
    """Repeat the standing outcome on the row, mark its hour, tell the board."""
    old = {"outcome": row.outcome}
    row.outcome = outcome
    Inspection.objects.filter(captured_day=row.captured_day, id=row.id).update(outcome=outcome)
    hour = row.captured_at.replace(minute=0, second=0, microsecond=0)
    DirtyHour.objects.create(hour=hour, station_id=row.station_id)
    audit.note(by, action, f"inspection.{row.id}", old, {"outcome": outcome}, why)
    told = {"type": "line.state", "line": row.line_id}
    transaction.on_commit(lambda: bus.publish(f"line.{row.line_id}", told), robust=True)
