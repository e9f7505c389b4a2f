"""A draft recipe against what was found before: the judge again, no inference, nothing saved."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.accounts.models import User
from inspection.models.ids import new_id
from inspection.models.inspections import Finding, Inspection, InspectionImage
from inspection.models.plant import Camera, Line, Site, Station
from inspection.models.products import DefectClass, Product, Recipe
from inspection.services import partitions
from tests import drawn

Api = Callable[..., Any]
NOW = datetime.now(UTC)
LEFT, RIGHT = [0.1, 0.4, 0.2, 0.5], [0.7, 0.4, 0.9, 0.5]  # 10 and 20 mm long in these images
ZONE = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]  # the left half


class Past:
    """A station with units that its model has judged."""

    def __init__(self, by: User) -> None:
        partitions.ensure()
        self.by, self.model = by, drawn.model(drawn.version(by, images=5))
        self.line = Line.objects.create(site=Site.objects.create(name="S"), name="L")
        self.station = Station.objects.create(line=self.line, name="AOI")
        self.camera = Camera.objects.create(station=self.station, name="top", mm_per_pixel=1.0)
        self.product = Product.objects.create(code="P", name="plate")

    def unit(self, *found: tuple[str, float, list[float]], **fields: Any) -> Inspection:
        """One unit with these findings (class, score, box) on its one image."""
        verdict = "NG" if found else "OK"
        row = Inspection.objects.create(
            **{
                "id": new_id(NOW), "captured_day": NOW.date(), "captured_at": NOW,
                "received_at": NOW, "decided_at": NOW, "line": self.line, "station": self.station,
                "product": self.product, "model": self.model, "client": "test",
                "verdict": verdict, "model_verdict": verdict,
            }
            | fields
        )  # fmt: skip
        at = {"captured_day": row.captured_day, "inspection_id": row.id}
        InspectionImage.objects.create(
            **at, position=0, sha256="0" * 64, size=1, width=100, height=100
        )
        for position, (name, score, box) in enumerate(found):
            known = DefectClass.objects.get(name=name)
            Finding.objects.create(
                **at, position=position, defect_class=known, score=score, box=box, decisive=True
            )
        return row

    def ask(self, **fields: Any) -> dict[str, Any]:
        place = {"station": self.station.pk, "product": self.product.pk, "model": self.model.pk}
        return place | fields


@pytest.fixture
def past(make_user: Callable[..., User]) -> Past:
    return Past(make_user("engineer"))


def preview(client: Any, ask: dict[str, Any], last: int = 200) -> Any:
    reply = client.post(f"/api/v1/recipes/preview?last={last}", ask, "json")
    assert reply.status_code == 200, reply.json()
    return reply.json()


def after(seen: Any) -> dict[str, str]:
    return {unit["serial"]: unit["after"] for unit in seen["units"]}


def test_thresholds_and_rules_judge_the_past_again(past: Past, api: Api) -> None:
    past.unit(("dark", 0.4, LEFT), serial="left")
    past.unit(("dark", 0.9, RIGHT), serial="right")
    past.unit(serial="good")
    client = api(user=past.by)
    seen = preview(client, past.ask(thresholds={"default": 0.5}))
    assert (seen["n"], seen["changed"]) == (3, 1)
    assert seen["verdicts"]["NG"] == {"before": 2, "after": 1}
    assert seen["verdicts"]["OK"] == {"before": 1, "after": 2}
    first = seen["units"][0]
    assert (first["serial"], first["before"], first["after"]) == ("left", "NG", "OK")
    assert [finding["decisive"] for finding in first["findings"]] == [False]
    zone = [{"class": "dark", "zone": ZONE, "action": "REVIEW"}]
    assert after(preview(client, past.ask(rules=zone))) == {
        "left": "REVIEW", "right": "OK", "good": "OK",
    }  # fmt: skip
    size = [{"class": None, "min_size_mm": 15}]
    told = preview(client, past.ask(rules=size))
    assert after(told) == {"right": "NG", "left": "OK", "good": "OK"}
    ng = next(unit for unit in told["units"] if unit["serial"] == "right")
    assert "20.00 mm" in ng["reasons"][0]["words"]
    assert [finding["decisive"] for finding in ng["findings"]] == [True]
    assert not Recipe.objects.exists()


def test_what_people_said_shows_what_a_draft_would_let_through(past: Past, api: Api) -> None:
    past.unit(("dark", 0.4, LEFT), outcome="real_defect")
    past.unit(("dark", 0.3, LEFT), outcome="false_call")
    past.unit(("dark", 0.9, LEFT), outcome="real_defect")
    seen = preview(api(user=past.by), past.ask(thresholds={"default": 0.5}))
    assert seen["told_by_people"] == {
        "real_defect": {"n": 2, "passed": 1},
        "false_call": {"n": 1, "passed": 1},
    }


def test_only_what_this_model_decided_here_is_judged_again(past: Past, api: Api) -> None:
    other = drawn.model(past.model.dataset_version)  # type: ignore[arg-type]  # it has one
    past.unit(serial="mine")
    past.unit(serial="of another", model=other)
    past.unit(serial="undecided", verdict="ERROR", model_verdict="ERROR")
    past.unit(serial="a check", mode="golden_check")
    past.unit(serial="late", verdict="ERROR", late=True)  # the line heard ERROR; it was found OK
    assert set(after(preview(api(user=past.by), past.ask()))) == {"mine", "late"}


def test_an_image_that_could_not_be_judged_still_cannot(past: Past, api: Api) -> None:
    lost = {"code": "incomplete", "words": "…", "verdict": "ERROR", "image": 1}
    row = past.unit(("dark", 0.4, LEFT), serial="two", reasons=[lost])
    InspectionImage.objects.create(
        captured_day=row.captured_day, inspection_id=row.id, position=1, sha256="1" * 64, size=1
    )
    seen = preview(api(user=past.by), past.ask(thresholds={"default": 0.5}))
    assert after(seen) == {"two": "ERROR"}
    assert seen["verdicts"]["ERROR"] == {"before": 0, "after": 1}


def test_a_merged_class_is_judged_under_the_name_its_model_gives(past: Past, api: Api) -> None:
    wide = DefectClass.objects.create(name="pit", severity="critical")
    DefectClass.objects.filter(name="dark").update(merged_into=wide)
    past.unit(("pit", 0.6, LEFT), serial="u")
    strict, mild = {"dark": 0.7, "default": 0.1}, {"dark": 0.5, "default": 0.9}
    client = api(user=past.by)
    assert after(preview(client, past.ask(thresholds=strict))) == {"u": "OK"}
    assert after(preview(client, past.ask(thresholds=mild))) == {"u": "NG"}
    severe = [{"severity": "critical", "action": "NG"}]
    assert after(preview(client, past.ask(rules=severe))) == {"u": "NG"}


def test_the_last_units_only_and_as_many_queries_for_many(past: Past, api: Api) -> None:
    client = api(user=past.by)
    for number in range(3):
        past.unit(("dark", 0.4, LEFT), serial=str(number), captured_at=NOW - timedelta(seconds=9))
    with CaptureQueriesContext(connection) as few:
        assert preview(client, past.ask(), last=2)["n"] == 2
    for number in range(30):
        past.unit(("dark", 0.4, LEFT), serial=f"more {number}")
    with CaptureQueriesContext(connection) as many:
        seen = preview(client, past.ask())
    assert (seen["n"], len(seen["units"])) == (33, 24)
    assert len(many) == len(few)


def test_wrong_drafts_and_people_are_refused(past: Past, api: Api) -> None:
    def status(client: Any, **fields: Any) -> tuple[int, str]:
        reply = client.post("/api/v1/recipes/preview", past.ask(**fields), "json")
        return reply.status_code, reply.json().get("code", "")

    assert status(api("operator"))[0] == 403
    assert status(api("engineer", lines=[past.line.pk + 1])) == (403, "wrong_line")
    client = api(user=past.by)
    assert status(client, thresholds={"hole": 0.5}) == (400, "unknown_class")
    assert status(client, rules=[{"zone": [[0, 0], [1, 1]]}])[0] == 400
    assert status(client, colour="red") == (400, "unknown_field")
