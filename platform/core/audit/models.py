"""The audit trail: append-only, each entry hashed with the one before it."""

from django.db import models


class Entry(models.Model):
    """Who did what to which thing, when, from what to what, and why."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=64)
    subject = models.CharField(max_length=128)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    why = models.TextField(blank=True, default="")
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        indexes = [models.Index(fields=["subject", "-id"], name="audit_subject")]

    def __str__(self) -> str:
        return f"{self.id} {self.actor} {self.action} {self.subject}"


class Head(models.Model):
    """Where the chain ends, kept apart from it: a tail that is cut off leaves its head behind."""

    entries = models.BigIntegerField()
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.entries} {self.digest}"
