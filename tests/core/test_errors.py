"""What goes wrong below the views, in the words of the API."""

import asyncio
import errno
import hashlib
from collections.abc import Callable
from typing import Any

import psycopg.errors
import pytest
from django.db import OperationalError
from minio.error import S3Error
from rest_framework.test import APIClient

from core import errors


def of_store(code: str) -> S3Error:
    return S3Error(None, code, "no", "blobs/x", "1", "2")  # type: ignore[arg-type]  # no response


def of_database(cause: Exception) -> OperationalError:
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (psycopg.errors.DiskFull("could not extend file"), 507, "store_full"),
        (of_database(psycopg.errors.DiskFull("could not extend file")), 507, "store_full"),
        (of_database(psycopg.errors.AdminShutdown("going down")), 503, "server_away"),
        (of_store("InternalError"), 503, "server_away"),
        (of_store("AccessDenied"), 503, "server_away"),
        (of_store("XMinioStorageFull"), 507, "store_full"),
        (OSError(errno.ENOSPC, "No space left on device"), 507, "store_full"),
        (OSError("The object store kept 3 of 9 bytes; its disk may be full."), 507, "store_full"),
    ],
)
def test_a_store_that_is_away_or_full_is_no_bug(error: Exception, status: int, code: str) -> None:
    reply = errors.handle(error, {})
    assert reply is not None
    assert (reply.status_code, reply.data["code"]) == (status, code)


def test_a_bug_stays_one() -> None:
    assert errors.handle(FileNotFoundError(errno.ENOENT, "no such file"), {}) is None


async def _whole(reply: Any) -> bytes:
    return b"".join([chunk async for chunk in reply.streaming_content])


@pytest.mark.parametrize("data", [b"PK\3\4 no picture", b'{"a": 1}', b"\x89PNG cut off"])
def test_bytes_that_are_no_image_are_not_shown_as_one(api: Callable[..., Any], data: bytes) -> None:
    client, sha256 = api("engineer"), hashlib.sha256(data).hexdigest()
    path = f"/api/v1/blobs/{sha256}"
    assert client.put(path, data, content_type="application/octet-stream").status_code == 201
    shown = client.get(path)
    if not data.startswith(b"\x89P"):  # a browser tells of a broken PNG itself
        assert (shown.status_code, shown.json()["code"]) == (415, "not_an_image")
    assert asyncio.run(_whole(client.get(f"{path}?raw=1"))) == data


def test_a_strange_host_is_told_in_json(settings_hosts: None) -> None:
    reply = APIClient().get("/api/v1/board", headers={"host": "evil.example"})
    assert (reply.status_code, reply.json()["code"]) == (400, "bad_request")


@pytest.fixture
def settings_hosts(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["kizu.example"])


@pytest.mark.parametrize("station", ["9" * 5000, "x", "1" * 19])
def test_readyz_refuses_what_is_no_station(db: None, station: str) -> None:
    assert APIClient().get("/readyz", {"station": station}).status_code == 400
