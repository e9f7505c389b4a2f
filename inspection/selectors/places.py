"""What judges where: everything one verdict needs to know of its station and product, at once."""

from dataclasses import dataclass, field

from inspection.models.plant import Camera, Station
from inspection.models.products import DefectClass, Product, Recipe
from inspection.quality import verdict
from inspection.selectors import registry
from workers.contract import ModelRef


@dataclass(frozen=True)
class Place:
    """A station and a product with the recipe in force there; `recipe` None: there is none."""

    station: int
    line: int
    product: int
    deadline_ms: int
    cameras: dict[str, tuple[int, float | None]]  # name -> id, mm per pixel
    recipe: int | None = None
    rules: verdict.Recipe = field(default_factory=verdict.Recipe)
    model: ModelRef | None = None
    classes: dict[str, tuple[int, str]] = field(default_factory=dict)  # name -> id, severity


def find(station: int, product: str, by_code: bool) -> Place | str:
    """The place, or what of it is not there: "station" or "product"."""
    at = Station.objects.filter(pk=station, archived_at=None, line__archived_at=None).first()
    if at is None:
        return "station"
    key = {"code": product} if by_code or not product.isdecimal() else {"pk": int(product)}
    made = Product.objects.filter(archived_at=None, **key).first()
    if made is None:
        return "product"
    cameras = Camera.objects.filter(station=at)
    place = Place(
        station=at.pk,
        line=at.line_id,
        product=made.pk,
        deadline_ms=at.deadline_ms,
        cameras={camera.name: (camera.pk, camera.mm_per_pixel) for camera in cameras},
    )
    recipe = registry.in_force(at.pk, made.pk)
    return place if recipe is None else _with_recipe(place, recipe)


def _with_recipe(place: Place, recipe: Recipe) -> Place:
    model = registry.model_ref(recipe.model)
    return Place(
        **{
            **place.__dict__,
            "recipe": recipe.pk,
            "rules": to_recipe(recipe),
            "model": model,
            "classes": classes(model.classes),
        }
    )


def classes(names: list[str]) -> dict[str, tuple[int, str]]:
    """Id and severity of each class a model knows; a merged class counts as what it became."""
    rows = {row.name: row for row in DefectClass.objects.select_related("merged_into")}
    found = {}
    for name in names:
        row = rows.get(name)
        while row is not None and row.merged_into_id is not None:
            row = next(r for r in rows.values() if r.pk == row.merged_into_id)
        if row is not None:
            found[name] = (row.pk, row.severity)
    return found


def to_recipe(recipe: Recipe) -> verdict.Recipe:
    """A stored recipe as the judge reads it."""
    rules = tuple(to_rule(rule) for rule in recipe.rules)
    return verdict.Recipe(recipe.thresholds, rules, recipe.model.kind)


def to_rule(rule: dict[str, object]) -> verdict.Rule:
    """A stored rule as the judge reads it."""
    given = {("class_name" if key == "class" else key): value for key, value in rule.items()}
    zone = given.get("zone")
    if isinstance(zone, list):
        given["zone"] = tuple((x, y) for x, y in zone)
    return verdict.Rule(**{key: value for key, value in given.items() if value is not None})  # type: ignore[arg-type]  # checked when the recipe was saved
