"""The embedded servers: laid out whole or not at all, honest about what they cannot start on."""

import io
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from minio import Minio

from core import embedded, environment
from core.environment import CannotStart
from core.supervisor import Service


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a path short enough for sockets, that `nobody` may pass through."""
    folder = Path(f"/tmp/kizu-embedded-{os.getpid()}")  # noqa: S108 - the test's own
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def running(server: Service) -> Iterator[subprocess.Popen[bytes]]:
    server.prepare()
    process = subprocess.Popen(server.argv, stderr=subprocess.DEVNULL, env=os.environ | server.env)
    try:
        embedded.wait_ready(server, process)
        yield process
    finally:
        process.send_signal(server.stop_signal)
        process.wait(20)


def test_postgres_trusts_its_socket_and_asks_for_a_password_on_tcp(folder: Path) -> None:
    port = embedded.free_port()
    with running(embedded.postgres(folder / "pg", folder / "run", port)):
        own = f"host={folder / 'run'} port={port} user=postgres dbname=postgres"
        with psycopg.connect(own, autocommit=True) as sql:
            sql.execute("CREATE ROLE kizu LOGIN PASSWORD 'right'")
            safe = [sql.execute(f"SHOW {name}").fetchone() for name in ("fsync", "data_checksums")]
            assert safe == [("on",), ("on",)]
        tcp = f"host=127.0.0.1 port={port} user=kizu dbname=postgres password="
        psycopg.connect(tcp + "right").close()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(tcp + "wrong")
    assert (folder / "run").stat().st_mode & 0o777 == 0o755 or os.geteuid() != 0


def test_postgres_comes_back_after_its_leftover_was_ended(folder: Path) -> None:
    """As after a SIGKILL of everything but the postmaster: the next start ends it and recovers."""
    server = embedded.postgres(folder / "pg", folder / "run")
    with running(server) as leftover:
        with psycopg.connect(f"host={folder / 'run'} user=postgres dbname=postgres") as sql:
            sql.execute("CREATE TABLE kept (x int)")
        server.prepare()
        assert leftover.wait(5) == 0
    again = embedded.postgres(folder / "pg", folder / "run")
    with (
        running(again),
        psycopg.connect(f"host={folder / 'run'} user=postgres dbname=postgres") as sql,
    ):
        assert sql.execute("SELECT count(*) FROM kept").fetchone() == (0,)


@pytest.mark.parametrize("lost", ["PG_VERSION", "global/pg_control", "base"])
def test_a_half_written_cluster_is_refused_and_not_touched(folder: Path, lost: str) -> None:
    data = folder / "pg"
    embedded._initdb(embedded.pg_bin(), data)
    path = data / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    before = sorted(data.rglob("*"))
    with pytest.raises(CannotStart, match=rf"{data} is incomplete \({lost} is missing\)"):
        embedded.postgres(data, folder / "run")
    assert sorted(data.rglob("*")) == before


def test_a_layout_that_was_cut_short_is_begun_anew(folder: Path) -> None:
    (folder / ".pg.new" / "base").mkdir(parents=True)
    embedded.postgres(folder / "pg", folder / "run")
    assert (folder / "pg" / "PG_VERSION").exists()
    assert not (folder / ".pg.new").exists()


def test_data_of_another_major_version_is_refused(folder: Path) -> None:
    embedded.postgres(folder / "pg", folder / "run")
    (folder / "pg" / "PG_VERSION").write_text("16\n")
    with pytest.raises(CannotStart, match=r"was written by PostgreSQL 16, this is 18"):
        embedded.postgres(folder / "pg", folder / "run")


def test_valkey_keeps_what_it_took_when_it_is_killed(folder: Path) -> None:
    import redis

    sock = folder / "run" / "valkey.sock"
    with running(embedded.valkey(folder / "valkey", sock)) as process:
        redis.Redis(unix_socket_path=str(sock)).rpush("list", *range(200))
        process.kill()
        process.wait()
    with running(embedded.valkey(folder / "valkey", sock)):
        assert redis.Redis(unix_socket_path=str(sock)).llen("list") == 200


def test_s3_takes_again_what_it_was_killed_over(folder: Path) -> None:
    """A description that lies there half would refuse its object for good."""
    half = folder / "s3/kizu/.nanio-meta/blobs/ab/abc.json.tmp"
    half.parent.mkdir(parents=True)
    half.write_text("{")
    (folder / "s3/kizu/blobs/ab").mkdir(parents=True)
    port = embedded.free_port()
    with running(embedded.s3(folder / "s3", port, "kizu", "secret")):
        client = Minio(f"127.0.0.1:{port}", "kizu", "secret", secure=False, region="us-east-1")
        client.put_object("kizu", "blobs/ab/abc", io.BytesIO(b"again"), 5)
        assert client.get_object("kizu", "blobs/ab/abc").read() == b"again"


def test_s3_answers_with_its_keys_only(folder: Path) -> None:
    from minio.error import S3Error

    port = embedded.free_port()
    with running(embedded.s3(folder / "s3", port, "kizu", "secret")):
        at = f"127.0.0.1:{port}"
        good = Minio(at, access_key="kizu", secret_key="secret", secure=False, region="us-east-1")
        good.make_bucket("kizu")
        bad = Minio(at, access_key="kizu", secret_key="wrong", secure=False, region="us-east-1")
        with pytest.raises(S3Error):
            list(bad.list_objects("kizu"))


def test_a_missing_package_is_named() -> None:
    with pytest.raises(CannotStart, match="no_such_package is not installed"):
        embedded._package("no_such_package")


def test_sockets_move_when_the_data_folder_has_a_long_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KIZU_VAR", "/srv/kizu")
    assert environment.run_dir() == Path("/srv/kizu/run")
    monkeypatch.setenv("KIZU_VAR", "/srv/" + "long/" * 30)
    run = environment.run_dir()
    assert len(str(run / ".s.PGSQL.5432")) < 100
    with socket.socket(socket.AF_UNIX) as sock:
        run.mkdir(exist_ok=True)
        sock.bind(str(run / "probe"))
    shutil.rmtree(run)
