"""The catalogue as the form reads it."""

from typing import Any

from workers import catalogue

SHOWN = (
    "name", "title", "kind", "tasks", "summary", "when", "when_not", "source", "needs",
    "base_weights", "extends", "modalities", "presets",
)  # fmt: skip


def listed() -> list[dict[str, Any]]:
    """Every card with its params as JSON schema."""
    return [
        {name: getattr(card, name) for name in SHOWN} | {"params": card.params.model_json_schema()}
        for card in catalogue.cards().values()
    ]
