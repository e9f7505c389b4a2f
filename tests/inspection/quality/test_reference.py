"""The reference set, good production parts and lots: what has to be there before a release."""

import pytest

from inspection.quality import reference, sampling
from inspection.quality.values import Unknown


def test_two_experts_settle_a_part_and_a_third_decides_between_them() -> None:
    found = reference.consensus(
        [
            ["crack", "crack"],
            ["crack", "dent", "dent"],
            ["crack", "dent", "good"],
            ["good", None],
            ["good", "good", "crack"],
            ["crack", "dent"],
            [None, "crack", "crack"],
            ["crack", "dent", "crack", "dent"],
        ]
    )
    assert isinstance(found, reference.Consensus)
    assert found.words == ("crack", "dent", None, None, "good", None, "crack", None)
    assert found.unsettled == (2, 3, 5, 7)
    assert found.adjudicated == (1,)
    assert found.first_agree == 3 / 7, "one part was seen by one alone"
    assert found.settled == 0.5


def test_experts_who_always_agree() -> None:
    found = reference.consensus([["good", "good"]] * 4)
    assert found == reference.Consensus(("good",) * 4, 1, 1, (), ())
    never = reference.consensus([["good", "crack"]] * 4)
    assert never == reference.Consensus((None,) * 4, 0, 0, (), (0, 1, 2, 3))


@pytest.mark.parametrize("said", [[], [["good"], ["crack", None]], [[]]])
def test_one_expert_settles_nothing(said: list[list[str | None]]) -> None:
    found = reference.consensus(said)
    assert isinstance(found, Unknown)
    assert found.code == "too_few_experts"


@pytest.mark.parametrize(
    ("near", "verdict"),
    [(0, "few"), (29, "few"), (30, "fitting"), (50, "fitting"), (51, "many"), (100, "many")],
)
def test_a_third_to_a_half_of_the_set_lies_near_the_limit(near: int, verdict: str) -> None:
    assert reference.boundary(near, 100) == reference.Boundary(near / 100, verdict)


def test_near_is_within_the_margin_on_either_side() -> None:
    """A limit of 0.5 mm and a margin of 0.1 mm, both included."""
    assert reference.near_limit([0.39, 0.4, 0.5, 0.6, 0.61], 0.5, 0.1) == (1, 2, 3)
    assert reference.near_limit([], 0.5, 0.1) == ()
    none = reference.boundary(0, 0)
    assert isinstance(none, Unknown)
    assert none.code == "no_parts"


SPANS = {"lots": 4, "shifts": 3, "cavities": 2}


def test_overkill_is_shown_on_a_thousand_good_parts_of_several_lots() -> None:
    """Of 1,000 none rejected: at most 1 - 0.025^(1/1000) = 0.368 %."""
    found = sampling.overkill_shown(0, 1000, SPANS)
    assert isinstance(found, sampling.Overkill)
    assert (found.rate, found.lower, found.lacks) == (0, 0, ())
    assert found.upper == pytest.approx(1 - 0.025**0.001)
    some = sampling.overkill_shown(13, 2000, SPANS, confidence=0.9)
    assert isinstance(some, sampling.Overkill)
    assert some.rate == 0.0065
    assert some.lower < 0.0065 < some.upper < 0.011


def test_what_the_overkill_still_lacks_is_named() -> None:
    short = sampling.overkill_shown(0, 999, SPANS | {"lots": 1, "cavities": 0})
    assert isinstance(short, sampling.Overkill)
    assert short.lacks == ("parts", "lots", "cavities")
    none = sampling.overkill_shown(0, 0, SPANS)
    assert isinstance(none, Unknown)
    assert none.code == "no_units"


def test_lots_are_inspected_more_strictly_after_two_refused_of_five() -> None:
    """The second refused lot within five tightens; five accepted in a row make it normal again."""
    ok, no = True, False
    assert sampling.switching([]) == ["normal"]
    apart = [no, ok, ok, ok, ok, no, ok]
    assert sampling.switching(apart) == ["normal"] * 8, "the two are six lots apart"
    near = [no, ok, ok, ok, no]
    assert sampling.switching(near) == ["normal"] * 5 + ["tightened"]
    back = [no, no, ok, ok, no, ok, ok, ok, ok, ok, no, ok]
    assert sampling.switching(back) == ["normal"] * 2 + ["tightened"] * 8 + ["normal"] * 3
    again = [no, no, *[ok] * 5, no, no]
    assert sampling.switching(again)[-2:] == ["normal", "tightened"]


def test_references_that_make_no_sense_are_refused_by_name() -> None:
    for call, words in (
        (lambda: reference.boundary(3, 2), "near "),
        (lambda: reference.near_limit([float("nan")], 0, 1), "values holds"),
        (lambda: reference.near_limit([1], float("inf"), 1), "limit must"),
        (lambda: reference.near_limit([1], 0, -1), "margin must"),
        (lambda: sampling.overkill_shown(3, 2, {}), "rejected "),
        (lambda: sampling.overkill_shown(1, 2, {"lots": -1}), "spans of lots must"),
        (lambda: sampling.overkill_shown(1, 2, {}, confidence=0.4), "confidence must"),
    ):
        with pytest.raises(ValueError, match=f"^{words}"):
            call()
