"""The catalogue as the form reads it."""

from typing import Any

from workers import catalogue
from workers.contract import Card
from workers.presets import PRESETS, Augmentation

SHOWN = (
    "name", "title", "kind", "tasks", "summary", "when", "when_not", "source", "needs",
    "base_weights", "extends", "several", "modalities", "presets",
)  # fmt: skip


def listed() -> list[dict[str, Any]]:
    """Every engine's card with its params as JSON schema."""
    return [_shown(card) for card in catalogue.cards().values()]


def generators() -> list[dict[str, Any]]:
    """Every generator's."""
    return [_shown(card) for card in catalogue.generators().values()]


def augmentation() -> dict[str, Any]:
    """The values that training images are varied by, as a JSON schema, and each preset's."""
    presets = {name: values.model_dump() for name, values in PRESETS.items()}
    return {"values": Augmentation.model_json_schema(), "presets": presets}


def _shown(card: Card) -> dict[str, Any]:
    shown = {name: getattr(card, name) for name in SHOWN}
    return shown | {"params": card.params.model_json_schema()}
