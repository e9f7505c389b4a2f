"""The catalogue loads no engine, and every card can be drawn as a form and trained by default."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import ValidationError

from workers import catalogue
from workers.contract import Card, Failure
from workers.engines.base import Engine
from workers.generators.base import Generator

HEAVY = ("torch", "django", "ultralytics", "openvino", "cv2", "numpy")
CARDS = [*catalogue.cards().values(), *catalogue.generators().values()]


@pytest.mark.parametrize("module", ["workers.catalogue", "workers.contract"])
def test_importing_it_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module} as m\nif hasattr(m, 'cards'): m.cards()\n"
    code += f"print([name for name in {HEAVY} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "[]", ran.stderr


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_card_makes_a_form(card: Card) -> None:
    schema = card.params.model_json_schema()
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    for name, field in schema["properties"].items():
        assert {"title", "description", "default"} <= field.keys(), name
        field = next((each for each in field.get("anyOf", []) if each["type"] != "null"), field)
        bounded = {"exclusiveMinimum", "minimum"} & field.keys() and field.keys() & {
            "maximum",
            "exclusiveMaximum",
        }
        if field["type"] in ("integer", "number"):
            assert bounded or "enum" in field, name
    assert any(not field.get("advanced") for field in schema["properties"].values())
    assert card.params().model_dump(mode="json")
    module, _, name = card.engine.partition(":")
    made = getattr(import_module(module), name)
    assert issubclass(made, Generator if card.kind == "generate" else Engine)


def test_wrong_params_are_refused() -> None:
    params = catalogue.card("yolo").params
    for wrong in ({"epochs": -3}, {"version": "v7"}, {"image_size": 100}, {"wings": 2}):
        with pytest.raises(ValidationError):
            params.model_validate(wrong)
    with pytest.raises(ValidationError, match="Small targets"):
        params.model_validate({"version": "v5", "small_targets": True})
    with pytest.raises(Failure, match="no engine"):
        catalogue.card("yolo99")


def test_the_page_of_methods_names_every_one_and_no_other() -> None:
    page = (Path(__file__).parents[2] / "docs" / "engines.md").read_text()
    cards = catalogue.cards() | catalogue.generators()
    assert sorted(name for name in cards if f"`{name}`" not in page) == []
    tables = "\n".join(line for line in page.splitlines() if line.startswith("|"))
    assert set(re.findall(r"`([a-z]+_?[a-z_]*)`", tables)) <= set(cards)
