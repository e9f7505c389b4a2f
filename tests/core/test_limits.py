"""Users who are limited to lines, tokens and what they may do, and how both end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from rest_framework.exceptions import Throttled
from rest_framework.test import APIClient

from core import valkey
from core.accounts import people, throttle, tokens
from core.accounts.models import OTHER_MODES, ApiToken, User
from core.errors import Refused
from inspection.models.inspections import Mode
from inspection.models.plant import Line, Site

Api = Callable[..., Any]


def code(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json().get("code", "") if reply.content else ""


@pytest.fixture
def lines(db: None) -> list[Line]:
    site = Site.objects.create(name="A")
    return [Line.objects.create(site=site, name=name) for name in ("one", "two")]


def test_a_limited_user_changes_nothing_that_reaches_every_line(
    api: Api, lines: list[Line]
) -> None:
    mine, other = lines
    client = api("manager", lines=[mine.pk])
    assert not {"plant", "audit"} & set(client.get("/api/v1/auth/me").json()["capabilities"])
    for method, path, body in (
        ("patch", f"/sites/{mine.site_id}", {"timezone": "Asia/Tokyo"}),
        ("post", "/sites", {"name": "B"}),
        ("post", "/lines", {"site": mine.site_id, "name": "three"}),
        ("delete", f"/lines/{mine.pk}", None),
        ("post", "/products", {"code": "P", "name": "p"}),
        ("post", "/defect-classes", {"name": "pit"}),
        ("patch", f"/lines/{mine.pk}", {"site": mine.site_id}),
        ("get", "/audit", None),
    ):
        reply = getattr(client, method)(f"/api/v1{path}", body, format="json")
        assert code(reply) == (403, "limited"), (method, path)
    assert client.patch(f"/api/v1/lines/{mine.pk}", {"takt_s": 3}, "json").status_code == 200
    assert client.patch(f"/api/v1/lines/{other.pk}", {"takt_s": 3}, "json").status_code == 404
    body = {"line": other.pk, "name": "AOI"}
    assert code(client.post("/api/v1/stations", body, "json")) == (403, "wrong_line")


def test_a_limited_administrator_gives_no_more_than_they_have(
    api: Api, make_user: Callable[..., User], lines: list[Line]
) -> None:
    mine, other = (line.pk for line in lines)
    admin = make_user("admin", lines=[mine])
    whole, theirs = make_user("admin"), make_user("viewer", lines=[mine, other])
    client = api(user=admin)
    new = {"username": "new", "password": "first-pass-1", "role": "admin"}
    for given in ([], [other], [mine, other]):
        reply = client.post("/api/v1/users", new | {"lines": given}, "json")
        assert code(reply) == (403, "wrong_line"), given
        reply = client.patch(f"/api/v1/users/{admin.pk}", {"lines": given}, "json")
        assert code(reply) == (403, "wrong_line"), given
    for out_of_reach in (whole, theirs):
        reply = client.patch(
            f"/api/v1/users/{out_of_reach.pk}", {"password": "taken-over-1"}, "json"
        )
        assert reply.status_code == 404
    assert client.post("/api/v1/users", new | {"lines": [mine]}, "json").status_code == 201
    assert [row["username"] for row in client.get("/api/v1/users").json()["results"]] == [
        "new", admin.username,
    ]  # fmt: skip
    own = tokens.issue(whole, "of the whole plant")[0]
    listed = client.get("/api/v1/tokens?all=true").json()["results"]
    assert own.pk not in [row["id"] for row in listed]
    assert client.post(f"/api/v1/tokens/{own.pk}/revoke").status_code == 404
    assert api(user=whole).post(f"/api/v1/tokens/{own.pk}/revoke").status_code == 200


def test_a_token_ends_some_day_and_names_modes_that_there_are(api: Api) -> None:
    assert {*OTHER_MODES, Mode.PRODUCTION} == set(Mode.values)
    client = api("engineer")
    for wrong in ({"days": None}, {"days": 10**6}, {"modes": ["free"]}, {"stations": [10**30]}):
        reply = client.post("/api/v1/tokens", {"name": "line"} | wrong, "json")
        assert code(reply) == (400, "invalid"), wrong
    made = client.post("/api/v1/tokens", {"name": "line", "modes": ["setup"]}, "json").json()
    assert made["expires_at"]
    assert made["modes"] == ["setup"]
    own = api("operator").post("/api/v1/tokens", {"name": "line", "modes": ["setup"]}, "json")
    assert code(own) == (403, "forbidden")


def test_a_password_set_by_someone_else_ends_the_tokens(api: Api) -> None:
    user = User.objects.create_user("ada", password="pass-word-1", role="operator")
    key = tokens.issue(user, "line")[1]
    admin = api("admin")
    reply = admin.patch(f"/api/v1/users/{user.pk}", {"password": "another-one-2"}, "json")
    assert reply.status_code == 200
    assert tokens.find(key) is None
    assert ApiToken.objects.get().revoked_at


def test_guesses_sent_at_once_do_not_pass_together(make_user: Callable[..., Any]) -> None:
    user = make_user("viewer")

    def guess(_: int) -> bool:
        from django.db import connection

        try:
            people.sign_in(user.username, "wrong", "10.0.0.1")
        except Refused:
            return True  # the password was looked at
        except Throttled:
            return False
        finally:
            connection.close()
        return False

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(guess, range(24))) == throttle.BY_NAME


def test_a_change_stands_though_valkey_is_away(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    client, user = api("admin"), User.objects.create_user("ada", password="pass-word-1")
    token = tokens.issue(user, "line")[0]
    lost = redis.Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.2)
    monkeypatch.setattr(valkey, "client", lambda: lost)
    assert client.post("/api/v1/sites", {"name": "A"}, "json").status_code == 201
    assert client.post("/api/v1/defect-classes", {"name": "pit"}, "json").status_code == 201
    assert client.post(f"/api/v1/tokens/{token.pk}/revoke").status_code == 200
    assert client.patch(f"/api/v1/users/{user.pk}", {"first_name": "A"}, "json").status_code == 200


def test_a_first_password_is_changed_before_anything_is_submitted(
    live: str, make_user: Callable[..., Any]
) -> None:
    import httpx

    key = tokens.issue(make_user("operator", must_change_password=True), "line")[1]
    headers = {"Authorization": f"Token {key}"}
    reply = httpx.post(f"{live}/api/v1/inspections", headers=headers, data={"station": "1"})
    assert code(reply) == (403, "must_change_password")


def test_who_holds_a_name_is_said_even_when_it_is_archived(api: Api, lines: list[Line]) -> None:
    client, line = api("engineer"), lines[0]
    body = {"line": line.pk, "name": "AOI"}
    assert client.post("/api/v1/stations", body, "json").status_code == 201
    reply = client.post("/api/v1/lines", {"site": line.site_id, "name": "one"}, "json")
    assert code(reply) == (409, "taken")
    assert reply.json()["fields"]["name"]
    assert client.delete(f"/api/v1/lines/{line.pk}").status_code == 204
    reply = client.post("/api/v1/lines", {"site": line.site_id, "name": "one"}, "json")
    assert (reply.json()["code"], reply.json()["archived"]) == ("taken", line.pk)
    assert "restore" in reply.json()["detail"]
    archived = client.get("/api/v1/lines?archived=1").json()["results"]
    assert [row["id"] for row in archived] == [line.pk]


def test_an_anonymous_client_is_told_in_json(live: str, db: None) -> None:
    import httpx

    reply = httpx.post(f"{live}/api/v1/auth/login", json={"username": "a", "password": "b"})
    assert code(reply) == (403, "csrf_failed")
    assert APIClient().get("/api/v1/nothing").json()["code"] == "not_found"
