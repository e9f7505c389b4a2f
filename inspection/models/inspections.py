"""What was inspected, seen and decided. The four large tables are range-partitioned by capture day:
the key is (captured_day, id), the id begins with its day, and no foreign key points at them.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from inspection.models.plant import Camera, Line, Station
from inspection.models.products import DefectClass, Product, Recipe
from inspection.models.registry import ModelVersion


class Verdict(models.TextChoices):
    OK = "OK"
    NG = "NG"
    REVIEW = "REVIEW"
    ERROR = "ERROR"


class Mode(models.TextChoices):
    """Only PRODUCTION enters production statistics."""

    PRODUCTION = "production"
    GOLDEN_CHECK = "golden_check"
    CHALLENGE = "challenge"
    SETUP = "setup"
    ENGINEERING = "engineering"
    SHADOW = "shadow"
    REPLAY = "replay"


class Outcome(models.TextChoices):
    REAL_DEFECT = "real_defect"
    FALSE_CALL = "false_call"
    CANNOT_JUDGE = "cannot_judge"


class Inspection(models.Model):
    """One product unit at one station in one attempt.

    `verdict` is what was answered; `model_verdict` what the recipe says of the findings (the two
    differ when the answer was ERROR and the result came late). `outcome` repeats the standing
    disposition, "" where there is none. `attempt` counts decided attempts of this serial here.
    """

    pk = models.CompositePrimaryKey("captured_day", "id")
    id = models.UUIDField()
    captured_day = models.DateField()
    captured_at = models.DateTimeField()
    received_at = models.DateTimeField()
    decided_at = models.DateTimeField()
    line = models.ForeignKey(Line, models.PROTECT, related_name="+", db_index=False)
    station = models.ForeignKey(Station, models.PROTECT, related_name="+", db_index=False)
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", db_index=False)
    recipe = models.ForeignKey(Recipe, models.PROTECT, null=True, related_name="+", db_index=False)
    model = models.ForeignKey(
        ModelVersion, models.PROTECT, null=True, related_name="+", db_index=False
    )
    client = models.CharField(max_length=64)
    serial = models.CharField(max_length=128, blank=True, default="")
    lot = models.CharField(max_length=128, blank=True, default="")
    mode = models.CharField(max_length=16, choices=Mode.choices, default=Mode.PRODUCTION)
    attempt = models.PositiveIntegerField(default=1)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    model_verdict = models.CharField(max_length=8, choices=Verdict.choices)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True, default="")
    code = models.CharField(max_length=32, blank=True, default="")  # of an ERROR
    reasons = models.JSONField(default=list)
    latency_ms = models.JSONField(default=dict)
    fail_safe = models.BooleanField(default=False)
    late = models.BooleanField(default=False)
    odd_time = models.BooleanField(default=False)  # captured outside now -30 d .. +1 h
    software = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["-id"], name="inspection_by_id"),
            models.Index(fields=["line", "-id"], name="inspection_by_line"),
            models.Index(fields=["station", "captured_at"], name="inspection_by_station"),
            models.Index(fields=["serial"], name="inspection_by_serial"),
            models.Index(fields=["lot"], name="inspection_by_lot"),
            models.Index(fields=["verdict", "-id"], name="inspection_by_verdict"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.verdict}"


class InspectionImage(models.Model):
    """One image of an inspection; `position` is its place in the request, from 0."""

    pk = models.CompositePrimaryKey("captured_day", "inspection_id", "position")
    captured_day = models.DateField()
    inspection_id = models.UUIDField()
    position = models.PositiveSmallIntegerField()
    camera = models.ForeignKey(Camera, models.PROTECT, null=True, related_name="+", db_index=False)
    modality = models.CharField(max_length=32, default="rgb")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    score = models.FloatField(null=True)

    class Meta:
        indexes = [models.Index(fields=["sha256"], name="inspection_image_blob")]

    def __str__(self) -> str:
        return f"{self.inspection_id}[{self.position}]"


class Finding(models.Model):
    """What an engine found; `decisive` when it led to the verdict. Box as shares of the image."""

    pk = models.CompositePrimaryKey("captured_day", "inspection_id", "position")
    captured_day = models.DateField()
    inspection_id = models.UUIDField()
    position = models.PositiveSmallIntegerField()
    image = models.PositiveSmallIntegerField(default=0)  # InspectionImage.position
    defect_class = models.ForeignKey(DefectClass, models.PROTECT, related_name="+", db_index=False)
    score = models.FloatField()
    box = models.JSONField(null=True)
    polygon = models.JSONField(null=True)
    area = models.FloatField(null=True)  # share of the image
    size_mm = models.FloatField(null=True)  # longer side
    decisive = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.defect_class_id} {self.score:.2f}"


class Disposition(models.Model):
    """What a person says of an inspection. The newest that is not undone stands."""

    pk = models.CompositePrimaryKey("captured_day", "id")
    id = models.UUIDField()
    captured_day = models.DateField()
    inspection_id = models.UUIDField()
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    defect_class = models.ForeignKey(
        DefectClass, models.PROTECT, null=True, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=64, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["inspection_id"], name="disposition_inspection")]

    def __str__(self) -> str:
        return f"{self.outcome} on {self.inspection_id}"


class Seal(models.Model):
    """What the machine said of units stored together: a digest each (see selectors.seals).

    `digests` are those of `ids`, one after the other; `entry` of the audit trail vouches for it.
    """

    day = models.DateField()
    at = models.DateTimeField()
    ids = ArrayField(models.UUIDField())
    digests = models.BinaryField()
    entry = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["day"], name="seal_by_day"),
            models.Index(fields=["entry"], name="seal_by_entry"),
        ]

    def __str__(self) -> str:
        return f"{len(self.ids)} of {self.day}"


class IdempotencyKey(models.Model):
    """What a client's key was answered. Kept 8 days; hash-partitioned by key."""

    pk = models.CompositePrimaryKey("client", "key")
    client = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    inspection_id = models.UUIDField(null=True)
    answer = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="idempotency_at")]

    def __str__(self) -> str:
        return f"{self.client}:{self.key}"


class UnitAttempts(models.Model):
    """How many decided production attempts a serial has had at a station: first passes need it.

    Counted anew when the last one is longer ago than the line's `same_unit_hours`.
    """

    pk = models.CompositePrimaryKey("station", "serial")
    station = models.ForeignKey(Station, models.PROTECT, related_name="+", db_index=False)
    serial = models.CharField(max_length=128)
    decided = models.PositiveIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.serial} at {self.station_id}: {self.decided}"
