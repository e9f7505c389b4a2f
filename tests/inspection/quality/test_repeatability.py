"""The same parts again: flips, spread, and a machine beside people."""

from collections.abc import Callable
from typing import Any

import pytest

from inspection.quality import repeatability
from inspection.quality.values import Unknown


def test_parts_whose_verdict_flips_are_listed() -> None:
    found = repeatability.flips(
        [["OK"] * 3, ["NG", "OK", "NG"], ["NG"] * 3, ["OK", "OK", "REVIEW"]]
    )
    assert found == repeatability.Flips(0.5, (1, 3), 3)
    assert repeatability.flips([["NG", "NG"]] * 5) == repeatability.Flips(1, (), 2)
    assert repeatability.flips([["NG", "OK"]]) == repeatability.Flips(0, (0,), 2)


def test_parts_whose_scores_straddle_the_threshold_are_listed() -> None:
    """Standard deviations 0.1, 0 and 0.2 by hand; together sqrt((0.01 + 0 + 0.04) / 3)."""
    table = [[0.3, 0.4, 0.5], [0.8, 0.8, 0.8], [0.5, 0.7, 0.9]]
    found = repeatability.spread(table, 0.5)
    assert isinstance(found, repeatability.Spread)
    assert found.sd == pytest.approx([0.1, 0, 0.2])
    assert found.pooled == pytest.approx((0.05 / 3) ** 0.5)
    assert found.straddling == (0,), "what begins at the threshold is NG each time"
    higher = repeatability.spread(table, 0.51)
    assert isinstance(higher, repeatability.Spread)
    assert higher.straddling == (2,), "what ends below it is OK each time"


def test_a_machine_is_judged_where_people_are_sure() -> None:
    """21 of 30 is in the zone, 20 is not: (21 + 30) of 60 by people, (7 + 10) of 20 by machine."""
    found = repeatability.knapp([21, 20, 30, 0], 30, [7, 0, 10, 10], 10)
    assert found == repeatability.Knapp((0, 2), 0.85, 0.85, True)
    worse = repeatability.knapp([21, 20, 30, 0], 30, [7, 10, 9, 0], 10)
    assert isinstance(worse, repeatability.Knapp)
    assert (worse.machine, worse.as_good) == (0.8, False)
    all_bad = repeatability.knapp([10], 10, [10], 10)
    assert all_bad == repeatability.Knapp((0,), 1, 1, True)


@pytest.mark.parametrize(
    ("figure", "code"),
    [
        (lambda: repeatability.flips([]), "too_few_loadings"),
        (lambda: repeatability.flips([["OK"], ["NG"]]), "too_few_loadings"),
        (lambda: repeatability.spread([], 0.5), "too_few_loadings"),
        (lambda: repeatability.spread([[0.4]], 0.5), "too_few_loadings"),
        (lambda: repeatability.knapp([], 30, [], 30), "no_reject_zone"),
        (lambda: repeatability.knapp([20], 30, [30], 30), "no_reject_zone"),
    ],
)
def test_what_cannot_be_known_says_why(figure: Callable[[], Any], code: str) -> None:
    found = figure()
    assert isinstance(found, Unknown)
    assert (found.code, bool(found.reason)) == (code, True)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: repeatability.flips([["OK", "OK"], ["OK"]]), "verdicts must"),
        (lambda: repeatability.spread([[0.1, 0.2], [0.1]], 0.5), "scores must"),
        (lambda: repeatability.spread([[0.1, float("nan")]], 0.5), "scores holds"),
        (lambda: repeatability.spread([[0.1, 0.2]], float("nan")), "threshold must"),
        (lambda: repeatability.knapp([1], 0, [1], 1), "manual_looks must"),
        (lambda: repeatability.knapp([1], 1, [1], 0), "machine_looks must"),
        (lambda: repeatability.knapp([3], 2, [1], 2), "manual holds more"),
        (lambda: repeatability.knapp([2], 2, [3], 2), "machine holds more"),
        (lambda: repeatability.knapp([1.5], 2, [1], 2), "manual holds"),
        (lambda: repeatability.knapp([1, 1], 2, [1], 2), "unequal lengths: manual 2, machine 1"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=f"^{words}"):
        call()


def test_a_study_takes_fifty_parts_three_times() -> None:
    assert repeatability.lacks(50, 3) == ()
    assert repeatability.lacks(49, 3) == ("parts",)
    assert repeatability.lacks(0, 2) == ("parts", "loadings")
    for given, name in (((-1, 3), "parts"), ((50, 1.5), "loadings")):
        with pytest.raises(ValueError, match=f"^{name} must"):
            repeatability.lacks(*given)
