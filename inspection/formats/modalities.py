"""Which images show the same thing in another light: told by their names, whatever the format.

`rgb/7.png` with `ir/7.png`, `7.png` with `7_depth.tiff`, `depth_images/depth_7.jpg` with
`original_images/original_7.jpg`: names that are equal without the words for a modality.
"""

import posixpath
import re
from collections.abc import Iterable

from inspection.formats.tree import Reading, ReadSample

WORDS = {
    "rgb": ("rgb", "color", "colour", "visible", "original"),
    "ir": ("ir", "infrared", "thermal", "heat", "lwir", "nir"),
    "depth": ("depth", "height", "heightmap", "range", "xyz", "cloud", "pointcloud"),
    "template": ("template", "golden", "reference"),
}
NAMED = {word: modality for modality, words in WORDS.items() for word in words}
EMPTY = {"image", "images", "img", "imgs", "map", "maps", "data"}
CLOUDS = (".ply", ".pcd")
BETWEEN = re.compile(r"[ _.\-]+")


def named(path: str) -> tuple[str, str]:
    """What it shows, as the path without the words for a modality, and which modality ("")."""
    base, _ = posixpath.splitext(path.lower())
    kept, found = [], ""
    for folder in base.split("/"):
        words = BETWEEN.split(folder)
        found = next((NAMED[word] for word in words if word in NAMED), found)
        rest = [word for word in words if word not in NAMED and word not in EMPTY]
        kept += [" ".join(rest)] if rest else []
    return "/".join(kept), found


def tells(folder: str) -> bool:
    """Whether a folder is called by a modality and nothing else."""
    return not named(f"{folder}/")[0] and named(f"{folder}/")[1] != ""


def partners(paths: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Of each further image the path of the one it belongs to, and its modality.

    Where two claim the same place, or there is none in colour, all stay images of their own.
    """
    places: dict[str, dict[str, list[str]]] = {}
    for path in paths:
        shows, modality = named(path)
        usual = "depth" if path.lower().endswith(CLOUDS) else "rgb"
        places.setdefault(shows, {}).setdefault(modality or usual, []).append(path)
    found: dict[str, tuple[str, str]] = {}
    for by_modality in places.values():
        if "rgb" in by_modality and all(len(some) == 1 for some in by_modality.values()):
            (first,) = by_modality.pop("rgb")
            found |= {some[0]: (first, modality) for modality, some in by_modality.items()}
    return found


def join(reading: Reading) -> None:
    """Samples that are a further image of another one become part of it.

    What is annotated on such an image is taken where the colour image has nothing.
    """
    by_path = {sample.images["rgb"]: sample for sample in reading.samples}
    alone = [path for path, sample in by_path.items() if len(sample.images) == 1]
    for path, (first, modality) in partners(alone).items():
        _take(by_path[first], by_path.pop(path), modality)
    reading.samples = [s for s in reading.samples if s.images["rgb"] in by_path]


def _take(sample: ReadSample, other: ReadSample, modality: str) -> None:
    sample.images[modality] = other.images["rgb"]
    if other.annotated and not sample.annotated:
        sample.marks, sample.annotated = other.marks, True
    sample.split = sample.split or other.split
    sample.part = sample.part or other.part
