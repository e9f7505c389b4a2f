"""Run rules one by one: the shortest pattern that signals, and the same with one thing amiss."""

from typing import Any

import numpy as np
import pytest

from inspection.quality import charts, rules
from inspection.quality.charts import Limits

EACH = range(1, 9)


def places(z: list[float], rule: int) -> list[int]:
    """Where a Nelson rule signals; turned over it must signal at the same places."""
    (found,) = rules.nelson(z, [rule]).values()
    (turned,) = rules.nelson([-value for value in z], [rule]).values()
    assert list(found) == list(turned)
    return list(found)


@pytest.mark.parametrize(
    ("rule", "z", "signals"),
    [
        (1, [3.0, 3.1, 0], [1]),
        (2, [0.5] * 9, [8]),
        (2, [0.5] * 8, []),
        (2, [2.0, *[0.5] * 9], [8, 9]),
        (2, [0.5] * 4 + [0.0] + [0.5] * 4, []),  # a point on the centre breaks it
        (2, [0.5] * 4 + [-0.5] + [0.5] * 8, []),
        (3, [1, 1.1, 1.2, 1.3, 1.4, 1.5], [5]),
        (3, [1, 1.1, 1.2, 1.3, 1.4], []),
        (3, [1, 1.1, 1.2, 1.2, 1.3, 1.4], []),  # a tie breaks it
        (3, [0, 1, 2, 3, 2, 1, 0, -1, -2], [8]),
        (4, [0, 1] * 7, [13]),
        (4, [0, 1] * 6 + [0], []),
        (4, [0, 1] * 3 + [1] + [0, 1] * 4, []),  # a tie breaks it
        (4, [0.5, 0, *[0, 1] * 6], []),
        (5, [0, 2.1, 2.1], [2]),
        (5, [2.1, 0, 2.1], [2]),
        (5, [2.1, 2.1, 0], []),  # the last point has to be beyond itself
        (5, [2.1, 0, 0, 2.1], []),
        (5, [0, 2.1, -2.1], []),  # on the same side
        (5, [0, 2.0, 2.1], []),  # on the line is not beyond
        (5, [2.1, 2.1], []),  # of three there have to be three
        (6, [1.1] * 4, []),
        (6, [1.1, 1.1, 0, 1.1, 1.1], [4]),
        (6, [1.1, 1.1, 1.1, 1.1, 0], []),
        (6, [1.1, 0, 1.1, 0, 1.1], []),
        (6, [1.1, 1.1, -1.1, 1.1, 1.0], []),
        (7, [1.0, -1.0, 0] * 5, [14]),
        (7, [0.5] * 14, []),
        (7, [0.5] * 14 + [1.1], []),
        (8, [1.1, -1.1] * 4, [7]),
        (8, [1.1] * 8, []),  # points on both sides
        (8, [1.1, -1.1] * 3 + [1.1, 1.0], []),
        (8, [-1.1] + [1.1] * 7, [7]),
        (8, [-1.1] + [1.1] * 8, [7]),
    ],
)
def test_a_rule_signals_on_the_last_point_of_its_pattern(
    rule: int, z: list[float], signals: list[int]
) -> None:
    assert places(z, rule) == signals


@pytest.mark.parametrize(
    ("rule", "pattern"),
    [(1, [3]), (5, [0, 2, 2]), (6, [1, 1, 1, 1, 1]), (8, [1, -1, 1, -1, 1, -1, 1, -1])],
)
def test_what_rounding_put_beyond_a_line_is_on_it(rule: int, pattern: list[float]) -> None:
    def off(by: float) -> list[float]:
        return [z + by if z > 0 else z - by if z < 0 else z for z in pattern]

    assert places(off(rules.TOLERANCE), rule) == []
    assert places(off(1e-6), rule) == [len(pattern) - 1]


def test_what_rounding_put_beyond_a_line_still_hugs_the_centre() -> None:
    assert places([1 + rules.TOLERANCE] * 15, 7) == [14]
    assert places([1 + 1e-6] * 15, 7) == []


@pytest.mark.parametrize("rule", EACH)
def test_no_point_and_one_point_have_no_run(rule: int) -> None:
    assert places([], rule) == []
    assert places([0.5], rule) == []


def test_only_the_first_rule_looks_at_one_point() -> None:
    found = rules.nelson([3.5], EACH)
    assert {rule: list(at) for rule, at in found.items() if len(at)} == {1: [0]}


def test_the_rules_of_western_electric_are_numbered_otherwise() -> None:
    patterns: dict[int, list[float]] = {
        1: [3.5],
        2: [0, 2.1, 2.1],
        3: [1.1, 1.1, 0, 1.1, 1.1],
        4: [0.5] * 8,
    }
    for number, z in patterns.items():
        found = rules.western_electric(z)
        assert list(found) == [1, 2, 3, 4]
        assert [rule for rule, at in found.items() if list(at) == [len(z) - 1]] == [number]
        assert sum(map(len, found.values())) == 1
    assert list(rules.western_electric([-0.5] * 8, [4])[4]) == [7]


def test_a_rule_that_is_in_no_table_is_named_with_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"^rules holds 9; Nelson has 1 to 8$"):
        rules.nelson([0.0], [1, 9])
    with pytest.raises(ValueError, match=r"^rules holds 0; Western Electric has 1 to 4$"):
        rules.western_electric([0.0], [0])
    with pytest.raises(ValueError, match=r"^z holds"):
        rules.western_electric([float("inf")])


def made(d: list[int], **options: Any) -> charts.Chart:
    found = charts.p_chart(d, [100] * len(d), frozen=Limits(0.5), **options)
    assert isinstance(found, charts.Chart)
    return found


def test_the_rules_asked_are_the_rules_answered() -> None:
    high = made([55] * 9)
    assert {rule: list(at) for rule, at in rules.signals(high).items()} == {1: [], 2: [8]}
    assert list(rules.signals(high, [2])) == [2]
    by_western = rules.signals(high, [1, 4], rules.western_electric)
    assert {rule: list(at) for rule, at in by_western.items()} == {1: [], 4: [7, 8]}


def test_signals_name_subgroups_and_pass_over_what_is_left_out() -> None:
    """Of 66 on a limit of 65 one is left out; nine in a row go on over it."""
    found = rules.signals(made([55] * 4 + [66] + [55] * 5 + [66], exclude=[4]))
    assert {rule: list(at) for rule, at in found.items()} == {1: [10], 2: [9, 10]}
    assert found[2].dtype == np.int64
