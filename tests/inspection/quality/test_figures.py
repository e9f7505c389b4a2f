"""Figures that practice knows by heart, and what they do at their edges."""

from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np
import pytest

from inspection.quality import (
    agreement,
    comparison,
    drift,
    intervals,
    location,
    pareto,
    rates,
    sampling,
    shifts,
    small_shifts,
    thresholds,
)
from inspection.quality.values import Unknown
from tests.inspection.quality.drawn import GREY, calendar, day


def test_the_page_s_own_example_of_escapes() -> None:
    """29,335 parts OK, 2,000 audited, one bad; 285 confirmed rejects."""
    found = rates.escape_by_audit(29_335, 2_000, 1, 285)
    assert isinstance(found, rates.Escape)
    assert found.missed == pytest.approx(14.6675)
    assert found.rate == pytest.approx(0.0489, abs=5e-5)
    assert found.lower < found.rate < found.upper
    assert found.upper == pytest.approx(0.222, abs=0.003)


def test_a_line_s_confusion_has_both_denominators() -> None:
    line = rates.Confusion(tp=285, fn=15, fp=380, tn=29_320)
    assert line.overkill == pytest.approx(0.012795, abs=1e-6)
    assert line.escape == 0.05
    assert line.precision == pytest.approx(0.428571, abs=1e-6)
    assert line.false_share_of_rejects == pytest.approx(1 - 0.428571, abs=1e-6)
    assert line.outgoing_ppm == pytest.approx(511.33, abs=0.01)
    assert rates.true_rate(665 / 30_000, 0.95, 29_320 / 29_700) == pytest.approx(0.01)


def test_no_defect_still_has_a_bound() -> None:
    found = rates.parts_per_million(0, 300)
    assert isinstance(found, rates.Ppm)
    assert found.value == 0
    assert found.upper == pytest.approx(1e6 * (1 - 0.05 ** (1 / 300)))
    all_bad = rates.parts_per_million(3, 3)
    assert isinstance(all_bad, rates.Ppm)
    assert all_bad.upper == 1e6
    assert intervals.upper_bound(3, 3) == 1.0


def test_samples_both_ways() -> None:
    sizes = {(0.95, 0.95): 59, (0.99, 0.95): 299, (0.995, 0.95): 598, (0.999, 0.95): 2995,
             (0.95, 0.99): 90, (0.99, 0.99): 459, (0.9, 0.9): 22}  # fmt: skip
    assert {key: sampling.sample_size(*key) for key in sizes} == sizes
    assert [sampling.sample_size(0.99, 0.95, c) for c in (1, 2, 3)] == [473, 628, 773]
    assert sampling.shown_failure_rate(30, 0, 0.95) == pytest.approx(0.095, abs=5e-4)
    assert sampling.shown_failure_rate(3, 3, 0.95) == 1.0


def test_pareto_with_weights_other_and_the_period_before() -> None:
    table = {"dent": 5, "scratch": 9, "pit": 1, "stain": 1}
    weighted = pareto.pareto(table, {"dent": 10})
    assert isinstance(weighted, list)
    assert [bar.name for bar in weighted] == ["dent", "scratch", "pit", "stain"]
    short = pareto.pareto(table, most=2)
    assert isinstance(short, list)
    assert [(b.name, b.count, b.merged) for b in short] == [
        ("scratch", 9, 0), ("dent", 5, 0), (pareto.OTHER, 2, 2)]  # fmt: skip
    assert pareto.compared(short, {"dent": 7, "pit": 2, "burr": 1}) == [
        ("scratch", 9, 0), ("dent", 5, 7), (pareto.OTHER, 2, 3)]  # fmt: skip
    whole = pareto.pareto(table)
    assert isinstance(whole, list)
    assert pareto.compared(whole, {"burr": 1})[-1] == (pareto.OTHER, 0, 1)
    assert len(pareto.compared(whole, {})) == 4
    units = pareto.by_unit({"dent": 5, "scratch": 9}, 10)
    assert isinstance(units, list)
    assert [(b.name, b.share, b.cumulative) for b in units] == [
        ("scratch", 0.9, None), ("dent", 0.5, None)]  # fmt: skip
    assert len(pareto.pareto(table, most=3)) == 4, "an Other of one class would say less"  # type: ignore[arg-type] # bars


def test_the_prior_of_the_line_moves_the_threshold() -> None:
    rng = np.random.default_rng(2)
    good, bad = rng.normal(0.3, 0.12, 4000), rng.normal(0.7, 0.15, 4000)
    enriched = thresholds.choose(good, bad, 0.5, 50, 1)
    at_line = thresholds.choose(good, bad, 0.01, 50, 1)
    assert isinstance(enriched, thresholds.Choice)
    assert isinstance(at_line, thresholds.Choice)
    assert at_line.threshold > enriched.threshold
    curve = thresholds.cost_curve(good, bad, 0.01, 50, 1)
    assert isinstance(curve, thresholds.CostCurve)
    assert at_line.cost == curve.cost.min()
    kept = thresholds.choose(good, bad, 0.01, 50, 1, escape_limit=0.01)
    assert isinstance(kept, thresholds.Choice)
    assert kept.escape_upper <= 0.01 < at_line.escape_upper
    assert kept.threshold < at_line.threshold
    assert not kept.too_few
    few = thresholds.choose(good[:20], bad[:20], 0.01, 50, 1)
    assert isinstance(few, thresholds.Choice)
    assert few.too_few
    assert thresholds.calibrated(9, 1) == 0.1


def test_a_review_band_costs_what_falls_into_it() -> None:
    good, bad = [0.1, 0.2, 0.5, 0.9], [0.1, 0.6, 0.8, 0.9]
    cost = thresholds.two_thresholds_cost(good, bad, 0.4, 0.7, 0.1, 100, 10, 1)
    assert cost == pytest.approx(0.1 * 100 / 4 + 0.9 * 10 / 4 + (0.1 + 0.9) / 4)
    assert thresholds.normal_quantile(np.arange(100) / 100, 0.05) == pytest.approx(0.95)
    assert thresholds.best_f1([0.1, 0.4, 0.8, 0.9], [0, 0, 1, 1]) == (0.8, 1.0)
    assert thresholds.best_f1([0.5, 0.5, 0.9], [0, 1, 1]) == pytest.approx((0.5, 0.8))


def test_hot_cells_and_what_fixes_them() -> None:
    cells = np.full(16, 2).reshape(4, 4)
    cells[1, 2] = 14
    cells[0, :] += np.array([2, 0, 0, 2])
    assert cells.sum() == 48
    (hot,) = location.hot_cells(cells)
    assert (hot.row, hot.column, hot.count) == (1, 2, 14)
    assert hot.p_value == pytest.approx(1.4e-5, rel=0.05)
    test = location.quadrat_test(cells)
    assert isinstance(test, tuple)
    assert test[1] == 15
    assert test[2] < 1e-3
    assert location.hot_cells(np.zeros((2, 2), int)) == []
    rng = np.random.default_rng(4)
    dust = np.clip(0.5 + rng.normal(0, 0.01, (40, 2)), 0, 1)
    anywhere = rng.random((40, 2))
    for camera, part, where in ((dust, anywhere, "camera"), (anywhere, dust, "part"),
                                (anywhere, rng.random((40, 2)), "neither")):  # fmt: skip
        found = location.fixed_in(camera, part)
        assert isinstance(found, location.Fixed)
        assert found.where == where
    assert set(location.clusters(dust, 0.05)) <= {-1, 0}
    assert len(location.clusters([], 0.05)) == 0
    every = location.periodicity([i for i in range(800) if i % 8 == 3 and i % 3], 800)
    assert isinstance(every, location.Period)
    assert (every.every, every.phase) == (8, 3)
    heat = location.heat_map(anywhere, 400, 4, 4)
    assert isinstance(heat, location.HeatMap)
    assert heat.rate.sum() == pytest.approx(0.1)
    assert location.grid([[1.0, 1.0], [0.0, 0.0]], 2, 2).tolist() == [[1, 0], [0, 1]]


def test_like_for_like() -> None:
    """Two lines that make the same products alike, in another mix."""
    first: comparison.Counts = {"easy": (9, 900), "hard": (10, 100), "own": (1, 10)}
    second: comparison.Counts = {"easy": (1, 100), "hard": (90, 900)}
    found = comparison.same_mix(first, second)
    assert isinstance(found, comparison.Adjusted)
    assert found.crude == pytest.approx((20 / 1010, 0.091))
    assert found.adjusted == pytest.approx((0.055, 0.055))
    assert found.mantel_haenszel_ratio == pytest.approx(1)
    assert found.left_out == ("own",)


def test_a_mix_that_misleads() -> None:
    """1.9 % against 11 %, and like for like 5.5 % against 7 %: most of it is the products."""
    first: comparison.Counts = {"easy": (9, 900), "hard": (10, 100)}
    second: comparison.Counts = {"easy": (2, 100), "hard": (108, 900)}
    found = comparison.same_mix(first, second)
    assert isinstance(found, comparison.Adjusted)
    assert found.crude == pytest.approx((0.019, 0.11))
    assert found.adjusted == pytest.approx((0.055, 0.07))
    assert found.mantel_haenszel_ratio == pytest.approx(
        (9 * 0.1 + 10 * 0.9) / (2 * 0.9 + 108 * 0.1)
    )


def test_a_unit_by_unit_cusum_as_it_is_tabled() -> None:
    """0.1 % to 0.3 %: g = 549; h = 2,000: 82,051 units to a false alarm, 2,637 to a true one."""
    assert round(1 / small_shifts.reference_value(0.001, 0.003)) == 549
    quiet, moved = (small_shifts.average_run_length(p, 549, 2000) for p in (0.001, 0.003))
    assert (round(quiet), round(moved)) == (82_051, 2_637)


def test_funnel_and_mcnemar() -> None:
    found = comparison.funnel([50, 9, 0, 1], [1000, 1000, 0, 20])
    assert isinstance(found, comparison.Funnel)
    assert list(found.at) == [0, 1, 3]
    assert list(found.out) == [True, True, False]
    assert list(found.grey) == [False, False, True]
    few, many = comparison.mcnemar(1, 8), comparison.mcnemar(40, 20)
    assert isinstance(few, comparison.McNemar)
    assert isinstance(many, comparison.McNemar)
    assert (few.exact, many.exact) == (True, False)
    assert few.p_value == pytest.approx(20 / 512)
    assert many.p_value == pytest.approx(0.0141, abs=1e-4), "chi2 = 19^2 / 60"
    assert comparison.mcnemar(30, 30).p_value == 1  # type: ignore[union-attr] # they disagree


def test_two_models_on_the_same_units_by_hand() -> None:
    """Agresti and Min: 8 gained and 0 lost of 10 is 8 / 12 +- 1.96 sqrt(9 / 12 - (8 / 12)^2) /
    sqrt(12) about the middle, beside the plain difference."""
    found = comparison.matched(8, 0, 10)
    assert not isinstance(found, Unknown)
    assert found == pytest.approx((0.8, 0.3539, 0.9794), abs=1e-4)
    swapped = comparison.matched(0, 8, 10)
    assert not isinstance(swapped, Unknown)
    assert swapped == pytest.approx((-0.8, -0.9794, -0.3539), abs=1e-4)
    same = comparison.matched(0, 0, 10)
    assert not isinstance(same, Unknown)
    assert same[1] == -same[2] < 0  # no change seen is no proof of none
    assert isinstance(comparison.matched(0, 0, 0), Unknown)
    with pytest.raises(ValueError, match="more than n together"):
        comparison.matched(6, 5, 10)


def test_appraisers_fall_into_bands() -> None:
    assert agreement.appraise(46, 50, 1, 100, 4, 100).verdict == "acceptable"
    assert agreement.appraise(42, 50, 1, 100, 4, 100).verdict == "marginal"
    assert agreement.appraise(46, 50, 6, 100, 4, 100).verdict == "unacceptable"
    assert agreement.appraise(46, 50, 0, 0, 4, 100).verdict == "unknown"
    same = agreement.cohen([[0, 0], [0, 30]])
    assert isinstance(same, agreement.Agreement)
    assert isinstance(same.kappa, Unknown)
    assert same.kappa.code == "kappa_undefined"
    assert isinstance(same.positive, Unknown)
    assert (same.observed, same.negative) == (1, 1)
    three = agreement.cohen(np.eye(3))
    assert isinstance(three, agreement.Agreement)
    assert three.kappa == 1
    assert isinstance(three.positive, Unknown)


def test_kappa_falls_into_bands_that_can_be_set() -> None:
    values: list[float | Unknown] = [0.76, 0.75, 0.4, 0.39, Unknown("kappa_undefined", "one class")]
    words = ["good", "fair", "fair", "poor", "unknown"]
    assert [agreement.kappa_verdict(kappa) for kappa in values] == words
    assert agreement.kappa_verdict(0.76, (0.9, 0.7)) == "fair"
    for kappa, bands, name in ((1.1, (0.9, 0.7), "kappa"), (0.5, (0.7, 0.9), "bands")):
        with pytest.raises(ValueError, match=f"^{name} must"):
            agreement.kappa_verdict(kappa, bands)


def test_shifts_nobody_expected() -> None:
    early = shifts.Shift("early", 0, time(6), time(14))
    works = calendar(early)
    assert works.at(day(8)).code == "early"
    assert works.at(day(20)).code == shifts.UNSCHEDULED
    assert works.business_date(day(23)) == date(2026, 3, 3), "past midnight in Berlin"
    before = shifts.Calendar("Europe/Berlin", [shifts.Version(date(2027, 1, 1), (early,))])
    assert before.at(day(8)).code == shifts.UNSCHEDULED
    night = shifts.Shift("night", 0, time(22), time(6))
    ends = shifts.Calendar("UTC", [shifts.Version(date(2020, 1, 1), (night,))], "end")
    assert ends.at(day(23)).business_date == date(2026, 3, 3)
    lost = shifts.Shift("lost", 6, time(2, 15), time(2, 45))  # on 29 March the clocks skip it
    assert calendar(lost).instances(date(2026, 3, 29), date(2026, 3, 29)) == []
    half = shifts.Shift("half", 6, time(2, 30), time(4))
    (cut,) = calendar(half).instances(date(2026, 3, 29), date(2026, 3, 29))
    assert cut.start == datetime(2026, 3, 29, 1, tzinfo=UTC), "the instant of the change"
    assert cut.hours == 1
    holiday = shifts.Version(date(2020, 1, 1), (early,), {date(2026, 3, 2): ()})
    assert shifts.Calendar("Europe/Berlin", [holiday]).at(day(8)).code == shifts.UNSCHEDULED


def test_image_health() -> None:
    rng = np.random.default_rng(8)
    texture = np.kron(rng.integers(0, 200, (12, 12)), np.ones((4, 4)))
    bright = drift.brightness(np.array([[0, 100, 255, 255]]))
    assert (bright.saturated, bright.dark) == (0.5, 0.25)
    assert bright.median == pytest.approx(177.5 / 255)
    assert drift.brightness(np.full((3, 3), 65_535), white=65_535).saturated == 1
    assert drift.uniformity(np.zeros((6, 6))) == (1.0, 0.0)
    level, direction = drift.uniformity(np.tile(np.arange(9.0) + 1, (9, 1)))
    assert level == pytest.approx(2 / 8)
    assert direction == 0
    assert drift.uniformity(np.tile(np.arange(9.0)[::-1, None] + 1, (1, 9)))[1] == 90
    assert drift.contrast(GREY) == 0
    sharp, soft = drift.focus(texture), drift.focus((texture + np.roll(texture, 1, 0)) / 2)
    assert sharp[0] > soft[0]
    assert sharp[1] > soft[1]
    assert drift.colour(np.full((2, 2, 3), (50, 100, 200))) == (0.5, 2.0)
    moved = drift.geometry([(1, 2, 0.5, 1.0), None, (3, 4, 0.5, 1.0)])
    assert moved == drift.Geometry(2, 3, 0.5, 1.0, 1 - 2 / 3)
    images = [rng.normal(100, 3, (40, 40)) for _ in range(24)]
    clean, dusty = drift.dirt_map(images), drift.dirt_map([_dust(image) for image in images])
    assert isinstance(clean, tuple)
    assert isinstance(dusty, tuple)
    assert clean[1] == 0
    assert dusty[0][21:23, 10:14].all()
    assert not dusty[0][:18].any()
    assert drift.cause(True, True, True) == "optics"
    assert drift.cause(True, False, True) == "product"
    assert drift.cause(False, None, True) == "process"
    assert drift.cause(False, None, False) == "nothing"


def test_noise_is_what_changes_though_nothing_moves() -> None:
    """Two images that differ by 2 everywhere: sd sqrt(2); one pixel of twelve that blinks: none."""
    assert drift.noise([GREY, GREY + 2]) == pytest.approx(2**0.5 / 255)
    assert drift.noise([GREY, GREY, GREY]) == 0
    blinking = GREY.copy()
    blinking[0, 0] = 255
    assert drift.noise([GREY, blinking]) == 0
    assert drift.noise([GREY, GREY + 2], white=65_535) == pytest.approx(2**0.5 / 65_535)


def test_an_hour_is_kept_as_median_and_mad() -> None:
    assert drift.hour([1, 2, 3, 4, 100]) == (3, 1)
    assert drift.hour([7.0]) == (7, 0)


def test_the_share_beyond_the_training() -> None:
    """Of 0 to 199 the 99 % quantile is 198: only what is above it is beyond."""
    assert drift.beyond(range(200), [0, 198, 198.5, 500]) == 0.5
    assert drift.beyond(range(200), range(200)) == 1 / 200
    assert drift.beyond(range(100), [1000.0]) == 1
    assert drift.beyond([5.0], [5.0, 6.0], quantile=0) == 0.5


def _dust(image: Any) -> Any:
    out = image.copy()
    out[20:24, 10:14] -= 60
    return out


def test_a_histogram_that_moved() -> None:
    base = np.random.default_rng(6).normal(100, 10, 5000)
    edges = drift.deciles(base)
    assert len(edges) == 9

    def histogram(values: Any) -> Any:
        return np.bincount(np.searchsorted(edges, values), minlength=10)

    same = drift.psi(histogram(base), histogram(base))
    moved = drift.psi(histogram(base + 5), histogram(base))
    assert same == 0
    assert isinstance(moved, float)
    assert moved > drift.PSI.warn


@pytest.mark.parametrize(
    ("limits", "relative", "higher", "lower"),
    [
        (drift.BRIGHTNESS, True, "alarm", "alarm"),
        (drift.FOCUS, True, "ok", "alarm"),  # sharper than it was is no fault
        (drift.Limits(0.1, 20), False, "alarm", "alarm"),
        (drift.Limits(0.1, 20, "above"), False, "alarm", "ok"),  # as are fewer saturated pixels
    ],
)
def test_a_limit_is_for_the_side_on_which_the_harm_is(
    limits: drift.Limits, relative: bool, higher: str, lower: str
) -> None:
    """A base that goes from 80 to 120 all the time: 25 off is no signal of the EWMA."""
    levels = []
    for value in (125, 75):
        found = drift.watch([80, 120] * 10, [value], limits, relative)
        assert isinstance(found, drift.Watch)
        levels += found.levels
    assert levels == [higher, lower]


def test_every_limit_is_as_it_is_said() -> None:
    assert {drift.BRIGHTNESS.side, drift.SHIFT_OF_WIDTH.side} == {"both"}
    assert drift.FOCUS.side == "below"
    assert {drift.PSI.side, drift.BEYOND_P99.side, drift.SATURATION.side} == {"above"}


def test_levels_rise_at_once_and_fall_slowly() -> None:
    base = [100 + (-1) ** i * 0.5 for i in range(30)]
    found = drift.watch(base, [100, 100.2, 94, 94, 94, *[100] * 20], drift.BRIGHTNESS)
    assert isinstance(found, drift.Watch)
    assert found.levels[:5] == ["ok", "ok", "warn", "alarm", "alarm"]
    assert found.levels[5] == "alarm", "one quiet hour is not enough"
    assert found.levels[-1] == "ok"
    sudden = drift.watch(base, [100, 80], drift.BRIGHTNESS)
    assert isinstance(sudden, drift.Watch)
    assert sudden.levels == ["ok", "alarm"]
    absolute = drift.watch([0.0, 0.001] * 10, [0.0005, 0.02], drift.SATURATION, relative=False)
    assert isinstance(absolute, drift.Watch)
    assert absolute.levels[-1] == "alarm"
