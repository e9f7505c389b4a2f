"""Nothing, one, none, all, equal and odd inputs to every figure: a number, `Unknown`, or a refusal.

Never NaN, never a warning of a division by nothing, never an error that names no argument.
"""

import traceback
import warnings
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest

from inspection.quality import (
    agreement,
    charts,
    comparison,
    costs,
    distances,
    drift,
    health,
    intervals,
    location,
    optics,
    pareto,
    rare_events,
    rates,
    reference,
    repeatability,
    rules,
    sampling,
    small_shifts,
    subgroups,
    thresholds,
)
from tests.inspection.quality.test_charts import finite

COUNTS: list[list[int]] = [[], [0], [1], [0, 0], [1, 1], [0, 1, 0], [5, 0, 5, 5], [3] * 25]
FEW = (0, 1, 2, 30)
SHARES = (0, 1e-12, 0.001, 0.5, 0.999, 1)
IMAGES = [np.zeros((1, 1)), np.zeros((3, 3)), np.full((4, 5, 3), 7.0), np.eye(6) * 255]
PLACES = [[], [[0.5, 0.5]], [[0.5, 0.5]] * 25, np.random.default_rng(0).random((25, 2)).tolist()]


def p_and_rules(d: Any, n: Any, **options: Any) -> Any:
    found = charts.p_chart(d, n, **options)
    if isinstance(found, charts.Chart):
        finite(charts.standardised(found))
        rules.signals(found, range(1, 9))
    return found


def rows(x: list[int]) -> list[list[int]]:
    """Embeddings of one dimension."""
    return [[value] for value in x]


def of_one_series(x: Any) -> Iterator[Any]:
    yield from (charts.c_chart(x), charts.individuals(x), charts.sigma_z(x))
    yield from (rules.nelson(x, range(1, 9)), rules.western_electric(x))
    yield from (small_shifts.ewma(x, 1, 0), small_shifts.cusum(x, 1, 0.5, 4))
    yield from (rare_events.g_chart(x), rare_events.t_chart(x), drift.hour(x))
    yield from (thresholds.normal_quantile(x, 0.5), agreement.cohen([x, x]) if len(x) == 2 else 0)


TWO: list[Callable[[Any, Any], Any]] = [
    p_and_rules,
    lambda a, b: p_and_rules(a, b, laney=True, keep_below_one=True),
    lambda a, b: p_and_rules(a, b, exact=True),
    lambda a, b: p_and_rules(a, b, average=True),
    charts.np_chart,
    charts.u_chart,
    lambda a, b: charts.u_chart(a, b, laney=True),
    lambda a, b: charts.u_chart(a, b, exact=True),
    lambda a, b: charts.u_chart(a, b, laney=True, average=True),
    charts.dispersion,
    comparison.funnel,
    lambda a, b: small_shifts.ewma_of_proportion(a, b, 0.0),
    lambda a, b: small_shifts.binomial_cusum(a, b, 0.1, 0.3, 4),
    lambda a, b: thresholds.choose(a, b, 0.0, 0, 0),
    lambda a, b: thresholds.two_thresholds_cost(a, b, 1, 3, 0.1, 1, 1, 1),
    thresholds.best_f1,
    drift.psi,
    drift.beyond,
    lambda a, b: drift.watch(a, b, drift.FOCUS),
    lambda a, b: repeatability.knapp(a, 30, b, 30),
    lambda a, b: costs.bands(a, b, 0.1, 5, 1, resamples=20),
    lambda a, b: costs.move(a, b, 1, 2, 0.1, 100),
    lambda a, b: costs.choose_per_class({"a": (a, b)}, {"a": costs.ClassCosts(0.1, 5, 1)}),
    distances.ks,
    lambda a, b: distances.knn(rows(a), rows(b), 2),
    lambda a, b: distances.mahalanobis(rows(a), rows(b)),
    lambda a, b: distances.mmd(rows(a), rows(b), permutations=5),
    health.effect,
    lambda a, b: health.base([a, b] * 99, list("abc") * 66),
]
PAIR: list[Callable[[int, int], Any]] = [
    intervals.wilson,
    intervals.clopper_pearson,
    intervals.upper_bound,
    rates.share,
    rates.parts_per_million,
    lambda x, n: rates.first_pass_yield(n, x),
    lambda x, n: rates.final_yield(n, x, 1),
    lambda x, n: rates.defects_per_million(x, n, 3),
    rare_events.mean_time_between,
    comparison.mcnemar,
    lambda x, n: sampling.shown_reliability(n, x, 0.95),
    lambda x, n: pareto.pareto({"a": x, "b": n}),
    lambda x, n: pareto.by_unit({"a": x}, n),
    lambda x, n: sampling.overkill_shown(x, n, {"lots": x}),
    reference.boundary,
]
FOUR: list[Callable[[int, int, int, int], Any]] = [
    intervals.newcombe,
    rates.escape_by_audit,
    lambda a, b, c, d: comparison.same_mix({"x": (a, b)}, {"x": (c, d)}),
    lambda a, b, c, d: agreement.cohen([[a, b], [c, d]]),
    lambda a, b, c, d: agreement.appraise(a, b, c, d, a, b),
    lambda a, b, c, d: rates.Confusion(a, b, c, d).overkill,
    lambda a, b, c, d: rates.Confusion(a, b, c, d).outgoing_ppm,
]
SHARE: list[Callable[[float], Any]] = [
    rates.throughput_yield,
    lambda p: rates.normalised_yield(p, 3),
    lambda p: rates.sigma_level(1e6 * p),
    subgroups.smallest_n_for_lower_limit,
    subgroups.suggested_n,
    lambda p: sampling.Plan(5, 2).acceptance([p]),
    lambda p: [rates.true_rate(p, a, b) for a, b in product(SHARES, SHARES)],
]


def sensible(call: Callable[..., Any], *given: Any) -> None:
    """A figure without NaN, or a ValueError of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = call(*given)
        except ValueError as error:
            raised_at = traceback.extract_tb(error.__traceback__)[-1]
            found = None if "inspection/quality" in raised_at.filename else error
    assert not isinstance(found, ValueError), (given, found)
    finite(found)


@pytest.mark.parametrize("figure", TWO)
def test_two_series(figure: Callable[[Any, Any], Any]) -> None:
    for a, b in product(COUNTS, COUNTS):
        sensible(figure, a, b)


@pytest.mark.parametrize("x", COUNTS, ids=str)
def test_one_series(x: list[int]) -> None:
    sensible(lambda given: list(of_one_series(given)), x)


@pytest.mark.parametrize("figure", PAIR)
def test_a_part_and_a_whole(figure: Callable[[int, int], Any]) -> None:
    for x, n in product(FEW, FEW):
        sensible(figure, x, n)


@pytest.mark.parametrize("figure", FOUR)
def test_four_counts(figure: Callable[[int, int, int, int], Any]) -> None:
    for given in product(FEW, repeat=4):
        sensible(figure, *given)


@pytest.mark.parametrize("figure", SHARE)
def test_a_share(figure: Callable[[float], Any]) -> None:
    for p in SHARES:
        sensible(figure, p)


@pytest.mark.parametrize("image", IMAGES, ids=["pixel", "black", "grey", "lines"])
def test_an_image(image: Any) -> None:
    for measure in (drift.brightness, drift.uniformity, drift.contrast, drift.focus, drift.colour):
        sensible(measure, image)
    sensible(drift.noise, [image, image])
    sensible(drift.dirt_map, [image] * 20)
    sensible(optics.mtf50, np.kron(image[..., 0] if image.ndim == 3 else image, np.ones((20, 20))))
    sensible(optics.mtf50_of_profile, image.reshape(-1))
    sensible(lambda given: optics.delta_e(optics.lab(given), [50, 0, 0]), image.reshape(-1)[:3])


@pytest.mark.parametrize("points", PLACES, ids=["none", "one", "a spot", "all over"])
def test_places(points: Any) -> None:
    cells = location.grid(points, 3, 3)
    sensible(location.heat_map, points, 9, 3, 3)
    sensible(location.hot_cells, cells)
    sensible(location.quadrat_test, cells)
    sensible(location.clusters, points, 0.1)
    for others in PLACES:
        sensible(location.fixed_in, points, others)
