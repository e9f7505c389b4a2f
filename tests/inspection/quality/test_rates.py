"""Yields and rates at their edges: nothing, everything, one unit, just inside what is allowed."""

import pytest

from inspection.quality import agreement, intervals, rates
from inspection.quality.values import Unknown


def test_units_still_open_are_in_neither_part_of_the_final_yield() -> None:
    assert rates.final_yield(100, 90, still_open=4) == pytest.approx(0.9375), "90 of 96 closed"
    assert rates.final_yield(50, 45) == 0.9, "none is open unless said"
    assert rates.final_yield(5, 0) == 0
    assert rates.final_yield(5, 5) == 1


def test_yields_over_steps() -> None:
    assert rates.normalised_yield(0.512, 3) == pytest.approx(0.8)
    assert rates.normalised_yield(0.9, 1) == 0.9, "of one step it is that step's"
    assert (rates.normalised_yield(0, 4), rates.normalised_yield(1, 4)) == (0, 1)
    stations = {"print": 0.9, "place": 0.8, "solder": 0.5}
    assert rates.rolled_throughput_yield(stations) == pytest.approx(0.36)
    assert rates.throughput_yield(0) == 1
    unknown = rates.rolled_throughput_yield({"AOI": 0.9, "X-ray": rates.share(0, 0)})
    assert unknown == Unknown("station_unknown", "station X-ray: nothing was inspected")


def test_every_opportunity_may_be_a_defect_but_not_more() -> None:
    assert rates.defects_per_unit(5, 2) == 2.5, "a unit has as many defects as it has"
    assert rates.defects_per_opportunity(8, 2, 4) == 1
    assert rates.defects_per_opportunity(1, 2, 1) == 0.5
    assert rates.defects_per_million(1, 2, 1) == 500_000
    assert rates.defects_per_million(0, 2, 1) == 0


def test_ppm_of_none_of_some_and_of_all() -> None:
    """One-sided 95 %: none of 300 is 1 - 0.05^(1/300); 1 of 2 is sqrt(0.95); all of 3 is all."""
    bounds = {(0, 300): 1 - 0.05 ** (1 / 300), (1, 2): 0.95**0.5, (3, 3): 1.0}
    for (defective, inspected), bound in bounds.items():
        found = rates.parts_per_million(defective, inspected)
        assert isinstance(found, rates.Ppm)
        assert found.value == pytest.approx(1e6 * defective / inspected)
        assert found.upper == pytest.approx(1e6 * bound)
        assert found.confidence == 0.95
    half = rates.parts_per_million(0, 1, confidence=0.5)
    assert isinstance(half, rates.Ppm)
    assert half.upper == pytest.approx(500_000)


def test_half_defective_is_the_shift_and_no_more() -> None:
    assert rates.sigma_level(500_000) == 1.5
    assert rates.sigma_level(500_000, shift=0) == 0
    assert rates.dpmo_of_sigma(1.5) == 500_000
    assert rates.dpmo_of_sigma(0, shift=0) == 500_000


def test_an_audit_that_found_nothing_or_nothing_else() -> None:
    """Exact limits of 0 of n and of n of n are powers of 0.025, and can be done by hand."""
    none = rates.escape_by_audit(1000, 100, 0, 10)
    assert isinstance(none, rates.Escape)
    assert (none.missed, none.rate, none.lower, none.confidence) == (0, 0, 0, 0.95)
    missed = 1000 * (1 - 0.025 ** (1 / 100))
    assert none.upper == pytest.approx(missed / (missed + 10))
    all_bad = rates.escape_by_audit(10, 5, 5, 2)
    assert isinstance(all_bad, rates.Escape)
    assert all_bad.missed == 10
    assert all_bad.rate == all_bad.upper == pytest.approx(10 / 12)
    fewest = 10 * 0.025 ** (1 / 5)
    assert all_bad.lower == pytest.approx(fewest / (fewest + 2))
    unseen = rates.escape_by_audit(10, 5, 1, 0)
    assert isinstance(unseen, rates.Escape)
    assert (unseen.missed, unseen.rate, unseen.lower, unseen.upper) == (2, 1, 1, 1)


def test_an_escape_rate_has_both_of_its_exact_limits() -> None:
    """1 of 2,000: from 1 - 0.975^(1/2000) on, and the less the audit is asked the narrower."""
    found = rates.escape_by_audit(29_335, 2_000, 1, 285)
    assert isinstance(found, rates.Escape)
    least = 29_335 * (1 - 0.975 ** (1 / 2000))
    assert found.lower == pytest.approx(least / (least + 285))
    rough = rates.escape_by_audit(29_335, 2_000, 1, 285, confidence=0.5)
    assert isinstance(rough, rates.Escape)
    assert found.lower < rough.lower < found.rate < rough.upper < found.upper


def test_a_true_rate_stays_a_share() -> None:
    assert rates.true_rate(0.5, 1, 1) == 0.5, "of a model without faults it is the called one"
    assert rates.true_rate(0.31, 0.8, 0.9) == pytest.approx(0.3), "0.8 x 0.3 + 0.1 x 0.7"
    assert rates.true_rate(1, 0.8, 0.9) == 1, "not 9 of 7"
    assert rates.true_rate(0.05, 0.8, 0.9) == 0, "fewer than the false calls alone"
    assert rates.true_rate(0.5, 0.5, 0.6) == 1


def test_a_line_s_confusion_with_its_intervals() -> None:
    """Overkill 1.279 % (1.158 to 1.414), escape 5 % (3.05 to 8.08; exact 2.83 to 8.11)."""
    assert intervals.wilson(380, 29_700) == pytest.approx((0.01158, 0.01414), abs=5e-6)
    assert intervals.wilson(15, 300) == pytest.approx((0.0305, 0.0808), abs=5e-5)
    assert intervals.clopper_pearson(15, 300) == pytest.approx((0.0283, 0.0811), abs=5e-5)
    with_truth = agreement.cohen([[285, 15], [380, 29_320]])
    assert isinstance(with_truth, agreement.Agreement)
    assert with_truth.kappa == pytest.approx(0.585, abs=5e-4)
