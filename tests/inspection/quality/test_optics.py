"""Sharpness of an edge and distance of two colours, against what is known of them."""

from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

from inspection.quality import optics
from inspection.quality.values import Unknown

HALF = (np.log(2) / 2) ** 0.5 / np.pi  # exp(-2 (pi sigma f)^2) = 1/2: 0.1874 cycles a pixel at 1


def edge(sigma: float, slope: float = 0.1, size: int = 64) -> Any:
    """A bright right half behind a Gaussian blur of `sigma` pixels, slanted."""
    rows, columns = np.indices((size, size))
    middle = (size - 1) / 2
    away = (columns - middle - slope * (rows - middle)) / np.hypot(1, slope)
    return 50 + 120 * ndtr(away / sigma)


@pytest.mark.parametrize("sigma", [0.8, 1.0, 2.0])
def test_a_gaussian_blur_has_the_mtf50_of_its_formula(sigma: float) -> None:
    assert optics.mtf50(edge(sigma)) == pytest.approx(HALF / sigma, rel=0.01)


def test_an_edge_is_as_sharp_from_every_side() -> None:
    image = edge(1.2, slope=-0.15)
    sharp = optics.mtf50(image)
    for turned in (image[:, ::-1], image[::-1], image.T, 255 - image):
        assert optics.mtf50(turned) == pytest.approx(sharp, rel=0.02)
    assert optics.mtf50(image[:, 20:44]) == pytest.approx(sharp, rel=0.05), "a narrow region"


def test_the_noise_and_grey_levels_of_a_camera_are_borne() -> None:
    noisy = edge(1.0) + np.random.default_rng(6).normal(0, 1, (64, 64))
    assert optics.mtf50(noisy.round().astype(np.uint8)) == pytest.approx(HALF, rel=0.05)


def test_profiles_of_a_known_spectrum() -> None:
    """Gaussian blur; and a ramp 4 pixels wide, sin(pi 4 f) / (pi 4 f) = 1/2 at 0.6034 / 4."""
    at = np.arange(-16, 16, 0.25)
    assert optics.mtf50_of_profile(ndtr(at), 0.25) == pytest.approx(HALF, rel=1e-5)
    assert optics.mtf50_of_profile(-ndtr(at / 3), 0.25) == pytest.approx(HALF / 3, rel=1e-3)
    ramp = np.clip(at / 4, -0.5, 0.5)
    assert optics.mtf50_of_profile(ramp, 0.25) == pytest.approx(0.60335 / 4, rel=5e-3)
    assert optics.mtf50_of_profile(ndtr(np.arange(-8, 9) / 2)) == pytest.approx(HALF / 2, rel=0.02)


@pytest.mark.parametrize("slope", [0.03, -0.0875, 0.15, 0.4, 0.55])
def test_the_slant_of_an_edge_does_not_matter(slope: float) -> None:
    assert optics.mtf50(edge(1.0, slope)) == pytest.approx(HALF, rel=0.01)


def test_what_is_no_slanted_edge_has_no_sharpness() -> None:
    flat = np.full((30, 30), 90.0)
    upright = edge(1.0, slope=0.0)
    line = np.where(np.abs(np.arange(40) - 20) < 2, 200.0, 50)
    half = np.where(np.arange(30)[:, None] < 15, edge(1.0, size=30), 50)
    dots = np.random.default_rng(7).integers(0, 255, (40, 40))
    for found, code in (
        (optics.mtf50(flat), "no_edge"),
        (optics.mtf50(upright), "not_slanted"),
        (optics.mtf50(edge(1.0, slope=0.8)), "not_slanted"),
        (optics.mtf50(half), "no_edge"),
        (optics.mtf50(dots), "no_edge"),
        (optics.mtf50_of_profile([5, 5, 5]), "no_edge"),
        (optics.mtf50_of_profile(line), "no_edge"),
        (optics.mtf50_of_profile([]), "no_edge"),
        (optics.mtf50_of_profile([0] * 8 + [1] * 8), "too_sharp"),
    ):
        assert isinstance(found, Unknown)
        assert (found.code, bool(found.reason)) == (code, True)


def test_srgb_in_lab() -> None:
    """White, black and middle grey have no colour; pure red is 53.24, 80.09, 67.20 under D65."""
    found = optics.lab(np.array([[255, 255, 255], [0, 0, 0], [119, 119, 119], [255, 0, 0]]))
    assert found[:3, 1:] == pytest.approx(np.zeros((3, 2)), abs=1e-9)
    assert found[:3, 0] == pytest.approx([100, 0, 50.03], abs=0.01)
    assert found[3] == pytest.approx([53.24, 80.09, 67.20], abs=0.03), "from four digits"
    assert optics.lab([1.0, 1.0, 1.0], white=1)[0] == pytest.approx(100)
    assert optics.lab([3, 3, 3])[0] == pytest.approx(903.3 * 3 / 255 / 12.92 / 1, abs=0.01)


def test_equal_colours_are_no_distance_apart() -> None:
    many = np.random.default_rng(9).uniform((0, -60, -60), (100, 60, 60), (20, 3))
    assert optics.delta_e(many, many) == pytest.approx(np.zeros(20))
    assert optics.delta_e([50, 0, 0], many).shape == (20,), "one against many"
    assert optics.delta_e([50, 0, 0], [51, 0, 0]) == pytest.approx(1, abs=1e-3)
    assert optics.delta_e([0, 0, 0], [0, 0, 0]) == 0


def test_optics_refuse_what_makes_no_sense_by_name() -> None:
    for call, words in (
        (lambda: optics.mtf50(np.zeros((19, 30))), "image must"),
        (lambda: optics.mtf50(np.zeros((30, 30, 3))), "image must"),
        (lambda: optics.mtf50(np.full((30, 30), np.nan)), "image must"),
        (lambda: optics.mtf50_of_profile([1, 2], pitch=0), "pitch must"),
        (lambda: optics.mtf50_of_profile([1, float("inf")]), "profile holds"),
        (lambda: optics.lab([256, 0, 0]), "rgb must lie"),
        (lambda: optics.lab([-1, 0, 0]), "rgb must lie"),
        (lambda: optics.lab([0, 0, 0], white=0), "white must"),
        (lambda: optics.delta_e([1, 2], [1, 2, 3]), "first must"),
        (lambda: optics.delta_e([1, 2, 3], [1, 2, float("nan")]), "second holds"),
        (lambda: optics.delta_e(np.array(5.0), [1, 2, 3]), "first must"),
    ):
        with pytest.raises(ValueError, match=f"^{words}"):
            call()
