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

from inspection.quality import charts, intervals, pareto, rare_events, sampling  # noqa: E402 - the path is set above
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
             "pareto": of_pareto, "oc": oc}  # fmt: skip
    for name, draw in drawn.items():
        draw().savefig(HERE / f"{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
