"""What to expect of a training on few images, and what helps. Nothing in here stops one."""

from collections.abc import Iterator
from typing import Any

from inspection.quality.intervals import wilson
from inspection.selectors.frozen import Tally
from inspection.selectors.soundness import Problem
from workers.contract import Card

FEW = 30  # images of a class below which figures are rough
FEW_SHOT = ("prototypical", "maml")  # made for it
NAMED = 6


def hints(held: Tally, task: str, card: Card) -> Iterator[Problem]:
    """Of classes that few training images show, and of those that few held-out ones measure."""
    if task == "anomaly":
        return
    few = {name: held.images[name] for name in held.classes if 0 < held.images[name] < FEW}
    if few and card.name not in FEW_SHOT:
        yield _few_images(few, task)
    shown = {name: held.held_out[name] for name in held.classes if held.everywhere[name]}
    if shown and min(shown.values()) < FEW:
        yield _few_measured(*min(shown.items(), key=lambda item: item[1]))


def _few_images(few: dict[str, int], task: str) -> Problem:
    ordered = sorted(few.items(), key=lambda item: item[1])
    some = ", ".join(f"{name} ({n})" for name, n in ordered[:NAMED])
    some += ", …" if len(ordered) > NAMED else ""
    helps = "synthetic images of these classes"
    if task == "classify":
        helps = f"a few-shot method (prototypical, MAML), made for 1 to 20 images a class; {helps}"
    words = (
        f"Fewer than {FEW} training images show: {some}. That is enough to begin with; expect it "
        f"to miss some. What helps: {helps}, or more images."
    )
    case = "classify" if task == "classify" else "other"
    named = {"few": FEW, "some": some, "case": case}
    return Problem("info", "splits.train", "few_images", words, named)


def _few_measured(name: str, n: int) -> Problem:
    named: dict[str, Any] = {"class": name, "n": n}
    limits = wilson(n // 2, n)
    if not isinstance(limits, tuple):
        words = f"No validation or test image shows {name}: nothing will measure how it is found."
        return Problem("info", f"classes.{name}", "few_measured", words, named | {"case": "none"})
    within = round((limits[1] - limits[0]) * 50)
    words = (
        f"{n} validation and test images show {name}: what share of them is found will be known "
        f"to about ± {within} percentage points."
    )
    return Problem("info", f"classes.{name}", "few_measured", words, named | {"within": within})
