"""Which model serves where, and each model as `serve` loads it."""

from collections.abc import Iterable

from django.db.models import QuerySet

from inspection.models.products import Recipe, RecipeState
from inspection.models.registry import Export, ModelVersion, Release
from workers.contract import ModelRef

LIVE = (RecipeState.RELEASED, RecipeState.WARMING)
FORMATS = ("openvino", "onnx")  # what serving prefers first


def in_force(station: int, product: int) -> Recipe | None:
    """The recipe that judges here now: the released one, else a first one that is still warming.

    A second one that is warming waits: the former release stays in force.
    """
    recipes = Recipe.objects.filter(station=station, product=product).select_related("model")
    by_state = {recipe.state: recipe for recipe in recipes.filter(state__in=LIVE).order_by("id")}
    return by_state.get(RecipeState.RELEASED) or by_state.get(RecipeState.WARMING)


def judging(station: int) -> set[int]:
    """The models that judge at a station now: one that warms to replace another does not yet."""
    recipes = Recipe.objects.filter(station=station, state__in=LIVE, product__archived_at=None)
    by_product: dict[int, Recipe] = {}
    for recipe in recipes.order_by("id"):
        if recipe.state == RecipeState.RELEASED or recipe.product_id not in by_product:
            by_product[recipe.product_id] = recipe
    return {recipe.model_id for recipe in by_product.values()}


def models_in_force() -> list[ModelRef]:
    """What `serve` must hold warm: the models of all released and warming recipes."""
    recipes = Recipe.objects.filter(
        state__in=LIVE, station__archived_at=None, product__archived_at=None
    )
    models = ModelVersion.objects.filter(pk__in=recipes.values("model"))
    return [model_ref(model) for model in models.prefetch_related("exports").order_by("pk")]


def model_ref(model: ModelVersion) -> ModelRef:
    """The model as it crosses the seam, with the export that serving prefers."""
    export = best_export(model.exports.all())
    return ModelRef.model_validate(
        {
            "model_id": model.pk,
            "engine": model.engine,
            "kind": model.kind,
            "params": model.params,
            "classes": model.classes,
            "artefact": model.artefact_id,
            "export": export.artefact_id if export else None,
            "export_format": export.format if export else None,
            "precision": export.precision if export else None,
        }
    )


def best_export(exports: Iterable[Export]) -> Export | None:
    """The export that serving prefers, None when there is none."""
    known = {export.format: export for export in exports}
    return next((known[name] for name in FORMATS if name in known), None)


def models() -> QuerySet[ModelVersion]:
    """Models with what the API shows of them, newest first."""
    return (
        ModelVersion.objects.filter(archived_at=None)
        .select_related("dataset_version__dataset", "artefact", "job")
        .prefetch_related("exports")
        .order_by("-id")
    )


def in_use(models: Iterable[int], lines: set[int] | None) -> dict[int, list[Release]]:
    """The standing releases of these models, by model; of the caller's lines only."""
    standing = releases(lines).filter(
        recipe__model__in=list(models), at__isnull=False, ended_at=None
    )
    found: dict[int, list[Release]] = {}
    for release in standing:
        found.setdefault(release.recipe.model_id, []).append(release)
    return found


def releases(lines: set[int] | None) -> QuerySet[Release]:
    """The history of what was in production when, newest first; None: all lines."""
    rows = Release.objects.select_related("line", "station", "product", "recipe__model", "by")
    if lines is not None:
        rows = rows.filter(line__in=lines)
    return rows.order_by("-id")


def warming() -> QuerySet[Release]:
    """Releases that wait for a `serve` process to hold their model warm."""
    return Release.objects.select_related("recipe", "by").filter(at=None, ended_at=None)
