"""Worked examples with their source: figures that anybody can check against the book."""

import json
from pathlib import Path
from typing import Any

EXAMPLES: dict[str, Any] = json.loads(Path(__file__).with_name("examples.json").read_text())


def example(name: str) -> tuple[Any, Any]:
    """(input, expected) of the example of that name."""
    return EXAMPLES[name]["input"], EXAMPLES[name]["expected"]
