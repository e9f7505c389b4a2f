"""TDD-net (Ding et al., CAAI Trans. 2019): Faster R-CNN for tiny defects.

Its anchors are the training boxes' own by k-means, and it learns from the hardest regions.
"""

from typing import Any

import numpy as np

from workers.catalogue.tiny_defect import Params
from workers.contract import Failure, Log
from workers.engines.base import Ground, Report
from workers.engines.parts import anchors, based
from workers.engines.parts.anchors import Anchor
from workers.engines.parts.drawn import Drawn
from workers.engines.parts.rcnn import RcnnEngine


class TinyDefect(RcnnEngine):
    """The engine of the card `tiny_defect`."""

    params: Params
    hard = True
    anchors: list[Anchor] | None = None  # width and height in pixels of the input

    def levels(self) -> dict[int, list[Anchor]]:
        """Those of the data; before there is any, the usual ones."""
        if self.anchors:
            return anchors.by_level(self.anchors)
        return anchors.usual(anchors.CELLS * anchors.STRIDES[0] / 2)

    def prepare(self, ground: Ground, report: Report) -> None:
        """Find the anchors, or take those of the earlier model."""
        if ground.parent:
            self.restore(based.read(ground.parent))
            return
        p = self.params
        source = Drawn(ground.samples("train"), self.classes, p.image_size, p.tile_side)
        sides = np.asarray(source.sides(), np.float64)
        self.anchors = anchors.k_means(sides, p.anchors, p.seed)
        if not self.anchors:
            hint = "Annotate defects with boxes, polygons or masks; then freeze a version."
            raise Failure("no_boxes", "The training images have no boxes.", hint)
        found, overlap = self.anchors, round(anchors.fit(sides, self.anchors), 3)
        told = ", ".join(f"{width:g} x {height:g}" for width, height in found)
        words = f"Anchors from {len(sides)} boxes: {told} px; mean best IoU {overlap}."
        report(Log(message=words, code="anchors_found",
                   params={"n": len(sides), "anchors": told, "iou": overlap}))  # fmt: skip

    def spec(self) -> dict[str, Any]:
        """Its anchors, too."""
        return super().spec() | {"anchors": self.anchors}

    def restore(self, spec: dict[str, Any]) -> None:
        """Take them up again."""
        super().restore(spec)
        self.anchors = [(float(w), float(h)) for w, h in spec.get("anchors") or []] or None
