"""Putting a recipe in force: warm first, then one transaction; and back to what was before.

Until a live `serve` process holds the model warm the
recipe is `warming` and the former release stays in force; a first release lets inspections wait.
"""

import json
import time
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from core import valkey
from core.accounts import scope
from core.accounts.models import User
from core.audit import trail as audit
from core.errors import Refused
from inspection.live import bus
from inspection.models.plant import Station
from inspection.models.products import DefectClass, Recipe, RecipeState
from inspection.models.registry import Release, ReleaseKind
from inspection.selectors import registry as selectors
from inspection.selectors import workers

WANTED, LOAD, INVALIDATE = "kizu:serve:wanted", "kizu:serve:load", "kizu:invalidate"
WAIT = 45.0  # seconds a release waits for its model to be warm before it answers "warming"
LOOK = 0.1  # seconds between looks
LOCK = 0x4B495A59  # of Postgres: who reads last what is wanted, writes it last


def release(recipe: int, reason: str, by: User, wait: float | None = None) -> Recipe:
    """Put a recipe in force. Its state says whether it is (`released`) or will be (`warming`)."""
    return _ask(recipe, reason, by, wait)


def rollback(pk: int, reason: str, by: User, wait: float | None = None) -> Recipe:
    """Put the recipe of an earlier release in force again."""
    earlier = selectors.releases(scope.allowed_lines(by)).filter(pk=pk).first()
    if earlier is None:
        raise Refused("not_found", "There is no such release.", status=404)
    if earlier.at is None:
        words = "That release never came into force; choose one that did."
        raise Refused("never_in_force", words, status=409)
    return _ask(earlier.recipe_id, reason, by, wait)


def complete_warming() -> None:
    """Put in force every recipe whose model has become warm since it was asked for.

    `serve` is told again what is wanted, should it have been lost or a model exported anew.
    """
    for row in selectors.warming():
        if workers.ready(row.recipe.model_id):
            _put_in_force(row.pk)
    tell_serve()


def tell_serve() -> None:
    """Say in Valkey which models are to be warm, unless it says so already; `serve` follows."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        refs = selectors.models_in_force()
        wanted: dict[Any, Any] = {str(ref.model_id): ref.model_dump_json() for ref in refs}
        if valkey.client().hgetall(WANTED) == wanted:
            return
        with valkey.client().pipeline() as pipe:
            pipe.delete(WANTED)
            if wanted:
                pipe.hset(WANTED, mapping=wanted)
            pipe.publish(LOAD, json.dumps([ref.model_id for ref in refs]))
            pipe.execute()


def _ask(recipe: int, reason: str, by: User, wait: float | None) -> Recipe:
    row = _enter(recipe, reason, by)
    tell_serve()
    end = time.monotonic() + (WAIT if wait is None else wait)
    while not workers.ready(row.recipe.model_id):
        if time.monotonic() > end:
            break
        time.sleep(LOOK)
    else:
        _put_in_force(row.pk)
        tell_serve()
    return Recipe.objects.get(pk=recipe)


def _enter(pk: int, reason: str, by: User) -> Release:
    """Check, and note the wish: the recipe is warming, a wish that waited before it is dropped."""
    if not reason.strip():
        fields = {"reason": ["Say why."]}
        raise Refused("invalid", "reason: Say why.", fields=fields, params={"case": "reason"})
    with transaction.atomic():
        recipe = _locked(pk, by)
        _check(recipe)
        _name_classes(recipe)
        place = Recipe.objects.filter(station=recipe.station_id, product=recipe.product_id)
        _drop_waiting(recipe)
        again = recipe.state == RecipeState.RETIRED
        standing = place.filter(state=RecipeState.RELEASED).first()
        row = Release.objects.create(
            line_id=recipe.station.line_id,
            station_id=recipe.station_id,
            product_id=recipe.product_id,
            recipe=recipe,
            replaced=standing,
            kind=ReleaseKind.ROLLBACK if again else ReleaseKind.RELEASE,
            reason=reason,
            by=by,
        )
        old = {"state": recipe.state}
        recipe.state = RecipeState.WARMING
        recipe.save(update_fields=["state"])
        audit.note(by, f"recipe.{row.kind}", recipe, old, {"state": recipe.state}, reason)
        transaction.on_commit(lambda: _announce(row), robust=True)
    return row


def _locked(pk: int, by: User) -> Recipe:
    """The recipe, with the lock of its station: releases there come one after the other."""
    recipe = Recipe.objects.select_related("station", "model").filter(pk=pk).first()
    if recipe is None:
        raise Refused("not_found", "There is no such recipe.", status=404)
    lines = scope.allowed_lines(by)
    if lines is not None and recipe.station.line_id not in lines:
        raise Refused("wrong_line", "You may not release on this line.", status=403)
    Station.objects.select_for_update().get(pk=recipe.station_id)
    return Recipe.objects.select_related("station", "model", "product").get(pk=pk)


def _check(recipe: Recipe) -> None:
    if recipe.state == RecipeState.RELEASED:
        raise Refused("already_in_force", "This recipe is in force already.", status=409)
    if recipe.state == RecipeState.WARMING:
        words = "This recipe is being warmed already; it takes over as soon as it is."
        raise Refused("already_warming", words, status=409)
    if recipe.station.archived_at or recipe.product.archived_at:
        words = "The station or the product is archived; restore it first."
        raise Refused("archived", words, status=409)
    export = selectors.best_export(recipe.model.exports.all())
    if export is None:
        words = "The model has no export to serve; make an OpenVINO export of it first."
        raise Refused("not_exported", words, status=409)
    if not export.parity.get("ok"):
        words = "The export was not shown to answer as the trained model; see its parity report."
        raise Refused("parity_failed", words, status=409)


def _name_classes(recipe: Recipe) -> None:
    """Every class that the model knows is in the catalogue, so that each finding can be stored."""
    for name in recipe.model.classes:
        DefectClass.objects.get_or_create(name=name)


def _drop_waiting(recipe: Recipe) -> None:
    """A newer wish for the same place replaces one that is still warming."""
    place = {"station": recipe.station_id, "product": recipe.product_id}
    for row in selectors.warming().filter(**place):
        before = Release.objects.filter(recipe=row.recipe, at__isnull=False).exists()
        row.recipe.state = RecipeState.RETIRED if before else RecipeState.DRAFT
        row.recipe.save(update_fields=["state"])
        row.ended_at = timezone.now()
        row.save(update_fields=["ended_at"])


def _put_in_force(pk: int) -> None:
    """Old out, new in, the history written and everyone told: one transaction."""
    with transaction.atomic():
        place = Release.objects.only("station_id").get(pk=pk)
        Station.objects.select_for_update().get(pk=place.station_id)
        row = selectors.warming().filter(pk=pk).first()
        if row is None:
            return
        now = timezone.now()
        standing = Recipe.objects.filter(
            station=row.station_id, product=row.product_id, state=RecipeState.RELEASED
        )
        row.replaced = standing.first()
        standing.update(state=RecipeState.RETIRED)
        ended = Release.objects.filter(station=row.station_id, product=row.product_id)
        ended.filter(at__isnull=False, ended_at=None).update(ended_at=now)
        Recipe.objects.filter(pk=row.recipe_id).update(state=RecipeState.RELEASED)
        row.at = now
        row.save(update_fields=["at", "replaced"])
        new = {"state": "released", "replaced": row.replaced_id, "model": row.recipe.model_id}
        audit.note(row.by, "recipe.in_force", row.recipe, {"state": "warming"}, new, row.reason)
        transaction.on_commit(lambda: _announce(row), robust=True)


def _announce(row: Release) -> None:
    valkey.client().publish(INVALIDATE, json.dumps({"kind": "recipes"}))
    bus.publish(f"line.{row.line_id}", {"type": "line.state", "line": row.line_id})
