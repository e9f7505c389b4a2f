"""What judges where: everything one verdict needs to know of its station and product, at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from inspection.models.plant import Camera, Station
from inspection.models.products import DefectClass, Product, Recipe
from inspection.quality import verdict
from inspection.selectors import catalogue, registry
from workers.contract import ModelRef


@dataclass(frozen=True)
class Known:
    """A class of the catalogue; for a merged one, what it became."""

    id: int
    name: str
    severity: str


@dataclass(frozen=True)
class Place:
    """A station and a product with the recipe in force there; `recipe` None: there is none."""

    station: int
    line: int
    product: int
    deadline_ms: int
    same_unit_hours: int
    cameras: dict[str, tuple[int, float | None]]  # name -> id, mm per pixel
    alignments: dict[str, dict[str, list[float]]] = field(default_factory=dict)  # by camera
    recipe: int | None = None
    rules: verdict.Recipe = field(default_factory=verdict.Recipe)
    model: ModelRef | None = None
    classes: dict[str, Known] = field(default_factory=dict)  # by the name that the model uses


def find(station: int, product: str, by_code: bool) -> Place | str:
    """The place, or what of it is not there: "station" or "product"."""
    stations = Station.objects.filter(archived_at=None, line__archived_at=None)
    at = stations.select_related("line").filter(pk=station).first()
    if at is None:
        return "station"
    key = {"code": product} if by_code or not product.isdecimal() else {"pk": int(product)}
    made = Product.objects.filter(archived_at=None, **key).first()
    if made is None:
        return "product"
    cameras = Camera.objects.filter(station=at).prefetch_related("alignments")
    place = Place(
        station=at.pk,
        line=at.line_id,
        product=made.pk,
        deadline_ms=at.deadline_ms,
        same_unit_hours=at.line.same_unit_hours,
        cameras={camera.name: (camera.pk, camera.mm_per_pixel) for camera in cameras},
        alignments={
            camera.name: {each.modality: each.homography for each in camera.alignments.all()}
            for camera in cameras
        },
    )
    recipe = registry.in_force(at.pk, made.pk)
    return place if recipe is None else _with_recipe(place, recipe)


def _with_recipe(place: Place, recipe: Recipe) -> Place:
    model = registry.model_ref(recipe.model)
    named = {
        *model.classes,
        *recipe.thresholds,
        *(rule.get("class") or "" for rule in recipe.rules),
    }
    known = classes(named)
    return Place(
        **{
            **place.__dict__,
            "recipe": recipe.pk,
            "rules": to_recipe(recipe, known),
            "model": model,
            "classes": known,
        }
    )


def classes(names: Iterable[str]) -> dict[str, Known]:
    """The classes of these names; a merged class counts as what it became."""
    became = catalogue.standing()
    known = DefectClass.objects.filter(name__in=list(names)).values_list("name", "pk")
    rows = {name: became[pk] for name, pk in known}
    return {name: Known(row.pk, row.name, row.severity) for name, row in rows.items()}


def to_recipe(recipe: Recipe, known: Mapping[str, Known] | None = None) -> verdict.Recipe:
    """A stored recipe as the judge reads it: `known` classes under the names that they have now.

    The threshold of a class itself goes before those of classes that were merged into it, of
    which the lowest holds.
    """
    now = {name: row.name for name, row in (known or {}).items()}
    limits: dict[str, float] = {}
    for name, limit in recipe.thresholds.items():
        became = now.get(name, name)
        limits[became] = min(limit, limits.get(became, limit))
    limits |= {name: limit for name, limit in recipe.thresholds.items() if name in limits}
    rules = tuple(to_rule(rule) for rule in recipe.rules)
    rules = tuple(replace(r, class_name=now.get(r.class_name or "", r.class_name)) for r in rules)
    return verdict.Recipe(limits, rules, recipe.model.kind)


def to_rule(rule: dict[str, object]) -> verdict.Rule:
    """A stored rule as the judge reads it."""
    given = {("class_name" if key == "class" else key): value for key, value in rule.items()}
    zone = given.get("zone")
    if isinstance(zone, list):
        given["zone"] = tuple((x, y) for x, y in zone)
    return verdict.Rule(**{key: value for key, value in given.items() if value is not None})  # type: ignore[arg-type]  # checked when the recipe was saved
