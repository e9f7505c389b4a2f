"""Lists: {results, next} with an opaque cursor, never a COUNT."""

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response

from core.errors import Refused

DIGITS = 18  # of the largest id


class CursorPage(CursorPagination):
    """Newest first, by a whole number; `?limit=` up to 500; `next` is a ready link or null."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 500

    def decode_cursor(self, request: Any) -> Any:
        """As DRF's; Refused(`invalid_cursor`) when it is not one that `next` has given."""
        words = "Take the cursor from `next` of the page before, or leave it out."
        try:
            cursor = super().decode_cursor(request)
        except (NotFound, ValueError):
            raise Refused("invalid_cursor", words, fields={"cursor": [words]}) from None
        at = None if cursor is None or cursor.position is None else str(cursor.position)
        if at is not None and not (at.isascii() and at.isdecimal() and len(at) <= DIGITS):
            raise Refused("invalid_cursor", words, fields={"cursor": [words]})
        return cursor

    def get_paginated_response(self, data: object) -> Response:
        return Response({"results": data, "next": self.get_next_link()})

    def get_paginated_response_schema(self, schema: dict[str, object]) -> dict[str, object]:
        properties = {
            "results": schema,
            "next": {"type": ["string", "null"], "format": "uri"},
        }
        return {"type": "object", "required": ["results", "next"], "properties": properties}
