"""Figures from rollups and raw rows, dispositions in them, the board's states, who sees what."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core import valkey
from core.audit import trail
from core.audit.models import Entry
from inspection.models.ids import day_of, new_id
from inspection.models.inspections import Disposition, Finding, Inspection
from inspection.models.plant import Line, Site, Station
from inspection.models.products import DefectClass, Product, Recipe
from inspection.models.registry import Release
from inspection.models.statistics import DirtyHour, HourCount
from inspection.selectors.board import Facts, state
from inspection.services import partitions, rollups
from tests import drawn

NOW = datetime.now(UTC)


class Line1:
    """A line that makes inspections without a web process."""

    def __init__(self, name: str = "one", zone: str = "UTC") -> None:
        site = Site.objects.create(name=f"{name} {uuid.uuid4()}", timezone=zone)
        self.line = Line.objects.create(site=site, name=name, target_ng_rate=0.1, takt_s=1)
        self.station = Station.objects.create(line=self.line, name="AOI")
        self.product = Product.objects.create(code=uuid.uuid4().hex[:8], name="p")
        self.pit = DefectClass.objects.get_or_create(name="pit")[0]

    def unit(self, verdict: str = "OK", ago: float = 0, **fields: Any) -> Inspection:
        """One inspection, `ago` hours back."""
        at = fields.pop("at", NOW - timedelta(hours=ago))
        row = Inspection.objects.create(
            **{
                "id": new_id(at), "captured_day": at.date(), "captured_at": at, "received_at": at,
                "decided_at": at, "line": self.line, "station": self.station,
                "product": self.product, "client": "test", "verdict": verdict,
                "model_verdict": verdict, "latency_ms": {"total": 10.0},
            }
            | fields
        )  # fmt: skip
        if verdict == "NG":
            Finding.objects.create(
                captured_day=row.captured_day, inspection_id=row.id, position=0,
                defect_class=self.pit, score=0.9, decisive=True,
            )  # fmt: skip
        hour = at.replace(minute=0, second=0, microsecond=0)
        DirtyHour.objects.create(hour=hour, station=self.station)
        return row


@pytest.fixture
def line(db: None) -> Line1:
    partitions.ensure()
    return Line1()


def figures(client: Any, line: Line1, name: str = "summary", **query: Any) -> Any:
    asked = {"line": line.line.pk, "from": (NOW - timedelta(days=3)).isoformat()} | query
    reply = client.get(f"/api/v1/statistics/{name}", asked)
    assert reply.status_code == 200, reply.content
    return reply.json()


def fill(line: Line1) -> None:
    for ago in (0, 1, 5, 26, 50):
        for verdict in ("OK", "OK", "OK", "NG"):
            line.unit(verdict, ago)
    line.unit("REVIEW", 5)
    line.unit("ERROR", 5, code="deadline")
    line.unit("ERROR", 5, code="deadline", late=True, model_verdict="NG")
    line.unit("NG", 5, mode="golden_check")
    line.unit("NG", 5, serial="again", attempt=2)


def test_rollups_and_raw_rows_say_the_same(line: Line1, api: Callable[..., Any]) -> None:
    client = api("viewer")
    fill(line)
    names = ("summary", "trend", "pareto")
    raw = {name: figures(client, line, name) for name in names}
    assert (raw["summary"]["inspected"], raw["summary"]["ng"]) == (21, 5)
    assert raw["summary"]["fpy"] == pytest.approx(15 / 21)  # a REVIEW is no first pass
    assert (raw["summary"]["error"], raw["summary"]["late"]) == (2, 1)
    assert (raw["summary"]["triggered"], raw["summary"]["decided"]) == (24, 22)
    assert raw["summary"]["reinspected"] == 1
    assert raw["pareto"]["classes"] == [
        {"class": "pit", "colour": line.pit.colour, "count": 5, "units": 5, "share": 1.0,
         "cumulative": 1.0}
    ]  # fmt: skip
    assert rollups.recompute() == 4  # the running hour stays raw
    assert HourCount.objects.exists()
    rolled = {name: figures(client, line, name) for name in names}
    for each in (*raw.values(), *rolled.values()):
        for volatile in ("as_of", "to"):
            each.pop(volatile, None)
    assert rolled == raw
    line.unit("NG", 5)  # a late row reopens its hour
    assert figures(client, line)["ng"] == 6
    rollups.recompute()
    assert figures(client, line)["ng"] == 6


def test_who_cannot_judge_has_verified_nothing(line: Line1, api: Callable[..., Any]) -> None:
    unsure = line.unit("REVIEW", 2, outcome="cannot_judge")
    line.unit("REVIEW", 2, outcome="false_call")
    line.unit("OK", 2)
    found = figures(api("viewer"), line)
    assert (found["inspected"], found["verified"]) == (3, 1)
    assert found["fpy"] == pytest.approx(2 / 3)
    rollups.recompute()
    assert HourCount.objects.get(station=line.station).review_open == 1
    assert unsure.outcome == "cannot_judge"


def bars(client: Any, line: Line1, **query: Any) -> dict[str, Any]:
    """The Pareto's counts by class, with what beside them."""
    found = figures(client, line, "pareto", **query)
    named = {bar["class"]: (bar["count"], bar["units"]) for bar in found["classes"]}
    return named | {"unnamed": found["unnamed"]}


def test_the_pareto_follows_a_persons_word(line: Line1, api: Callable[..., Any]) -> None:
    """A named class decides; what the model let pass counts; a false call does not."""
    client = api("operator")
    DefectClass.objects.get_or_create(name="burr")

    def say(row: Inspection, outcome: str, **more: str) -> None:
        url = f"/api/v1/inspections/{row.id}/disposition"
        reply = client.post(url, {"outcome": outcome} | more, format="json")
        assert reply.status_code == 200, reply.content

    line.unit("NG", 2)
    say(line.unit("NG", 2), "false_call")
    say(line.unit("NG", 2), "real_defect")
    say(line.unit("NG", 2), "real_defect", **{"class": "burr"})
    say(line.unit("OK", 2), "real_defect", **{"class": "burr"})
    say(line.unit("OK", 2), "real_defect")
    expected = {"pit": (2, 2), "burr": (2, 2), "unnamed": 1}
    assert bars(client, line) == expected
    assert bars(client, line, truth="model") == {"pit": (4, 4), "unnamed": 0}
    assert figures(client, line)["ng"] == 5
    rollups.recompute()
    assert bars(client, line) == expected
    assert bars(client, line, truth="model") == {"pit": (4, 4), "unnamed": 0}


def test_two_dispositions_are_taken_back_one_by_one(line: Line1, api: Callable[..., Any]) -> None:
    row, client = line.unit("NG", 2), api("operator")
    url = f"/api/v1/inspections/{row.id}/disposition"
    client.post(url, {"outcome": "false_call"}, format="json")
    client.post(url, {"outcome": "real_defect", "reason": "scratch"}, format="json")
    assert figures(client, line)["ng"] == 1
    assert client.post(f"{url}/undo").json()["outcome"] == "false_call"
    assert figures(client, line)["ng"] == 0
    shown = client.post(f"{url}/undo").json()
    assert shown["outcome"] == ""
    assert [bool(each["undone_at"]) for each in shown["dispositions"]] == [True, True]
    told = Entry.objects.filter(subject=f"inspection.{row.id}").order_by("id")
    assert [(each.action, each.new["outcome"]) for each in told] == [
        ("inspection.dispose", "false_call"),
        ("inspection.dispose", "real_defect"),
        ("inspection.undo", "false_call"),
        ("inspection.undo", ""),
    ]
    assert trail.verify() is None


def test_nothing_inspected_has_no_rate(line: Line1, api: Callable[..., Any]) -> None:
    found = figures(api("viewer"), line)
    for name in ("ng_rate", "ng_interval", "fpy", "review_share", "availability"):
        assert found[name] is None
    empty = figures(api("viewer"), line, "pareto")
    assert (empty["classes"], empty["n"], empty["upper_bound"]) == ([], 0, None)
    for _ in range(59):
        line.unit("OK")
    clean = figures(api("viewer"), line, "pareto")
    assert clean["upper_bound"] == pytest.approx(0.0495, abs=1e-4)  # 59 good ones: 95 / 95


def test_a_persons_word_counts_and_is_taken_back(line: Line1, api: Callable[..., Any]) -> None:
    row, client = line.unit("NG", 2), api("operator")
    line.unit("OK", 2)
    rollups.recompute()
    url = f"/api/v1/inspections/{row.id}/disposition"
    shown = client.post(url, {"outcome": "false_call", "note": "dust"}, format="json").json()
    assert (shown["outcome"], shown["dispositions"][0]["note"]) == ("false_call", "dust")
    assert figures(client, line)["ng"] == 0
    assert figures(client, line)["false_calls"] == 1
    assert figures(client, line, truth="model")["ng"] == 1
    assert client.post(f"{url}/undo").json()["outcome"] == ""
    assert figures(client, line)["ng"] == 1
    assert client.post(f"{url}/undo").json()["code"] == "nothing_to_undo"
    assert Disposition.objects.get().undone_at
    assert api("viewer").post(url, {"outcome": "false_call"}, format="json").status_code == 403


def test_lines_of_others_are_not_seen(line: Line1, api: Callable[..., Any]) -> None:
    row, other = line.unit("NG"), Line1("two")
    client = api("operator", lines=[other.line.pk])
    assert client.get("/api/v1/inspections").json()["results"] == []
    assert client.get(f"/api/v1/inspections/{row.id}").status_code == 404
    assert figures(client, line)["inspected"] == 0
    assert [tile["line"] for tile in client.get("/api/v1/board").json()] == [other.line.pk]
    body = {"outcome": "false_call"}
    url = f"/api/v1/inspections/{row.id}/disposition"
    assert client.post(url, body, format="json").status_code == 404


def test_the_list_is_cut_by_cursor(line: Line1, api: Callable[..., Any]) -> None:
    ids = [str(line.unit("NG" if n % 3 else "OK", n / 60).id) for n in range(25)]
    client, url, seen = api("viewer"), "/api/v1/inspections?limit=10", []
    while url:
        page = client.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert seen == ids
    found = client.get("/api/v1/inspections?class=pit&verdict=NG&limit=100").json()["results"]
    assert len(found) == 16
    assert client.get("/api/v1/inspections?verdict=GOOD").status_code == 400


def test_days_are_the_plants(db: None, api: Callable[..., Any]) -> None:
    """24 hours in Chicago across the change of clocks of 2025-11-02 are one day of 25 hours."""
    partitions.ensure()
    line = Line1("chicago", "America/Chicago")
    for hour in range(26):
        line.unit("OK", at=datetime(2025, 11, 2, 5, 30, tzinfo=UTC) + timedelta(hours=hour))
    reply = figures(
        api("viewer"), line, "trend", bucket="day",
        **{"from": "2025-11-02T05:00:00Z", "to": "2025-11-04T06:00:00Z"},
    )  # fmt: skip
    assert [point["inspected"] for point in reply["points"]] == [25, 1]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu"])
@pytest.mark.parametrize("rolled", [False, True])
def test_a_day_that_begins_within_an_hour(
    db: None, api: Callable[..., Any], zone: str, rolled: bool
) -> None:
    """Ten units of each side of a midnight that no full hour of UTC is."""
    partitions.ensure()
    line, half = Line1("india", zone), {"Asia/Kolkata": 30, "Asia/Kathmandu": 15}[zone]
    midnight = datetime(2025, 11, 3, 18, half, tzinfo=UTC)
    for minute in range(1, 11):
        line.unit("NG", at=midnight - timedelta(minutes=minute))
        line.unit("OK", at=midnight + timedelta(minutes=minute - 1))
    if rolled:
        rollups.recompute()
    for start in (midnight - timedelta(days=2), midnight - timedelta(minutes=12)):
        asked = {"from": start.isoformat(), "to": (midnight + timedelta(days=1)).isoformat()}
        points = figures(api("viewer"), line, "trend", bucket="day", **asked)["points"]
        seen = [(p["inspected"], p["ng"]) for p in points if p["inspected"]]
        assert seen == [(10, 10), (10, 0)]


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
        line.unit("OK", at=now - timedelta(seconds=second), received_at=now)
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


def test_an_id_begins_with_its_day() -> None:
    at = datetime(2026, 2, 28, 23, 59, 59, 999_000, tzinfo=UTC)
    made = [new_id(at - timedelta(milliseconds=n)) for n in range(100)]
    assert sorted(made, reverse=True) == made
    assert {day_of(each) for each in made} == {at.date()}
    assert made[0].version == 8


def test_rows_move_out_of_the_default_partition(line: Line1) -> None:
    far = NOW + timedelta(days=40)
    row = line.unit("NG", at=far)
    assert partitions.strays() == 1
    partitions.ensure(far.date())
    assert partitions.strays() == 0
    assert Inspection.objects.filter(captured_day=row.captured_day, id=row.id).exists()
