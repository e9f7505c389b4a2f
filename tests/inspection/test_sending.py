"""Small files through the web process itself, as a browser and a program send them."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from core import storage
from core.accounts import tokens
from inspection.models.datasets import Blob, BlobClaim

Person = Callable[..., Any]


def put(client: httpx.Client, data: bytes, **more: Any) -> httpx.Response:
    return client.put(f"/api/v1/blobs/{hashlib.sha256(data).hexdigest()}", content=data, **more)


def program(live: str, user: Any, **scope: Any) -> httpx.Client:
    key = tokens.issue(user, "x", **scope)[1]
    return httpx.Client(base_url=live, headers={"Authorization": f"Token {key}"}, timeout=30)


def test_a_file_is_stored_once_and_is_the_senders(live: str, make_user: Person) -> None:
    user, data = make_user("engineer"), b"a small file"
    with program(live, user) as client:
        assert put(client, data).status_code == 201
        again = put(client, data)
    sha256 = hashlib.sha256(data).hexdigest()
    assert (again.status_code, again.json()) == (200, {"sha256": sha256})
    assert storage.get(sha256) == data
    assert Blob.objects.get(pk=sha256).size == len(data)
    assert BlobClaim.objects.filter(blob=sha256, user=user).count() == 1


def test_many_at_once_are_all_there(live: str, make_user: Person) -> None:
    """Sixty files, each sent twice at the same time: as many rows, each with its bytes."""
    user, files = make_user("engineer"), [f"file {number}".encode() for number in range(60)]
    with program(live, user) as client, ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda data: put(client, data).status_code, files * 2))
    assert set(replies) <= {200, 201}
    assert replies.count(201) >= len(files)
    assert BlobClaim.objects.filter(user=user).count() == len(files)
    assert all(storage.get(hashlib.sha256(data).hexdigest()) == data for data in files)


def test_bytes_of_another_hash_are_nowhere(live: str, make_user: Person) -> None:
    with program(live, make_user("engineer")) as client:
        reply = client.put(f"/api/v1/blobs/{'0' * 64}", content=b"other")
    assert (reply.status_code, reply.json()["code"]) == (422, "hash_differs")
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert not Blob.objects.filter(pk="0" * 64).exists()


def test_who_may_not(live: str, make_user: Person) -> None:
    def code(user: Any, **scope: Any) -> tuple[int, str]:
        with program(live, user, **scope) as client:
            reply = put(client, b"not theirs to send")
        return reply.status_code, reply.json()["code"]

    assert code(make_user("operator")) == (403, "forbidden")
    assert code(make_user("engineer"), stations=[1]) == (401, "not_authenticated")
    fresh = make_user("engineer", must_change_password=True)
    assert code(fresh) == (403, "must_change_password")
    assert not Blob.objects.exists()


def test_a_revoked_token_sends_no_more(live: str, make_user: Person) -> None:
    user = make_user("engineer")
    token, key = tokens.issue(user, "x")
    with httpx.Client(base_url=live, headers={"Authorization": f"Token {key}"}) as client:
        assert put(client, b"before").status_code == 201
        tokens.revoke(user, token)
        replies = (put(client, f"after {number}".encode()).status_code for number in range(1000))
        assert next(code for code in replies if code != 201) == 401


def test_a_cookie_alone_is_not_enough(live: str, make_user: Person) -> None:
    """Another site's page would send the cookie too, but cannot read the token."""
    user = make_user("engineer")
    with httpx.Client(base_url=live, timeout=30) as client:
        client.get("/api/v1/auth/csrf")
        signed = {"X-CSRFToken": client.cookies["csrftoken"], "Origin": live}
        who = {"username": user.username, "password": "pass-word-1"}
        assert client.post("/api/v1/auth/login", json=who, headers=signed).status_code == 200
        signed["X-CSRFToken"] = client.cookies["csrftoken"]
        bare = put(client, b"by cookie")
        assert (bare.status_code, bare.json()["code"]) == (403, "permission_denied")
        foreign = put(client, b"by cookie", headers=signed | {"Origin": "http://elsewhere.example"})
        assert foreign.status_code == 403
        assert put(client, b"by cookie", headers=signed).status_code == 201
