"""Accounts as the API shows them."""

from typing import Any, ClassVar

from rest_framework import serializers

from core.accounts.models import OTHER_MODES, ApiToken, Role, User
from core.accounts.permissions import held
from core.accounts.tokens import MOST_DAYS
from core.serializers import Strict, StrictModel


class Ids(serializers.ListField):
    """Ids of rows, as many as anyone has."""

    child = serializers.IntegerField(min_value=1, max_value=2**63 - 1)

    def __init__(self, **given: Any) -> None:
        super().__init__(max_length=1000, **given)


class Credentials(Strict):
    """What a sign-in sends."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=200, trim_whitespace=False)


class TokenRequest(Credentials):
    """A sign-in of a program."""

    name = serializers.CharField(max_length=100, required=False, default="sign-in")
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, required=False, default=30)


class IssuedToken(Strict):
    """A key, shown this once."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)


class PasswordChange(Strict):
    """Old and new."""

    old = serializers.CharField(max_length=200, trim_whitespace=False)
    new = serializers.CharField(max_length=200, trim_whitespace=False)


class Csrf(Strict):
    """The token that writes by a browser carry in X-CSRFToken."""

    csrf = serializers.CharField()


class Me(StrictModel):
    """Oneself, with what one may do."""

    capabilities = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = (
            "id", "username", "first_name", "last_name", "role", "capabilities", "lines",
            "language", "must_change_password",
        )  # fmt: skip
        read_only_fields = ("username", "role", "lines", "must_change_password")

    def get_capabilities(self, user: User) -> list[str]:
        """Everything this user may do: of the role, and of the lines where limited to some."""
        return list(held(user))


class Person(StrictModel):
    """A user as an administrator sees one."""

    password = serializers.CharField(
        write_only=True, required=False, max_length=200, trim_whitespace=False
    )
    role = serializers.ChoiceField(choices=Role.choices, default=Role.VIEWER)
    lines = Ids(required=False)

    class Meta:
        model = User
        fields = (
            "id", "username", "first_name", "last_name", "role", "lines", "is_active",
            "last_login", "password",
        )  # fmt: skip
        read_only_fields = ("last_login",)
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "username": {"validators": [User.username_validator]}
        }

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """A new user needs a first password."""
        if self.instance is None and not values.get("password"):
            messages = {"password": ["Give a first password."]}
            raise serializers.ValidationError(messages, "first_password")
        return values


class TokenShown(StrictModel):
    """A token: its key is in `token`, and only in the answer that makes it."""

    days = serializers.IntegerField(
        write_only=True, required=False, default=365, min_value=1, max_value=MOST_DAYS
    )
    stations = Ids(required=False)
    modes = serializers.ListField(
        child=serializers.ChoiceField(OTHER_MODES), required=False, max_length=len(OTHER_MODES)
    )
    username = serializers.CharField(source="user.username", read_only=True)
    token = serializers.SerializerMethodField()

    class Meta:
        model = ApiToken
        fields = (
            "id", "username", "name", "prefix", "stations", "modes", "created_at", "expires_at",
            "revoked_at", "last_used_at", "days", "token",
        )  # fmt: skip
        read_only_fields = ("prefix", "created_at", "expires_at", "revoked_at", "last_used_at")

    def get_token(self, token: ApiToken) -> str | None:
        """The key, when it has just been made."""
        return self.context.get("key")
