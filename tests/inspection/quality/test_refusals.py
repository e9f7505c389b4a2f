"""Unknown figures are `Unknown` with their reason; what cannot be is a ValueError naming it."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import numpy as np
import pytest

from inspection.quality import (
    agreement,
    charts,
    comparison,
    drift,
    intervals,
    location,
    pareto,
    rare_events,
    rates,
    rules,
    sampling,
    shifts,
    small_shifts,
    thresholds,
)
from inspection.quality.charts import Limits, Stage
from inspection.quality.values import NOT_MEASURED, Unknown
from tests.inspection.quality.drawn import GREY, SPREAD, calendar, day

UNKNOWN: list[tuple[Callable[[], Any], str]] = [
    (lambda: rates.share(0, 0), "no_units"),
    (lambda: rates.first_pass_yield(0, 0), "no_units"),
    (lambda: rates.final_yield(3, 0, 3), "no_units"),
    (lambda: rates.rolled_throughput_yield({}), "no_stations"),
    (
        lambda: rates.rolled_throughput_yield({"AOI": rates.first_pass_yield(0, 0)}),
        "station_unknown",
    ),
    (lambda: rates.defects_per_unit(0, 0), "no_units"),
    (lambda: rates.defects_per_opportunity(0, 0, 4), "no_units"),
    (lambda: rates.defects_per_million(1, 2, None), "no_opportunities"),
    (lambda: rates.parts_per_million(0, 0), "no_units"),
    (lambda: rates.sigma_level(0), "no_sigma"),
    (lambda: rates.sigma_level(1e6), "no_sigma"),
    (lambda: rates.Confusion(0, 0, 0, 0).overkill, "no_units"),
    (lambda: rates.Confusion(0, 0, 0, 5).escape, "no_units"),
    (lambda: rates.Confusion(0, 0, 0, 5).precision, "no_units"),
    (lambda: rates.Confusion(5, 0, 0, 0).outgoing_ppm, "no_units"),
    (lambda: rates.Confusion(0, 5, 0, 5).false_share_of_rejects, "no_units"),
    (lambda: rates.escape_by_audit(100, 0, 0, 4), NOT_MEASURED.code),
    (lambda: rates.escape_by_audit(100, 10, 0, 0), "no_bad_parts"),
    (lambda: rates.true_rate(0.1, 0.5, 0.5), "no_better_than_chance"),
    (lambda: intervals.wilson(0, 0), "no_units"),
    (lambda: intervals.clopper_pearson(0, 0), "no_units"),
    (lambda: intervals.upper_bound(0, 0), "no_units"),
    (lambda: intervals.newcombe(1, 2, 0, 0), "no_units"),
    (lambda: charts.p_chart([], []), "no_units"),
    (lambda: charts.p_chart([0, 0], [0, 0]), "no_units"),
    (lambda: charts.p_chart([1], [2], exclude=[0]), "no_units"),
    (lambda: charts.np_chart([], []), "no_units"),
    (lambda: charts.u_chart([], []), "no_units"),
    (lambda: charts.c_chart([]), "no_units"),
    (lambda: charts.individuals([]), "too_few_points"),
    (lambda: charts.individuals([1.0]), "too_few_points"),
    (lambda: charts.individuals([1, 2, 3], exclude=[1]), "too_few_points"),
    (lambda: charts.sigma_z([1.0]), "too_few_points"),
    (lambda: charts.dispersion([], []), "no_units"),
    (lambda: charts.dispersion([1], [4]), "too_few_points"),
    (lambda: charts.dispersion([0, 0], [4, 4]), "no_variation"),
    (lambda: charts.dispersion([4, 4], [4, 4]), "no_variation"),
    (lambda: small_shifts.bernoulli_design(0.001, 0.00101, 1e9), "no_design"),
    (lambda: rare_events.mean_time_between(0, 0), "no_running_time"),
    (lambda: rare_events.g_chart([]), "no_gaps"),
    (lambda: rare_events.g_chart([0, 0]), "no_gaps"),
    (lambda: rare_events.t_chart([4.0]), "too_few_points"),
    (lambda: pareto.pareto({}), "no_defects"),
    (lambda: pareto.pareto({"a": 0}), "no_defects"),
    (lambda: pareto.pareto({"a": 3}, {"a": 0}), "no_defects"),
    (lambda: pareto.by_unit({"a": 0}, 0), "no_units"),
    (lambda: agreement.cohen([[0, 0], [0, 0]]), "nothing_rated"),
    (lambda: agreement.fleiss([[0, 0]]), "nothing_rated"),
    (lambda: agreement.appraise(0, 0, 0, 0, 0, 0).effectiveness, "nothing_rated"),
    (lambda: thresholds.cost_curve([], [0.5], 0.1, 1, 1), "no_samples"),
    (lambda: thresholds.choose([0.5], [], 0.1, 1, 1), "no_samples"),
    (lambda: thresholds.choose([0.1], [0.9], 0.1, 1, 1, escape_limit=0.01), "limit_not_shown"),
    (lambda: thresholds.two_thresholds_cost([], [], 0.2, 0.8, 0.1, 1, 1, 1), "no_samples"),
    (lambda: thresholds.normal_quantile([0.1] * 9, 0.1), "too_few_normals"),
    (lambda: thresholds.best_f1([0.1, 0.2], [0, 0]), "no_samples"),
    (lambda: sampling.shown_failure_rate(0, 0, 0.95), "nothing_tested"),
    (lambda: sampling.shown_reliability(0, 0, 0.95), "nothing_tested"),
    (lambda: location.heat_map(SPREAD, 0, 4, 4), "no_units"),
    (lambda: location.heat_map([], 5, 4, 4), "too_few_defects"),
    (lambda: location.quadrat_test(np.zeros((4, 4), int)), "no_defects"),
    (lambda: location.quadrat_test(np.array([5])), "no_defects"),
    (lambda: location.fixed_in([[0.1, 0.1]], [[0.1, 0.1]]), "too_few_defects"),
    (lambda: location.periodicity([1, 2], 10), "too_few_defects"),
    (lambda: location.periodicity(list(range(0, 210, 7)), 210, largest=5), "no_period"),
    (lambda: comparison.same_mix({"a": (1, 2)}, {"b": (1, 2)}), "nothing_in_common"),
    (
        lambda: comparison.same_mix({"a": (1, 2)}, {"a": (0, 2)}).mantel_haenszel_ratio,  # type: ignore[union-attr] # a stratum is common
        "no_defects",
    ),
    (lambda: comparison.funnel([], []), "no_units"),
    (lambda: comparison.mcnemar(0, 0), "no_disagreement"),
    (lambda: drift.colour(np.zeros((2, 2, 3))), "no_green"),
    (lambda: drift.geometry([]), "not_registered"),
    (lambda: drift.geometry([None]), "not_registered"),
    (lambda: drift.dirt_map([GREY] * 19), "too_few_images"),
    (lambda: drift.psi([0, 0], [1, 1]), "no_values"),
    (lambda: drift.watch([5.0], [5.0], drift.FOCUS), "too_few_points"),
    (lambda: drift.watch([0.0, 0.0], [5.0], drift.FOCUS), "zero_baseline"),
    (lambda: drift.cause(True, None, True), "no_golden_part"),
]


@pytest.mark.parametrize(("figure", "code"), UNKNOWN)
def test_what_cannot_be_known_says_why(figure: Callable[[], Any], code: str) -> None:
    found = figure()
    assert isinstance(found, Unknown)
    assert found.code == code
    assert found.reason
    assert not found, "unknown is no value"


WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: rates.first_pass_yield(3, 4), "defective"),
    (lambda: rates.first_pass_yield(3, -1), "defective"),
    (lambda: rates.first_pass_yield(3.5, 1), "inspected"),  # type: ignore[arg-type] # that is the test
    (lambda: rates.first_pass_yield(True, 1), "inspected"),
    (lambda: rates.final_yield(3, 4), "finally_ok"),
    (lambda: rates.throughput_yield(-1), "dpu"),
    (lambda: rates.throughput_yield(float("nan")), "dpu"),
    (lambda: rates.rolled_throughput_yield({"AOI": 1.2}), "AOI"),
    (lambda: rates.normalised_yield(0.9, 0), "steps"),
    (lambda: rates.defects_per_unit(1, 0), "defects"),
    (lambda: rates.defects_per_opportunity(9, 2, 4), "opportunities"),
    (lambda: rates.parts_per_million(1, 2, 1.0), "confidence"),
    (lambda: rates.sigma_level(2e6), "dpmo"),
    (lambda: rates.Confusion(1, -1, 0, 0), "fn"),
    (lambda: rates.escape_by_audit(10, 11, 0, 0), "audited"),
    (lambda: rates.true_rate(1.1, 0.9, 0.9), "called_rate"),
    (lambda: intervals.wilson(5, 4), "x"),
    (lambda: intervals.wilson(1, 4, 1.0), "confidence"),
    (lambda: charts.p_chart([3], [2]), "defective"),
    (lambda: charts.p_chart([1, 2], [2]), "unequal"),
    (lambda: charts.p_chart([float("nan")], [2]), "defective"),
    (lambda: charts.p_chart([1.5], [2]), "defective"),
    (lambda: charts.p_chart([1], [-2]), "inspected"),
    (lambda: charts.p_chart([1], [0]), "defective"),
    (lambda: charts.p_chart([1], [2], exclude=[1]), "exclude"),
    (lambda: charts.p_chart([1], [2], frozen=Limits(1.5)), "frozen"),
    (lambda: charts.p_chart([[1]], [2]), "defective"),  # type: ignore[list-item] # that is the test
    (lambda: charts.np_chart([1, 1], [2, 3]), "inspected"),
    (lambda: charts.u_chart([1], [0.0]), "area"),
    (lambda: charts.c_chart([-1]), "defects"),
    (lambda: charts.individuals([1.0, float("inf")]), "values"),
    (lambda: charts.individuals([1.0, 2.0], frozen=Limits(1.0)), "frozen"),
    (lambda: charts.staged(charts.c_chart, [[1, 2]], [Stage(1)]), "stages"),
    (lambda: charts.staged(charts.c_chart, [[1, 2]], [Stage(0), Stage(2)]), "stages"),
    (lambda: charts.smallest_n_for_lower_limit(0), "p"),
    (lambda: rules.nelson([float("nan")]), "z"),
    (lambda: rules.nelson([0.0], [9]), "rules"),
    (lambda: rules.western_electric([0.0], [5]), "rules"),
    (lambda: small_shifts.ewma([1.0], 0, -1), "sigma"),
    (lambda: small_shifts.ewma([1.0], 0, 1, weight=0), "weight"),
    (lambda: small_shifts.ewma_of_proportion([3], [2], 0.1), "defective"),
    (lambda: small_shifts.binomial_cusum([3], [2], 0.1, 0.2, 4), "defective"),
    (lambda: small_shifts.reference_value(0.1, 0.1), "p1"),
    (lambda: small_shifts.bernoulli_design(0.2, 0.1, 100), "p0"),
    (
        lambda: small_shifts.bernoulli_cusum([2], small_shifts.BernoulliDesign(9, 20, 1.0, 1.0)),
        "defective",
    ),
    (lambda: rare_events.mean_time_between(-1, 0), "running_time"),
    (lambda: rare_events.t_chart([-1.0, 2.0]), "times"),
    (lambda: pareto.pareto({"a": -1}), "counts of a"),
    (lambda: pareto.pareto({"a": 1}, {"a": -1}), "weights of a"),
    (lambda: pareto.pareto({"a": 1}, most=0), "most"),
    (lambda: pareto.by_unit({"a": 3}, 2), "units of a"),
    (lambda: agreement.cohen([[1, 2, 3], [4, 5, 6]]), "table"),
    (lambda: agreement.cohen([[1, -1], [0, 0]]), "table"),
    (lambda: agreement.cohen(np.array([1.0, 2.0])), "table"),
    (lambda: agreement.fleiss([[2, 0], [1, 2]]), "table"),
    (lambda: agreement.appraise(3, 2, 0, 0, 0, 0), "parts_right"),
    (lambda: thresholds.cost_curve([0.1], [0.2], 1.5, 1, 1), "prevalence"),
    (lambda: thresholds.calibrated(0, 0), "cost_escape"),
    (lambda: thresholds.two_thresholds_cost([0.1], [0.9], 0.8, 0.2, 0.1, 1, 1, 1), "review_from"),
    (lambda: thresholds.best_f1([0.1], [2]), "bad"),
    (lambda: thresholds.best_f1([0.1], [1, 0]), "unequal"),
    (lambda: sampling.sample_size(1.0, 0.95), "reliability"),
    (lambda: sampling.Plan(5, 6), "accept"),
    (lambda: sampling.Plan(5, 2).acceptance([1.5]), "p"),
    (lambda: sampling.Plan(5, 5).rate_at(0.5), "acceptance"),
    (lambda: location.grid([[0.5, 1.5]], 2, 2), "points"),
    (lambda: location.quadrat_test(np.array([1, -1])), "cells"),
    (lambda: location.hot_cells(np.array([1, 2])), "cells"),
    (lambda: location.fixed_in(SPREAD, SPREAD[:5]), "camera"),
    (lambda: location.periodicity([10], 10), "positions"),
    (lambda: comparison.same_mix({"a": (3, 2)}, {"a": (1, 2)}), "defective of a"),
    (lambda: comparison.funnel([3], [2]), "defective"),
    (lambda: comparison.mcnemar(-1, 0), "only_first"),
    (lambda: shifts.Shift("early", 7, time(6), time(14)), "weekday"),
    (lambda: shifts.Shift("", 0, time(6), time(14)), "code"),
    (lambda: shifts.Shift(shifts.UNSCHEDULED, 0, time(6), time(14)), "code"),
    (
        lambda: calendar(
            shifts.Shift("a", 0, time(6), time(14)), shifts.Shift("b", 0, time(13), time(22))
        ),
        "overlap",
    ),
    (lambda: shifts.Calendar("Mars/Olympus", []), "zone"),
    (lambda: shifts.Calendar("UTC", [], night_belongs_to="dusk"), "night_belongs_to"),
    (
        lambda: shifts.Calendar("UTC", [shifts.Version(date(2026, 1, 1), ())] * 2),
        "versions",
    ),
    (lambda: calendar().at(datetime(2026, 1, 1)), "instant"),  # noqa: DTZ001 - that is the test
    (lambda: list(calendar().cover(day(5), day(4))), "end"),
    (lambda: drift.brightness(np.zeros((0, 0))), "image"),
    (lambda: drift.brightness(np.full((2, 2), np.nan)), "image"),
    (lambda: drift.uniformity(np.zeros((2, 9))), "image"),
    (lambda: drift.colour(GREY), "image"),
    (lambda: drift.geometry([(float("nan"), 0, 0, 1)]), "registrations"),
    (lambda: drift.dirt_map([GREY] * 19 + [GREY[:6]]), "images"),
    (lambda: drift.deciles([1.0, 2.0]), "baseline"),
    (lambda: drift.psi([1, 2], [1]), "unequal"),
]


@pytest.mark.parametrize(("call", "word"), WRONG)
def test_what_makes_no_sense_is_refused_by_name(call: Callable[[], Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        call()
