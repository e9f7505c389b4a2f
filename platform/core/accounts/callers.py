"""Who sends a request, by its headers alone, for what answers outside of Django."""

from http.cookies import CookieError, SimpleCookie

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from core.accounts import tokens
from core.accounts.models import User
from core.threads import in_thread


async def find(headers: dict[str, str]) -> User | None:
    """The user of a token or a session cookie; None: nobody, or a token for stations only."""
    if key := tokens.from_header(headers.get("authorization", "")):
        who = await tokens.alookup(key)
        return None if who is None or who.stations else who.user
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    return await _of_session(cookie.value) if cookie else None


@in_thread
def _of_session(key: str) -> User | None:
    request = HttpRequest()
    request.session = SessionStore(key)
    user = get_user(request)
    return user if isinstance(user, User) else None
