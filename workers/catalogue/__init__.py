"""The engines on offer: a card each, for the form, the API and the tests. Loads no engine.

Every module in this folder with a CARD is on offer; there is no list to add it to.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from workers.contract import Card, Failure


@cache
def cards() -> dict[str, Card]:
    """Every card by its name, in the order of names."""
    names = sorted(module.name for module in iter_modules(__path__))
    found = [import_module(f"{__name__}.{name}").CARD for name in names]
    return {card.name: card for card in found}


def card(name: str) -> Card:
    """The card of this name. Failure when there is none."""
    if name not in cards():
        known = ", ".join(cards())
        raise Failure("unknown_engine", f"There is no engine {name}.", f"There are: {known}.")
    return cards()[name]
