"""Models with their evidence, and the history of what was in production when."""

from django.conf import settings
from django.db import models

from inspection.models.datasets import Blob, DatasetVersion, Split
from inspection.models.plant import Line, Station
from inspection.models.products import Product, Recipe
from inspection.models.training import Job


class ModelVersion(models.Model):
    """A trained model: where it came from, what it is worth, where its weights lie. Immutable."""

    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="models")
    name = models.CharField(max_length=200)
    engine = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)  # classify | detect | segment | anomaly
    params = models.JSONField()
    augmentation = models.JSONField(default=dict, blank=True)  # {preset, values}: workers.presets
    dataset_version = models.ForeignKey(DatasetVersion, models.PROTECT, null=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    classes = models.JSONField(default=list)
    metrics = models.JSONField(default=dict)
    code_version = models.CharField(max_length=64)
    note = models.CharField(max_length=500, blank=True, default="")
    artefact = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class Evaluation(models.Model):
    """Metrics on a held-out split, computed by the runner and not by the engine.

    `confusion`: {"classes": […], "matrix": [[…]]} with rows = truth, the last one background;
    `curves`: {class: [[recall, precision, score], …]}; `per_class`: {class: {metric: value}};
    `scores`: of models that judge whole images [{sample, score, defective, nuisance}, …], of some
    of the `scored` images, chosen evenly.
    """

    model = models.ForeignKey(ModelVersion, models.CASCADE, related_name="evaluations")
    dataset_version = models.ForeignKey(DatasetVersion, models.PROTECT)
    split = models.CharField(max_length=8, choices=Split.choices, default=Split.TEST)
    metrics = models.JSONField()
    per_class = models.JSONField(default=dict)
    confusion = models.JSONField(default=dict)
    curves = models.JSONField(default=dict)
    scores = models.JSONField(default=list)
    scored = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.model_id} on {self.split} of {self.dataset_version_id}"


class Export(models.Model):
    """A model in the form it is served in, with its parity report against the trained one."""

    model = models.ForeignKey(ModelVersion, models.CASCADE, related_name="exports")
    format = models.CharField(max_length=16)  # openvino | onnx
    precision = models.CharField(max_length=8, default="f32")
    artefact = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    parity = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "format"], name="export_format")]

    def __str__(self) -> str:
        return f"{self.model_id} as {self.format}"


class ReleaseKind(models.TextChoices):
    RELEASE = "release"
    ROLLBACK = "rollback"


class Release(models.Model):
    """Who put which recipe in force, when and why, and what it replaced. Append-only."""

    line = models.ForeignKey(Line, models.PROTECT, related_name="releases")
    station = models.ForeignKey(Station, models.PROTECT, related_name="releases")
    product = models.ForeignKey(Product, models.PROTECT, related_name="releases")
    recipe = models.ForeignKey(Recipe, models.PROTECT, related_name="releases")
    replaced = models.ForeignKey(Recipe, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=ReleaseKind.choices)
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    asked_at = models.DateTimeField(auto_now_add=True)
    at = models.DateTimeField(null=True)  # None while warming
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["station", "product", "-at"], name="release_history"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.recipe_id} at {self.at}"
