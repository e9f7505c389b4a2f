"""What every request body has in common: a field that nobody knows is refused, not ignored."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from core.errors import Refused


class Strict(serializers.Serializer[Any]):
    """A serializer that refuses unknown fields; known read-only ones are ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """As DRF's, after the names are checked."""
        refuse_unknown(data, self.fields)
        return super().to_internal_value(data)


class StrictModel(serializers.ModelSerializer[Any]):
    """The same for a serializer drawn from a model. What is taken, `records` says (409)."""

    def build_standard_field(self, name: str, field: Any) -> Any:
        """As DRF's, without asking the database whether the value is taken."""
        kind, given = super().build_standard_field(name, field)
        given["validators"] = [
            each for each in given.get("validators", []) if not isinstance(each, UniqueValidator)
        ]
        return kind, given

    def get_unique_together_validators(self) -> list[Any]:
        """None: the row's constraint tells, at the moment that counts."""
        return []

    def to_internal_value(self, data: Any) -> Any:
        """As DRF's, after the names are checked."""
        refuse_unknown(data, self.fields)
        return super().to_internal_value(data)


def refuse_unknown(data: Any, known: Mapping[str, Any]) -> None:
    """Refused(`unknown_field`) when a JSON object names what is not known."""
    if not isinstance(data, Mapping):
        return
    unknown = sorted(str(name) for name in data if name not in known)
    if unknown:
        raise Refused(
            "unknown_field",
            f"Unknown field {unknown[0]!r}: the known ones are {', '.join(known)}.",
            fields={name: ["Unknown field."] for name in unknown},
        )
