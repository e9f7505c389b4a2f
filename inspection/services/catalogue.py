"""The defect catalogue. Models and recipes know a class by its name, so a name that they use stays;
merging is how a class becomes another, with its past."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from core import records
from core.accounts.models import User
from core.errors import Refused
from inspection.models.products import DefectClass
from inspection.selectors import catalogue


@transaction.atomic
def create(values: Mapping[str, Any], by: User) -> DefectClass:
    """A new class. Refused(`taken`) when one is called so in other letters."""
    rows = _locked()
    _check_name(values["name"], rows)
    _check_merge(None, values.get("merged_into"), rows)
    return records.create(by, DefectClass, values)


@transaction.atomic
def change(pk: int, values: Mapping[str, Any], by: User) -> DefectClass:
    """Change or merge a class. Refused(`in_use`) for a name that is used, `invalid` in a circle."""
    rows = _locked()
    row = rows[pk]
    if values.get("name", row.name) != row.name:
        _check_unused(row)
        _check_name(values["name"], {key: each for key, each in rows.items() if key != pk})
    _check_merge(row, values.get("merged_into"), rows)
    return records.change(by, row, values)


@transaction.atomic
def remove(pk: int, by: User) -> None:
    """Delete a class that nothing knows. Refused(`in_use`)."""
    row = _locked()[pk]
    _check_unused(row)
    records.remove(by, row)


def _locked() -> dict[int, DefectClass]:
    """The catalogue, until the end of this transaction: two merges at once could make a circle."""
    return {row.pk: row for row in DefectClass.objects.select_for_update().order_by("pk")}


def _check_name(name: str, others: Mapping[int, DefectClass]) -> None:
    if any(row.name.lower() == name.lower() for row in others.values()):
        words = f"There is a class {name} already."
        raise Refused("taken", words, status=409, fields={"name": [words]})


def _check_unused(row: DefectClass) -> None:
    if kinds := catalogue.naming(row.name):
        words = (
            f"{row.name} is named by {' and '.join(kinds)}, which would no longer find it. "
            f"Make a class of the new name and merge {row.name} into it: both names then count "
            "as one."
        )
        raise Refused("in_use", words, status=409, fields={"name": [words]})


def _check_merge(
    row: DefectClass | None, target: DefectClass | None, rows: Mapping[int, DefectClass]
) -> None:
    """Never into itself or in a circle."""
    at = rows.get(target.pk) if target is not None else None
    for _ in rows:
        if at is None:
            return
        if row is not None and at.pk == row.pk:
            words = "A class cannot be merged into itself."
            raise Refused("invalid", words, fields={"merged_into": [words]})
        at = rows.get(at.merged_into_id or 0)
