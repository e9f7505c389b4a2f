"""Rollups: additive counts by hour, recomputed per dirty bucket. Rates are made when read.

Counted are inspections that a line waited for: ERRORs and those in time. N of DOMAIN.md is `first`
(attempt 1, decided); `ng_final` is NG by disposition where there is one, else by the model.
"""

from django.db import models

from inspection.models.plant import Line, Station
from inspection.models.products import DefectClass, Product
from inspection.models.registry import ModelVersion


class HourCount(models.Model):
    """One hour (UTC) x station x product x model x mode."""

    hour = models.DateTimeField()
    line = models.ForeignKey(Line, models.PROTECT, related_name="+", db_index=False)
    station = models.ForeignKey(Station, models.PROTECT, related_name="+", db_index=False)
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", db_index=False)
    model = models.ForeignKey(
        ModelVersion, models.PROTECT, null=True, related_name="+", db_index=False
    )
    mode = models.CharField(max_length=16)
    triggered = models.PositiveIntegerField()  # ERRORs, and what was decided in time
    decided = models.PositiveIntegerField()  # OK, NG or REVIEW in time, any attempt
    first = models.PositiveIntegerField()  # decided, attempt 1
    ok = models.PositiveIntegerField()
    ng = models.PositiveIntegerField()
    review = models.PositiveIntegerField()
    error = models.PositiveIntegerField()
    late = models.PositiveIntegerField()  # results that nobody waited for
    verified = models.PositiveIntegerField()  # of `first`, those that a person has told
    review_open = models.PositiveIntegerField()  # REVIEW that nobody has verified, of `first`
    ng_final = models.PositiveIntegerField()  # of `first`, in the final truth layer
    ng_model = models.PositiveIntegerField()  # of `first`, in the model's truth layer
    false_calls = models.PositiveIntegerField()  # NG by the model, dispositioned false_call
    findings = models.PositiveIntegerField()  # decisive ones
    latency_ms = models.FloatField()  # sum of totals over `decided`

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "station", "product", "model", "mode"],
                name="hour_bucket",
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index(fields=["line", "hour"], name="hour_line")]

    def __str__(self) -> str:
        return f"{self.hour} {self.station_id}"


class HourClassCount(models.Model):
    """As HourCount, by class: decisive findings, and units that have one. No class: a unit that a
    person calls defective without naming one, on which nothing was found.
    """

    hour = models.DateTimeField()
    line = models.ForeignKey(Line, models.PROTECT, related_name="+", db_index=False)
    station = models.ForeignKey(Station, models.PROTECT, related_name="+", db_index=False)
    product = models.ForeignKey(Product, models.PROTECT, related_name="+", db_index=False)
    model = models.ForeignKey(
        ModelVersion, models.PROTECT, null=True, related_name="+", db_index=False
    )
    mode = models.CharField(max_length=16)
    defect_class = models.ForeignKey(
        DefectClass, models.PROTECT, null=True, related_name="+", db_index=False
    )
    findings = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    findings_final = models.PositiveIntegerField()  # of units that are NG in the final layer
    units_final = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "station", "product", "model", "mode", "defect_class"],
                name="hour_class_bucket",
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index(fields=["line", "hour"], name="hour_class_line")]

    def __str__(self) -> str:
        return f"{self.hour} {self.defect_class_id}"


class DirtyHour(models.Model):
    """A mark that a bucket's raw rows changed. Append-only: a mark commits with the rows it names,
    so a recomputation that has consumed it has seen them; readers take marked buckets from raw.
    """

    hour = models.DateTimeField()
    station = models.ForeignKey(Station, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["hour", "station"], name="dirty_hour")]

    def __str__(self) -> str:
        return f"{self.hour} {self.station_id}"
