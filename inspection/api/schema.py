"""The websocket's events in the same OpenAPI document."""

from typing import Any

from inspection.live.events import adapter


def add_events(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Put `LiveEvent` and what it is made of among the schemas."""
    schema = adapter.json_schema(ref_template="#/components/schemas/{model}")
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(schema.pop("$defs"))
    schemas["LiveEvent"] = schema
    return result
