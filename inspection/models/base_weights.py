"""Weights that trainings may start from, and the hashes of pickles that may be read."""

from django.conf import settings
from django.db import models

from inspection.models.datasets import Blob


class WeightsFormat(models.TextChoices):
    SAFETENSORS = "safetensors"
    PT = "pt"  # torch.save: a pickle


class WeightsState(models.TextChoices):
    UNREAD = "unread"  # a worker is still to read it
    SOUND = "sound"
    UNSOUND = "unsound"


class BaseWeights(models.Model):
    """A file of weights with where it is from and under what licence it may be used.

    `first`: [{"name", "dtype", "shape"}, …] of its first tensors; `problem`: why it is unsound.
    """

    name = models.CharField(max_length=200, unique=True)
    architecture = models.CharField(max_length=200)  # the network it fits, in its publisher's word
    blob = models.OneToOneField(Blob, models.PROTECT, related_name="+")
    format = models.CharField(max_length=12, choices=WeightsFormat.choices)
    file_name = models.CharField(max_length=255, blank=True, default="")
    licence = models.CharField(max_length=500)
    source = models.CharField(max_length=500)
    note = models.CharField(max_length=500, blank=True, default="")
    state = models.CharField(
        max_length=8, choices=WeightsState.choices, default=WeightsState.UNREAD
    )
    tensors = models.PositiveIntegerField(null=True)
    parameters = models.BigIntegerField(null=True)
    first = models.JSONField(default=list)
    problem_code = models.CharField(max_length=64, blank=True, default="")
    problem = models.TextField(blank=True, default="")
    asked_at = models.DateTimeField(null=True)  # when a worker was last told to read it
    tries = models.PositiveSmallIntegerField(default=0)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return self.name


class AllowedPickle(models.Model):
    """The hash of a pickle that may be read, and who says so."""

    sha256 = models.CharField(max_length=64, unique=True)
    note = models.CharField(max_length=500)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.sha256[:12]
