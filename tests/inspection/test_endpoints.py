"""What holds for every address of the API: who is let in, and what a list may cost."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.accounts import tokens
from core.accounts.permissions import capabilities
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
