"""Who sends a request, by its headers alone, for what answers outside of Django."""

from http.cookies import CookieError, SimpleCookie

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from core.accounts import tokens
from core.accounts.models import User
from core.fresh import Fresh
from core.threads import in_thread

Credential = tuple[str, str]  # "token" or "session", and its key


async def find(headers: dict[str, str]) -> User | None:
    """The user of a token or a session cookie; None: nobody, or a token for stations only."""
    return await _look_up(_credential(headers))


async def known(headers: dict[str, str]) -> User | None:
    """The same, remembered for 5 seconds at most and not past a change of accounts."""
    return await _known.get(_credential(headers))


def _credential(headers: dict[str, str]) -> Credential:
    if key := tokens.from_header(headers.get("authorization", "")):
        return "token", key
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        cookie = None
    return "session", cookie.value if cookie else ""


async def _look_up(credential: Credential) -> User | None:
    kind, key = credential
    if kind == "session":
        return await _of_session(key) if key else None
    who = await tokens.alookup(key)
    if who is None or who.stations:
        return None
    return who.user


_known: Fresh[Credential, User | None] = Fresh(_look_up)


@in_thread
def _of_session(key: str) -> User | None:
    request = HttpRequest()
    request.session = SessionStore(key)
    user = get_user(request)
    return user if isinstance(user, User) else None
