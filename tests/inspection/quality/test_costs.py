"""How sure a cost curve is, what a move of the threshold does, and costs of each class."""

import numpy as np
import pytest

from inspection.quality import costs, intervals, thresholds
from inspection.quality.costs import Bands, ClassCosts
from inspection.quality.values import Unknown

HALF_MISSED = [0.1] * 5 + [0.9] * 5
GOOD = [0.2] * 10


def test_a_rate_s_band_is_wilson_s_and_the_cost_s_is_the_bootstrap_s() -> None:
    """5 of 10 missed: of 10 redrawn ones 2 to 8 are, for P(X <= 1) = 0.011 and P(X <= 2) = 0.055;
    Wilson's limits are 0.237 and 0.763. An overkill costs nothing, an escape 2 at one unit in two.
    """
    found = costs.bands(GOOD, HALF_MISSED, 0.5, 2, 0)
    assert isinstance(found, Bands)
    assert found.threshold[:3] == pytest.approx([0.1, 0.2, 0.9])
    assert found.cost[0][2] == pytest.approx(0.2)
    assert found.cost[1][2] == pytest.approx(0.8)
    low, high = intervals.wilson(5, 10)  # type: ignore[misc] # 10 are known
    assert (found.miss_rate[0][2], found.miss_rate[1][2]) == pytest.approx((low, high))
    assert (found.miss_rate[0][0], found.overkill_rate[1][0]) == (0, 1)
    assert (found.confidence, found.too_few) == (0.95, True)


def test_no_escape_among_few_samples_is_not_no_cost() -> None:
    """20 and 20 without an error: Wilson's upper limit is z2 / (20 + z2) = 0.1611 for both rates,
    and of their sum sqrt(2) times that; the bootstrap alone would say 0.
    """
    found = costs.bands([0.1] * 20, [0.9] * 20, 0.5, 2, 2)
    assert isinstance(found, Bands)
    assert (found.cost[0][1], found.cost[1][1]) == pytest.approx((0, 0.1611 * 2**0.5), abs=1e-4)
    assert found.cheapest == (0.9, 0.9)
    assert found.least_cost == (0, 0)


def test_bands_close_in_on_the_curve_with_more_samples() -> None:
    rng = np.random.default_rng(5)
    widths = []
    for n in (100, 10_000):
        good, bad = rng.normal(0.3, 0.1, n), rng.normal(0.6, 0.1, n)
        found = costs.bands(good, bad, 0.02, 50, 1)
        curve = thresholds.cost_curve(good, bad, 0.02, 50, 1)
        assert isinstance(found, Bands)
        assert isinstance(curve, thresholds.CostCurve)
        assert len(found.threshold) == min(2 * n + 1, 200)
        cost = curve.cost[np.searchsorted(curve.threshold, found.threshold)]
        assert (found.cost[0] <= cost + 1e-12).all()
        assert (cost <= found.cost[1] + 1e-12).all()
        assert not found.too_few
        assert found.cheapest[0] < 0.45 < found.cheapest[1] + 0.05
        assert found.least_cost[0] <= curve.cost.min() + 0.05
        widths.append(np.median(found.cost[1] - found.cost[0]))
    assert widths[1] < widths[0] / 5, "sqrt(100) times narrower, more or less"


def test_bands_are_the_same_every_time() -> None:
    first, again = (costs.bands(GOOD, HALF_MISSED, 0.1, 5, 1) for _ in range(2))
    other = costs.bands(GOOD, HALF_MISSED, 0.1, 5, 1, confidence=0.5, resamples=9, seed=2)
    assert isinstance(first, Bands)
    assert isinstance(again, Bands)
    assert isinstance(other, Bands)
    assert (first.cost[1] == again.cost[1]).all()
    assert (other.cost[1] <= first.cost[1]).all()


def test_a_move_in_a_shift_s_own_numbers() -> None:
    """Scores 0 to 99: from 90 to 80 another 10 % of 990 good parts and of 10 bad ones are NG."""
    found = costs.move(range(100), range(5, 100, 10), 90, 80, 0.01, 1000)
    assert isinstance(found, costs.Move)
    assert found.false_rejects == pytest.approx(99)
    assert found.escapes == pytest.approx(-1)
    assert found.rejects == pytest.approx(100)
    same = costs.move([1, 2], [2, 3], 2, 2, 0.5, 10)
    assert same == costs.Move(0, 0, 0)


def test_precision_is_at_the_line_s_defect_rate() -> None:
    """Half of the good ones reach 0.2 with all bad ones; at one bad unit in two that is 2 of 3."""
    curve = thresholds.cost_curve([0.1, 0.2], [0.2, 0.9], 0.5, 1, 1)
    assert isinstance(curve, thresholds.CostCurve)
    precision, recall = costs.precision_recall(curve, 0.5)
    assert precision == pytest.approx([1 / 2, 2 / 3, 1]), "where nothing is rejected there is none"
    assert recall == pytest.approx([1, 1, 0.5])
    at_line, _ = costs.precision_recall(curve, 0.01)
    assert at_line == pytest.approx([0.01, 0.01 / (0.01 + 0.99 / 2), 1])


def test_each_class_has_its_threshold_by_its_own_costs() -> None:
    """Good 0.1 and 0.4, bad 0.3 and 0.8: at 0.3 no escape and half of the good, at 0.8 the reverse.
    A dear escape takes the one, a dear overkill the other; each costs 0.5 x 0.5 x 1 a unit.
    """
    scores = {name: ([0.1, 0.4], [0.3, 0.8]) for name in ("crack", "dust")}
    of = {"crack": ClassCosts(0.5, 10, 1), "dust": ClassCosts(0.5, 1, 10)}
    found = costs.choose_per_class(scores, of)
    crack, dust = found.choices["crack"], found.choices["dust"]
    assert isinstance(crack, thresholds.Choice)
    assert isinstance(dust, thresholds.Choice)
    assert (crack.threshold, dust.threshold) == (0.3, 0.8)
    assert (crack.cost, dust.cost) == pytest.approx((0.25, 0.25))
    assert found.cost == pytest.approx(0.5)


def test_a_class_that_is_unknown_is_named() -> None:
    scores = {"crack": ([0.1], [0.9]), "dent": ([0.1], [0.9])}
    of = {"crack": ClassCosts(0.1, 5, 1), "dust": ClassCosts(0.1, 5, 1)}
    found = costs.choose_per_class(scores, of)
    assert isinstance(found.choices["crack"], thresholds.Choice)
    codes = {k: v.code for k, v in found.choices.items() if isinstance(v, Unknown)}
    assert codes == {"dent": "no_costs", "dust": "no_samples"}
    assert isinstance(found.cost, Unknown)
    assert (found.cost.code, found.cost.reason[:10]) == ("class_unknown", "class dent")
    limited = costs.choose_per_class(
        {"crack": ([0.1], [0.9])}, {"crack": ClassCosts(0.1, 5, 1, escape_limit=0.01)}
    )
    assert isinstance(limited.choices["crack"], Unknown)
    assert limited.choices["crack"].code == "limit_not_shown"


def test_costs_without_samples_are_unknown() -> None:
    for found in (
        costs.bands([], [0.5], 0.1, 1, 1),
        costs.bands([0.5], [], 0.1, 1, 1),
        costs.move([], [0.5], 0.2, 0.3, 0.1, 100),
        costs.move([0.5], [], 0.2, 0.3, 0.1, 100),
    ):
        assert isinstance(found, Unknown)
        assert found.code == "no_samples"
    none = costs.choose_per_class({}, {}).cost
    assert isinstance(none, Unknown)
    assert none.code == "no_classes"


def test_costs_that_make_no_sense_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"^prevalence must"):
        costs.bands([0.1], [0.2], 1.5, 1, 1)
    with pytest.raises(ValueError, match=r"^resamples must"):
        costs.bands([0.1], [0.2], 0.5, 1, 1, resamples=0)
    with pytest.raises(ValueError, match=r"^confidence must"):
        costs.bands([0.1], [0.2], 0.5, 1, 1, confidence=1)
    with pytest.raises(ValueError, match=r"^units must"):
        costs.move([0.1], [0.2], 0.1, 0.2, 0.5, -1)
    with pytest.raises(ValueError, match=r"^after must"):
        costs.move([0.1], [0.2], 0.1, float("nan"), 0.5, 1)
