"""How training images are varied: every value with its bounds, and the presets by industry.

No torch, no OpenCV: the form, the API and the engines read the same values. What they do to an
image is in `augment.py`.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Group = Literal["light", "place", "shape", "mix"]


def _value(group: Group, title: str, description: str, most: float, **more: Any) -> Any:
    extra = {"group": group} | ({"unit": more.pop("unit")} if "unit" in more else {})
    default, least = more.pop("default", 0.0), more.pop("least", 0.0)
    return Field(
        default, ge=least, le=most, title=title, description=description, json_schema_extra=extra
    )


class Augmentation(BaseModel):
    """What may happen to a training image. 0 leaves a thing as it is.

    A range is how far a value is drawn from its middle; a share is that of the images it happens
    to. Lengths are shares of the image's shorter side.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gain: float = _value("light", "Brightness", "Range of the factor on all values around 1.", 0.9)
    contrast: float = _value(
        "light", "Contrast", "Range of the factor on differences from the image's mean.", 0.9
    )
    gamma: float = _value(
        "light", "Gamma", "The exponent lies between 1 / (1 + value) and 1 + value.", 2.0
    )
    gradient: float = _value(
        "light",
        "Light from one side",
        "By how much one side is brighter and the other darker, in any direction.",
        0.9,
    )
    temperature: float = _value(
        "light",
        "Colour temperature",
        "Range by which red rises while blue falls, and the reverse. Grey images stay grey.",
        0.5,
    )
    spot: float = _value(
        "light", "Glare", "Share of images with a specular spot, as of a lamp.", 1.0
    )
    spot_size: float = _value(
        "light", "Glare, size", "Largest radius of the spot.", 0.5, default=0.1, least=0.01
    )
    spot_strength: float = _value(
        "light", "Glare, strength", "What the spot adds at most; 1 is white.", 1.0, default=0.7
    )
    flip_horizontal: float = _value("place", "Mirrored left to right", "Share of images.", 1.0)
    flip_vertical: float = _value("place", "Mirrored top to bottom", "Share of images.", 1.0)
    turns: float = _value(
        "place",
        "Quarter turns",
        "Share of images turned by 90, 180 or 270 degrees; images that are not square by 180.",
        1.0,
    )
    degrees: float = _value("place", "Rotation", "Range of the angle, either way.", 180.0, unit="°")
    translate: float = _value("place", "Shift", "Range as a share of width and height.", 0.5)
    scale: float = _value("place", "Size", "Range of the factor around 1.", 0.8)
    shear: float = _value("shape", "Shear", "Range of the angle, either way.", 30.0, unit="°")
    elastic: float = _value(
        "shape",
        "Elastic",
        "How far points are displaced, as in cloth; at most 15 % of the wave.",
        0.1,
    )
    elastic_size: float = _value(
        "shape",
        "Elastic, wave",
        "Distance of points that move apart.",
        1.0,
        default=0.2,
        least=0.05,
    )
    motion_blur: float = _value("shape", "Motion blur", "Longest way during the exposure.", 0.1)
    mosaic: float = _value("mix", "Mosaic", "Share of images put together from four.", 1.0)

    @property
    def moves(self) -> bool:
        """Whether anything may come to lie elsewhere."""
        places = (
            self.flip_horizontal, self.flip_vertical, self.turns, self.degrees, self.translate,
            self.scale, self.shear, self.elastic,
        )  # fmt: skip
        return any(places)


PRESETS: dict[str, Augmentation] = {
    "generic": Augmentation(
        gain=0.15, contrast=0.15, gamma=0.1, flip_horizontal=0.5, flip_vertical=0.5, turns=0.5,
        translate=0.05, scale=0.15, mosaic=0.3,
    ),
    "pcb": Augmentation(
        gain=0.3, contrast=0.15, gamma=0.4, gradient=0.35, temperature=0.15, spot=0.3,
    ),
    "steel": Augmentation(
        gain=0.2, contrast=0.4, flip_horizontal=0.5, flip_vertical=0.5, mosaic=0.5,
    ),
    "textile": Augmentation(
        gain=0.1, contrast=0.1, flip_horizontal=0.5, flip_vertical=0.5, degrees=8, translate=0.05,
        scale=0.1, shear=4, elastic=0.02, motion_blur=0.02,
    ),
    "none": Augmentation(),
}  # fmt: skip


def of(how: str | Augmentation) -> Augmentation:
    """The values of a preset, or those that are handed in; KeyError: there is no such preset."""
    return PRESETS[how] if isinstance(how, str) else how
