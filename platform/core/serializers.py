"""What every request body has in common: a field that nobody knows is refused, not ignored."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from core.errors import Refused


class Strict(serializers.Serializer[Any]):
    """A serializer that refuses unknown fields; known read-only ones are ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """As DRF's, after the names are checked."""
        refuse_unknown(data, self.fields)
        return super().to_internal_value(data)


class StrictModel(serializers.ModelSerializer[Any]):
    """The same for a serializer drawn from a model."""

    def to_internal_value(self, data: Any) -> Any:
        """As DRF's, after the names are checked."""
        refuse_unknown(data, self.fields)
        return super().to_internal_value(data)


def refuse_unknown(data: Any, known: Mapping[str, Any]) -> None:
    """Refused(`unknown_field`) when a JSON object names what is not known; NUL bytes as well."""
    if not isinstance(data, Mapping):
        return
    unknown = sorted(str(name) for name in data if name not in known)
    if unknown:
        raise Refused(
            "unknown_field",
            f"Unknown field {unknown[0]!r}: the known ones are {', '.join(known)}.",
            fields={name: ["Unknown field."] for name in unknown},
        )
