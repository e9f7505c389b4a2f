"""Which format a tree is in."""

from types import ModuleType

from inspection.formats import coco, deeppcb, folders, voc, yolo
from inspection.formats.tree import Tree

READERS: dict[str, ModuleType] = {
    module.NAME: module for module in (deeppcb, coco, voc, yolo, folders)
}


def detect(tree: Tree) -> str | None:
    """The name of the format that fits best, None when there is no image."""
    scores = {name: module.score(tree) for name, module in READERS.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0 else None
