"""Every address of the API as the urlconf has it, with what its view says it needs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIRequestFactory

from core.accounts.permissions import needed

FILLED = {"sha256": "a" * 64, "pk": "1", "form": "csv", "position": "0"}
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Route:
    """One method of one address; `needs` None: open to everyone."""

    method: str
    path: str
    view: Any
    needs: str | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes() -> list[Route]:
    """All of them, in order."""
    return sorted(_routes(get_resolver().url_patterns, "/"), key=str)


def _routes(patterns: Any, prefix: str) -> Iterator[Route]:
    for entry in patterns:
        path = prefix + _filled(str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from _routes(entry.url_patterns, path)
        elif isinstance(entry, URLPattern) and path.startswith("/api/v1/"):
            view = entry.callback.cls  # type: ignore[attr-defined]  # every view is a class of DRF
            actions = getattr(entry.callback, "actions", None)
            for method in METHODS:
                if method in actions if actions is not None else hasattr(view, method):
                    yield Route(method, path, view, _needs(view, method))


def _filled(pattern: str) -> str:
    """`lines/(?P<pk>[/.]+)` and `lines/<int:pk>` alike with a value in the place of each name."""
    plain = pattern.removeprefix("^").removesuffix("\\Z").removesuffix("$")
    plain = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", plain)
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: FILLED.get(match[1], "1"), plain)


def _needs(view: Any, method: str) -> str | None:
    if not view.permission_classes:
        return None
    made = view()
    made.request = getattr(APIRequestFactory(), method)("/")
    return needed(made, method.upper())
