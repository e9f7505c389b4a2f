"""Every test speaks to the real embedded Postgres, Valkey and S3, started once a run on free ports.

`db` empties all tables after the test; what is written is committed, so that other processes and
threads (the `live` web server, a worker) see it.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from xdist.scheduler import LoadScopeScheduling

from core import embedded

ROOT = Path(__file__).resolve().parents[1]
VAR = Path(tempfile.mkdtemp(prefix="kizu-test-"))
S3_PORT = embedded.free_port()
os.environ.update(
    KIZU_VAR=str(VAR),
    DJANGO_SETTINGS_MODULE="config.settings",
    DATABASE_URL=f"postgres://postgres@/kizu?host={VAR / 'run'}",
    REDIS_URL=f"unix://{VAR / 'run' / 'valkey.sock'}",
    S3_ENDPOINT=f"http://127.0.0.1:{S3_PORT}",
    S3_ACCESS_KEY="kizu-test",
    S3_SECRET_KEY="kizu-test-secret",
    S3_BUCKET="kizu-test",
    PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
)
VAR.chmod(0o755)  # Postgres runs as nobody when we are root

import django  # noqa: E402 - the settings read the environment above

django.setup()


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """A file's tests share a worker, and so do those of one engine in the walk of every engine.

    Those that run a whole product share one too: each of these takes a machine's cores, and two of
    them at once wait for each other beyond their patience.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.startswith(("tests/flows/", "tests/browser/")):
            return "product"
        engine = re.search(r"test_every_\w+\.py::\w+\[(\w+)", nodeid)
        return f"{file} {engine[1]}" if engine else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """In the order of collection, where the products, which take longest, come early."""
    return ByFile(config, log)


def pytest_sessionfinish() -> None:
    """The data folder of this run goes with it; the servers have ended by then."""
    shutil.rmtree(VAR, ignore_errors=True)


@pytest.fixture(scope="session")
def servers() -> Iterator[None]:
    """Postgres, Valkey and S3, migrated and with their bucket."""
    run = VAR / "run"
    with ExitStack() as running:
        for server in (
            embedded.postgres(VAR / "pg", run),
            embedded.valkey(VAR / "valkey", run / "valkey.sock"),
            embedded.s3(VAR / "s3", S3_PORT, "kizu-test", "kizu-test-secret"),
        ):
            running.enter_context(_running(server))
        _prepare(run)
        yield
        from django.db import connections

        connections.close_all()


@contextmanager
def _running(server: embedded.Server) -> Iterator[None]:
    with (VAR / f"{server.name}.log").open("wb") as log:
        environ = os.environ | server.env
        process = subprocess.Popen(
            server.argv, stdout=log, stderr=log, env=environ, start_new_session=True
        )
    try:
        embedded.wait_ready(server, process)
        yield
    finally:
        process.send_signal(server.stop_signal)
        process.wait(15)


def _prepare(run: Path) -> None:
    import psycopg
    from django.core.management import call_command

    from core import storage

    with psycopg.connect(f"host={run} user=postgres dbname=postgres", autocommit=True) as sql:
        sql.execute("CREATE DATABASE kizu")
    call_command("migrate", verbosity=0)
    storage.ensure_bucket()


@pytest.fixture(autouse=True)
def _as_urgent_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job run within this process does not put it last in the queue for the processor for good:
    every server and worker that a later test starts would be last too."""
    monkeypatch.setattr(os, "setpriority", lambda *_: None)


@pytest.fixture
def db(servers: None) -> Iterator[None]:
    """The database and Valkey, empty again afterwards."""
    yield
    from django.core.cache import cache
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table in connection.introspection.django_table_names(only_existing=True):
            if table not in ("django_migrations", "django_content_type"):
                cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 - our own tables
        cursor.execute("SET session_replication_role = DEFAULT")
    cache.clear()


@pytest.fixture
def make_user(db: None) -> Callable[..., Any]:
    """make_user("engineer", lines=[3]) -> a user with the password "pass-word-1"."""
    from core.accounts.models import User

    def make(role: str = "admin", **fields: Any) -> User:
        name = fields.pop("username", f"{role}-{User.objects.count()}")
        return User.objects.create_user(name, password="pass-word-1", role=role, **fields)

    return make


@pytest.fixture
def api(make_user: Callable[..., Any]) -> Callable[..., Any]:
    """api("viewer") -> a DRF client signed in as a fresh user of that role; api(user=u) as u."""
    from rest_framework.test import APIClient

    def sign_in(role: str = "admin", user: Any = None, **fields: Any) -> APIClient:
        client = APIClient()
        client.force_authenticate(user or make_user(role, **fields))
        return client

    return sign_in


@pytest.fixture(scope="session")
def live(servers: None) -> Iterator[str]:
    """The web process itself (uvicorn, ASGI), on a free port -> its address."""
    with web_process("web") as url:
        yield url


@contextmanager
def web_process(name: str) -> Iterator[str]:
    """A web process of that name, for its log -> its address."""
    port = embedded.free_port()
    argv = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--lifespan", "off"]
    with (VAR / f"{name}.log").open("wb") as log:
        process = subprocess.Popen([*argv, "--port", str(port)], stdout=log, stderr=log, cwd=ROOT)
    end = time.monotonic() + 240
    while not embedded.listens(port):
        assert process.poll() is None, (VAR / f"{name}.log").read_text()[-2000:]
        assert time.monotonic() < end, "the web process did not listen within 240 s"
        time.sleep(0.05)
    urlopen(f"http://127.0.0.1:{port}/api/schema/").close()
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(15)
