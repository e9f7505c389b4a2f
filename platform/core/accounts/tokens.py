"""API tokens: made once, shown once, kept as a digest, found again by it."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from core import fresh
from core.accounts.models import ApiToken, User
from core.accounts.permissions import check
from core.audit import trail as audit
from core.errors import Refused
from core.threads import in_thread

SHOWN = 12  # characters of a key that may be shown afterwards
MOST_DAYS = 3650  # that a token lives; none lives for ever
USED_EVERY = timedelta(minutes=1)  # how exact last_used_at is


@dataclass(frozen=True)
class Identity:
    """A caller as the hot path keeps it. `client` tells callers apart for idempotency keys."""

    user: User
    client: str
    stations: frozenset[int] = frozenset()
    modes: frozenset[str] = frozenset()
    expires_at: datetime | None = None


@transaction.atomic
def issue(
    user: User,
    name: str,
    days: int = 365,
    stations: list[int] | None = None,
    modes: list[str] | None = None,
) -> tuple[ApiToken, str]:
    """A new token and its key, which nobody can read again. Other modes are for engineers."""
    if modes:
        check(user, "configure")
    key = f"kizu_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user,
        name=name,
        digest=digest(key),
        prefix=key[:SHOWN],
        stations=stations or [],
        modes=modes or [],
        expires_at=datetime.now(UTC) + timedelta(days=min(days, MOST_DAYS)),
    )
    told = {"name": name, "stations": token.stations, "modes": token.modes}
    audit.note(user, "token.create", token, None, told | {"expires_at": token.expires_at})
    return token, key


@transaction.atomic
def revoke(actor: User, token: ApiToken) -> ApiToken:
    """End a token now, on every machine."""
    if token.revoked_at is None:
        token.revoked_at = datetime.now(UTC)
        token.save(update_fields=["revoked_at"])
        audit.note(actor, "token.revoke", token)
        transaction.on_commit(forget_accounts)
    return token


def revoke_all(actor: User, user: User) -> None:
    """End every token of a user, whose password someone else may have known."""
    for token in ApiToken.objects.select_for_update().filter(user=user, revoked_at=None):
        revoke(actor, token)


def forget_accounts() -> None:
    """Tell every process to look accounts up again."""
    fresh.forget("accounts")


def digest(key: str) -> str:
    """What is stored of a key. Keys are random, so one round of SHA-256 is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def find(key: str) -> ApiToken | None:
    """The live token of a key, its user loaded; None when revoked, expired or unknown."""
    now = datetime.now(UTC)
    live = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    tokens = ApiToken.objects.filter(live, digest=digest(key), revoked_at__isnull=True)
    token = tokens.select_related("user").filter(user__is_active=True).first()
    if token and (token.last_used_at is None or token.last_used_at < now - USED_EVERY):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def lookup(key: str) -> Identity | None:
    """Who calls with this key."""
    token = find(key)
    if token is None:
        return None
    return Identity(
        user=token.user,
        client=f"token:{token.pk}",
        stations=frozenset(token.stations),
        modes=frozenset(token.modes),
        expires_at=token.expires_at,
    )


alookup = in_thread(lookup)


def from_header(header: str) -> str | None:
    """The key of `Authorization: Token <key>` (or Bearer); None without one."""
    scheme, _, key = header.partition(" ")
    if not header or scheme.lower() not in ("token", "bearer"):
        return None
    if not key.strip() or " " in key.strip():
        raise Refused(
            "token_malformed", "Send the header as `Authorization: Token <key>`.", status=401
        )
    return key.strip()
