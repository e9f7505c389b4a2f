"""Roles are a ladder; each rung adds capabilities; a view says which one it needs."""

from typing import TYPE_CHECKING, Any

from rest_framework import exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from core.accounts.models import ApiToken, Role, User
from core.errors import Refused

if TYPE_CHECKING:
    from rest_framework.views import APIView

ADDED: dict[str, tuple[str, ...]] = {
    Role.VIEWER: ("view",),
    Role.OPERATOR: ("inspect", "dispose"),
    Role.ENGINEER: ("datasets", "train", "configure", "plant"),
    Role.MANAGER: ("release", "audit"),
    Role.ADMIN: ("people", "system"),
}

# What reaches every line: sites and lines themselves, products, the defect catalogue, the trail.
EVERYWHERE = ("plant", "audit")


def capabilities(role: str) -> tuple[str, ...]:
    """Everything a role may do, lowest rung first."""
    rungs = list(ADDED)
    if role not in ADDED:
        return ()
    return tuple(name for rung in rungs[: rungs.index(Role(role)) + 1] for name in ADDED[rung])


def held(user: User) -> tuple[str, ...]:
    """What this user may do: of their role, without what reaches beyond the lines they have."""
    whole = capabilities(user.role) if user.is_active else ()
    return tuple(name for name in whole if not (user.lines and name in EVERYWHERE))


def can(user: User, capability: str) -> bool:
    """Whether this user holds the capability."""
    return capability in held(user)


def check(user: User, capability: str) -> None:
    """Refused(`forbidden`, `limited`) when this user may not."""
    if can(user, capability):
        return
    if capability in capabilities(user.role):
        words = "This reaches every line, and you are limited to some."
        raise Refused("limited", words, status=403, needs=capability)
    words = f"Your role ({user.role}) may not do this."
    raise Refused("forbidden", words, status=403, needs=capability)


def check_own_password(user: User) -> None:
    """Refused(`must_change_password`) while somebody else knows it."""
    if user.must_change_password:
        words = "Choose a password of your own first."
        raise Refused("must_change_password", words, status=403)


class Can(BasePermission):
    """Reads `needs` of a view: a capability, or {"GET": ..., "POST": ..., "*": ...} by method.

    "" needs nothing but signing in. A token scoped to stations may only `inspect`.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """True, or an exception that says why not."""
        needs = needed(view, request.method or "")
        user = request.user
        if not isinstance(user, User):
            raise exceptions.NotAuthenticated
        if not getattr(view, "while_changing_password", False):
            check_own_password(user)
        if needs:
            check(user, needs)
        if _limited(request.auth) and not _for_stations(view, needs, request.method):
            raise Refused("token_scope", "This token may only submit inspections.", status=403)
        return True


def needed(view: "APIView", method: str) -> str:
    """The capability that a view says this method needs."""
    needs: Any = getattr(view, "needs", None)
    if needs is None:
        raise AssertionError(f"{type(view).__name__} does not say what it needs")
    if isinstance(needs, str):
        return needs
    method = "GET" if method in ("HEAD", "OPTIONS") else method
    return str(needs[method] if method in needs else needs.get("*", "system"))


def _for_stations(view: "APIView", needs: str, method: str | None) -> bool:
    """A token that lies on a line computer submits, and may ask who it is; never more."""
    return needs == "inspect" or method in getattr(view, "for_stations", ())


def _limited(auth: Any) -> bool:
    return isinstance(auth, ApiToken) and bool(auth.stations)
