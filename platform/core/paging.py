"""Lists: {results, next} with an opaque cursor, never a COUNT."""

from rest_framework.pagination import CursorPagination
from rest_framework.response import Response


class CursorPage(CursorPagination):
    """Newest first; `?limit=` up to 500; `next` is a ready link or null."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 500

    def get_paginated_response(self, data: object) -> Response:
        return Response({"results": data, "next": self.get_next_link()})

    def get_paginated_response_schema(self, schema: dict[str, object]) -> dict[str, object]:
        properties = {
            "results": schema,
            "next": {"type": ["string", "null"], "format": "uri"},
        }
        return {"type": "object", "required": ["results", "next"], "properties": properties}
