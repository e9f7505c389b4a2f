"""Signing in, tokens, roles, and the trail that every write leaves."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from rest_framework.test import APIClient

from core.accounts.models import ApiToken, User
from core.accounts.permissions import capabilities
from core.accounts.sliding import RENEW_AFTER, USED

PASSWORD = "pass-word-1"


def sign_in(name: str, password: str = PASSWORD, csrf: bool = True) -> tuple[APIClient, Any]:
    """A browser that has asked for its CSRF token, and what signing in answered."""
    client = APIClient(enforce_csrf_checks=True)
    token = client.get("/api/v1/auth/csrf").json()["csrf"]
    if csrf:
        client.credentials(HTTP_X_CSRFTOKEN=token)
    body = {"username": name, "password": password}
    return client, client.post("/api/v1/auth/login", body, format="json")


def test_a_browser_signs_in_with_csrf(make_user: Callable[..., Any]) -> None:
    user = make_user("engineer")
    assert sign_in(user.username, csrf=False)[1].status_code == 403
    client, reply = sign_in(user.username)
    assert reply.status_code == 200
    assert reply.json()["capabilities"] == list(capabilities("engineer"))
    assert client.get("/api/v1/auth/me").json()["username"] == user.username
    stale = client.post("/api/v1/auth/logout", format="json")
    assert stale.status_code == 403  # the token changed with the session
    client.credentials(HTTP_X_CSRFTOKEN=client.get("/api/v1/auth/csrf").json()["csrf"])
    mine = client.patch("/api/v1/auth/me", {"language": "zh"}, format="json")
    assert (mine.status_code, mine.json()["language"]) == (200, "zh")
    assert client.post("/api/v1/auth/logout", format="json").status_code == 204
    assert client.get("/api/v1/auth/me").status_code == 401


def test_a_session_lasts_from_its_last_use(make_user: Callable[..., Any]) -> None:
    client, _ = sign_in(make_user("viewer").username)
    kept = Session.objects.get()
    nearly_over = datetime.now(UTC) + timedelta(days=1)
    kept.expire_date = nearly_over
    kept.save()
    assert client.get("/api/v1/auth/me").status_code == 200
    assert Session.objects.get().expire_date == nearly_over  # used a moment ago: nothing is written
    store = SessionStore(kept.session_key)
    store[USED] -= 2 * RENEW_AFTER
    store.save()
    reply = client.get("/api/v1/auth/me")
    assert Session.objects.get().expire_date > datetime.now(UTC) + timedelta(days=13)
    assert reply.cookies["sessionid"]["max-age"] == 14 * 86_400


def test_guesses_are_slowed_down(make_user: Callable[..., Any]) -> None:
    user = make_user("viewer")
    replies = [sign_in(user.username, "wrong")[1] for _ in range(9)]
    assert [reply.status_code for reply in replies] == [401] * 8 + [429]
    assert int(replies[-1]["Retry-After"]) > 0
    assert sign_in(user.username)[1].status_code == 429


def token_of(user: Any, **ask: Any) -> tuple[str, APIClient]:
    """A key of this user, and a program that uses it."""
    client = APIClient()
    body = {"username": user.username, "password": PASSWORD} | ask
    reply = client.post("/api/v1/auth/token", body, format="json")
    assert reply.status_code == 200, reply.content
    client.credentials(HTTP_AUTHORIZATION=f"Token {reply.json()['token']}")
    return reply.json()["token"], client


def test_a_token_is_hashed_expires_and_is_revoked(make_user: Callable[..., Any]) -> None:
    key, client = token_of(make_user("viewer"))
    row = ApiToken.objects.get()
    assert key not in (row.digest, row.prefix)
    assert row.prefix == key[:12]
    assert client.get("/api/v1/auth/me").status_code == 200
    listed = client.get("/api/v1/tokens").json()["results"]
    assert listed[0]["token"] is None
    ApiToken.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert client.get("/api/v1/auth/me").status_code == 401
    ApiToken.objects.update(expires_at=None)
    assert client.post(f"/api/v1/tokens/{row.pk}/revoke").status_code == 200
    assert client.get("/api/v1/auth/me").status_code == 401


def test_a_token_for_stations_does_nothing_else(make_user: Callable[..., Any]) -> None:
    user = make_user("admin")
    _, client = token_of(user)
    made = client.post("/api/v1/tokens", {"name": "line", "stations": [3]}, format="json").json()
    client.credentials(HTTP_AUTHORIZATION=f"Token {made['token']}")
    assert client.get("/api/v1/board").json()["code"] == "token_scope"
    assert client.post("/api/v1/stations/3/heartbeat").status_code == 404  # allowed, not there


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("get", "/api/v1/board", "viewer"),
        ("get", "/api/v1/review", "operator"),
        ("get", "/api/v1/datasets", "engineer"),
        ("post", "/api/v1/sites", "engineer"),
        ("get", "/api/v1/jobs", "engineer"),
        ("get", "/api/v1/audit", "manager"),
        ("post", "/api/v1/recipes/1/release", "manager"),
        ("get", "/api/v1/users", "admin"),
        ("get", "/api/v1/system", "admin"),
    ],
)
def test_each_role_may_what_it_may(
    api: Callable[..., Any], method: str, path: str, role: str
) -> None:
    ladder = ["viewer", "operator", "engineer", "manager", "admin"]
    assert getattr(APIClient(), method)(path).status_code == 401
    for name in ladder:
        status = getattr(api(name), method)(path, format="json").status_code
        assert (status == 403) == (ladder.index(name) < ladder.index(role)), (name, status)


def test_a_first_password_is_changed_first(api: Callable[..., Any]) -> None:
    body = {"username": "new", "password": "first-pass-1", "role": "operator"}
    assert api("admin").post("/api/v1/users", body, format="json").status_code == 201
    client = api(user=User.objects.get(username="new"))
    assert client.get("/api/v1/board").json()["code"] == "must_change_password"
    wrong = client.post(
        "/api/v1/auth/password", {"old": "x", "new": "second-pass-2"}, format="json"
    )
    assert wrong.json()["fields"]["old"]
    change = {"old": "first-pass-1", "new": "second-pass-2"}
    assert client.post("/api/v1/auth/password", change, format="json").status_code == 204
    assert api(user=User.objects.get(username="new")).get("/api/v1/board").status_code == 200


def test_the_last_administrator_stays(api: Callable[..., Any]) -> None:
    client, admin = api("admin"), User.objects.get()
    for change in ({"role": "viewer"}, {"is_active": False}, {"lines": [1]}):
        reply = client.patch(f"/api/v1/users/{admin.pk}", change, format="json")
        assert (reply.status_code, reply.json()["code"]) == (409, "last_admin")


def test_unknown_fields_and_wrong_types_are_refused(api: Callable[..., Any]) -> None:
    client = api("engineer")
    reply = client.post("/api/v1/sites", {"name": "A", "colour": "red"}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (400, "unknown_field")
    bodies: list[Any] = [
        {"name": ["A"]},
        {"name": "A", "timezone": "Mars/Olympus"},
        {"name": ""},
        [],
    ]
    for body in bodies:
        reply = client.post("/api/v1/sites", body, format="json")
        assert reply.status_code == 400, body
        assert reply["Content-Type"] == "application/problem+json"
    nested = "[" * 100_000
    reply = client.post("/api/v1/sites", nested, content_type="application/json")
    assert reply.json()["code"] == "malformed"


def test_what_is_in_use_is_archived_and_comes_back(api: Callable[..., Any]) -> None:
    client = api("engineer")
    site = client.post("/api/v1/sites", {"name": "A"}, format="json").json()["id"]
    line = client.post("/api/v1/lines", {"site": site, "name": "L"}, format="json").json()["id"]
    body = {"line": line, "name": "S"}
    assert client.post("/api/v1/stations", body, format="json").status_code == 201
    assert client.post("/api/v1/stations", body, format="json").status_code in (400, 409)
    assert client.delete(f"/api/v1/sites/{site}").json()["code"] == "in_use"
    assert client.delete(f"/api/v1/lines/{line}").status_code == 204
    assert client.get("/api/v1/lines").json()["results"] == []
    archived = client.get("/api/v1/lines?archived=true").json()["results"]
    assert [row["id"] for row in archived] == [line]
    assert client.post(f"/api/v1/lines/{line}/restore").status_code == 200
    assert len(client.get("/api/v1/lines").json()["results"]) == 1


def test_every_write_is_in_the_trail_and_the_trail_holds(api: Callable[..., Any]) -> None:
    client = api("manager")
    site = client.post("/api/v1/sites", {"name": "A"}, format="json").json()["id"]
    client.patch(f"/api/v1/sites/{site}", {"name": "B"}, format="json")
    client.delete(f"/api/v1/sites/{site}")
    entries = client.get(f"/api/v1/audit?subject=site.{site}").json()["results"]
    assert [entry["action"] for entry in entries] == ["site.delete", "site.change", "site.create"]
    assert (entries[1]["old"], entries[1]["new"]) == ({"name": "A"}, {"name": "B"})
    call_command("audit", "verify")
