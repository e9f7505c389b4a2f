"""What must hold for all inputs, not only for the worked ones."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inspection.quality import (
    agreement,
    charts,
    intervals,
    pareto,
    rates,
    rejudge,
    rules,
    sampling,
    shifts,
    small_shifts,
    verdict,
)
from inspection.quality.charts import Limits, Stage
from inspection.quality.values import Unknown

pairs = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.floats(0.5, 0.999)


@given(pairs, levels)
def test_intervals_hold_the_estimate_and_exact_ones_are_wider_than_nothing(
    pair: tuple[int, int], confidence: float
) -> None:
    x, n = pair
    for interval in (intervals.wilson, intervals.clopper_pearson):
        found = interval(x, n, confidence)
        assert not isinstance(found, Unknown)
        low, high = found
        assert 0 <= low <= x / n <= high <= 1
        assert low < high


@given(pairs, pairs, levels)
def test_rates_stay_within_their_bounds(
    one: tuple[int, int], other: tuple[int, int], confidence: float
) -> None:
    (x, n), (found, audited) = one, other
    first_pass, ppm = rates.first_pass_yield(n, x), rates.parts_per_million(x, n, confidence)
    assert first_pass == pytest.approx(1 - x / n)
    assert isinstance(ppm, rates.Ppm)
    assert 0 <= ppm.value <= 1e6
    assert 0 < ppm.upper <= 1e6
    assert ppm.value <= ppm.upper + 1e-6
    escape = rates.escape_by_audit(audited + n, audited, found, x, confidence)
    if isinstance(escape, Unknown):
        assert not found
        assert not x
        return
    assert 0 <= escape.lower <= escape.rate <= escape.upper <= 1
    assert 0 <= escape.missed <= audited + n


@given(pairs, st.integers(2, 50))
def test_intervals_shrink_with_n(pair: tuple[int, int], times: int) -> None:
    x, n = pair
    for interval in (intervals.wilson, intervals.clopper_pearson):
        few, many = interval(x, n), interval(x * times, n * times)
        assert not isinstance(few, Unknown)
        assert not isinstance(many, Unknown)
        assert many[1] - many[0] < few[1] - few[0]


@given(pairs, levels, levels)
def test_more_confidence_is_a_wider_interval(
    pair: tuple[int, int], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assume(high - low > 1e-6)
    for interval in (intervals.wilson, intervals.clopper_pearson):
        narrow, wide = interval(*pair, low), interval(*pair, high)
        assert not isinstance(narrow, Unknown)
        assert not isinstance(wide, Unknown)
        assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]


@given(pairs, pairs)
def test_a_difference_lies_within_its_interval(a: tuple[int, int], b: tuple[int, int]) -> None:
    found = intervals.newcombe(*a, *b)
    assert not isinstance(found, Unknown)
    difference, low, high = found
    assert -1 <= low <= difference <= high <= 1
    back = intervals.newcombe(*b, *a)
    assert back == pytest.approx((-difference, -high, -low))


tables = st.lists(pairs, min_size=2, max_size=40)


@given(tables)
def test_limits_hold_the_centre_and_narrow_with_n(table: list[tuple[int, int]]) -> None:
    d, n = np.array(table).T
    for exact in (False, True):
        found = charts.p_chart(d, n, exact=exact)
        assert not isinstance(found, Unknown)
        assert (found.lcl <= found.centre + 1e-9).all()
        assert (found.ucl >= found.centre - 1e-9).all()
        assert ((found.lcl >= 0) & (found.ucl <= 1)).all()
    plain = charts.p_chart(d, n, exact=False)
    assert not isinstance(plain, Unknown)
    order = np.argsort(n, kind="stable")
    assert (np.diff(plain.ucl[order]) <= 1e-12).all(), "more units, narrower limits"
    assert (np.diff(plain.lcl[order]) >= -1e-12).all()
    assert plain.centre == pytest.approx(d.sum() / n.sum())


@given(tables)
def test_laney_is_never_narrower_than_the_plain_chart(table: list[tuple[int, int]]) -> None:
    d, n = np.array(table).T
    plain, wide = charts.p_chart(d, n, exact=False), charts.p_chart(d, n, laney=True)
    assert not isinstance(plain, Unknown)
    assert not isinstance(wide, Unknown)
    assert (wide.ucl >= plain.ucl - 1e-12).all()
    assert (wide.lcl <= plain.lcl + 1e-12).all()
    assert not (wide.out & ~plain.out).any()


@given(tables, st.data())
def test_a_gap_changes_nothing(table: list[tuple[int, int]], data: st.DataObject) -> None:
    """A subgroup without units neither breaks a run nor moves a limit: it is no point."""
    at = data.draw(st.integers(0, len(table)))
    d, n = np.array(table).T
    with_gap = charts.p_chart(np.insert(d, at, 0), np.insert(n, at, 0), laney=True)
    without = charts.p_chart(d, n, laney=True)
    assert not isinstance(with_gap, Unknown)
    assert not isinstance(without, Unknown)
    assert with_gap.limits == without.limits
    assert with_gap.value == pytest.approx(without.value)
    assert at not in with_gap.at
    moved = [place - (place > at) for place in with_gap.at]
    assert moved == list(without.at)


@given(tables, st.data())
def test_stages_are_charts_of_their_own(table: list[tuple[int, int]], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(table) - 1))
    d, n = np.array(table).T
    first, second = charts.staged(charts.p_chart, [d, n], [Stage(0), Stage(cut, Limits(0.25))])
    alone = charts.p_chart(d[:cut], n[:cut])
    assert not isinstance(first, Unknown)
    assert not isinstance(alone, Unknown)
    assert first.limits == alone.limits
    assert not isinstance(second, Unknown)
    assert second.limits == Limits(0.25)
    assert list(first.at) + list(second.at) == list(range(len(table)))


@given(st.lists(st.floats(-4, 4), max_size=60), st.integers(0, 59))
def test_a_rule_places_its_signal_by_what_came_before(z: list[float], cut: int) -> None:
    """What comes later changes no signal, and turning the chart over keeps all."""
    found = rules.nelson(z, range(1, 9))
    early = rules.nelson(z[:cut], range(1, 9))
    turned = rules.nelson([-value for value in z], range(1, 9))
    for rule, places in found.items():
        assert list(early[rule]) == [place for place in places if place < cut]
        assert list(turned[rule]) == list(places)


@given(st.dictionaries(st.text(min_size=1, max_size=4), st.integers(0, 10**6), max_size=12),
       st.one_of(st.none(), st.integers(1, 12)))  # fmt: skip
def test_pareto_by_defect_sums_to_one(table: dict[str, int], most: int | None) -> None:
    bars = pareto.pareto(table, most=most)
    if not sum(table.values()):
        assert isinstance(bars, Unknown)
        return
    assert not isinstance(bars, Unknown)
    assert sum(bar.share for bar in bars) == pytest.approx(1)
    assert bars[-1].cumulative == pytest.approx(1)
    assert sum(bar.count for bar in bars) == sum(table.values())
    plain = [bar.count for bar in bars if not bar.merged]
    assert plain == sorted(plain, reverse=True)


@given(st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), min_size=3, max_size=3))
def test_cohen_lies_within_its_bounds(table: list[list[int]]) -> None:
    found = agreement.cohen(table)
    if isinstance(found, Unknown):
        assert not sum(map(sum, table))
        return
    assert 0 <= found.observed <= 1
    if not isinstance(found.kappa, Unknown):
        assert -1 <= found.kappa <= 1
        assert found.kappa == pytest.approx(1) or found.observed < 1


@given(st.integers(2, 6), st.lists(st.lists(st.integers(0, 2), min_size=6, max_size=6), min_size=1,
                                   max_size=15))  # fmt: skip
def test_fleiss_lies_within_its_bounds(raters: int, choices: list[list[int]]) -> None:
    table = [[row[:raters].count(kind) for kind in range(3)] for row in choices]
    found = agreement.fleiss(table)
    assert not isinstance(found, Unknown)
    if not isinstance(found.kappa, Unknown):
        assert -1 - 1e-9 <= found.kappa <= 1 + 1e-9


@given(st.floats(0.5, 0.9999), st.floats(0.5, 0.99), st.integers(0, 4))
def test_a_sample_size_is_the_least_that_shows_it(r: float, level: float, failures: int) -> None:
    n = sampling.sample_size(r, level, failures)
    shown, short = (sampling.shown_reliability(k, failures, level) for k in (n, n - 1))
    assert not isinstance(shown, Unknown)
    assert shown >= r - 1e-9
    assert n == failures + 1 or (not isinstance(short, Unknown) and short < r + 1e-9)


ZONES = ("Europe/Berlin", "America/Chicago", "Asia/Shanghai", "Australia/Lord_Howe")
THREE = tuple(
    shifts.Shift(code, day, time(start), time(end))
    for day in range(5)
    for code, start, end in (("early", 6, 14), ("late", 14, 22), ("night", 22, 6))
)


@pytest.mark.parametrize("zone", ZONES)
def test_a_calendar_covers_every_instant_once_over_ten_years(zone: str) -> None:
    odd = {
        date(2024, 12, 25): (),
        date(2026, 10, 25): (shifts.Shift("extra", 6, time(1), time(4)),),
    }
    later = tuple(s for s in THREE if s.code != "night")
    versions = [
        shifts.Version(date(2010, 1, 1), THREE, odd),
        shifts.Version(date(2028, 3, 1), later),
    ]
    calendar = shifts.Calendar(zone, versions)
    start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    found = list(calendar.cover(start, end))
    assert (found[0].start, found[-1].end) == (start, end)
    assert all(a.end == b.start for a, b in pairwise(found)), "neither gap nor overlap"
    assert all(i.start < i.end for i in found)
    assert sum((i.end - i.start for i in found), timedelta()) == end - start
    assert {i.code for i in found} == {"early", "late", "night", "extra", "unscheduled"}


@given(st.sampled_from(ZONES), st.integers(0, 10 * 366 * 86_400))
def test_an_instant_is_in_the_shift_that_holds_it(zone: str, seconds: int) -> None:
    instant = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    calendar = shifts.Calendar(zone, [shifts.Version(date(2010, 1, 1), THREE)])
    at = calendar.at(instant)
    assert at.start <= instant < at.end
    assert calendar.business_date(instant) == at.business_date


@pytest.mark.parametrize(("p0", "p1", "tolerated"), [(0.01, 0.03, 2000), (0.05, 0.15, 500)])
def test_a_bernoulli_design_alarms_as_often_as_it_says(
    p0: float, p1: float, tolerated: float
) -> None:
    design = small_shifts.bernoulli_design(p0, p1, tolerated)
    assert not isinstance(design, Unknown)
    assert design.false_alarm_every >= tolerated
    shorter = small_shifts.average_run_length(p0, design.g, design.h - 1)
    assert shorter < tolerated, "no smaller h would do"
    rng = np.random.default_rng(11)
    for p, said in ((p0, design.false_alarm_every), (p1, design.detects_in)):
        lengths = [_run_length(p, design, rng, said) for _ in range(1500)]
        assert np.mean(lengths) == pytest.approx(said, rel=0.10)


def _run_length(
    p: float, design: small_shifts.BernoulliDesign, rng: np.random.Generator, said: float
) -> int:
    """Units until the first signal, drawn in stretches that begin where the last one ended."""
    carried, seen = 0.0, 0
    while True:
        steps = np.where(rng.random(int(said) + 100) < p, design.g - 1.0, -1.0)
        steps[0] += carried
        sums = np.cumsum(steps)
        sums -= np.minimum(np.minimum.accumulate(sums), 0)
        hit = np.flatnonzero(sums >= design.h)
        if hit.size:
            return seen + int(hit[0]) + 1
        seen, carried = seen + len(steps), float(sums[-1])


findings = st.builds(
    verdict.Finding,
    class_name=st.sampled_from(["scratch", "dent", "dust"]),
    score=st.floats(0, 1),
    box=st.one_of(st.none(), st.just((0.1, 0.1, 0.4, 0.3)), st.just((0.6, 0.5, 0.9, 0.9))),
    area=st.one_of(st.none(), st.floats(0, 1)),
    severity=st.sampled_from(["major", "minor", "nuisance", "good"]),
)
acceptance = st.builds(
    verdict.Rule,
    action=st.sampled_from(["NG", "REVIEW"]),
    class_name=st.one_of(st.none(), st.sampled_from(["scratch", "dent", "dust"])),
    severity=st.one_of(st.none(), st.sampled_from(["major", "minor"])),
    min_score=st.one_of(st.none(), st.floats(0, 1)),
    min_size_mm=st.one_of(st.none(), st.floats(0, 40)),
    min_area=st.one_of(st.none(), st.floats(0, 1)),
    min_count=st.integers(1, 3),
    zone=st.one_of(st.none(), st.just(((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5)))),
)
images = st.builds(
    verdict.ImageResult,
    findings=st.lists(findings, max_size=6).map(tuple),
    width=st.just(200),
    height=st.just(100),
    mm_per_pixel=st.one_of(st.none(), st.just(0.25)),
    image_score=st.one_of(st.none(), st.floats(0, 1)),
    error=st.one_of(st.none(), st.none(), st.just("broken")),
)
recipes = st.builds(
    verdict.Recipe,
    thresholds=st.dictionaries(
        st.sampled_from(["default", "image", "scratch", "dent"]), st.floats(0, 1)
    ),
    rules=st.lists(acceptance, max_size=3).map(tuple),
    kind=st.sampled_from(["detect", "anomaly"]),
)


@given(st.lists(images, max_size=3), recipes, st.randoms())
def test_a_verdict_does_not_depend_on_the_order_of_the_findings(
    unit: list[verdict.ImageResult], recipe: verdict.Recipe, rng: Random
) -> None:
    once = verdict.judge(unit, recipe)
    assert verdict.judge(unit, recipe) == once, "deterministic"
    mixed = []
    for image in unit:
        order = list(image.findings)
        rng.shuffle(order)
        mixed.append(replace(image, findings=tuple(order)))
    again = verdict.judge(mixed, recipe)
    assert (again.verdict, again.reasons) == (once.verdict, once.reasons)
    shown, moved = _decisive(unit, once), _decisive(mixed, again)
    for one, other in zip(shown, moved, strict=True):
        assert sorted(map(repr, one)) == sorted(map(repr, other))


def _decisive(
    unit: list[verdict.ImageResult], found: verdict.Judgement
) -> list[list[verdict.Finding]]:
    """The findings that decided, image by image."""
    return [
        [image.findings[i] for m, i in found.decisive if m == n] for n, image in enumerate(unit)
    ]


@given(st.lists(images, min_size=1, max_size=3), recipes)
def test_a_verdict_is_that_of_its_gravest_reason(
    unit: list[verdict.ImageResult], recipe: verdict.Recipe
) -> None:
    found = verdict.judge(unit, recipe)
    gravest = max((verdict.RANK[reason.verdict] for reason in found.reasons), default=0)
    assert verdict.RANK[found.verdict] == gravest
    assert (found.verdict == "OK") == (not found.reasons)
    broken = any(image.error for image in unit)
    assert not broken or found.verdict in ("NG", "ERROR"), "an error is never OK"
    if broken and found.verdict == "NG":
        assert "incomplete" in {reason.code for reason in found.reasons}


@given(st.lists(st.lists(images, max_size=3), max_size=8), recipes)
def test_many_units_are_judged_as_each_by_itself(
    units: list[list[verdict.ImageResult]], recipe: verdict.Recipe
) -> None:
    found = rejudge.judge(rejudge.tabulate(units), recipe)
    assert [rejudge.NAMES[rank] for rank in found] == [
        verdict.judge(unit, recipe).verdict for unit in units
    ]
