"""JSON bodies, bounded before they are read."""

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from core.errors import Refused

LIMIT = 2 * 1024 * 1024  # bytes, unless a view says `json_limit`


class BoundedJSON(JSONParser):
    """As DRF's, with a limit, and a word for what is nested too deeply."""

    def parse(
        self, stream: Any, media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:  # fmt: skip
        """Refused(`too_large`) by the declared size; `malformed` when it is no JSON."""
        context = parser_context or {}
        limit = getattr(context.get("view"), "json_limit", LIMIT)
        request: Any = context.get("request")
        declared = request.META.get("CONTENT_LENGTH") or "0" if request is not None else "0"
        if not declared.isdecimal() or int(declared) > limit:
            words = f"The body is larger than {limit // 2**20} MB: send it in smaller pieces."
            raise Refused("too_large", words, status=413)
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise Refused("malformed", "The JSON is nested too deeply.") from None
        except ParseError as error:
            raise Refused("malformed", f"The body is not JSON: {error.detail}") from None
