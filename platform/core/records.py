"""Plain records: create, change, archive, restore, remove, each with its audit entry."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError, RestrictedError

from core.audit import trail as audit
from core.errors import Refused

M = TypeVar("M", bound=models.Model)


@transaction.atomic
def create(actor: object, kind: type[M], values: Mapping[str, Any]) -> M:
    """Make a row. Refused(`taken`) when another one stands where this one would."""
    record = kind(**values)
    _save(record)
    audit.note(actor, f"{kind._meta.model_name}.create", record, None, _shown(values))
    return record


@transaction.atomic
def change(actor: object, record: M, values: Mapping[str, Any]) -> M:
    """Change a row to these values; nothing is written when they are what it holds already."""
    old = {name: getattr(record, name) for name in values}
    new = {name: value for name, value in values.items() if old[name] != value}
    if not new:
        return record
    for name, value in new.items():
        setattr(record, name, value)
    _save(record)
    was = _shown({name: old[name] for name in new})
    audit.note(actor, f"{record._meta.model_name}.change", record, was, _shown(new))
    return record


@transaction.atomic
def remove(actor: object, record: models.Model) -> bool:
    """Delete what nothing refers to; else archive it where it can be. True when it is gone."""
    subject, kind = audit.name(record), record._meta.model_name
    old = _shown({f.attname: getattr(record, f.attname) for f in record._meta.concrete_fields})
    try:
        with transaction.atomic():
            record.delete()
    except (ProtectedError, RestrictedError) as error:
        if not hasattr(record, "archived_at"):
            raise Refused(
                "in_use",
                f"{record} is in use: records refer to it, so it cannot be deleted.",
                status=409,
                params={"name": str(record)},
            ) from error
        archive(actor, record)
        return False
    audit.note(actor, f"{kind}.delete", subject, old, None)
    return True


@transaction.atomic
def archive(actor: object, record: Any) -> None:
    """Take a row out of every list without losing what refers to it."""
    record.archived_at = datetime.now(UTC)
    record.save(update_fields=["archived_at"])
    audit.note(actor, f"{record._meta.model_name}.archive", record)


@transaction.atomic
def restore(actor: object, record: Any) -> None:
    """Bring an archived row back."""
    record.archived_at = None
    record.save(update_fields=["archived_at"])
    audit.note(actor, f"{record._meta.model_name}.restore", record)


def _save(record: models.Model) -> None:
    try:
        with transaction.atomic():
            record.save()
    except IntegrityError as error:
        words = f"There is another one like {record} already."
        raise Refused("taken", words, status=409, params={"name": str(record)}) from error


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.pk if isinstance(value, models.Model) else value
        for name, value in values.items()
        if name != "password"
    }
