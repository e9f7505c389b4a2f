"""Faster R-CNN (Ren et al., NeurIPS 2015) with a feature pyramid: the two-stage detector."""

from workers.catalogue.faster_rcnn import Params
from workers.engines.parts.rcnn import RcnnEngine


class FasterRcnn(RcnnEngine):
    """The engine of the card `faster_rcnn`."""

    params: Params
