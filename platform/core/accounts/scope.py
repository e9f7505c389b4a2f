"""Which lines a user may see and write to."""

from collections.abc import Iterable

from core.accounts.models import User
from core.errors import Refused


def allowed_lines(user: User) -> set[int] | None:
    """The ids of the lines the user is limited to; None means every line."""
    return set(user.lines) or None


def check_line(user: User, line: int) -> None:
    """Refused(`wrong_line`) when the user is limited to other lines."""
    allowed = allowed_lines(user)
    if allowed is not None and line not in allowed:
        raise Refused("wrong_line", "You are limited to other lines.", status=403)


def check_lines(user: User, lines: Iterable[int]) -> None:
    """Refused(`wrong_line`) when a limited user gives or touches more lines than their own."""
    allowed, asked = allowed_lines(user), set(lines)
    if allowed is not None and not (asked and asked <= allowed):
        words = "You are limited to some lines: choose among those."
        raise Refused("wrong_line", words, status=403, fields={"lines": [words]})


def lines_within(user: User, lines: Iterable[int]) -> list[int]:
    """Those of `lines` that the user may see."""
    allowed = allowed_lines(user)
    return [line for line in lines if allowed is None or line in allowed]
