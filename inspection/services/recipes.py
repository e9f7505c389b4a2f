"""Recipes: a save is the next revision; nothing that has judged is ever changed."""

from typing import Any

from django.db import transaction
from django.db.models import Max

from core.accounts import scope
from core.accounts.models import User
from core.audit import trail as audit
from core.errors import Refused
from inspection.models.plant import Station
from inspection.models.products import Recipe
from inspection.quality import verdict
from inspection.selectors import places


@transaction.atomic
def save(ask: dict[str, Any], by: User) -> Recipe:
    """A new revision of the recipe of this station and product, as a draft."""
    station, product, model = ask["station"], ask["product"], ask["model"]
    scope.check_line(by, station.line_id)
    if station.archived_at or product.archived_at:
        raise Refused("archived", "The station or the product is archived; restore it first.")
    check_classes(ask, model.classes)
    Station.objects.select_for_update().get(pk=station.pk)
    earlier = Recipe.objects.filter(station=station, product=product)
    last = earlier.aggregate(last=Max("revision"))["last"] or 0
    recipe = Recipe.objects.create(
        station=station,
        product=product,
        model=model,
        revision=last + 1,
        thresholds=ask.get("thresholds", {}),
        rules=ask.get("rules", []),
        note=ask.get("note", ""),
        created_by=by,
    )
    new = {"revision": recipe.revision, "model": model.pk, "thresholds": recipe.thresholds}
    audit.note(by, "recipe.save", recipe, None, new | {"rules": recipe.rules}, recipe.note)
    return recipe


def check_classes(ask: dict[str, Any], known: list[str]) -> None:
    """A class that the model cannot find is a slip that would never judge anything."""
    for name in ask.get("thresholds", {}):
        if name not in (*known, "default", "image"):
            raise _unknown("thresholds", name, known)
    for rule in ask.get("rules", []):
        if rule.get("class") and rule["class"] not in known:
            raise _unknown("rules", rule["class"], known)


def _unknown(field: str, name: str, known: list[str]) -> Refused:
    words = f"The model does not know the class {name!r}; it knows {', '.join(known) or 'none'}."
    said = {"case": "of_model", "class": name, "known": ", ".join(known) or "–"}
    return Refused("unknown_class", words, fields={field: [words]}, params=said)


def words(rule: dict[str, Any]) -> str:
    """A rule as a sentence."""
    return verdict.sentence(places.to_rule(rule))
