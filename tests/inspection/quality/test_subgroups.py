"""Sizes of subgroups: how large they should be, and when their mean may stand for all of them."""

from typing import Any

import pytest

from inspection.quality import charts, subgroups
from inspection.quality.charts import Chart, Limits, Stage
from inspection.quality.values import Unknown
from tests.inspection.quality.examples import example


def chart(found: Any) -> Chart:
    assert isinstance(found, Chart)
    return found


def test_purchase_orders_with_limits_of_the_average_size() -> None:
    """Montgomery, section 7.3.2: the mean size is 98, and from p = 0.096 the limits are 0.007 and
    0.185; sample 11 (20 of 110) is within them, though outside the limit of its own size.
    """
    given, _ = example("p_chart_variable_n")
    found = chart(charts.p_chart(given["defective"], given["n"], average=True, exact=False))
    assert found.limits.size == 98
    assert set(found.lcl.round(4)) == {0.0064}
    assert set(found.ucl.round(4)) == {0.1846}
    assert not found.out.any()
    sigma = (0.0955102 * 0.9044898 / 98) ** 0.5
    assert found.z[10] == pytest.approx((20 / 110 - 0.0955102) / sigma, abs=1e-5)
    in_steps = chart(charts.p_chart(given["defective"], given["n"], exact=False))
    assert list(in_steps.at[in_steps.out]) == [10]
    assert in_steps.limits.size is None


def test_average_areas_by_hand() -> None:
    """u = 400 / 4 = 100; areas of 0.8 and 1.2 are just within 25 % of 1: limits 100 +- 30."""
    found = chart(charts.u_chart([80, 120, 100, 100], [0.8, 1.2, 1, 1], average=True))
    assert found.limits == Limits(100, size=1)
    assert (list(found.lcl), list(found.ucl)) == ([70] * 4, [130] * 4)


def test_sizes_that_differ_too_much_are_refused() -> None:
    charts.p_chart([50, 50, 50, 50], [75, 125, 100, 100], average=True)
    for n in ([74, 126, 100, 100], [76, 124, 130, 70]):
        with pytest.raises(ValueError, match=r"^inspected differs by more than 25 %"):
            charts.p_chart([50, 50, 50, 50], n, average=True)
    with pytest.raises(ValueError, match=r"^area differs by more than 25 %"):
        charts.u_chart([50, 50], [1, 2], average=True)


def test_the_average_is_of_the_base_and_every_point_has_to_fit_it() -> None:
    left_out = chart(charts.p_chart([50, 50, 60], [100, 100, 120], average=True, exclude=[2]))
    assert left_out.limits.size == 100
    with pytest.raises(ValueError, match="inspected differs"):
        charts.p_chart([50, 50, 60], [100, 100, 126], average=True, exclude=[2])
    gap = chart(charts.p_chart([50, 0, 50], [100, 0, 100], average=True))
    assert gap.limits.size == 100
    assert list(gap.at) == [0, 2]


def test_a_frozen_average_stays_what_it_was() -> None:
    base = Limits(0.5, size=100)
    found = chart(charts.p_chart([55, 60], [110, 120], frozen=base, average=True))
    assert found.limits == base
    assert list(found.ucl) == pytest.approx([0.65] * 2)
    empty = chart(charts.p_chart([0], [0], frozen=base, average=True))
    assert (len(empty.at), empty.limits) == (0, base)
    with pytest.raises(ValueError, match="inspected differs"):
        charts.p_chart([60], [126], frozen=base, average=True)
    with pytest.raises(ValueError, match=r"^frozen must have a size"):
        charts.p_chart([60], [100], frozen=Limits(0.5), average=True)
    with pytest.raises(ValueError, match=r"^frozen must have a size"):
        charts.u_chart([60], [100], frozen=Limits(0.5), average=True)


def test_laney_s_limits_may_be_of_the_average_too() -> None:
    d, n = [45, 55, 45, 55], [90, 110, 90, 110]
    found = chart(charts.p_chart(d, n, laney=True, average=True, keep_below_one=True))
    assert found.limits == Limits(0.5, 0.0, size=100)
    wide = chart(charts.p_chart([40, 60, 40, 60], [100] * 4, laney=True, average=True))
    assert wide.limits.size == 100
    assert wide.limits.sigma_z == pytest.approx(4 / 1.128)


def test_exact_limits_stay_each_subgroup_s_own() -> None:
    """3 of 110 and 3 of 90: n p is under 5, and the most that chance explains differs by size."""
    own = chart(charts.p_chart([3, 3], [110, 90]))
    found = chart(charts.p_chart([3, 3], [110, 90], average=True))
    assert found.exact
    assert list(found.ucl) == list(own.ucl)


def test_stages_have_an_average_each() -> None:
    d, n = [50, 50, 100, 100], [100, 100, 200, 200]
    first, second = charts.staged(charts.p_chart, [d, n], [Stage(0), Stage(2)], average=True)
    assert (chart(first).limits.size, chart(second).limits.size) == (100, 200)
    unknown = charts.p_chart([0], [0], average=True)
    assert isinstance(unknown, Unknown)


def test_a_page_can_ask_whether_to_offer_the_average() -> None:
    assert subgroups.may_average([75, 125, 100, 100])
    assert not subgroups.may_average([74, 126, 100, 100])
    assert subgroups.may_average([5, 0, 5]), "a gap has no size"
    assert not subgroups.may_average([0, 0])
    assert not subgroups.may_average([])
    with pytest.raises(ValueError, match=r"^sizes holds"):
        subgroups.may_average([-1])


def test_a_subgroup_should_hold_five_defective_ones() -> None:
    assert [subgroups.suggested_n(p) for p in (0.01, 0.03, 0.5, 1)] == [500, 167, 10, 5]
    for wrong in (0, 1.5):
        with pytest.raises(ValueError, match=r"^p must"):
            subgroups.suggested_n(wrong)


def test_how_many_units_a_lower_limit_needs() -> None:
    """More than 9 (1 - p) / p, which is 891 at 1 %, 81 at 10 %, 9 at a half, 1 at 90 %."""
    found = [subgroups.smallest_n_for_lower_limit(p) for p in (0.01, 0.1, 0.5, 0.9, 1)]
    assert found == [892, 82, 10, 2, 1]
    for p, n in ((0.01, 892), (0.1, 82), (0.5, 10)):
        enough = chart(charts.p_chart([0], [n], frozen=Limits(p), exact=False))
        short = chart(charts.p_chart([0], [n - 1], frozen=Limits(p), exact=False))
        assert enough.lcl[0] > 1e-9 > short.lcl[0]
    with pytest.raises(ValueError, match=r"^p must"):
        subgroups.smallest_n_for_lower_limit(1.5)
