"""What speaks against learning to draw a class from a version."""

from collections.abc import Iterator
from typing import Any

from inspection.selectors.frozen import Tally
from inspection.selectors.soundness import Problem

FEW = 20  # annotations of a class below which a generator mostly repeats what it saw


def problems(held: Tally, params: dict[str, Any]) -> Iterator[Problem]:
    """Errors and warnings; `params` are a generator's."""
    name = params.get("class_name", "")
    known = ", ".join(held.classes)
    if name and name not in held.classes:
        words = f"The version has no class {name!r}; it has {known}."
        named = {"class": name, "known": known}
        yield Problem("error", "params.class_name", "class_not_in_version", words, named)
        return
    for each in [name] if name else held.classes:
        yield from _of_class(each, held)


def _of_class(name: str, held: Tally) -> Iterator[Problem]:
    found = held.real[name]
    named: dict[str, Any] = {"class": name, "n": found, "few": FEW}
    if not found:
        words = f"No real training image shows the class {name}: it cannot be learnt."
        yield Problem("error", f"classes.{name}", "class_not_learnable", words, named)
    elif found < FEW:
        words = f"Only {found} real examples of {name}: with fewer than {FEW} a generator mostly "
        words += "repeats what it saw. Look at each image beside its nearest real one."
        yield Problem("warning", f"classes.{name}", "few_examples", words, named)
