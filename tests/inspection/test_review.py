"""What waits for a person's word, page by page."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from inspection.services import partitions
from tests.inspection.lines import NOW, Line1


@pytest.fixture
def line(db: None) -> Line1:
    partitions.ensure()
    return Line1()


def waiting(client: Any, **query: Any) -> tuple[list[str], int]:
    reply = client.get("/api/v1/review", query)
    assert reply.status_code == 200, reply.content
    body = reply.json()
    return [row["serial"] for row in body["results"]], body["remaining"]


def test_skipping_goes_on_after_what_was_shown(line: Line1, api: Callable[..., Any]) -> None:
    units = [
        line.unit("NG", at=NOW - timedelta(days=2, minutes=-n), serial=f"SN-{n}") for n in range(4)
    ]
    units += [line.unit("NG", at=NOW - timedelta(minutes=9 - n), serial=f"SN-{n}") for n in (4, 5)]
    client = api("operator")
    shown: list[str] = []
    after: dict[str, Any] = {}
    while (page := waiting(client, limit=2, **after))[0]:
        assert page[1] == 6  # a skipped unit waits still
        shown += page[0]
        after = {"after": str(next(u.id for u in units if u.serial == shown[-1]))}
    assert shown == [f"SN-{n}" for n in range(6)]


def test_a_unit_that_came_meanwhile_follows(line: Line1, api: Callable[..., Any]) -> None:
    client = api("operator")
    first = line.unit("NG", at=NOW - timedelta(minutes=2), serial="first")
    assert waiting(client, after=str(first.id)) == ([], 1)
    line.unit("REVIEW", at=NOW - timedelta(minutes=1), serial="second")
    assert waiting(client, after=str(first.id)) == (["second"], 2)


def test_the_site_and_the_line_narrow_it(line: Line1, api: Callable[..., Any]) -> None:
    other = Line1("two")
    line.unit("NG", at=NOW - timedelta(minutes=2), serial="here")
    other.unit("NG", at=NOW - timedelta(minutes=1), serial="there")
    client = api("operator")
    assert waiting(client, site=line.line.site_id) == (["here"], 1)
    assert waiting(client, line=other.line.pk) == (["there"], 1)
    assert waiting(client, line=other.line.pk, site=line.line.site_id) == ([], 0)
    assert waiting(api("operator", lines=[other.line.pk])) == (["there"], 1)


def test_what_is_judged_waits_no_longer(line: Line1, api: Callable[..., Any]) -> None:
    client = api("operator")
    unit = line.unit("NG", at=NOW - timedelta(minutes=2), serial="unit")
    assert waiting(client) == (["unit"], 1)
    path = f"/api/v1/inspections/{unit.id}/disposition"
    reply = client.post(
        path, {"outcome": "real_defect", "class": "pit", "reason": "edge"}, format="json"
    )
    assert reply.status_code == 200, reply.content
    assert waiting(client) == ([], 0)
    assert client.post(f"{path}/undo").status_code == 200
    assert waiting(client) == (["unit"], 1)


@pytest.mark.parametrize("query", [{"after": "nonsense"}, {"line": "x"}])
def test_a_malformed_question_is_refused(
    db: None, api: Callable[..., Any], query: dict[str, str]
) -> None:
    assert api("operator").get("/api/v1/review", query).status_code in (400, 404, 422)
