"""What has to be true before the first process serves: reachable servers, tables, bucket, admin."""

import logging
import os
import secrets
import time
from collections.abc import Callable
from typing import Any

import psycopg
import redis
import urllib3
from django.core.management import call_command
from django.db import connection, transaction
from minio.error import MinioException
from psycopg import sql

from core import environment, storage, valkey
from core.accounts.models import Role, User
from core.audit import trail as audit
from core.environment import CannotStart

log = logging.getLogger(__name__)

LOCK = 0x4B495A56  # one process prepares; others wait and find it done
STATIC_FILES = {"interactive": False, "verbosity": 0}


def prepare(wait: float = 10, static: bool = True) -> str | None:
    """Make everything ready, at the first start or a later one; several may try at once.

    Returns the first admin's password when one was made up. CannotStart when a server is not there.
    """
    _until(wait, "The database (DATABASE_URL)", (psycopg.Error, OSError), ensure_database)
    _until(wait, "The broker (REDIS_URL)", (redis.RedisError, OSError), valkey.client().ping)
    unreachable = (MinioException, urllib3.exceptions.HTTPError, OSError)
    _until(wait, "The object store (S3_ENDPOINT)", unreachable, storage.ensure_bucket)
    if static:
        call_command("collectstatic", **STATIC_FILES)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("partitions")
        return first_admin()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        connection.close()


def _until(
    wait: float, what: str, errors: tuple[type[Exception], ...], attempt: Callable[[], Any]
) -> None:
    """Try until it works; CannotStart with the last reason after `wait` seconds."""
    end = time.monotonic() + wait
    while True:
        try:
            attempt()
        except errors as error:
            if time.monotonic() < end:
                time.sleep(0.3)
                continue
            why = " ".join(str(error).split())[:300]
            raise CannotStart(f"{what} does not answer: {why}") from error
        return


def ensure_database() -> None:
    """Connect to the database, making it first when the server has none of that name."""
    try:
        _connect().close()
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            raise
        name = environment.database()["NAME"]
        with _connect(dbname="postgres") as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _connect(**other: str) -> psycopg.Connection[Any]:
    at = environment.database()
    named = {
        "host": at["HOST"],
        "port": at["PORT"],
        "user": at["USER"],
        "password": at["PASSWORD"],
        "dbname": at["NAME"],
    }
    given = {key: value for key, value in (named | at["OPTIONS"] | other).items() if value}
    return psycopg.connect(**given, autocommit=True, connect_timeout=3)


@transaction.atomic
def first_admin() -> str | None:
    """Where nobody can sign in yet, make `admin`; returns the password when we made it up."""
    if User.objects.exists():
        return None
    given = os.environ.get("KIZU_ADMIN_PASSWORD")
    password = given or secrets.token_urlsafe(12)
    admin = User.objects.create_user("admin", password=password, role=Role.ADMIN)
    audit.note("first start", "user.create", admin, None, {"username": "admin", "role": "admin"})
    return None if given else password
