"""Synthetic images: drawn by a generator, looked through by a person, then training data."""

from django.conf import settings
from django.db import models

from inspection.models.datasets import Blob, DatasetVersion, Sample
from inspection.models.registry import ModelVersion
from inspection.models.training import Job


class SyntheticBatch(models.Model):
    """What one job drew, beside the real images of the class.

    `kid`: kernel inception distance to the real ones in these `features`; `near` and `far`: the
    distances from the nearest real one between which an image is plausible.
    """

    job = models.OneToOneField(Job, models.PROTECT, related_name="synthetic")
    model = models.ForeignKey(ModelVersion, models.PROTECT, related_name="synthetic")
    dataset_version = models.ForeignKey(DatasetVersion, models.PROTECT, related_name="drawn")
    class_name = models.CharField(max_length=64)
    seed = models.BigIntegerField()
    pasted = models.BooleanField()
    real = models.PositiveIntegerField()  # images that were compared with
    features = models.CharField(max_length=32)
    kid = models.FloatField(null=True)
    spread = models.FloatField(null=True)
    near = models.FloatField(null=True)
    far = models.FloatField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"synthetic {self.class_name} {self.pk}"


class SyntheticState(models.TextChoices):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


class Doubt(models.TextChoices):
    """Why an image started out rejected."""

    NONE = ""
    TOO_NEAR = "too_near"
    TOO_FAR = "too_far"


class SyntheticImage(models.Model):
    """One drawn image. `decided_by` is null while nobody has looked at it.

    `closeup`: what was drawn; `neighbour_closeup`: the real example nearest to it, of the sample
    `neighbour`; `parents`: ids of the samples it was made of; `annotations` as in a manifest.
    """

    batch = models.ForeignKey(SyntheticBatch, models.CASCADE, related_name="images")
    position = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    image = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    closeup = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    annotations = models.JSONField()
    parents = models.JSONField(default=list)
    neighbour = models.ForeignKey(Sample, models.SET_NULL, null=True, related_name="+")
    neighbour_closeup = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    distance = models.FloatField(null=True)
    doubt = models.CharField(max_length=12, choices=Doubt.choices, blank=True, default=Doubt.NONE)
    state = models.CharField(
        max_length=12, choices=SyntheticState.choices, default=SyntheticState.PROPOSED
    )
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    decided_at = models.DateTimeField(null=True)
    sample = models.OneToOneField(Sample, models.SET_NULL, null=True, related_name="drawn")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="synthetic_position"),
            models.CheckConstraint(
                condition=~models.Q(state="approved") | models.Q(decided_by__isnull=False),
                name="synthetic_approved_by_someone",
            ),
        ]
        indexes = [models.Index(fields=["batch", "state", "position"], name="synthetic_state")]

    def __str__(self) -> str:
        return f"{self.batch_id}#{self.position} ({self.state})"
