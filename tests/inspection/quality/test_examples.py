"""Every worked example, by its name: what the textbook, paper or formula gives, we give."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspection.quality import (
    agreement,
    charts,
    intervals,
    optics,
    pareto,
    rare_events,
    rates,
    rules,
    sampling,
    shifts,
    small_shifts,
)
from inspection.quality.charts import Chart
from inspection.quality.values import Unknown
from tests.inspection.quality.examples import EXAMPLES, example

near = 1e-6  # examples print eight digits


def of(*names: str) -> pytest.MarkDecorator:
    """The test is run for each of these examples."""
    return pytest.mark.parametrize("name", names)


def chart(found: Any) -> Chart:
    assert not isinstance(found, Unknown), found
    return found  # type: ignore[no-any-return] # the Unknown is gone


def same_chart(found: Chart, expected: dict[str, Any], centre: str) -> None:
    """Centre, limits (one, or one a point) and the points outside, counted from 1."""
    assert found.limits.centre == pytest.approx(expected[centre], abs=near)
    assert found.lcl == pytest.approx(np.broadcast_to(expected["lcl"], found.lcl.shape), abs=near)
    assert found.ucl == pytest.approx(np.broadcast_to(expected["ucl"], found.ucl.shape), abs=near)
    if "out_of_control_points_1based" in expected:
        assert list(found.at[found.out] + 1) == expected["out_of_control_points_1based"]


def sizes(given: dict[str, Any]) -> list[int]:
    n = given["n"]
    return n if isinstance(n, list) else [n] * len(given["defective"])


@of("p_chart_oj_phase1", "p_chart_variable_n", "p_chart_oj_revised")
def test_p_charts(name: str) -> None:
    given, expected = example(name)
    taken_out = np.array(given.get("exclude_1based", []), int) - 1
    found = chart(charts.p_chart(given["defective"], sizes(given), exclude=taken_out, exact=False))
    same_chart(found, expected, "p_bar")
    assert list(np.flatnonzero(found.excluded)) == list(taken_out), "excluded points stay"
    if "z" in expected:
        assert found.z == pytest.approx(expected["z"], abs=near)
        assert charts.standardised(found).ucl == pytest.approx(3)


def test_p_chart_oj_phase2() -> None:
    given, expected = example("p_chart_oj_phase2")
    n = given["n"]
    base = chart(charts.p_chart(given["defective_base"], [n] * 24, exact=False))
    after = chart(charts.p_chart(given["defective_new"], [n] * 40, frozen=base.limits, exact=False))
    same_chart(after, expected, "p_bar")
    assert list(after.at[after.out]) == expected["out_of_control_points"]
    assert after.limits == base.limits


def test_np_chart_oj() -> None:
    given, expected = example("np_chart_oj")
    found = chart(charts.np_chart(given["defective"], sizes(given)))
    assert found.centre == pytest.approx(expected["center"], abs=near)
    assert found.lcl == pytest.approx(expected["lcl"], abs=near)
    assert found.ucl == pytest.approx(expected["ucl"], abs=near)
    assert list(found.at[found.out] + 1) == expected["out_of_control_points_1based"]


@of("c_chart_circuit", "c_chart_nist_wafers")
def test_c_charts(name: str) -> None:
    given, expected = example(name)
    found = chart(charts.c_chart(given["defects"]))
    same_chart(found, expected, "c_bar")
    if "revised" in expected:
        taken_out = np.array(given["exclude_1based"]) - 1
        revised = chart(charts.c_chart(given["defects"], exclude=taken_out))
        same_chart(revised, expected["revised"], "c_bar")
        later = chart(charts.c_chart(given["new"], frozen=revised.limits))
        assert list(later.at[later.out]) == expected["phase2_out"]


@of("u_chart_computers", "u_chart_shipments", "u_chart_variable_area")
def test_u_charts(name: str) -> None:
    given, expected = example(name)
    area = given.get("units_of_50m2") or [given["n"]] * len(given["defects"])
    found = chart(charts.u_chart(given["defects"], area, exact=False))
    same_chart(found, expected, "u_bar")
    assert found.value == pytest.approx(np.array(given["defects"]) / area)


def test_laney_p_prime_nhs() -> None:
    given, expected = example("laney_p_prime_nhs")
    plain = chart(charts.p_chart(given["count"], given["n"]))
    wide = chart(charts.p_chart(given["count"], given["n"], laney=True))
    assert plain.z == pytest.approx(expected["z"], abs=near)
    assert plain.lcl == pytest.approx(expected["plain_p_lcl"], abs=near)
    assert plain.ucl == pytest.approx(expected["plain_p_ucl"], abs=near)
    assert list(plain.at[plain.out] + 1) == expected["plain_p_out_1based"]
    assert wide.limits.centre == pytest.approx(expected["p_bar"])
    assert wide.limits.sigma_z == pytest.approx(expected["sigma_z"])
    assert wide.lcl == pytest.approx(expected["laney_lcl"], abs=near)
    assert wide.ucl == pytest.approx(expected["laney_ucl"], abs=near)
    assert list(wide.at[wide.out] + 1) == expected["laney_out_1based"]
    assert wide.kind == "p'"


@of("overdispersion_oj", "overdispersion_tbl74")
def test_overdispersion(name: str) -> None:
    given, expected = example(name)
    found = charts.dispersion(given["defective"], given["n"])
    assert not isinstance(found, Unknown)
    assert found.chi2 == pytest.approx(expected["chi2"])
    assert found.df == expected["df"]
    assert found.ratio == pytest.approx(expected["ratio"])
    assert found.p_value == pytest.approx(expected["p_value"], abs=1e-8)
    assert found.advise_laney == (name == "overdispersion_oj")


@of("fleiss_kappa_wikipedia", "fleiss_kappa_1971_diagnoses")
def test_fleiss(name: str) -> None:
    given, expected = example(name)
    table = given.get("table") or [
        [row.count(kind) for kind in range(1, 6)] for row in given["ratings"]
    ]
    found = agreement.fleiss(table)
    assert not isinstance(found, Unknown)
    assert found.kappa == pytest.approx(expected["kappa"], abs=near)
    if "P_bar" in expected:
        assert found.observed == pytest.approx(expected["P_bar"])
        assert found.by_chance == pytest.approx(expected["P_e"], abs=near)


@of("cohen_kappa_wikipedia", "kappa_paradox")
def test_cohen(name: str) -> None:
    given, expected = example(name)
    found = agreement.cohen(given["table"])
    assert not isinstance(found, Unknown)
    assert found.observed == pytest.approx(expected["p_o"])
    assert found.kappa == pytest.approx(expected["kappa"])
    if "positive_agreement" in expected:
        assert found.positive == pytest.approx(expected["positive_agreement"])
        assert found.negative == pytest.approx(expected["negative_agreement"])


def test_aiag_msa_attribute() -> None:
    given, expected = example("aiag_msa_attribute")
    for pair, table in given["tables_rows_appraiser_0_1_cols_other_0_1"].items():
        found = agreement.cohen(table)
        assert not isinstance(found, Unknown)
        assert found.kappa == pytest.approx(expected["kappa"][pair], abs=near)
    verdicts = {}
    for name, (right, parts) in given["effectiveness_counts"].items():
        table = given["tables_rows_appraiser_0_1_cols_other_0_1"][f"{name}_x_Ref"]
        person = agreement.appraise(
            right, parts, table[1][0], given["bad_decisions"], table[0][1], given["good_decisions"]
        )
        assert person.effectiveness == pytest.approx(expected["effectiveness"][name])
        assert person.miss_rate == pytest.approx(expected["miss_rate"][name])
        assert person.false_alarm_rate == pytest.approx(
            expected["false_alarm_rate"][name], abs=near
        )
        wilson, exact = intervals.wilson(right, parts), intervals.clopper_pearson(right, parts)
        assert wilson == pytest.approx(expected["effectiveness_wilson95"][name], abs=near)
        assert exact == pytest.approx(expected["effectiveness_exact95"][name], abs=near)
        verdicts[name] = person.verdict
    assert verdicts == {"A": "unacceptable", "B": "unacceptable", "C": "unacceptable"}


def test_binomial_ci_newcombe() -> None:
    given, expected = example("binomial_ci_newcombe")
    for (x, n), row in zip(given["cases"], expected["rows"], strict=True):
        found = intervals.wilson(x, n), intervals.clopper_pearson(x, n)
        if not n:
            assert all(isinstance(interval, Unknown) for interval in found)
            continue
        wilson, exact = found
        assert not isinstance(wilson, Unknown)
        assert not isinstance(exact, Unknown)
        digits = 1e-9 if n > 1000 else near
        assert wilson == pytest.approx(row["wilson"], abs=digits)
        assert exact == pytest.approx(row["clopper_pearson"], abs=digits)
        assert x or (wilson[0], exact[0]) == (0, 0), "exactly 0"
        assert x < n or (wilson[1], exact[1]) == (1, 1), "exactly 1"


def test_binomial_ci_nist_4_of_20() -> None:
    given, expected = example("binomial_ci_nist_4_of_20")
    found = intervals.clopper_pearson(given["x"], given["n"], given["confidence"])
    assert found == pytest.approx((expected["lower"], expected["upper"]), abs=near)


def test_newcombe_difference() -> None:
    given, expected = example("newcombe_difference")
    found = intervals.newcombe(**given)
    assert found == pytest.approx(
        (expected["diff"], expected["lower"], expected["upper"]), abs=near
    )


def test_pareto_qcc() -> None:
    given, expected = example("pareto_qcc")
    bars = pareto.pareto(given["counts"])
    assert not isinstance(bars, Unknown)
    assert [bar.name for bar in bars] == expected["order"]
    assert [bar.count for bar in bars] == expected["count"]
    assert [100 * bar.share for bar in bars] == pytest.approx(expected["pct"], abs=0.005)
    cumulative = [100 * (bar.cumulative or 0) for bar in bars]
    assert cumulative == pytest.approx(expected["cum_pct"], abs=0.005)


def test_rty_isixsigma() -> None:
    given, expected = example("rty_isixsigma")
    steps = [rates.throughput_yield(dpu) for dpu in given["dpu"]]
    assert steps == pytest.approx(expected["step_yield"], abs=near)
    rty = rates.rolled_throughput_yield({str(i): step for i, step in enumerate(steps)})
    assert not isinstance(rty, Unknown)
    assert rty == pytest.approx(expected["rty"])
    assert rates.normalised_yield(rty, 3) == pytest.approx(expected["normalised_yield"])


def test_dpmo_60_400_6() -> None:
    given, expected = example("dpmo_60_400_6")
    d, n, o = given["defects"], given["units"], given["opportunities"]
    ppm = rates.parts_per_million(given["defective"], n)
    assert not isinstance(ppm, Unknown)
    assert ppm.value == pytest.approx(expected["ppm"])
    assert rates.first_pass_yield(n, given["defective"]) == pytest.approx(expected["fpy"])
    assert rates.defects_per_unit(d, n) == pytest.approx(expected["dpu"])
    assert rates.defects_per_opportunity(d, n, o) == pytest.approx(expected["dpo"])
    assert rates.defects_per_million(d, n, o) == pytest.approx(expected["dpmo"])
    assert rates.throughput_yield(0.15) == pytest.approx(expected["throughput_yield_poisson"])
    assert rates.sigma_level(25_000) == pytest.approx(expected["sigma_level_with_1_5_shift"])
    assert rates.sigma_level(25_000, 0) == pytest.approx(expected["z_lt"])


def test_sigma_table() -> None:
    given, expected = example("sigma_table")
    found = [rates.dpmo_of_sigma(level) for level in given["sigma"]]
    assert found == pytest.approx(expected["dpmo"], abs=5e-4)
    back = [rates.sigma_level(dpmo) for dpmo in found]
    assert back == pytest.approx(given["sigma"])


def test_ewma_nist() -> None:
    given, expected = example("ewma_nist")
    found = small_shifts.ewma(given["x"], given["target"], given["s"], given["lam"], given["L"])
    assert found.z == pytest.approx(expected["ewma"], abs=near)
    assert found.ucl[-1] == pytest.approx(expected["ucl"], abs=1e-4), "the limits have settled"
    assert found.lcl[-1] == pytest.approx(expected["lcl"], abs=1e-4)
    assert list(found.at[found.out]) == expected["signals"]


def test_ewma_proportion() -> None:
    given, expected = example("ewma_proportion")
    d = given["defective"]
    found = small_shifts.ewma_of_proportion(
        d, [given["n"]] * len(d), 133 / 1200, given["lam"], given["L"]
    )
    assert found.z[:5] == pytest.approx(expected["first5"], abs=near)
    assert (found.z[-1], found.z.max()) == pytest.approx(
        (expected["last"], expected["max"]), abs=near
    )
    assert found.ucl[-1] == pytest.approx(expected["asymptotic_ucl"], abs=1e-6)
    assert list(found.at[found.out] + 1) == expected["signals_1based"]


def test_cusum_nist() -> None:
    given, expected = example("cusum_nist")
    found = small_shifts.cusum(given["x"], given["target"], given["k"], given["h"])
    assert found.high == pytest.approx(expected["s_hi"], abs=near)
    assert found.low == pytest.approx(expected["s_lo"], abs=near)
    assert list(np.flatnonzero(found.out_high) + 1) == expected["signals_hi_1based"]
    assert list(np.flatnonzero(found.out_low) + 1) == expected["signals_lo_1based"]


def test_cusum_binomial() -> None:
    given, expected = example("cusum_binomial")
    d, p0 = given["defective"], 133 / 1200
    assert small_shifts.reference_value(p0, given["p1"]) == pytest.approx(expected["k_per_unit"])
    sums, out = small_shifts.binomial_cusum(d, [given["n"]] * len(d), p0, given["p1"], given["h"])
    assert sums[:6] == pytest.approx(expected["S_first6"], abs=near)
    assert np.flatnonzero(out)[0] + 1 == expected["first_signal_1based"]


def test_nelson_vectors() -> None:
    given, expected = example("nelson_vectors")
    for name, z in given["vectors"].items():
        found = rules.nelson(z, range(1, 9))
        hits = {str(rule): list(at + 1) for rule, at in found.items() if len(at)}
        assert hits == expected["signals"][name], name


def test_weco_arl() -> None:
    _, expected = example("weco_arl")
    assert rules.IN_CONTROL_ARL["rule 1"] == expected["rule1"]
    assert rules.IN_CONTROL_ARL["all four Western Electric rules"] == expected["all_four_weco"]
    draws = np.random.default_rng(7).standard_normal((1200, 1000))
    lengths = [_first_signal(z) for z in draws]  # their mean is known within 3 %
    assert np.mean(lengths) == pytest.approx(expected["all_four_weco"], rel=0.09)


def _first_signal(z: Any) -> int:
    found = rules.western_electric(z)
    return int(min((at[0] for at in found.values() if len(at)), default=len(z))) + 1


def test_iso2859_K_aql1() -> None:
    given, expected = example("iso2859_K_aql1")
    plan = sampling.Plan(given["n"], given["Ac"])
    rates_, chances = zip(*((row["p"], row["Pa"]) for row in expected["oc"]), strict=True)
    assert plan.acceptance(rates_) == pytest.approx(chances, abs=near)
    assert plan.rate_at(0.95) == pytest.approx(expected["p_at_Pa_95"], abs=near)
    assert plan.rate_at(0.10) == pytest.approx(expected["p_at_Pa_10"], abs=near)


def test_t_chart_valve() -> None:
    given, expected = example("t_chart_valve")
    found = rare_events.t_chart(given["hours"])
    assert not isinstance(found, Unknown)
    assert found.centre == pytest.approx(expected["center"], abs=1e-5)
    assert found.ucl == pytest.approx(expected["ucl"], abs=1e-4)
    assert found.lcl == expected["lcl"]


def test_g_chart_units_between() -> None:
    given, expected = example("g_chart_units_between")
    found = rare_events.g_chart(given["units_between"])
    assert not isinstance(found, Unknown)
    names = {
        "mean": found.centre,
        "p_hat": found.p,
        "sigma": found.sigma,
        "ucl_3sigma": found.ucl,
        "lcl": found.lcl,
        "prob_lcl_0_00135": found.probability_lcl,
        "prob_ucl_0_99865": found.probability_ucl,
    }
    assert names == pytest.approx(expected, abs=near)


def test_shift_calendar_dst() -> None:
    _, expected = example("shift_calendar_dst")
    night = tuple(shifts.Shift("night", day, time(22), time(6)) for day in range(7))
    early = tuple(shifts.Shift("early", day, time(6), time(14)) for day in range(7))
    version = shifts.Version(date(2020, 1, 1), night + early)
    for row in expected["shifts"]:
        calendar = shifts.Calendar(row["tz"], [version])
        day = date.fromisoformat(row["business_date"])
        (found,) = [i for i in calendar.instances(day, day) if i.code == "night"]
        assert found.start == datetime.fromisoformat(row["start_utc"])
        assert found.end == datetime.fromisoformat(row["end_utc"])
        assert (found.hours, found.business_date) == (row["hours"], day)
    berlin = shifts.Calendar("Europe/Berlin", [version])
    for stamp in expected["stamps"]:
        instant = datetime.fromisoformat(stamp["utc"]).astimezone(UTC)
        day, _, code = stamp["business_date"].partition(" ")
        at = berlin.at(instant)
        assert at.business_date == date.fromisoformat(day)
        assert at.code == (code.split()[0] if code else "night")


def test_delta_e_2000() -> None:
    given, expected = example("delta_e_2000")
    first, second = np.split(np.array(given["pairs"]), 2, axis=1)
    assert optics.delta_e(first, second) == pytest.approx(expected["delta_e"], abs=5e-5)
    assert optics.delta_e(second, first) == pytest.approx(expected["delta_e"], abs=5e-5)


def test_every_example_is_tested() -> None:
    tests = Path(__file__).read_text()
    assert [name for name in EXAMPLES if name not in tests] == []
