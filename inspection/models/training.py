"""Jobs and what they report. Celery delivers; the row decides."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.fields.json import KeyTextTransform

from inspection.models.base_weights import BaseWeights
from inspection.models.datasets import Blob, DatasetVersion, Sample, WorkState


class JobKind(models.TextChoices):
    TRAIN = "train"
    BATCH = "batch"
    EXPORT = "export"
    GENERATE = "generate"
    EXTEND = "extend"


class Priority(models.IntegerChoices):
    """Smaller goes first."""

    USER = 0
    DEMO = 10


class Job(models.Model):
    """A piece of long work. Every write by a worker says `WHERE lease = n`: a worker that lost its
    lease changes nothing.

    `request` is what was asked (contract.TrainJob's params and the like), `result` what came out.
    """

    kind = models.CharField(max_length=12, choices=JobKind.choices)
    state = models.CharField(max_length=12, choices=WorkState.choices, default=WorkState.QUEUED)
    title = models.CharField(max_length=200, blank=True, default="")
    priority = models.SmallIntegerField(choices=Priority.choices, default=Priority.USER)
    engine = models.CharField(max_length=64, blank=True, default="")
    dataset_version = models.ForeignKey(DatasetVersion, models.PROTECT, null=True)
    model = models.ForeignKey("ModelVersion", models.PROTECT, null=True, related_name="+")
    parent = models.ForeignKey("ModelVersion", models.PROTECT, null=True, related_name="+")
    base = models.ForeignKey(BaseWeights, models.PROTECT, null=True, related_name="jobs")
    request = models.JSONField(default=dict)
    result = models.JSONField(default=dict)

    progress = models.FloatField(default=0)  # share, 0..1
    stage = models.CharField(max_length=64, blank=True, default="")
    seconds_left = models.FloatField(null=True)
    device = models.CharField(max_length=64, blank=True, default="")
    worker = models.CharField(max_length=128, blank=True, default="")
    attempt = models.PositiveIntegerField(default=0)
    lease = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    last_seq = models.PositiveIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    checkpoint = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")

    error_code = models.CharField(max_length=64, blank=True, default="")
    error = models.TextField(blank=True, default="")
    hint = models.TextField(blank=True, default="")

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)
    dispatched_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "state", "priority", "id"], name="job_next"),
            models.Index(fields=["state", "lease_until"], name="job_lease"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} ({self.state})"


class JobEvent(models.Model):
    """One event of workers.contract as it was reported; `seq` counts from 1 within the job."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    type = models.CharField(max_length=12)
    at = models.DateTimeField()
    data = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "seq"], name="job_event_seq")]
        indexes = [
            models.Index(
                KeyTextTransform("sha256", "data"),
                name="job_event_file",
                condition=models.Q(type__in=["image", "artefact"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.job_id}#{self.seq} {self.type}"


class BatchItem(models.Model):
    """One image set of a batch job, and what the model said of it (contract.Answer)."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    path = models.CharField(max_length=500)
    sample = models.ForeignKey(Sample, models.SET_NULL, null=True, related_name="+")
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")  # the rgb image
    images = models.JSONField(default=dict)  # {modality: sha256}
    answer = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "position"], name="batch_position")]
        indexes = [GinIndex(fields=["images"], name="batch_images")]  # which images are named

    def __str__(self) -> str:
        return f"{self.job_id}#{self.position} {self.path}"
