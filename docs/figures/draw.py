"""The pictures of docs/statistics.md, drawn by the library from the worked examples."""

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[1] / "platform")]

import matplotlib as mpl  # noqa: E402 - the path comes first

mpl.use("svg")
mpl.rcParams |= {
    "svg.hashsalt": "kizu", "svg.fonttype": "none", "font.size": 10, "font.family": "sans-serif",
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": "#868e96",
    "figure.figsize": (7.2, 3.0), "figure.facecolor": "white", "savefig.bbox": "tight",
}  # fmt: skip

import matplotlib.pyplot as plt  # noqa: E402 - the path is set above
import numpy as np  # noqa: E402 - the path is set above
from scipy.stats import norm  # noqa: E402 - the path is set above

from inspection.quality import (  # noqa: E402 - the path is set above
    charts,
    costs,
    drift,
    health,
    intervals,
    pareto,
    rare_events,
    repeatability,
    sampling,
    thresholds,
)
from tests.inspection.quality.examples import example  # noqa: E402 - the path is set above

INK, LIMIT, SIGNAL, BAND = "#4c6ef5", "#868e96", "#D55E00", "#dbe4ff"


def p_chart() -> Any:
    """Orange-juice cans: 30 samples of 50."""
    given, _ = example("p_chart_oj_phase1")
    figure, axes = plt.subplots()
    _chart(axes, charts.p_chart(given["defective"], [given["n"]] * 30, exact=False))
    axes.set(xlabel="sample", ylabel="share defective")
    return figure


def laney() -> Any:
    """The same weeks under plain limits and under Laney's."""
    given, _ = example("laney_p_prime_nhs")
    figure, (left, right) = plt.subplots(1, 2, sharey=True)
    _chart(left, charts.p_chart(given["count"], given["n"]))
    _chart(right, charts.p_chart(given["count"], given["n"], laney=True))
    left.set(title="p", xlabel="week", ylabel="share within 4 h")
    right.set(title="p′", xlabel="week")
    return figure


def t_chart() -> Any:
    """Hours between valve failures."""
    given, _ = example("t_chart_valve")
    found: Any = rare_events.t_chart(given["hours"])
    figure, axes = plt.subplots()
    axes.plot(range(1, 21), found.values, "-o", color=INK, lw=1, ms=4)
    for y, word in ((found.ucl, "UCL"), (found.centre, "centre")):
        axes.axhline(y, color=LIMIT, lw=1, ls="--" if word == "UCL" else "-")
        axes.annotate(
            f"{word} {y:,.0f} h", (21.3, y), color=LIMIT, va="center", annotation_clip=False
        )
    axes.set(xlabel="failure", ylabel="hours since the last")
    return figure


def of_intervals() -> Any:
    """Newcombe's cases: Wilson above, exact below."""
    given, _ = example("binomial_ci_newcombe")
    figure, axes = plt.subplots()
    cases = given["cases"][:4]
    for row, (x, n) in enumerate(cases):
        for off, colour, found in ((0.12, INK, intervals.wilson(x, n)),
                                   (-0.12, LIMIT, intervals.clopper_pearson(x, n))):  # fmt: skip
            axes.plot(np.asarray(found), [row + off] * 2, color=colour, lw=2)
            axes.plot([x / n], [row + off], "o", color=colour, ms=4)
    axes.set(yticks=range(4), yticklabels=[f"{x} of {n}" for x, n in cases], xlabel="share")
    axes.annotate("Wilson", (0.37, 0.12), color=INK, va="center")
    axes.annotate("exact", (0.372, -0.12), color=LIMIT, va="center")
    axes.invert_yaxis()
    return figure


def of_pareto() -> Any:
    """Causes of error, with the running sum."""
    given, _ = example("pareto_qcc")
    bars: Any = pareto.pareto(given["counts"])
    figure, axes = plt.subplots()
    axes.bar([bar.name for bar in bars], [bar.share for bar in bars], color=BAND, edgecolor=INK)
    axes.plot([bar.cumulative for bar in bars], "-o", color=INK, lw=1, ms=4)
    for place, bar in enumerate(bars):
        axes.annotate(f"{bar.count}", (place, bar.share / 2), ha="center", va="center")
        axes.annotate(
            f"{bar.cumulative:.0%}", (place, bar.cumulative + 0.03), ha="center", color=INK
        )
    axes.set(ylim=(0, 1.15), ylabel="share of all")
    return figure


def oc() -> Any:
    """How often a lot is accepted, by its defect rate."""
    given, expected = example("iso2859_K_aql1")
    plan = sampling.Plan(given["n"], given["Ac"])
    rates = np.linspace(0, 0.1, 201)
    figure, axes = plt.subplots()
    axes.plot(rates, plan.acceptance(rates), color=INK, lw=1.5)
    for p, chance in ((expected["p_at_Pa_95"], 0.95), (expected["p_at_Pa_10"], 0.10)):
        axes.plot([p], [chance], "o", color=SIGNAL, ms=5)
        axes.annotate(f"{p:.2%} → {chance:.0%}", (p + 0.002, chance + 0.02))
    axes.set(xlabel="defect rate of the lot", ylabel="accepted", ylim=(0, 1.05), xlim=(0, 0.1))
    return figure


def average() -> Any:
    """Purchase orders: limits in steps, and those of the average size."""
    given, _ = example("p_chart_variable_n")
    figure, axes = plt.subplots()
    _chart(axes, charts.p_chart(given["defective"], given["n"], exact=False))
    found: Any = charts.p_chart(given["defective"], given["n"], exact=False, average=True)
    axes.plot(found.at + 1, found.ucl, color=SIGNAL, lw=1, ls=":")
    axes.annotate(
        f"average n = {found.limits.size:.0f}", (25.5, found.ucl[0]), color=SIGNAL, va="center"
    )
    axes.set(xlabel="week", ylabel="share defective", xlim=(0, 31))
    return figure


def of_repeatability() -> Any:
    """Four parts loaded five times each, and the threshold."""
    table = [[0.12, 0.15, 0.13, 0.16, 0.14], [0.44, 0.53, 0.47, 0.55, 0.49],
             [0.62, 0.70, 0.66, 0.59, 0.64], [0.91, 0.93, 0.90, 0.92, 0.94]]  # fmt: skip
    found: Any = repeatability.spread(table, 0.5)
    figure, axes = plt.subplots()
    axes.axvline(0.5, color=LIMIT, lw=1, ls="--")
    for part, scores in enumerate(table):
        colour = SIGNAL if part in found.straddling else INK
        axes.plot(scores, [part] * len(scores), "o", color=colour, ms=5, alpha=0.7)
        axes.annotate(f"sd {found.sd[part]:.3f}", (1.02, part), va="center", color=colour)
    axes.annotate("threshold", (0.505, -0.6), color=LIMIT, va="center")
    axes.set(yticks=range(4), yticklabels=[f"part {part + 1}" for part in range(4)],
             xlabel="score", xlim=(0, 1.12), ylim=(3.5, -0.9))  # fmt: skip
    return figure


def of_costs() -> Any:
    """Scores of two normal laws: 300 good parts, 40 bad ones; one unit in a hundred is bad."""
    good = norm.ppf((np.arange(300) + 0.5) / 300, 0.3, 0.12)
    bad = norm.ppf((np.arange(40) + 0.5) / 40, 0.7, 0.15)
    found: Any = costs.bands(good, bad, 0.01, 50, 1)
    middle = thresholds.cost_curve(good, bad, 0.01, 50, 1)
    figure, axes = plt.subplots()
    axes.axvspan(*found.cheapest, color="#f1f3f5")
    axes.fill_between(found.threshold, *found.cost, color=BAND, lw=0)
    axes.plot(middle.threshold, middle.cost, color=INK, lw=1.5)  # type: ignore[union-attr] # both have samples
    axes.set(xlabel="threshold", ylabel="cost of a unit", xlim=(0.2, 0.9), ylim=(0, 0.5))
    return figure


def remedy() -> Any:
    """Hourly medians of brightness: a lens grows dirty, and is cleaned at the 13th hour."""
    base = health.Base(100 + 0.6 * np.sin(np.arange(24) * 2.4), 240, 3)
    ripple = 0.5 * np.sin(np.arange(20) * 2.1)
    values = np.array([*[100.0] * 4, *(100 - 0.9 * np.arange(1, 9)), *[100.0] * 8]) + ripple
    found: Any = health.watch_since(base, values, drift.BRIGHTNESS, remedies=[12])
    did: Any = health.effect(values[8:12], values[12:])
    figure, axes = plt.subplots()
    at = np.arange(1, 21)
    for part in (slice(0, 12), slice(12, 20)):
        for limit in (found.lcl, found.ucl):
            axes.step(at[part], limit[part], color=LIMIT, lw=1, ls="--", where="mid")
        axes.plot(at[part], found.z[part], color=INK, lw=1.5)
    axes.plot(at, values, "o", color=INK, ms=3)
    bad = np.array([level != "ok" for level in found.levels])
    axes.plot(at[bad], values[bad], "o", mfc="none", mec=SIGNAL, ms=10, mew=1.5)
    axes.axvline(12.5, color=SIGNAL, lw=1)
    axes.annotate(
        f"cleaned: {did.difference:+.1f} [{did.lower:.1f}, {did.upper:.1f}], g = {did.size:.1f}",
        (12.7, 95), color=SIGNAL,
    )  # fmt: skip
    axes.set(xlabel="hour", ylabel="median grey level", xticks=range(4, 21, 4))
    return figure


def _chart(axes: Any, chart: Any) -> None:
    at = chart.at + 1
    axes.step(at, chart.ucl, color=LIMIT, lw=1, ls="--", where="mid")
    axes.step(at, chart.lcl, color=LIMIT, lw=1, ls="--", where="mid")
    axes.plot(at, chart.centre, color=LIMIT, lw=1)
    axes.plot(at, chart.value, "-o", color=INK, lw=1, ms=4)
    axes.plot(at[chart.out], chart.value[chart.out], "o", mfc="none", mec=SIGNAL, ms=11, mew=1.5)


def main() -> None:
    """Every picture of the page."""
    drawn = {"p_chart": p_chart, "laney": laney, "t_chart": t_chart, "intervals": of_intervals,
             "pareto": of_pareto, "oc": oc, "average": average, "costs": of_costs,
             "repeatability": of_repeatability, "remedy": remedy}  # fmt: skip
    for name, draw in drawn.items():
        draw().savefig(HERE / f"{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
