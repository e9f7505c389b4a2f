"""The board: per line, whether it is in trouble now, and by which figures. A constant number of
queries, however many lines.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from core import valkey
from inspection.models.ids import first_id
from inspection.models.inspections import Inspection
from inspection.models.plant import Line
from inspection.models.registry import Release
from inspection.quality import intervals
from inspection.quality.values import Unknown
from inspection.selectors.counting import DECIDED, FIRST, NG_FINAL, TRIGGERED

WINDOW, STEP, STEPS = timedelta(hours=1), timedelta(minutes=5), 12
SILENCE = 10.0  # seconds, or three takts
LAST_NG = 5
BURST = 5  # NG in a row
ERRORS = 0.05  # share of unanswered triggers
ENOUGH = 20  # triggers before their share says something
NEWEST = 50  # rows by id among which the newest by arrival are: a clock ahead is no newer
AHEAD = timedelta(hours=1)  # a line's clock; captures beyond are in nobody's present
SKEW = 2.0  # seconds a line's clock may be off

TREND = f"""
SELECT i.line_id, floor(extract(epoch FROM i.captured_at) / 300)::bigint AS step,
    count(*) FILTER (WHERE {TRIGGERED}), count(*) FILTER (WHERE {DECIDED}),
    count(*) FILTER (WHERE {FIRST}), count(*) FILTER (WHERE {FIRST} AND {NG_FINAL})
FROM inspection_inspection i
WHERE i.line_id = ANY(%(lines)s) AND i.mode = 'production'
    AND i.captured_day BETWEEN %(first)s AND %(last)s
    AND i.captured_at >= %(start)s AND i.captured_at < %(end)s
GROUP BY 1, 2
"""  # noqa: S608 - our own names
LATEST = """
SELECT l.id, max(i.received_at) FROM unnest(%(lines)s::bigint[]) AS l(id)
CROSS JOIN LATERAL (
    SELECT received_at FROM inspection_inspection
    WHERE line_id = l.id AND id < %(end)s ORDER BY id DESC LIMIT %(newest)s
) i GROUP BY l.id
"""
NG = """
SELECT l.id, i.id, i.captured_day FROM unnest(%(lines)s::bigint[]) AS l(id)
CROSS JOIN LATERAL (
    SELECT id, captured_day FROM inspection_inspection
    WHERE line_id = l.id AND verdict = 'NG' AND mode = 'production' AND NOT late
      AND captured_day >= %(first)s AND id < %(end)s
    ORDER BY id DESC LIMIT %(each)s
) i
"""
RECENT = f"""
SELECT l.id, n.verdict FROM unnest(%(lines)s::bigint[]) AS l(id)
CROSS JOIN LATERAL (
    SELECT i.verdict, i.received_at FROM inspection_inspection i
    WHERE i.line_id = l.id AND i.mode = 'production' AND {TRIGGERED}
      AND i.captured_day >= %(first)s AND i.id < %(end)s
    ORDER BY i.id DESC LIMIT %(newest)s
) n ORDER BY l.id, n.received_at DESC
"""  # noqa: S608 - our own names
# How far a station's clock is from ours, by the median of its newest units: one that came late, or
# from the future, moves nothing. Behind is positive.
CLOCKS = """
SELECT s.line_id, s.id, s.name, percentile_cont(0.5) WITHIN GROUP (
    ORDER BY extract(epoch FROM i.received_at - i.captured_at)::float8)
FROM inspection_station s CROSS JOIN LATERAL (
    SELECT received_at, captured_at FROM inspection_inspection
    WHERE station_id = s.id AND NOT odd_time AND (NOT late OR verdict = 'ERROR')
      AND captured_day >= %(first)s AND captured_at > %(start)s
    ORDER BY captured_at DESC LIMIT %(newest)s
) i WHERE s.line_id = ANY(%(lines)s) AND s.archived_at IS NULL
GROUP BY s.line_id, s.id, s.name ORDER BY s.id
"""


def in_plant_order(lines: Iterable[Line]) -> list[Line]:
    """By site, then as the plant has put them, then by name: line 9 comes before line 10."""
    return sorted(lines, key=lambda line: (line.site.name, line.position, _natural(line.name)))


def _natural(name: str) -> list[tuple[int, str]]:
    """Digits by their value, the rest by its letters."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


@dataclass(frozen=True)
class Facts:
    """What one line's state is told by. Ages in seconds, None: never."""

    verdict_age: float | None
    beat_age: float | None
    silence: float
    triggered: int
    decided: int
    units: int
    ng: int
    target: float | None
    recent: tuple[str, ...]
    has_model: bool
    skews: tuple[float, ...] = ()  # seconds, of its stations' clocks that are off


def state(facts: Facts) -> tuple[str, dict[str, str]]:
    """(state, {code, words}): no_data, idle, stop, act, warn or ok. The worst that is true."""
    ages = [age for age in (facts.verdict_age, facts.beat_age) if age is not None]
    if not ages:
        return "no_data", _why("never", "Nothing was ever heard of this line.")
    if min(ages) > facts.silence:
        return "no_data", _why("silent", f"Nothing was heard for {min(ages):.0f} s.")
    if not facts.has_model:
        return "idle", _why("no_model", "No model is released on this line yet.")
    if facts.verdict_age is None or facts.verdict_age > max(facts.silence, WINDOW.total_seconds()):
        return "idle", _why("no_units", "The line is there, and sends no units.")
    return _judged(facts)


def _judged(facts: Facts) -> tuple[str, dict[str, str]]:
    if len(facts.recent) == BURST and set(facts.recent) == {"ERROR"}:
        return "stop", _why("error_burst", f"{BURST} units in a row had no verdict.")
    if len(facts.recent) == BURST and set(facts.recent) == {"NG"}:
        return "stop", _why("burst", f"{BURST} units in a row were NG.")
    lost = facts.triggered - facts.decided
    if facts.triggered >= ENOUGH and lost > ERRORS * facts.triggered:
        words = f"{lost} of {facts.triggered} units had no verdict in time."
        return "act", _why("errors", words)
    name, reason = _against_target(facts)
    if name == "ok" and facts.skews:
        words = f"A line computer's clock is {max(facts.skews, key=abs):+.0f} s off ours."
        return "warn", _why("clock", words)
    return name, reason


def _against_target(facts: Facts) -> tuple[str, dict[str, str]]:
    interval = intervals.wilson(facts.ng, facts.units)
    if facts.target is None or isinstance(interval, Unknown):
        return "ok", _why("ok", "Units are judged in time.")
    if interval[0] > facts.target:
        words = f"The NG rate is above its target of {facts.target:.1%}, beyond chance."
        return "act", _why("above_target", words)
    if facts.ng > facts.target * facts.units and facts.units >= ENOUGH:
        words = f"The NG rate is above its target of {facts.target:.1%}; it may be chance."
        return "warn", _why("near_target", words)
    return "ok", _why("ok", "Within its target.")


def _why(code: str, words: str) -> dict[str, str]:
    return {"code": code, "words": words}


def tiles(lines: list[Line], now: datetime | None = None) -> list[dict[str, Any]]:
    """One tile a line, without the rows of `last_ng`: they are ids for the caller to show."""
    now = now or datetime.now(UTC)
    ids = [line.pk for line in lines]
    trends, latest = _trends(ids, now), _latest(ids, now)
    last_ng, recent = _last_ng(ids, now), _recent(ids, now)
    models, beats, clocks = _models(ids), _beats(ids), _clocks(ids, now)
    return [
        _tile(
            line, now, trends[line.pk], latest.get(line.pk), last_ng[line.pk],
            tuple(recent[line.pk]), models[line.pk], beats.get(line.pk), clocks[line.pk],
        )
        for line in lines
    ]  # fmt: skip


def _tile(
    line: Line,
    now: datetime,
    steps: dict[int, tuple[int, ...]],
    latest: datetime | None,
    last_ng: list[Any],
    recent: tuple[str, ...],
    models: list[dict[str, Any]],
    beat: datetime | None,
    clocks: list[dict[str, Any]],
) -> dict[str, Any]:
    triggered, decided, units, ng = (sum(step[n] for step in steps.values()) for n in range(4))
    silence = max(SILENCE, 3 * (line.takt_s or 0))
    ages = [(now - moment).total_seconds() if moment else None for moment in (latest, beat)]
    facts = Facts(
        ages[0], ages[1], silence, triggered, decided, units, ng, line.target_ng_rate, recent,
        bool(models), tuple(clock["skew_s"] for clock in clocks),
    )  # fmt: skip
    name, reason = state(facts)
    return {
        "line": line.pk,
        "site": line.site_id,
        "site_name": line.site.name,
        "name": line.name,
        "timezone": line.site.timezone,
        "state": name,
        "state_reason": reason,
        "units": units,
        "ng": ng,
        "ng_rate": ng / units if units else None,
        "ng_interval": intervals.wilson(ng, units) or None,
        "errors": triggered - decided,
        "trend": _steps(steps, now),
        "target_ng_rate": line.target_ng_rate,
        "takt_s": line.takt_s,
        "last_ng": last_ng,
        "models": models,
        "clocks": clocks,
        "last_verdict_at": latest,
        "last_heartbeat_at": beat,
        "silence_limit_s": silence,
        "as_of": now,
    }


def _first_step(now: datetime) -> int:
    return int(now.timestamp() // STEP.total_seconds()) - STEPS + 1


def _steps(steps: dict[int, tuple[int, ...]], now: datetime) -> list[dict[str, Any]]:
    first = _first_step(now)
    return [
        {
            "t": datetime.fromtimestamp(step * STEP.total_seconds(), UTC),
            "n": steps.get(step, (0, 0, 0, 0))[2],
            "ng": steps.get(step, (0, 0, 0, 0))[3],
        }
        for step in range(first, first + STEPS)
    ]


def _rows(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _trends(ids: list[int], now: datetime) -> dict[int, dict[int, tuple[int, ...]]]:
    start = datetime.fromtimestamp(_first_step(now) * STEP.total_seconds(), UTC)
    end = start + STEPS * STEP
    found: dict[int, dict[int, tuple[int, ...]]] = defaultdict(dict)
    days = {"first": start.date(), "last": end.date()}
    for line, step, *counts in _rows(TREND, lines=ids, start=start, end=end, **days):
        found[line][step] = tuple(counts)
    return found


def _latest(ids: list[int], now: datetime) -> dict[int, datetime]:
    return dict(_rows(LATEST, lines=ids, newest=NEWEST, end=first_id(now + AHEAD)))


def _last_ng(ids: list[int], now: datetime) -> dict[int, list[Inspection]]:
    first = (now - timedelta(days=2)).date()
    keys = _rows(NG, lines=ids, each=LAST_NG, first=first, end=first_id(now + AHEAD))
    days, wanted = {day for _, _, day in keys}, [pk for _, pk, _ in keys]
    rows = {r.id: r for r in Inspection.objects.filter(captured_day__in=days, id__in=wanted)}
    found: dict[int, list[Inspection]] = defaultdict(list)
    for line, pk, _ in keys:
        found[line].append(rows[pk])
    return found


def _recent(ids: list[int], now: datetime) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    first = (now - timedelta(days=1)).date()
    end = first_id(now + AHEAD)
    for line, verdict in _rows(RECENT, lines=ids, newest=NEWEST, first=first, end=end):
        if len(found[line]) < BURST:
            found[line].append(verdict)
    return found


def _clocks(ids: list[int], now: datetime) -> dict[int, list[dict[str, Any]]]:
    """Stations by line whose clock is off, with the seconds that it is behind (+) or ahead (-)."""
    start = now - WINDOW
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    asked = {"lines": ids, "newest": NEWEST, "start": start, "first": start.date()}
    for line, station, name, skew in _rows(CLOCKS, **asked):
        if abs(skew) > SKEW:
            shown = {"station": station, "station_name": name, "skew_s": round(float(skew), 1)}
            found[line].append(shown)
    return found


def _models(ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    standing = Release.objects.filter(line__in=ids, at__isnull=False, ended_at=None)
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for release in standing.select_related("recipe__model", "station", "product").order_by("at"):
        found[release.line_id].append(
            {
                "station": release.station_id,
                "station_name": release.station.name,
                "product": release.product_id,
                "product_code": release.product.code,
                "model": release.recipe.model_id,
                "name": release.recipe.model.name,
                "recipe": release.recipe_id,
                "revision": release.recipe.revision,
                "since": release.at,
            }
        )
    return found


def beat_key(line: int) -> str:
    """Where a line's last heartbeat lies."""
    return f"kizu:beat:{line}"


def _beats(ids: list[int]) -> dict[int, datetime]:
    if not ids:
        return {}
    texts: Any = valkey.client().mget([beat_key(line) for line in ids])
    pairs = zip(ids, texts, strict=True)
    return {line: datetime.fromtimestamp(float(text), UTC) for line, text in pairs if text}
