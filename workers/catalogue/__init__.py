"""What is on offer: a card each, for the form, the API and the tests. Loads no engine.

Every module in this folder with a CARD is on offer; there is no list to add it to. Those of kind
`generate` draw images and judge none: they are apart.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from workers.contract import Card, Failure


def cards() -> dict[str, Card]:
    """The engines' cards by name, in the order of names."""
    return {name: card for name, card in _all().items() if card.kind != "generate"}


def generators() -> dict[str, Card]:
    """The generators' cards by name, in the order of names."""
    return {name: card for name, card in _all().items() if card.kind == "generate"}


@cache
def _all() -> dict[str, Card]:
    names = sorted(module.name for module in iter_modules(__path__))
    found = [import_module(f"{__name__}.{name}").CARD for name in names]
    return {card.name: card for card in found}


def card(name: str) -> Card:
    """The card of this name, of an engine or a generator. Failure when there is none."""
    if name not in _all():
        known = ", ".join(_all())
        raise Failure("unknown_engine", f"There is no engine {name}.", f"There are: {known}.")
    return _all()[name]
