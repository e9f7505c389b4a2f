"""The catalogue as the form reads it."""

from typing import Any

from workers import catalogue
from workers.contract import Card

SHOWN = (
    "name", "title", "kind", "tasks", "summary", "when", "when_not", "source", "needs",
    "base_weights", "extends", "modalities", "presets",
)  # fmt: skip


def listed() -> list[dict[str, Any]]:
    """Every engine's card with its params as JSON schema."""
    return [_shown(card) for card in catalogue.cards().values()]


def generators() -> list[dict[str, Any]]:
    """Every generator's."""
    return [_shown(card) for card in catalogue.generators().values()]


def _shown(card: Card) -> dict[str, Any]:
    shown = {name: getattr(card, name) for name in SHOWN}
    return shown | {"params": card.params.model_json_schema()}
