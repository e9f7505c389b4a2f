"""Products, the defect catalogue, and recipes: what is judged, and how."""

from django.conf import settings
from django.db import models

from inspection.models.plant import Station


class Product(models.Model):
    """Something the plant makes; `code` is what line computers send."""

    code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return self.code


class Severity(models.TextChoices):
    """NUISANCE (dust, oil, reflection) and GOOD are never NG by themselves."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    NUISANCE = "nuisance"
    GOOD = "good"


class DefectClass(models.Model):
    """A kind of finding, one catalogue for all datasets and models. Never deleted, only merged."""

    name = models.CharField(max_length=64, unique=True)
    severity = models.CharField(max_length=16, choices=Severity.choices, default=Severity.MAJOR)
    colour = models.CharField(max_length=7, default="#0072B2")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class RecipeState(models.TextChoices):
    """draft -> warming -> released -> retired; a draft that replaces another leaves it as it is."""

    DRAFT = "draft"
    WARMING = "warming"
    RELEASED = "released"
    RETIRED = "retired"


class Recipe(models.Model):
    """How a product is judged at a station: a model, thresholds by class, acceptance rules.

    A saved recipe is never changed: an edit is the next revision.
    `thresholds`: {"default": 0.25, "<class>": 0.4, "image": 0.5}; `rules`: quality.verdict.Rule.
    """

    station = models.ForeignKey(Station, models.PROTECT, related_name="recipes")
    product = models.ForeignKey(Product, models.PROTECT, related_name="recipes")
    revision = models.PositiveIntegerField()
    model = models.ForeignKey("ModelVersion", models.PROTECT, related_name="recipes")
    thresholds = models.JSONField(default=dict)
    rules = models.JSONField(default=list)
    note = models.CharField(max_length=500, blank=True, default="")
    state = models.CharField(max_length=16, choices=RecipeState.choices, default=RecipeState.DRAFT)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["station", "product", "revision"], name="recipe_revision"
            ),
            models.UniqueConstraint(
                fields=["station", "product"],
                condition=models.Q(state=RecipeState.RELEASED),
                name="recipe_one_released",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.station_id}/{self.product_id} rev {self.revision}"
