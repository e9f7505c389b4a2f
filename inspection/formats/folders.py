"""A folder a class, train/val/test above it where there are; or plain images without a word."""

import posixpath

from inspection.formats import modalities
from inspection.formats.tree import Mark, Reading, ReadSample, Tree, split_of

NAME = "folders"
PLAIN = {
    "", "images", "imgs", "img", "image", "jpegimages", "data", "dataset", "train", "training",
    "val", "valid", "validation", "test", "testing",
}  # fmt: skip


def score(tree: Tree) -> float:
    """What is left when nothing else fits."""
    return 0.1 if tree.images else 0.0


def class_of(path: str, paired: bool = False) -> str:
    """The nearest folder that is no `images` or split; "" when there is none.

    Nor is it `ir` or the like where images are `paired`: there it names a modality.
    """
    for folder in reversed(posixpath.dirname(path).split("/")):
        if folder.lower() not in PLAIN and not (paired and modalities.tells(folder)):
            return folder
    return ""


def read(tree: Tree) -> Reading:
    """One sample an image. One folder for all says nothing: then nothing is annotated."""
    reading = Reading()
    paired = bool(modalities.partners(tree.images))
    classes = {path: class_of(path, paired) for path in tree.images}
    telling = len(set(classes.values()) - {""}) > 1
    for path, name in classes.items():
        marks = [Mark(name, "label", path=path)] if telling and name else []
        reading.samples.append(
            ReadSample(path, {"rgb": path}, marks, bool(marks), split=split_of(path))
        )
    return reading
