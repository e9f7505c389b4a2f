"""Whole images: what is told of the probabilities of their classes."""

import numpy as np
import pytest

from workers.contract import Answer
from workers.engines.parts.heads import Classes

CLASSES = ["crack", "dent", "dust", "good"]


def told(*probabilities: float, good: tuple[str, ...] = ("dust", "good")) -> Answer:
    outputs = np.array([probabilities], np.float32)
    return Classes(CLASSES, 32, list(good)).answer([outputs], (64, 48))


@pytest.mark.parametrize(
    ("probabilities", "name", "score"),
    [
        ((0.9, 0.02, 0.03, 0.05), "crack", 0.92),
        ((0.45, 0.35, 0.0, 0.2), "crack", 0.8),  # below one half each, and yet surely defective
        ((0.3, 0.28, 0.02, 0.4), "crack", 0.58),  # good is the likeliest, and yet it is not good
        ((0.25, 0.25, 0.2, 0.3), "crack", 0.5),  # in doubt it is not good
        ((0.4, 0.0, 0.25, 0.35), "good", 0.6),
        ((0.1, 0.1, 0.5, 0.3), "dust", 0.8),
    ],
)
def test_first_whether_it_is_good_then_which(
    probabilities: tuple[float, ...], name: str, score: float
) -> None:
    answer = told(*probabilities)
    (found,) = answer.findings
    assert found.class_name == name
    assert found.score == pytest.approx(score)
    assert answer.image_score == pytest.approx(sum(probabilities[:2]))


def test_where_no_class_is_good_the_likeliest_counts() -> None:
    answer = told(0.2, 0.45, 0.3, 0.05, good=())
    (found,) = answer.findings
    assert found.class_name == "dent"
    assert found.score == pytest.approx(0.45)
    assert answer.image_score == pytest.approx(1)
