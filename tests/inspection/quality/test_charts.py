"""Control charts at their edges: none, all, one subgroup, gaps, exclusions, stages, rare events."""

from typing import Any

import numpy as np
import pytest

from inspection.quality import (
    charts,
    rare_events,
    rules,
    small_shifts,
)
from inspection.quality.charts import Limits
from inspection.quality.values import Unknown


def finite(value: Any) -> None:
    """No NaN in a figure, however deep."""
    if isinstance(value, float):
        assert value == value
    elif isinstance(value, np.ndarray):
        assert not np.isnan(value.astype(float)).any()
    elif isinstance(value, tuple | list):
        for item in value:
            finite(item)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            finite(getattr(value, name))


@pytest.mark.parametrize("d", [[0] * 25, [50] * 25, [0, 50] * 13], ids=["none", "all", "both"])
def test_charts_of_none_and_of_all_have_no_nan(d: list[int]) -> None:
    n = [50] * len(d)
    for options in ({}, {"exact": False}, {"exact": True}, {"laney": True}):
        finite(charts.p_chart(d, n, **options))  # type: ignore[arg-type] # all are flags
        finite(charts.u_chart(d, n, **options))  # type: ignore[arg-type] # all are flags
    finite(charts.np_chart(d, n))
    finite(charts.c_chart(d))
    finite(small_shifts.ewma_of_proportion(d, n, sum(d) / sum(n)))
    same = charts.p_chart(d, n)
    assert isinstance(same, charts.Chart)
    if len(set(d)) == 1:
        assert not same.out.any(), "a point on its centre does not signal"


def test_one_subgroup_has_provisional_limits() -> None:
    found = charts.p_chart([3], [50])
    assert isinstance(found, charts.Chart)
    assert found.provisional
    wide = charts.p_chart([3], [50], laney=True)
    assert isinstance(wide, charts.Chart)
    assert (wide.kind, wide.limits.sigma_z) == ("p'", 1.0), "one point has no moving range"
    assert not charts.p_chart([3] * 20, [50] * 20).provisional  # type: ignore[union-attr] # a chart


def test_a_gap_is_no_point_and_breaks_no_run() -> None:
    high, gap = [9] * 5, [0]
    d, n = [1] * 20 + high + gap + [9] * 4, [100] * 25 + gap + [100] * 4
    found = charts.p_chart(d, n, exact=False, frozen=Limits(0.05))
    assert isinstance(found, charts.Chart)
    assert 25 not in found.at
    assert list(rules.signals(found, [2])[2])[-1] == 29, "nine in a row across the gap"


def test_an_excluded_point_stays_and_is_in_no_run() -> None:
    d, n = [9] * 9, [100] * 9
    found = charts.p_chart(d, n, exact=False, frozen=Limits(0.05), exclude=[4])
    assert isinstance(found, charts.Chart)
    assert list(found.at) == list(range(9))
    assert list(rules.signals(found, [2])[2]) == []
    with_all = charts.p_chart(d, n, exact=False, frozen=Limits(0.05))
    assert isinstance(with_all, charts.Chart)
    assert list(rules.signals(with_all, [2])[2]) == [8]


def test_rule_one_is_the_limits_of_the_chart() -> None:
    """Exact limits, not 3 sigma: with n p = 0.5, 3 of 50 lie beyond 3 sigma and within them."""
    d, n = [0, 1, 3, 5], [50] * 4
    exact = charts.p_chart(d, n, frozen=Limits(0.01), exact=True)
    assert isinstance(exact, charts.Chart)
    assert exact.exact
    assert exact.z[2] > 3
    assert list(rules.signals(exact, [1])[1]) == [3]
    plain = charts.p_chart(d, n, frozen=Limits(0.01), exact=False)
    assert isinstance(plain, charts.Chart)
    assert list(rules.signals(plain, [1])[1]) == [2, 3]


def test_small_counts_take_exact_limits_by_themselves() -> None:
    few, many = charts.p_chart([0, 1] * 12, [50] * 24), charts.p_chart([9, 11] * 12, [50] * 24)
    assert isinstance(few, charts.Chart)
    assert isinstance(many, charts.Chart)
    assert (few.exact, many.exact) == (True, False)


def test_frozen_individuals_keep_centre_and_sigma() -> None:
    base = charts.individuals([10.0, 12.0, 11.0, 13.0])
    assert isinstance(base, tuple)
    later = charts.individuals([30.0], frozen=base[0].limits)
    assert isinstance(later, tuple)
    assert later[0].limits == base[0].limits
    assert later[0].out.all()
    assert not later[0].provisional
    assert len(later[1].at) == 0


def test_rare_events() -> None:
    four = rare_events.mean_time_between(120, 4)
    assert isinstance(four, rare_events.TimeBetween)
    assert four.mean == 30
    assert four.lower == pytest.approx(11.7, abs=0.05)
    assert four.upper == pytest.approx(110.1, abs=0.1)
    none = rare_events.mean_time_between(120, 0)
    assert isinstance(none, rare_events.TimeBetween)
    assert isinstance(none.mean, Unknown)
    assert isinstance(none.upper, Unknown)
    assert none.lower == pytest.approx(120 / 2.9957, abs=0.01)


def test_cusum_sees_improvement_too() -> None:
    sums, out = small_shifts.binomial_cusum([0] * 40, [50] * 40, 0.1, 0.05, 8)
    assert out[-1]
    assert sums[0] == pytest.approx(50 * small_shifts.reference_value(0.1, 0.05))
    design = small_shifts.bernoulli_design(0.05, 0.2, 300)
    assert isinstance(design, small_shifts.BernoulliDesign)
    units = [0] * 5 + [1] * 12
    after, alarm = small_shifts.bernoulli_cusum(units, design)
    assert list(after[:5]) == [0] * 5
    assert after[6] == 2 * (design.g - 1)
    assert alarm.any()
    quiet = small_shifts.ewma_of_proportion([5, 0, 9], [50, 0, 50], 0.1)
    assert list(quiet.at) == [0, 2]
    assert quiet.z == pytest.approx([0.1, 0.116])
