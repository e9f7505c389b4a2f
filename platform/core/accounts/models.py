"""Who may do what: users with a role and the lines they are limited to; API tokens, hashed."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Role(models.TextChoices):
    """Each role may do what the ones before it may. core.accounts.permissions says what that is."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ENGINEER = "engineer"
    MANAGER = "manager"
    ADMIN = "admin"


# What a token may submit besides production, when it says so: inspection's modes.
OTHER_MODES = ("golden_check", "challenge", "setup", "engineering", "shadow", "replay")


class User(AbstractUser):
    """A person or a program. `lines` limits to these line ids; empty means all."""

    role = models.CharField(max_length=16, choices=Role.choices, default=Role.VIEWER)
    lines = ArrayField(models.BigIntegerField(), default=list, blank=True)
    language = models.CharField(max_length=8, default="", blank=True)
    must_change_password = models.BooleanField(default=False)

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.username


class ApiToken(models.Model):
    """A program's key: shown once, kept as a SHA-256 digest; expires, can be revoked."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=12)
    stations = ArrayField(models.BigIntegerField(), default=list, blank=True)
    modes = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"
