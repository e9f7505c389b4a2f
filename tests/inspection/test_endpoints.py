"""What holds for every address of the API: who is let in, and what a list may cost."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.accounts import tokens
from core.accounts.permissions import capabilities
from inspection.services import partitions
from tests.inspection.everything import Everything
from tests.inspection.routes import Route, routes

Api = Callable[..., Any]
ROUTES = routes()
CLOSED = [route for route in ROUTES if route.needs is not None]
LADDER = ["viewer", "operator", "engineer", "manager", "admin"]


def ask(client: Any, route: Route, body: Any = None) -> Any:
    return getattr(client, route.method)(route.path, body, format="json")


def holding(user: Any, **scope: Any) -> APIClient:
    """A program with a token of this user."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {tokens.issue(user, 'line', **scope)[1]}")
    return client


def test_the_routes_are_there() -> None:
    assert len(CLOSED) > 90
    assert {str(route) for route in ROUTES if route.needs is None} == {
        "get /api/v1/auth/csrf",
        "post /api/v1/auth/login",
        "post /api/v1/auth/token",
    }


def told(client: Any, route: Route) -> tuple[int, str]:
    """Status and code of what a request without a body is told."""
    reply = ask(client, route)
    problem = reply.status_code >= 400
    assert not problem or reply["Content-Type"] == "application/problem+json", route
    return reply.status_code, reply.json()["code"] if problem else ""


def test_nobody_is_let_in_without_signing_in(db: None) -> None:
    answers = {str(route): told(APIClient(), route) for route in CLOSED}
    assert set(answers.values()) == {(401, "not_authenticated")}, answers


@pytest.mark.parametrize("role", LADDER)
def test_no_role_does_what_is_above_it(api: Api, role: str) -> None:
    client = api(role)
    above = [route for route in CLOSED if route.needs and route.needs not in capabilities(role)]
    answers = {str(route): told(client, route) for route in above}
    assert set(answers.values()) <= {(403, "forbidden")}, answers
    assert bool(above) == (role != "admin")


def test_a_token_of_a_line_computer_only_submits(make_user: Callable[..., Any]) -> None:
    client = holding(make_user("admin"), stations=[7])
    for route in CLOSED:
        answer = told(client, route)
        if route.needs == "inspect" or str(route) == "get /api/v1/auth/me":
            assert answer[0] != 403, (route, answer)
        else:
            assert answer == (403, "token_scope"), route


OF_A_LINE = ("board", "cameras", "inspections", "lines", "recipes", "releases", "sites", "stations")
ASKED = {
    "disposition": {"outcome": "false_call"},
    "release": {"reason": "better"},
    "rollback": {"reason": "worse"},
}


@pytest.fixture
def others(make_user: Callable[..., Any]) -> Everything:
    """Two lines with everything; its ids are of the second one, `first` has those of the first."""
    partitions.ensure()
    made = Everything(make_user("admin"))
    made.grow()
    made.first = dict(made.of)
    made.grow()
    return made


def test_what_is_of_another_line_is_not_there(api: Api, others: Everything) -> None:
    client = api("admin", lines=[others.first["lines"]])
    tried = 0
    for route in CLOSED:
        path = others.at(route.path)
        if route.path.split("/")[3] not in OF_A_LINE or path == route.path:
            continue
        body = ASKED.get(path.rpartition("/")[2])
        reply = getattr(client, route.method)(path, body, format="json")
        refused = (403, 404, 405) if route.method == "put" else (403, 404)
        assert reply.status_code in refused, (str(route), reply.content)
        tried += 1
    assert tried > 20


def test_lists_have_the_callers_lines_only(api: Api, others: Everything) -> None:
    client = api("admin", lines=[others.first["lines"]])
    for plural in OF_A_LINE:
        rows = client.get(f"/api/v1/{plural}").json()
        rows = rows["results"] if isinstance(rows, dict) else rows
        shown = {str(row.get("id", row.get("line"))) for row in rows}
        assert str(others.first[plural]) in shown, plural
        assert str(others.of[plural]) not in shown, plural


@pytest.mark.parametrize(
    ("plural", "body"),
    [
        ("stations", {"line": "lines", "name": "new"}),
        ("cameras", {"station": "stations", "name": "new"}),
        ("recipes", {"station": "stations", "product": "products", "model": "models"}),
    ],
)
def test_nothing_is_made_on_another_line(
    api: Api, others: Everything, plural: str, body: dict[str, str]
) -> None:
    client = api("engineer", lines=[others.first["lines"]])
    for ids, status in ((others.of, 403), (others.first, 201)):
        asked = {name: ids.get(value, value) for name, value in body.items()}
        reply = client.post(f"/api/v1/{plural}", asked, format="json")
        assert reply.status_code == status, reply.content
