"""The defect catalogue: what each class counts as, and who names it."""

from inspection.models.datasets import DatasetVersion
from inspection.models.products import DefectClass, Recipe
from inspection.models.registry import ModelVersion


def standing() -> dict[int, DefectClass]:
    """Each class by its id -> what it became by merging; itself where it was not merged."""
    rows = {row.pk: row for row in DefectClass.objects.all()}
    return {pk: _end(row, rows) for pk, row in rows.items()}


def _end(row: DefectClass, rows: dict[int, DefectClass]) -> DefectClass:
    seen = {row.pk}
    while row.merged_into_id is not None and row.merged_into_id not in seen:
        seen.add(row.merged_into_id)
        row = rows[row.merged_into_id]
    return row


def naming(name: str) -> list[str]:
    """The kinds of things that know a class by this name: models, recipes, frozen versions."""
    thresholds = Recipe.objects.filter(thresholds__has_key=name)
    asked = {
        "models": ModelVersion.objects.filter(classes__contains=[name]),
        "recipes": thresholds | Recipe.objects.filter(rules__contains=[{"class": name}]),
        "dataset versions": DatasetVersion.objects.filter(classes__contains=[name]),
    }
    return [kind for kind, rows in asked.items() if rows.exists()]
