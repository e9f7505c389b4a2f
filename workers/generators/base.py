"""What every generator is: it learns one dataset version's defects, then draws more of them.

It learns from windows around the annotations of a class, or from whole images where there are only
labels. A window around annotations comes with its mask, and is drawn with one.
"""

import json
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, JsonValue

from workers.contract import Card, Failure
from workers.engines.base import Ground, Learner
from workers.generators.parts import examples
from workers.generators.parts.examples import Example
from workers.parameters import Drawing

Mask = NDArray[np.float32]
AT_ONCE = 32  # images drawn together


@dataclass(frozen=True)
class Patch:
    """Something drawn: side x side x 3 of 0..255, and where the defect is in it, 0..1."""

    pixels: NDArray[np.uint8]
    mask: Mask | None


@dataclass(frozen=True)
class Context:
    """What a patch is to be painted into: normal surroundings, and where the defect is to be."""

    pixels: NDArray[np.uint8]
    mask: Mask


class Generator(Learner):
    """One method of drawing: `fit`, then `draw`, `save`, `load`.

    `whole`: it draws whole images; `masked`: with a mask. Both follow from what it learnt from.
    """

    paints = False  # whether `draw` needs contexts
    whole = False
    masked = True

    def __init__(self, params: BaseModel, classes: list[str]) -> None:
        super().__init__(params, classes)
        self.base: Path | None = None  # a file of base weights

    @abstractmethod
    def draw(
        self, n: int, seed: int, class_name: str, contexts: Sequence[Context] = ()
    ) -> list[Patch]:
        """`n` patches of a class; the i-th depends on `seed` + i alone. `contexts`: one each."""

    @property
    def channels(self) -> int:
        """Red, green, blue, and the mask."""
        return 4 if self.masked else 3

    @property
    def side(self) -> int:
        """Of what is drawn, in pixels."""
        return int(cast(Drawing, self.params).side)

    @property
    def turning(self) -> bool:
        """Whether it draws in any of eight ways what it saw in one."""
        return cast(Drawing, self.params).turning

    def window(self) -> Drawing:
        """How examples are taken: as those were that it learnt from."""
        view = "whole" if self.whole else "patches"
        return cast(Drawing, self.params).model_copy(update={"view": view})

    def learn_from(self, ground: Ground) -> list[Example]:
        """The examples of a version's train split, and what of them is drawn. Sets the classes.

        Failure `no_examples` when the class is nowhere in it.
        """
        params = cast(Drawing, self.params)
        self.classes = [params.class_name] if params.class_name else list(self.classes)
        found = examples.of(ground.samples("train"), self.classes, params)
        if not found:
            words = f"No real training image shows {' or '.join(self.classes) or 'a class'}."
            hint = "Annotate some images of it, freeze a version, or choose another class."
            raise Failure("no_examples", words, hint)
        shown = {example.class_name for example in found}
        self.classes = [name for name in self.classes if name in shown]
        self.whole = found[0].whole
        self.masked = all(example.mask is not None for example in found)
        return found

    def spec(self) -> dict[str, Any]:
        """What it draws."""
        return {"whole": self.whole, "masked": self.masked}

    def load(self, folder: Path, device: str = "cpu") -> None:
        """As it was saved, ready to draw on this device."""
        try:
            spec = json.loads((folder / "spec.json").read_text())
        except (OSError, ValueError) as error:
            hint = "Train the generator again with this version of the software."
            raise Failure("artefact_broken", f"The spec cannot be read: {error}", hint) from error
        self.whole, self.masked, self.classes = spec["whole"], spec["masked"], spec["classes"]
        super().load(folder, device)


def load_generator(card: Card, params: dict[str, JsonValue], classes: list[str]) -> Generator:
    """The generator that a card names, not built yet."""
    module, _, name = card.engine.partition(":")
    made: type[Generator] = getattr(import_module(module), name)
    return made(card.params.model_validate(params), classes)


def patches_of(planes: NDArray[np.float32], masked: bool) -> list[Patch]:
    """n x channels x side x side of -1..1 as patches."""
    shown = ((planes + 1) / 2).clip(0, 1)
    pixels = (shown[:, :3].transpose(0, 2, 3, 1) * 255).round().astype(np.uint8)
    masks = shown[:, 3] if masked else [None] * len(planes)
    return [Patch(each, mask) for each, mask in zip(pixels, masks, strict=True)]
