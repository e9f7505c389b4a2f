"""The board: a line's state, its clocks, what it counts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core import valkey
from inspection.models.plant import Line
from inspection.models.products import Recipe
from inspection.models.registry import Release
from inspection.selectors.board import Facts, state
from tests import drawn
from tests.inspection.lines import NOW, Line1


def facts(**changes: Any) -> Facts:
    known: dict[str, Any] = {
        "verdict_age": 1.0, "beat_age": 1.0, "silence": 10.0, "triggered": 100, "decided": 100,
        "units": 100, "ng": 1, "target": 0.05, "recent": ("OK",) * 5, "has_model": True,
    }  # fmt: skip
    return Facts(**(known | changes))


@pytest.mark.parametrize(
    ("changes", "name", "code"),
    [
        ({}, "ok", "ok"),
        ({"verdict_age": None, "beat_age": None}, "no_data", "never"),
        ({"verdict_age": 60.0, "beat_age": 11.0}, "no_data", "silent"),
        ({"verdict_age": None}, "idle", "no_units"),
        ({"has_model": False}, "idle", "no_model"),
        ({"decided": 90}, "act", "errors"),
        ({"recent": ("NG",) * 5}, "stop", "burst"),
        ({"recent": ("ERROR",) * 5, "triggered": 5, "decided": 0}, "stop", "error_burst"),
        ({"skews": (70.0,)}, "warn", "clock"),
        ({"skews": (70.0,), "ng": 20}, "act", "above_target"),
        ({"ng": 20}, "act", "above_target"),
        ({"ng": 7}, "warn", "near_target"),
        ({"ng": 7, "target": None}, "ok", "ok"),
    ],
)
def test_the_state_of_a_line(changes: dict[str, Any], name: str, code: str) -> None:
    found, why = state(facts(**changes))
    assert (found, why["code"]) == (name, code)


def test_the_board_tells_heartbeats_and_rates(line: Line1, api: Callable[..., Any]) -> None:
    client = api("operator")
    assert client.get("/api/v1/board").json()[0]["state"] == "no_data"
    assert client.post(f"/api/v1/stations/{line.station.pk}/heartbeat").status_code == 204
    assert client.get("/api/v1/board").json()[0]["state"] == "idle"
    line.unit("NG")
    tile = client.get(f"/api/v1/board/{line.line.pk}").json()
    assert (tile["units"], tile["ng"], tile["ng_rate"]) == (1, 1, 1.0)
    assert tile["last_ng"][0]["verdict"] == "NG"
    valkey.client().delete(f"kizu:beat:{line.line.pk}")


def model_in_force(line: Line1, by: Any) -> None:
    """As a release leaves it."""
    recipe = Recipe.objects.create(
        station=line.station, product=line.product, revision=1, state="released", created_by=by,
        model=drawn.model(drawn.version(by, images=5)),
    )  # fmt: skip
    Release.objects.create(
        line=line.line, station=line.station, product=line.product, recipe=recipe, kind="release",
        reason="first", by=by, at=NOW,
    )  # fmt: skip


def test_a_line_without_verdicts_is_not_green(
    line: Line1, make_user: Callable[..., Any], api: Callable[..., Any]
) -> None:
    """An ERROR is stored behind its answer, as late: the board counts it all the same."""
    model_in_force(line, make_user("manager"))
    client, now = api("viewer"), datetime.now(UTC)
    for second in range(5, 30):
        line.unit("OK", at=now - timedelta(seconds=second))
    url = f"/api/v1/board/{line.line.pk}"
    assert client.get(url).json()["state"] == "ok"
    for second in range(4):
        at = now - timedelta(seconds=second)
        line.unit("ERROR", at=at, code="worker_down", late=True)
    tile = client.get(url).json()
    assert (tile["errors"], tile["state"], tile["state_reason"]["code"]) == (4, "act", "errors")
    line.unit("ERROR", at=now, code="worker_down", late=True)
    tile = client.get(url).json()
    assert (tile["state"], tile["state_reason"]["code"]) == ("stop", "error_burst")


def test_a_capture_of_the_future_is_no_present(
    line: Line1, make_user: Callable[..., Any], api: Callable[..., Any]
) -> None:
    model_in_force(line, make_user("manager"))
    now = datetime.now(UTC)
    for ahead in (timedelta(minutes=40), timedelta(days=2)):
        line.unit("NG", at=now + ahead, received_at=now - timedelta(hours=2))
    for second in range(5):
        line.unit("OK", at=now - timedelta(seconds=second))
    tile = api("viewer").get(f"/api/v1/board/{line.line.pk}").json()
    assert (tile["units"], tile["ng"], tile["state"]) == (5, 0, "ok")
    seen = datetime.fromisoformat(tile["last_verdict_at"])
    assert abs((seen - now).total_seconds()) < 1
    assert [row["captured_at"] for row in tile["last_ng"]] != []
    assert len(tile["last_ng"]) == 1  # the one of the day after tomorrow is nobody's


def test_a_clock_that_is_off_is_named(
    line: Line1, make_user: Callable[..., Any], api: Callable[..., Any]
) -> None:
    model_in_force(line, make_user("manager"))
    now = datetime.now(UTC)
    for second in range(5):
        seen = now - timedelta(seconds=second)
        line.unit("OK", at=seen - timedelta(seconds=70), received_at=seen)
    line.unit("OK", at=now, received_at=now)
    tile = api("viewer").get(f"/api/v1/board/{line.line.pk}").json()
    assert tile["clocks"] == [
        {"station": line.station.pk, "station_name": "AOI", "skew_s": 70.0}
    ]  # fmt: skip
    assert (tile["state"], tile["state_reason"]["code"]) == ("warn", "clock")
    for second in range(6):
        line.unit("OK", at=now - timedelta(seconds=second))
    assert api("viewer").get(f"/api/v1/board/{line.line.pk}").json()["clocks"] == []


def test_the_target_decides_the_state(
    line: Line1, make_user: Callable[..., Any], api: Callable[..., Any]
) -> None:
    model_in_force(line, make_user("manager"))
    now = datetime.now(UTC)
    for second in range(40):
        line.unit("NG" if second % 3 == 2 else "OK", at=now - timedelta(seconds=second))
    client, url = api("engineer"), f"/api/v1/board/{line.line.pk}"
    assert client.get(url).json()["state_reason"]["code"] == "above_target"
    reply = client.patch(f"/api/v1/lines/{line.line.pk}", {"target_ng_rate": 0.5}, format="json")
    assert reply.status_code == 200, reply.content
    assert client.get(url).json()["state"] == "ok"


def test_line_nine_comes_before_line_ten(db: None, api: Callable[..., Any]) -> None:
    first = Line1("Line 10")
    for name, position in (("line 9b", 0), ("Line 9", 0), ("Assembly", 1)):
        Line.objects.create(site=first.line.site, name=name, position=position)
    told = api("viewer").get("/api/v1/board").json()
    assert [tile["name"] for tile in told] == ["Line 9", "line 9b", "Line 10", "Assembly"]
