"""Distances of scores and embeddings, with points few enough to do by hand."""

from math import exp

import numpy as np
import pytest

from inspection.quality import distances, drift
from inspection.quality.values import Unknown


def test_the_largest_gap_of_two_small_samples() -> None:
    """1 2 3 4 against 3 4 5 6: half of the first lie below all of the second. Of the 70 ways to mix
    them 54 give as much (Gnedenko and Korolyuk 1951: 2 (C(8, 2) - C(8, 0)) / C(8, 4)).
    """
    found = distances.ks([1, 2, 3, 4], [3, 4, 5, 6])
    assert isinstance(found, distances.Ks)
    assert found.gap == 0.5
    assert found.p_value == pytest.approx(54 / 70)
    assert distances.ks([1, 2], [1, 2]) == distances.Ks(0, 1)
    apart = distances.ks([0.1] * 20, [0.9] * 20)
    assert isinstance(apart, distances.Ks)
    assert apart.gap == 1
    assert apart.p_value == pytest.approx(2 / 137_846_528_820), "2 of C(40, 20)"


LINE = [[0.0], [1.0], [3.0], [7.0]]


def test_mean_distance_to_the_nearest() -> None:
    """On a line at 0, 1, 3, 7: of 2 the nearest are 1 and 3, of 10 they are 7 and 3."""
    assert distances.knn(LINE, [[2.0], [10.0]], 2) == pytest.approx([1, 5])
    assert distances.knn(LINE, [[3.0]], 1) == pytest.approx([0])
    assert distances.knn(LINE, neighbours=1) == pytest.approx([1, 1, 2, 4]), "each without itself"
    assert distances.knn(LINE, neighbours=3) == pytest.approx([11 / 3, 3, 3, 17 / 3])
    assert len(distances.knn(LINE, [], 1)) == 0  # type: ignore[arg-type] # four are enough


def test_distance_in_standard_deviations() -> None:
    """Variances 2/3 and 8/3 without correlation: (1, 2) is at sqrt(1.5 + 1.5)."""
    cross = [[1, 0], [-1, 0], [0, 2], [0, -2]]
    assert distances.mahalanobis(cross, [[1, 2], [0, 0]]) == pytest.approx([3**0.5, 0])
    moved = np.array(cross) + 100
    assert distances.mahalanobis(moved, [[101, 102]]) == pytest.approx([3**0.5])
    assert len(distances.mahalanobis(cross, [])) == 0  # type: ignore[arg-type] # it spreads
    one = distances.mahalanobis([[1], [3]], [[4]])
    assert one == pytest.approx([2**0.5]), "mean 2, variance 2"
    rng = np.random.default_rng(2)
    table = rng.normal(size=(50, 3)) @ rng.normal(size=(3, 3))
    inverse = np.linalg.inv(np.cov(table.T))
    off = table - table.mean(axis=0)
    direct = np.sqrt(np.einsum("ij,jk,ik->i", off, inverse, off))
    assert distances.mahalanobis(table, table) == pytest.approx(direct)


def test_a_cloud_that_moved_is_beyond_the_training() -> None:
    rng = np.random.default_rng(3)
    training, same, moved = (rng.normal(at, 1, (400, 8)) for at in (0, 0, 2))
    for own, of_same, of_moved in (
        (distances.knn(training), distances.knn(training, same), distances.knn(training, moved)),
        tuple(distances.mahalanobis(training, other) for other in (training, same, moved)),
    ):
        assert drift.beyond(own, of_same) < 0.05  # type: ignore[arg-type, operator] # all are known
        assert drift.beyond(own, of_moved) > 0.5  # type: ignore[arg-type, operator] # all are known


def test_mean_discrepancy_of_four_points() -> None:
    """0 and 1 against 2 and 3, width 1: k = e^-0.5 one apart, e^-2 two, e^-4.5 three."""
    found = distances.mmd([[0], [1]], [[2], [3]], width=1)
    assert isinstance(found, distances.Mmd)
    across = (exp(-0.5) + 2 * exp(-2) + exp(-4.5)) / 4
    assert found.squared == pytest.approx(2 * exp(-0.5) - 2 * across)
    assert found.width == 1
    usual = distances.mmd([[0], [1]], [[2], [3]])
    assert isinstance(usual, distances.Mmd)
    assert usual.width == 1.5, "of 1, 1, 1, 2, 2, 3"
    assert usual.p_value == pytest.approx(1 / 3, abs=0.1), "of three ways to halve them, this one"


def test_drift_is_seen_in_the_discrepancy_and_its_absence_too() -> None:
    rng = np.random.default_rng(4)
    training, same, moved = (rng.normal(at, 1, (80, 4)) for at in (0, 0, 1))
    quiet, loud = distances.mmd(training, same), distances.mmd(training, moved)
    assert isinstance(quiet, distances.Mmd)
    assert isinstance(loud, distances.Mmd)
    assert quiet.p_value > 0.05
    assert loud.p_value == 1 / 201, "none of 200 permutations"
    assert loud.squared > 10 * abs(quiet.squared)
    assert distances.mmd(training, moved) == loud, "the same every time"


def test_distances_that_cannot_be_known_say_why() -> None:
    for found, code in (
        (distances.ks([], [1]), "no_values"),
        (distances.ks([1], []), "no_values"),
        (distances.knn([], [[1]], 1), "too_few_values"),
        (distances.knn(LINE, [[1.0]], 5), "too_few_values"),
        (distances.knn(LINE, neighbours=4), "too_few_values"),
        (distances.mahalanobis([], []), "no_spread"),
        (distances.mahalanobis([[1, 2], [3, 4]], [[1, 2]]), "no_spread"),
        (distances.mahalanobis([[1, 2], [2, 4], [3, 6], [4, 8]], [[1, 2]]), "no_spread"),
        (distances.mahalanobis([[1, 1], [1, 1], [1, 1]], [[1, 2]]), "no_spread"),
        (distances.mmd([[1]], [[1], [2]]), "too_few_values"),
        (distances.mmd([[1], [2]], []), "too_few_values"),
        (distances.mmd([[1], [1]], [[1], [1]]), "no_spread"),
    ):
        assert isinstance(found, Unknown)
        assert (found.code, bool(found.reason)) == (code, True)


def test_distances_that_make_no_sense_are_refused_by_name() -> None:
    for call, words in (
        (lambda: distances.ks([float("nan")], [1]), "actual holds"),
        (lambda: distances.knn(np.array([1.0, 2.0])), "training must"),
        (lambda: distances.knn(LINE, [[float("inf")]], 1), "images holds"),
        (lambda: distances.knn(LINE, [[1, 2]], 1), "images have 2 dimensions"),
        (lambda: distances.knn(LINE, neighbours=0), "neighbours must"),
        (lambda: distances.mahalanobis(LINE, [[1, 2]]), "images have 2 dimensions"),
        (lambda: distances.mmd(LINE, LINE, width=0), "width must"),
        (lambda: distances.mmd(LINE, LINE, permutations=0), "permutations must"),
    ):
        with pytest.raises(ValueError, match=f"^{words}"):
            call()
