"""Marked points of two pictures, and the homography that they give."""

from typing import Any

import numpy as np
import pytest

from inspection.quality.registration import register

SIZE = (640, 480)
MATRIX = np.array([[0.9, 0.05, 0.02], [-0.04, 0.95, 0.03], [0.06, -0.02, 1.0]])
CORNERS = [(0.1, 0.1), (0.9, 0.12), (0.88, 0.9), (0.12, 0.85)]


def marked(places: Any, matrix: Any = MATRIX) -> np.ndarray:
    here = np.asarray(places, float)
    there = np.column_stack([here, np.ones(len(here))]) @ matrix.T
    return np.column_stack([here, there[:, :2] / there[:, 2:]])


def test_points_that_a_homography_made_give_it_back() -> None:
    for places in (CORNERS, [*CORNERS, (0.5, 0.5), (0.3, 0.7)]):
        found = register(marked(places).tolist(), SIZE)
        assert np.allclose(np.reshape(found.homography, (3, 3)), MATRIX, atol=1e-9)
        assert found.residual == pytest.approx(0, abs=1e-6)
        assert len(found.residuals) == len(places)


def test_what_is_left_over_is_in_pixels_of_the_second_picture() -> None:
    """Noise of one pixel on many points: what is left is a little less than it."""
    rng = np.random.default_rng(4)
    points = marked(rng.uniform(0.05, 0.95, (60, 2)))
    points[:, 2:] += rng.normal(0, 1, (60, 2)) / SIZE
    found = register(points, SIZE)
    expected = np.sqrt(2 * (120 - 8) / 120)  # two coordinates, eight numbers fitted
    assert found.residual == pytest.approx(expected, rel=0.15)
    assert found.residual == pytest.approx(np.sqrt(np.mean(np.square(found.residuals))))


def test_the_point_that_is_wrong_stands_out() -> None:
    rng = np.random.default_rng(1)
    points = marked(rng.uniform(0.05, 0.95, (12, 2)))
    points[7, 2] += 30 / SIZE[0]
    assert int(np.argmax(register(points, SIZE).residuals)) == 7


def test_a_mirrored_camera_is_a_homography_too() -> None:
    found = register(marked(CORNERS, np.array([[-1, 0, 1], [0, 1, 0], [0, 0, 1.0]])), SIZE)
    assert np.reshape(found.homography, (3, 3))[0] == pytest.approx([-1, 0, 1])


@pytest.mark.parametrize(
    ("points", "code"),
    [
        ([], "too_few"),
        (marked(CORNERS[:3]), "too_few"),
        (marked([(0.1, 0.1), (0.2, 0.2), (0.5, 0.5), (0.9, 0.1)]), "on_a_line"),
        (marked([(0.1, 0.1), (0.2, 0.2), (0.5, 0.5), (0.7, 0.7), (0.9, 0.1)]), "on_a_line"),
        (marked([*CORNERS[:3], CORNERS[0], CORNERS[1]]), "on_a_line"),
        ([(*here, 0.5, 0.5) for here in CORNERS], "on_a_line"),
        # The lower ones are nearer to each other: below them all would lie behind the camera.
        (
            [
                (0.4, 0.4, 0.4, 0.4),
                (0.6, 0.4, 0.6, 0.4),
                (0.4, 0.6, 0.44, 0.6),
                (0.6, 0.6, 0.56, 0.6),
            ],
            "crossed",
        ),
        ([(*CORNERS[n], *CORNERS[m]) for n, m in enumerate((1, 0, 2, 3))], "crossed"),
    ],
)
def test_what_gives_no_homography_is_refused(points: Any, code: str) -> None:
    with pytest.raises(ValueError, match=code):
        register(points, SIZE)
