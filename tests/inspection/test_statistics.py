"""Figures from rollups and raw rows, dispositions in them, who sees what."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.audit import chain
from core.audit.models import Entry
from inspection.live import topics
from inspection.models.ids import day_of, new_id
from inspection.models.inspections import Disposition, Inspection
from inspection.models.products import DefectClass
from inspection.models.statistics import HourCount
from inspection.services import partitions, rollups
from tests.inspection.lines import NOW, Line1

HOURS = (0, 1, 5, 26, 50)  # before the tests began, which may be an hour ago


def figures(client: Any, line: Line1, name: str = "summary", **query: Any) -> Any:
    asked = {"line": line.line.pk, "from": (NOW - timedelta(days=3)).isoformat()} | query
    reply = client.get(f"/api/v1/statistics/{name}", asked)
    assert reply.status_code == 200, reply.content
    return reply.json()


def fill(line: Line1) -> None:
    for ago in HOURS:
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
    running = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    over = [ago for ago in HOURS if NOW - timedelta(hours=ago) < running]
    assert len(over) >= 4
    assert rollups.recompute() == len(over)  # the running hour stays raw
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
    assert [(each.action, (each.new or {})["outcome"]) for each in told] == [
        ("inspection.dispose", "false_call"),
        ("inspection.dispose", "real_defect"),
        ("inspection.undo", "false_call"),
        ("inspection.undo", ""),
    ]
    assert chain.verify() is None


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


def test_lines_of_others_are_not_seen(
    line: Line1, api: Callable[..., Any], make_user: Callable[..., Any]
) -> None:
    row, other = line.unit("NG"), Line1("two")
    client = api("operator", lines=[other.line.pk])
    assert client.get("/api/v1/inspections").json()["results"] == []
    assert client.get(f"/api/v1/inspections/{row.id}").status_code == 404
    assert figures(client, line)["inspected"] == 0
    assert [tile["line"] for tile in client.get("/api/v1/board").json()] == [other.line.pk]
    body = {"outcome": "false_call"}
    url = f"/api/v1/inspections/{row.id}/disposition"
    assert client.post(url, body, format="json").status_code == 404
    assert client.post(f"{url}/undo").status_code == 404
    assert client.get(f"/api/v1/inspections/{row.id}/images/0").status_code == 404
    assert client.get(f"/api/v1/board/{line.line.pk}").status_code == 404
    assert client.get("/api/v1/review").json()["results"] == []
    assert client.get(f"/api/v1/review?line={line.line.pk}").json()["results"] == []
    assert figures(client, line, "pareto")["n"] == 0
    assert all(point["inspected"] == 0 for point in figures(client, line, "trend")["points"])
    beat = client.post(f"/api/v1/stations/{line.station.pk}/heartbeat")
    assert (beat.status_code, beat.json()["code"]) == (403, "wrong_line")
    user = make_user("operator", lines=[other.line.pk])
    assert topics.refusal(user, f"line.{line.line.pk}") == "wrong_line"
    assert topics.refusal(user, f"line.{other.line.pk}") is None
    assert topics.channels(user, "board") == [f"line.{other.line.pk}"]


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
