"""Plain records: create, change, archive, restore, remove, each with its audit entry."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction
from django.db.models import PROTECT, RESTRICT, ProtectedError, RestrictedError
from django.shortcuts import get_object_or_404
from psycopg import errors

from core.audit import trail as audit
from core.errors import Refused

M = TypeVar("M", bound=models.Model)
PROTECTING = (PROTECT, RESTRICT)


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
    held = _locked(record)
    old = {name: getattr(held, name) for name in values}
    new = {name: value for name, value in values.items() if old[name] != value}
    for name, value in values.items():
        setattr(record, name, value)
    if not new:
        return record
    _save(record, update_fields=list(new))
    was = _shown({name: old[name] for name in new})
    audit.note(actor, f"{record._meta.model_name}.change", record, was, _shown(new))
    return record


@transaction.atomic
def remove(actor: object, record: models.Model) -> bool:
    """Delete what nothing refers to; else archive it where it can be. True when it is gone."""
    subject, kind = audit.name(record), record._meta.model_name
    old = _shown({f.attname: getattr(record, f.attname) for f in record._meta.concrete_fields})
    if not (_referred(record) or _kept(record)):
        audit.note(actor, f"{kind}.delete", subject, old, None)
        return True
    if not hasattr(record, "archived_at"):
        words = f"{record} is in use: records refer to it, so it cannot be deleted."
        raise Refused("in_use", words, status=409, params={"name": str(record)})
    archive(actor, record)
    return False


def _referred(record: models.Model) -> bool:
    """Whether a protecting row refers to it: one look a relation, where deleting loads them all."""
    for relation in record._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or relation.on_delete not in PROTECTING:
            continue
        rows = relation.related_model._base_manager.filter(**{relation.field.name: record})
        if rows.exists():
            return True
    return False


def _kept(record: models.Model) -> bool:
    """Delete it; True when something further away kept it."""
    try:
        with transaction.atomic():
            record.delete()
    except (ProtectedError, RestrictedError):
        return True
    return False


def _locked(record: M) -> M:
    """The row as the database holds it, until the end of this transaction; Http404 without one."""
    kind: type[M] = record.__class__  # of a lazy one, what is in it
    return get_object_or_404(kind._base_manager.select_for_update(), pk=record.pk)


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


def _save(record: models.Model, update_fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            record.save(update_fields=update_fields)
    except IntegrityError as error:
        raise _clash(record, error) from error


def _clash(record: models.Model, error: IntegrityError) -> Refused:
    """What the database said no to, in words."""
    if isinstance(error.__cause__, errors.ForeignKeyViolation):
        return Refused("gone", "Something that this refers to is gone by now.", status=409)
    if not isinstance(error.__cause__, errors.UniqueViolation):
        return Refused("invalid", "The values do not go together.")
    names, holder = _holder(record)
    words = f"There is another one like {record} already."
    extra = {}
    if getattr(holder, "archived_at", None):
        words = f"An archived one is called {record}: restore it, or choose another name."
        extra = {"archived": holder and holder.pk}
    fields = {name: [words] for name in names[-1:]}
    params = {"name": str(record)} | ({"case": "archived"} if extra else {})
    return Refused("taken", words, status=409, fields=fields, params=params, **extra)


def _holder(record: models.Model) -> tuple[list[str], models.Model | None]:
    """The row that stands where this one would, and by which fields."""
    own = [[f.name] for f in record._meta.concrete_fields if f.unique and not f.primary_key]
    several = [
        list(each.fields)
        for each in record._meta.constraints
        if isinstance(each, models.UniqueConstraint) and each.condition is None
    ]
    for names in own + several:
        same = {name: getattr(record, name) for name in names}
        rows = record._meta.model._base_manager.filter(**same).exclude(pk=record.pk)
        if found := rows.first():
            return names, found
    return [], None


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.pk if isinstance(value, models.Model) else value
        for name, value in values.items()
        if name != "password"
    }
