"""A base that is large enough, a watch that begins anew, and what a remedy did."""

import numpy as np
import pytest

from inspection.quality import drift, health
from inspection.quality.values import Unknown

SHIFTS = ["2 March, early"] * 2 + ["2 March, late"] * 2 + ["3 March, early"]


def test_a_base_takes_two_hundred_images_of_three_shifts() -> None:
    hours = [[value] * 40 for value in (100, 102, 101, 103, 99)]
    found = health.base(hours, SHIFTS)
    assert isinstance(found, health.Base)
    assert list(found.medians) == [100, 102, 101, 103, 99]
    assert (found.images, found.shifts) == (200, 3)
    with_a_gap = health.base([*hours, []], [*SHIFTS, "3 March, late"])
    assert isinstance(with_a_gap, health.Base)
    assert (len(with_a_gap.medians), with_a_gap.shifts) == (5, 3)


def test_a_base_that_is_too_small_says_by_how_much() -> None:
    short = health.base([[100.0] * 40] * 4 + [[100.0] * 39], SHIFTS)
    assert short == Unknown("too_few_images", "199 of 200 good images for a base")
    one_day = health.base([[100.0] * 40] * 5, SHIFTS[:4] + SHIFTS[:1])
    assert one_day == Unknown("too_few_shifts", "2 of 3 shifts for a base")
    empty = health.base([[100.0] * 100] * 2 + [[]], ["a", "b", "c"])
    assert empty == Unknown("too_few_shifts", "2 of 3 shifts for a base")
    assert health.base([], []) == Unknown("too_few_images", "0 of 200 good images for a base")


BASE = health.Base(np.array([100.0, 101, 100, 99, 100]), 200, 3)


def test_a_remedy_begins_the_watch_anew() -> None:
    """A lamp at 80 % for four hours, then a new one: at once ok, and not after two quiet hours."""
    values = [100, 80, 80, 80, 100, 100, 100]
    before = health.watch_since(BASE, values, drift.BRIGHTNESS)
    plain = drift.watch(BASE.medians, values, drift.BRIGHTNESS)
    assert isinstance(before, drift.Watch)
    assert isinstance(plain, drift.Watch)
    assert before.levels == plain.levels
    assert (before.z == plain.z).all()
    assert before.levels[4] == "alarm"
    after = health.watch_since(BASE, values, drift.BRIGHTNESS, remedies=[4])
    assert isinstance(after, drift.Watch)
    assert after.levels == ["ok", "alarm", "alarm", "alarm", "ok", "ok", "ok"]
    assert list(after.z[4:]) == [100] * 3
    assert after.lcl[4] == after.lcl[0] > after.lcl[3], "the limits are as at the beginning"
    assert len(after.z) == len(after.lcl) == len(after.ucl) == 7
    twice = health.watch_since(BASE, values, drift.BRIGHTNESS, remedies=[6, 0, 4, 4])
    assert isinstance(twice, drift.Watch)
    assert twice.levels == after.levels
    absolute = health.watch_since(BASE, [100.4], drift.Limits(0.5, 1), relative=False)
    assert isinstance(absolute, drift.Watch)
    assert absolute.levels == ["ok"]


def test_a_watch_without_hours_or_with_a_remedy_that_is_not_there() -> None:
    none = health.watch_since(BASE, [], drift.FOCUS)
    assert isinstance(none, drift.Watch)
    assert none.levels == []
    short = health.Base(np.array([100.0]), 200, 3)
    found = health.watch_since(short, [100], drift.FOCUS)
    assert isinstance(found, Unknown)
    assert found.code == "too_few_points"
    for wrong, words in (([2], "remedies names hour 2, there are 2"), ([-1], "remedies must")):
        with pytest.raises(ValueError, match=f"^{words}"):
            health.watch_since(BASE, [100, 100], drift.FOCUS, remedies=wrong)


def test_the_effect_of_a_cleaned_lens_by_hand() -> None:
    """1 2 3 and 4 5 6: variances 1, so d = 3, g = 3 (1 - 3 / 15); t of 4 degrees is 2.776, and
    3 +- 2.776 sqrt(2 / 3) is 0.733 to 5.267.
    """
    found = health.effect([1, 2, 3], [4, 5, 6])
    assert isinstance(found, health.Effect)
    assert (found.before, found.after, found.difference) == (2, 5, 3)
    assert (found.lower, found.upper) == pytest.approx((0.73304, 5.26696), abs=1e-5)
    assert found.relative == 1.5
    assert found.size == pytest.approx(2.4)
    assert found.confidence == 0.95


def test_spreads_that_differ_are_not_pooled_for_the_interval() -> None:
    """Variances 3 and 0 of 3 hours each: by Welch df is 2, t 4.303 (of 4 it would be 2.776), and
    the standard error 1; g = 2 / sqrt(1.5) (1 - 3 / 15).
    """
    found = health.effect([10 - 3**0.5, 10, 10 + 3**0.5], [12, 12, 12])
    assert isinstance(found, health.Effect)
    assert found.difference == pytest.approx(2)
    assert (found.lower, found.upper) == pytest.approx((-2.3027, 6.3027), abs=1e-4)
    assert found.size == pytest.approx(2 / 1.5**0.5 * 0.8)
    wide = health.effect([1, 2, 3], [4, 5, 6], confidence=0.99)
    assert isinstance(wide, health.Effect)
    assert wide.upper == pytest.approx(3 + 4.6041 * (2 / 3) ** 0.5, abs=1e-4)
    fell = health.effect([-2, -4], [-5, -7])
    assert isinstance(fell, health.Effect)
    assert fell.relative == -1, "down by as much as it was below 0"


def test_an_effect_without_spread_or_without_hours() -> None:
    flat = health.effect([5, 5], [7, 7])
    assert isinstance(flat, health.Effect)
    assert (flat.difference, flat.lower, flat.upper, flat.relative) == (2, 2, 2, 0.4)
    assert isinstance(flat.size, Unknown)
    assert flat.size.code == "no_spread"
    from_zero = health.effect([-1, 1], [1, 3])
    assert isinstance(from_zero, health.Effect)
    assert isinstance(from_zero.relative, Unknown)
    for before, after in (([1], [1, 2]), ([1, 2], [1]), ([], [])):
        found = health.effect(before, after)
        assert isinstance(found, Unknown)
        assert found.code == "too_few_points"


def test_health_refuses_what_makes_no_sense_by_name() -> None:
    with pytest.raises(ValueError, match=r"^unequal lengths: hours 1, shifts 2"):
        health.base([[1.0]], ["a", "b"])
    with pytest.raises(ValueError, match=r"^hours holds"):
        health.base([[float("nan")]], ["a"])
    with pytest.raises(ValueError, match=r"^before holds"):
        health.effect([float("inf"), 1], [1, 2])
    with pytest.raises(ValueError, match=r"^confidence must"):
        health.effect([1, 2], [1, 2], confidence=0.1)


def test_psi_without_drift_by_hand() -> None:
    """Ten bins and 500 values a side: 9 (1/500 + 1/500), more than a third of a warning."""
    assert drift.psi_noise(10, 500, 500) == pytest.approx(0.036)
    assert drift.psi_noise(10, 1000, 1000) == pytest.approx(0.018)
    for given, name in (((1, 5, 5), "bins"), ((2, 0, 5), "actual"), ((2, 5, 0), "expected")):
        with pytest.raises(ValueError, match=f"^{name} must"):
            drift.psi_noise(*given)
