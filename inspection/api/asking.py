"""Query parameters, read with a clear word when they are wrong."""

from datetime import UTC, datetime
from math import isfinite
from uuid import UUID

from rest_framework.request import Request

from core import narrowing
from core.accounts import scope
from core.errors import Refused


def wrong(name: str, words: str) -> Refused:
    """A refusal at one parameter."""
    return Refused("invalid", f"{name}: {words}", fields={name: [words]})


def whole(request: Request, name: str, default: int | None = None) -> int | None:
    """A whole number, or the default."""
    text = request.query_params.get(name, "")
    return narrowing.whole(name, text) if text else default


def number(request: Request, name: str) -> float | None:
    """A number, or None."""
    text = request.query_params.get(name, "")
    try:
        found = float(text) if text else None
    except ValueError:
        raise wrong(name, "Give a number.") from None
    if found is not None and not isfinite(found):
        raise wrong(name, "Give a number.")
    return found


def limit(request: Request, default: int = 50, most: int = 500) -> int:
    """How many rows a page has."""
    return max(1, min(whole(request, "limit", default) or default, most))


def choice(request: Request, name: str, choices: tuple[str, ...]) -> str | None:
    """One of a few words, or None."""
    text = request.query_params.get(name) or None
    if text is not None and text not in choices:
        raise wrong(name, f"Choose one of {', '.join(choices)}.")
    return text


def choices(request: Request, name: str, known: tuple[str, ...]) -> list[str]:
    """Some of a few words, by comma; none: no wish."""
    asked = [word for word in request.query_params.get(name, "").split(",") if word]
    if set(asked) - set(known):
        raise wrong(name, f"Choose of {', '.join(known)}.")
    return asked


def moment(request: Request, name: str) -> datetime | None:
    """An ISO 8601 time with its offset (a day alone is its UTC midnight), or None."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise wrong(name, "Give ISO 8601, for instance 2026-01-31T12:00:00Z.") from None
    if not 1970 <= found.year <= 9000:
        raise wrong(name, "This year cannot be.")
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def uuid(text: str) -> UUID:
    """The id of an inspection; 404 when it is none."""
    try:
        return UUID(text)
    except ValueError:
        raise Refused("not_found", "There is no such inspection.", status=404) from None


def lines(request: Request) -> set[int] | None:
    """The lines the caller may see; None: all."""
    return scope.allowed_lines(request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
