"""What is refused by its headers alone, before a byte of the body is read or kept."""

import http.client
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from core.accounts import tokens

BLOB = f"/api/v1/blobs/{'a' * 64}"
GIGABYTE = 2**30


def ask(live: str, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """The answer to headers whose body never comes: who waits for it does not answer."""
    connection = http.client.HTTPConnection(str(urlsplit(live).netloc), timeout=60)
    connection.putrequest(method, path)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    reply = connection.getresponse()
    assert reply.headers["Content-Type"] == "application/problem+json"
    found = reply.status, json.loads(reply.read())["code"]
    connection.close()
    return found


@pytest.fixture
def key(make_user: Callable[..., Any]) -> Callable[..., dict[str, str]]:
    def make(role: str, **scope: Any) -> dict[str, str]:
        return {"Authorization": f"Token {tokens.issue(make_user(role), 'x', **scope)[1]}"}

    return make


def test_nobody_fills_the_disk(live: str, key: Callable[..., dict[str, str]]) -> None:
    large = {"Content-Length": str(GIGABYTE)}
    assert ask(live, "PUT", BLOB, large) == (401, "not_authenticated")
    assert ask(live, "PUT", BLOB, large | {"Cookie": "sessionid=x"}) == (401, "not_authenticated")
    assert ask(live, "PUT", BLOB, large | key("operator")) == (403, "forbidden")
    limited = key("engineer", stations=[1])
    assert ask(live, "PUT", BLOB, large | limited) == (401, "not_authenticated")
    wrong = {"Authorization": "Token kizu_wrong"}
    assert ask(live, "PUT", BLOB, large | wrong) == (401, "not_authenticated")
    assert ask(live, "POST", "/api/v1/auth/login", large) == (413, "too_large")
    assert ask(live, "GET", "/healthz", large) == (413, "too_large")


def test_a_body_tells_its_length(live: str, key: Callable[..., dict[str, str]]) -> None:
    engineer = key("engineer")
    huge = {"Content-Length": str(5 * GIGABYTE)}
    assert ask(live, "PUT", BLOB, huge | engineer) == (413, "too_large")
    chunked = {"Transfer-Encoding": "chunked"}
    assert ask(live, "PUT", BLOB, chunked | engineer) == (411, "length_required")
    assert ask(live, "POST", "/api/v1/sites", chunked | engineer) == (411, "length_required")
