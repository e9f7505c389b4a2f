"""Users: who may sign in, as what; their passwords."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from core import records
from core.accounts import scope, throttle, tokens
from core.accounts.models import Role, User
from core.audit import trail as audit
from core.errors import Refused


def sign_in(username: str, password: str, address: str) -> User:
    """The user of these credentials. Throttled; Refused(`bad_credentials`)."""
    throttle.attempt(username, address)
    user = authenticate(username=username, password=password)
    if not isinstance(user, User):
        raise Refused(
            "bad_credentials",
            "Name or password is wrong, or the account is switched off.",
            status=401,
        )
    throttle.passed(username, address)
    return user


@transaction.atomic
def create(actor: User, values: Mapping[str, Any]) -> User:
    """A new user, who has to choose a password of their own at the first sign-in."""
    scope.check_lines(actor, values.get("lines", []))
    password = str(values["password"])
    plain = {name: value for name, value in values.items() if name != "password"}
    _check(password, User(username=plain["username"]))
    if User.objects.filter(username__iexact=plain["username"]).exists():
        named = {"case": "name"}
        fields = {"username": ["Already taken."]}
        raise Refused("taken", "This name is taken.", status=409, fields=fields, params=named)
    user = User(**plain, must_change_password=True)
    user.set_password(password)
    user.save()
    audit.note(actor, "user.create", user, None, plain)
    return user


@transaction.atomic
def change(actor: User, user: User, values: Mapping[str, Any]) -> User:
    """Change a user's details, role, lines, or (as an administrator) password.

    A password set by someone else ends the user's tokens. A limited administrator reaches those
    who are limited to the same lines.
    """
    plain = {name: value for name, value in values.items() if name != "password"}
    scope.check_lines(actor, user.lines)
    scope.check_lines(actor, plain.get("lines", user.lines))
    _keep_an_admin(user, plain)
    records.change(actor, user, plain)
    if password := values.get("password"):
        _check(password, user)
        user.set_password(password)
        user.must_change_password = user != actor
        user.save(update_fields=["password", "must_change_password"])
        audit.note(actor, "user.password", user)
        if user != actor:
            tokens.revoke_all(actor, user)
    transaction.on_commit(tokens.forget_accounts)
    return user


@transaction.atomic
def change_password(user: User, old: str, new: str) -> None:
    """Change one's own password: other sessions end. Refused at the field that is wrong."""
    if not user.check_password(old):
        message = "This is not your present password."
        raise Refused("wrong_password", message, fields={"old": [message]})
    _check(new, user, field="new")
    user.set_password(new)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    audit.note(user, "user.password", user)
    transaction.on_commit(tokens.forget_accounts)


def _check(password: str, user: User, field: str = "password") -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(
            "weak_password", " ".join(error.messages), fields={field: error.messages}
        ) from error


def _keep_an_admin(user: User, values: Mapping[str, Any]) -> None:
    """Refuse to take the last administrator away."""
    stays = values.get("role", user.role) == Role.ADMIN and values.get("is_active", user.is_active)
    limited = values.get("lines", user.lines)
    if user.role != Role.ADMIN or (stays and not limited):
        return
    others = User.objects.filter(role=Role.ADMIN, is_active=True, lines=[]).exclude(pk=user.pk)
    if not others.select_for_update().exists():
        raise Refused(
            "last_admin", "This is the last administrator: make someone else one first.", status=409
        )
