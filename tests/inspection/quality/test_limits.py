"""Limits of control charts with figures that can be done by hand."""

from typing import Any

import numpy as np
import pytest

from inspection.quality import charts
from inspection.quality.charts import Chart, Limits, Stage
from inspection.quality.values import Unknown

SIGMA = 1 / 1.128  # of a mean moving range of 1


def chart(found: Any) -> Chart:
    assert isinstance(found, Chart)
    return found


def test_a_share_s_limits_by_hand() -> None:
    """p = 0.5 of 100 has sigma 0.05, of 400 0.025: limits in steps, never averaged."""
    found = chart(charts.p_chart([50, 200, 60, 190], [100, 400, 100, 400]))
    assert (found.kind, found.exact, found.provisional) == ("p", False, True)
    assert found.limits == Limits(0.5)
    assert found.centre == pytest.approx([0.5] * 4)
    assert found.ucl == pytest.approx([0.65, 0.575, 0.65, 0.575])
    assert found.lcl == pytest.approx([0.35, 0.425, 0.35, 0.425])
    assert found.z == pytest.approx([0, 0, 2, -1])
    assert not found.out.any()


def test_a_point_on_a_limit_does_not_signal_and_one_beyond_does() -> None:
    base = Limits(0.5)
    found = chart(charts.p_chart([35, 34, 65, 66], [100] * 4, frozen=base))
    assert list(found.out) == [False, True, False, True]
    sums = chart(charts.c_chart([130, 131, 70, 69], frozen=Limits(100)))
    assert list(sums.out) == [False, True, False, True]
    assert (sums.lcl[0], sums.ucl[0], sums.limits) == (70, 130, Limits(100))


def test_limits_end_where_a_share_does() -> None:
    high = chart(charts.p_chart([99, 98], [100] * 2, exact=False))
    assert high.ucl == pytest.approx([1, 1])
    low = chart(charts.p_chart([1, 2], [100] * 2, exact=False))
    assert low.lcl == pytest.approx([0, 0])
    assert chart(charts.u_chart([2, 2], [1, 1], exact=False)).ucl[0] == pytest.approx(
        2 + 3 * 2**0.5
    ), "defects per unit have no end"


def test_frozen_limits_of_a_share_are_a_share() -> None:
    assert chart(charts.p_chart([4], [4], frozen=Limits(1.0))).ucl[0] == 1
    assert chart(charts.p_chart([0], [4], frozen=Limits(0.0))).lcl[0] == 0
    with pytest.raises(ValueError, match=r"^frozen "):
        charts.p_chart([1], [2], frozen=Limits(-0.1))
    assert chart(charts.u_chart([9], [2], frozen=Limits(4.5))).centre[0] == 4.5


def test_frozen_limits_need_no_units() -> None:
    found = chart(charts.p_chart([0, 0], [0, 0], frozen=Limits(0.1)))
    assert len(found.at) == len(found.value) == len(found.lcl) == 0
    left_out = chart(charts.p_chart([40, 60], [100] * 2, frozen=Limits(0.5), exclude=[0, 1]))
    assert list(left_out.excluded) == [True, True]
    assert not left_out.exact, "all 100 units a subgroup are counted where none is in the base"


def test_np_charts_are_p_charts_times_n() -> None:
    found = chart(charts.np_chart([50, 66, 34, 50], [100] * 4, frozen=Limits(0.5)))
    assert found.kind == "np"
    assert found.value == pytest.approx([50, 66, 34, 50])
    assert found.centre == pytest.approx([50] * 4)
    assert (found.lcl[0], found.ucl[0]) == pytest.approx((35, 65))
    assert list(found.out) == [False, True, True, False]
    assert found.limits == Limits(0.5), "what is frozen is the share"
    other = chart(charts.np_chart([50, 66], [100] * 2, frozen=Limits(0.6)))
    assert other.centre == pytest.approx([60] * 2)
    assert list(other.out) == [False, False]
    one = chart(charts.np_chart([7], [10]))
    assert (one.value[0], one.centre[0]) == (7, 7)
    without = chart(charts.np_chart([50, 50, 90], [100] * 3, exclude=[2]))
    assert without.limits.centre == 0.5
    assert list(without.excluded) == [False, False, True]
    with pytest.raises(ValueError, match=r"^inspected varies: an np chart needs equal"):
        charts.np_chart([1, 1], [3, 2])


@pytest.mark.parametrize("n", [40, 60])
def test_an_np_chart_with_a_small_count_has_exact_limits_like_any_other(n: int) -> None:
    """n p = 4 is under 5, 6 is not; asked for, either is had."""
    d = [n // 10] * 4
    assert chart(charts.np_chart(d, [n] * 4)).exact == (n == 40)
    assert chart(charts.np_chart(d, [n] * 4, exact=True)).exact
    assert not chart(charts.np_chart(d, [n] * 4, exact=False)).exact


def test_exact_limits_are_the_counts_that_chance_still_explains() -> None:
    """Poisson of mean 10: P(X < 2) = 0.0005 and P(X > 21) = 0.0007 are under 0.00135 each, while
    P(X < 3) = 0.0028 and P(X > 20) = 0.0016 are not.
    """
    found = chart(charts.c_chart([1, 2, 21, 22], frozen=Limits(10), exact=True))
    assert (found.kind, found.exact) == ("c", True)
    assert (found.lcl[0], found.ucl[0]) == (2, 21)
    assert list(found.out) == [True, False, False, True]
    twice = chart(charts.u_chart([1, 2, 21, 22], [2] * 4, frozen=Limits(5), exact=True))
    assert (twice.kind, twice.lcl[0], twice.ucl[0]) == ("u", 1, 10.5)
    assert list(twice.out) == [True, False, False, True]


def test_exact_limits_share_the_false_alarms_of_three_sigma_between_two_sides() -> None:
    """0.00135 a side; of mean 9, P(X < 2) = 0.00123 and P(X > 19) = 0.00106 are just under it."""
    found = chart(charts.c_chart([1, 2, 19, 20], frozen=Limits(9), exact=True))
    assert (found.lcl[0], found.ucl[0]) == (2, 19)
    assert list(found.out) == [True, False, False, True]


def test_three_sigma_mislead_at_small_counts() -> None:
    """n = 50, p = 1 %: 3 sigma lie between 2 and 3, which is reached 1.38 % of the time."""
    plain = chart(charts.p_chart([3, 5], [50] * 2, frozen=Limits(0.01), exact=False))
    assert 2 < plain.ucl[0] * 50 < 3
    exact = chart(charts.p_chart([3, 4, 5], [50] * 3, frozen=Limits(0.01)))
    assert exact.exact
    assert exact.ucl[0] * 50 == pytest.approx(4), "P(X > 3) = 0.0016, P(X > 4) = 0.0001"
    assert list(exact.out) == [False, False, True]


def test_exact_limits_begin_under_a_mean_count_of_five() -> None:
    assert not chart(charts.p_chart([5, 5], [50, 50])).exact
    assert chart(charts.p_chart([5, 5], [51, 49])).exact == chart(charts.c_chart([5, 5])).exact
    assert not chart(charts.c_chart([5, 5])).exact
    assert not chart(charts.c_chart([9])).exact
    assert chart(charts.p_chart([4, 5], [50, 50])).exact
    assert chart(charts.c_chart([4, 5])).exact
    assert not chart(charts.c_chart([4, 5], exact=False)).exact
    assert chart(charts.u_chart([4, 5], [1, 1])).exact
    assert not chart(charts.u_chart([4, 5], [1, 1], exact=False)).exact
    assert chart(charts.c_chart([50, 50], exact=True)).exact


def test_the_mean_count_is_that_of_the_base() -> None:
    """Four small subgroups are left out: of 100 each, p = 0.1, the mean count is 10."""
    d, n = [10, 10, 1, 1, 1, 1], [100, 100, 10, 10, 10, 10]
    found = chart(charts.p_chart(d, n, exclude=[2, 3, 4, 5]))
    assert found.limits.centre == 0.1
    assert not found.exact


@pytest.mark.parametrize("exact", [True, False])
def test_none_and_all_defective_have_limits_at_their_centre(exact: bool) -> None:
    for d, share in (([0, 0], 0.0), ([9, 9], 1.0)):
        found = chart(charts.p_chart(d, [9, 9], exact=exact))
        assert list(found.lcl) == list(found.ucl) == [share] * 2
        assert list(found.z) == [0, 0]
        assert not found.out.any()


def test_laney_s_limits_by_hand() -> None:
    """z is -2, 2, -2, 2: the mean moving range is 4, so limits are 4 / 1.128 times as wide."""
    found = chart(charts.p_chart([180, 220, 180, 220], [400] * 4, laney=True))
    wide = 4 * SIGMA
    assert found.kind == "p'"
    assert found.limits.sigma_z == pytest.approx(wide)
    assert found.limits.centre == 0.5
    assert found.ucl == pytest.approx([0.5 + 0.075 * wide] * 4)
    assert found.lcl == pytest.approx([0.5 - 0.075 * wide] * 4)
    assert found.z == pytest.approx(np.array([-2, 2, -2, 2]) / wide), "run rules read z / sigma_z"


def test_laney_s_limits_end_where_the_figure_does() -> None:
    found = chart(charts.p_chart([40, 60, 40, 60], [100] * 4, laney=True))
    assert (found.lcl[0], found.ucl[0]) == (0, 1)
    per_unit = chart(charts.u_chart([80, 120, 80, 120], [1] * 4, laney=True))
    assert per_unit.kind == "u'"
    assert per_unit.lcl[0] == 0
    assert per_unit.ucl[0] == pytest.approx(100 + 30 * 4 * SIGMA)


@pytest.mark.parametrize("make", [charts.p_chart, charts.u_chart])
def test_laney_s_factor_under_one_counts_as_one_unless_it_is_to_be_kept(make: Any) -> None:
    d, n = [99, 101, 99, 101], [1000] * 4
    plain = chart(make(d, n))
    usual = chart(make(d, n, laney=True))
    kept = chart(make(d, n, laney=True, keep_below_one=True))
    assert usual.ucl == pytest.approx(plain.ucl)
    assert usual.z == pytest.approx(plain.z)
    factor = 2 * plain.z[1] * SIGMA
    assert factor < 1
    assert usual.limits.sigma_z == kept.limits.sigma_z == pytest.approx(factor), "so it can be said"
    assert kept.ucl - kept.centre == pytest.approx(factor * (plain.ucl - plain.centre))
    assert kept.z == pytest.approx(plain.z / factor)


@pytest.mark.parametrize("make", [charts.p_chart, charts.u_chart])
def test_laney_s_factor_may_be_frozen(make: Any) -> None:
    found = chart(make([100, 200], [1000] * 2, laney=True, frozen=Limits(0.1, 2.0)))
    plain = chart(make([100, 200], [1000] * 2, frozen=Limits(0.1)))
    assert found.limits == Limits(0.1, 2.0)
    assert found.ucl - 0.1 == pytest.approx(2 * (plain.ucl - 0.1))


def test_equal_points_have_no_spread_to_widen_by() -> None:
    found = chart(charts.p_chart([50] * 3, [100] * 3, laney=True, keep_below_one=True))
    assert found.limits.sigma_z == 0
    assert list(found.lcl) == list(found.ucl) == [0.5] * 3
    assert list(found.z) == [0] * 3
    assert not found.out.any()


def test_laney_s_factor_is_of_the_base_alone() -> None:
    found = chart(charts.p_chart([180, 220, 400, 180, 220], [400] * 5, laney=True, exclude=[2]))
    assert found.limits.sigma_z == pytest.approx(4 * SIGMA)
    assert list(found.excluded) == [False, False, True, False, False]
    assert list(found.out) == [False, False, True, False, False], "it stays on the chart"


def test_laney_needs_two_points() -> None:
    assert charts.sigma_z([-1, 1]) == pytest.approx(2 * SIGMA)
    assert charts.sigma_z([1, 2, 1]) == pytest.approx(SIGMA)
    one = chart(charts.p_chart([30], [100], laney=True))
    assert (one.kind, one.limits, one.ucl[0]) == (
        "p'", Limits(0.3), pytest.approx(0.3 + 3 * (0.21 / 100) ** 0.5),
    )  # fmt: skip


def test_limits_are_provisional_under_twenty_subgroups() -> None:
    assert chart(charts.c_chart([9] * 19)).provisional
    assert not chart(charts.c_chart([9] * 20)).provisional
    assert chart(charts.c_chart([9] * 20, exclude=[0])).provisional


FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]  # NIST handbook, 6.3.2.2


def test_individuals_of_the_nist_handbook() -> None:
    both = charts.individuals(FLOW)
    assert isinstance(both, tuple)
    x, moved = both
    assert (x.kind, moved.kind) == ("I", "MR")
    assert x.centre == pytest.approx([50.81] * 10)
    assert x.ucl == pytest.approx([55.8041] * 10, abs=1e-4)
    assert x.lcl == pytest.approx([45.8159] * 10, abs=1e-4)
    assert list(x.at) == list(range(10))
    assert x.value == pytest.approx(FLOW)
    assert x.z[0] == pytest.approx((49.6 - 50.81) / (1.87778 / 1.128), abs=1e-4)
    assert list(moved.at) == list(range(1, 10)), "the second value has the first moving range"
    assert moved.value[:3] == pytest.approx([2.0, 2.3, 1.4])
    assert moved.centre == pytest.approx([1.87778] * 9, abs=1e-5)
    assert moved.ucl == pytest.approx([3.267 * 1.87778] * 9, abs=1e-4)
    assert list(moved.lcl) == [0] * 9
    assert x.limits == moved.limits
    assert x.provisional
    assert moved.provisional


def test_individuals_with_one_left_out() -> None:
    """Of 10, 12, 99, 11, 14 without the 99: mean 11.75; moving ranges 2 and 3, sigma 2.5 / d2."""
    both = charts.individuals([10, 12, 99, 11, 14], exclude=[2])
    assert isinstance(both, tuple)
    x, moved = both
    assert x.limits.centre == 11.75
    assert x.limits.sigma == pytest.approx(2.5 * SIGMA)
    assert list(x.excluded) == [False, False, True, False, False]
    assert list(moved.excluded) == [False, True, True, False], "neither range that it is part of"
    assert list(x.out) == [False, False, True, False, False]
    assert list(moved.out) == [False, True, True, False]


def test_individuals_of_twenty_values_are_settled() -> None:
    for many, settled in ((19, False), (20, True)):
        both = charts.individuals(list(range(many)))
        assert isinstance(both, tuple)
        assert [made.provisional for made in both] == [not settled] * 2


def test_frozen_individuals_say_what_is_wrong_with_them() -> None:
    flat = charts.individuals([5.0, 6.0], frozen=Limits(5.0, sigma=0.0))
    assert isinstance(flat, tuple)
    assert list(flat[0].out) == [False, True]
    for wrong in (Limits(5.0), Limits(5.0, sigma=-1.0), Limits(float("nan"), sigma=1.0)):
        with pytest.raises(ValueError, match=r"^frozen "):
            charts.individuals([5.0, 6.0], frozen=wrong)


def test_standardised_charts_have_the_same_points_at_three_sigma() -> None:
    made = chart(charts.p_chart([50, 65, 66, 34], [100] * 4, frozen=Limits(0.5), exact=True))
    found = charts.standardised(made)
    assert (found.kind, found.exact) == ("z", False)
    assert found.value == pytest.approx([0, 3, 3.2, -3.2])
    assert list(found.centre) == [0] * 4
    assert list(found.lcl) == [-3] * 4
    assert list(found.ucl) == [3] * 4
    assert list(found.out) == [False, False, True, True]
    assert list(found.at) == [0, 1, 2, 3]
    small = chart(charts.p_chart([3], [50], frozen=Limits(0.01)))
    assert list(small.out) == [False], "within exact limits"
    assert list(charts.standardised(small).out) == [True], "and beyond 3 sigma"


def test_laney_is_advised_by_either_sign_of_overdispersion() -> None:
    """Alternating by one sigma: X2 = 4 of 3 degrees is nothing, but neighbours differ by 2 / 1.128.
    A slow climb: neighbours hardly differ, and X2 is enormous. Two that are near: neither.
    """
    by_neighbours = charts.dispersion([45, 55, 45, 55], [100] * 4)
    assert isinstance(by_neighbours, charts.Dispersion)
    assert by_neighbours.chi2 == pytest.approx(4)
    assert by_neighbours.df == 3
    assert by_neighbours.ratio == pytest.approx(4 / 3)
    assert by_neighbours.p_value == pytest.approx(0.2615, abs=1e-4)
    assert by_neighbours.sigma_z == pytest.approx(2 * SIGMA)
    assert by_neighbours.advise_laney
    by_spread = charts.dispersion(list(range(400, 600, 5)), [1000] * 40)
    assert isinstance(by_spread, charts.Dispersion)
    assert by_spread.sigma_z < 1
    assert by_spread.p_value < 0.01
    assert by_spread.advise_laney
    neither = charts.dispersion([49, 51], [100] * 2)
    assert isinstance(neither, charts.Dispersion)
    assert not neither.advise_laney


def test_stages_pass_on_what_they_are_given() -> None:
    d, n = [180, 220, 9, 0, 40, 180, 220], [400, 400, 400, 0, 400, 400, 400]
    first, second = charts.staged(
        charts.p_chart, [d, n], [Stage(0), Stage(4)], exclude=[2, 4], laney=True
    )
    one, two = chart(first), chart(second)
    assert (one.kind, two.kind) == ("p'", "p'")
    assert (list(one.at), list(two.at)) == ([0, 1, 2], [4, 5, 6]), "the gap at 3 is no point"
    assert list(one.excluded) == [False, False, True]
    assert list(two.excluded) == [True, False, False]
    assert one.limits == two.limits
    assert one.limits.centre == 0.5
    assert one.limits.sigma_z == pytest.approx(4 * SIGMA)


def test_a_stage_without_units_is_unknown_and_the_others_are_not() -> None:
    first, second = charts.staged(charts.p_chart, [[0, 30], [0, 100]], [Stage(0), Stage(1)])
    assert isinstance(first, Unknown)
    assert first.code == "no_units"
    assert chart(second).limits == Limits(0.3)
    (only,) = charts.staged(charts.c_chart, [[9, 9]], [Stage(0)])
    assert chart(only).limits == Limits(9)


@pytest.mark.parametrize("starts", [[], [1], [0, 2], [0, 0], [0, 1, 1], [0, 3]])
def test_stages_that_leave_a_hole_or_are_empty_are_refused(starts: list[int]) -> None:
    with pytest.raises(ValueError, match=r"^stages must begin at 0, rise, and hold"):
        charts.staged(charts.c_chart, [[1, 2]], [Stage(start) for start in starts])


def test_what_is_wrong_with_a_stage_is_said_by_name() -> None:
    with pytest.raises(ValueError, match=r"^start must"):
        charts.staged(charts.c_chart, [[1, 2]], [Stage(-1)])
    with pytest.raises(ValueError, match=r"^exclude names point 2, there are 2$"):
        charts.staged(charts.c_chart, [[1, 2]], [Stage(0)], exclude=[2])
    with pytest.raises(ValueError, match=r"^exclude names point 3, there are 2$"):
        charts.individuals([5.0, 6.0], exclude=[3])
