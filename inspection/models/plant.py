"""The plant: site > line > station > camera."""

from django.db import models


class Site(models.Model):
    """A plant with its own time zone (IANA name)."""

    name = models.CharField(max_length=100, unique=True)
    timezone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Line(models.Model):
    """A production line. `takt_s` is its expected seconds per unit; `target_ng_rate` a share.

    A serial seen again at a station within `same_unit_hours` is the same unit, inspected again;
    later it is another unit: lines whose serials begin anew each day set less than a day.
    """

    site = models.ForeignKey(Site, models.PROTECT, related_name="lines")
    name = models.CharField(max_length=100)
    takt_s = models.FloatField(null=True, blank=True)
    target_ng_rate = models.FloatField(null=True, blank=True)
    same_unit_hours = models.PositiveSmallIntegerField(default=168)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="line_name")]

    def __str__(self) -> str:
        return self.name


class Station(models.Model):
    """Where units are inspected. `deadline_ms` holds where a request names none."""

    line = models.ForeignKey(Line, models.PROTECT, related_name="stations")
    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    deadline_ms = models.PositiveIntegerField(default=5000)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "name"], name="station_name")]

    def __str__(self) -> str:
        return self.name


class Camera(models.Model):
    """A camera of a station. `mm_per_pixel` None: sizes in mm are unknown, and rules say so."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="cameras")
    name = models.CharField(max_length=64)
    mm_per_pixel = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["station", "name"], name="camera_name"),
            models.CheckConstraint(condition=models.Q(mm_per_pixel__gt=0), name="camera_scale"),
        ]

    def __str__(self) -> str:
        return self.name


class Alignment(models.Model):
    """How a further modality of a camera (infrared, depth) lies on its colour picture.

    `points` are marked pairs x, y, u, v as shares of the colour picture and of the other, which is
    `width` x `height` px; `homography`, row by row, takes the first to the second; `residual_px`
    is what it leaves over, as a root mean square.
    """

    camera = models.ForeignKey(Camera, models.CASCADE, related_name="alignments")
    modality = models.CharField(max_length=32)
    points = models.JSONField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    homography = models.JSONField()
    residual_px = models.FloatField()
    marked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["camera", "modality"], name="alignment_of_modality")
        ]

    def __str__(self) -> str:
        return f"{self.camera_id}: {self.modality}"
