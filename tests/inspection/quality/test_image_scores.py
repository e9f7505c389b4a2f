"""What a threshold on image scores does, counted by hand."""

import pytest

from inspection.quality import image_scores
from inspection.quality.intervals import wilson


def test_counts_and_shares_by_hand() -> None:
    """At 0.5 the good one at 0.5 is called, the bad one at 0.495 is missed."""
    steps = image_scores.curve([0.1, 0.2, 0.5, 0.7], [0.495, 0.9])
    assert len(steps) == image_scores.STEPS + 1
    by = {step.at: step for step in steps}
    assert (by[0.0].called, by[0.0].missed) == (4, 0)
    assert (by[0.5].called, by[0.5].missed) == (2, 1)
    assert (by[0.505].called, by[0.505].missed) == (1, 1)
    assert (by[1.0].called, by[1.0].missed) == (0, 2)
    assert (by[0.5].false_calls, by[0.5].misses) == (0.5, 0.5)
    assert by[0.5].false_calls_limits == pytest.approx(wilson(2, 4))
    assert by[0.5].misses_limits == pytest.approx(wilson(1, 2))


def test_nuisances_are_counted_apart() -> None:
    step = image_scores.curve([0.1, 0.6], [0.9], [0.3, 0.5, 0.7, 0.8])[100]
    assert (step.at, step.called, step.nuisances, step.missed) == (0.5, 1, 3, 0)
    assert (step.false_calls, step.nuisance_calls) == (0.5, 0.75)
    assert step.nuisance_calls_limits == pytest.approx(wilson(3, 4))
    assert image_scores.curve([0.1], [0.9])[0].nuisance_calls is None


def test_a_share_of_none_is_unknown() -> None:
    steps = image_scores.curve([0.1], [])
    assert {(step.missed, step.misses, step.misses_limits) for step in steps} == {(0, None, None)}
    assert steps[0].false_calls == 1.0
