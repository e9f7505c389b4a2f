"""The product against Postgres, Valkey and S3 that somebody else started: the three URLs."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest

from core import embedded
from tests.conftest import ROOT, _running
from tests.flows.product import (
    PASSWORD,
    Product,
    dataset,
    job_done,
    picture,
    plant,
    plates,
    release,
    training,
    until,
)

NAMES = ("web", "serve", "io", "train", "batch", "control", "beat")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Three servers on TCP, with passwords -> their URLs."""
    folder = tmp_path / "servers"
    folder.mkdir()
    pg, broker, objects = (embedded.free_port() for _ in range(3))
    for above in (tmp_path, *tmp_path.parents[:2]):
        above.chmod(above.stat().st_mode | 0o055)
    password = secrets.token_urlsafe(12)
    with ExitStack() as running:
        for server in (
            embedded.postgres(folder / "pg", folder, pg),
            embedded.valkey(folder / "valkey", folder / "valkey.sock", broker),
            embedded.s3(folder / "s3", objects, "other", password),
        ):
            running.enter_context(_running(server))
        with psycopg.connect(f"host={folder} port={pg} user=postgres", autocommit=True) as sql:
            sql.execute(f"CREATE ROLE plant LOGIN CREATEDB PASSWORD '{password}'")
        yield {
            "DATABASE_URL": f"postgres://plant:{password}@127.0.0.1:{pg}/inspection",
            "REDIS_URL": f"redis://127.0.0.1:{broker}/0",
            "S3_ENDPOINT": f"http://127.0.0.1:{objects}",
            "S3_ACCESS_KEY": "other",
            "S3_SECRET_KEY": password,
            "S3_BUCKET": "somewhere",
        }


@pytest.fixture
def product(elsewhere: dict[str, str], tmp_path: Path) -> Iterator[Product]:
    """Prepared, and each process started by itself, as docker-compose.yml does."""
    made = Product(tmp_path / "var", **elsewhere, KIZU_SECRET_KEY="k" * 40)
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "prepare"], cwd=ROOT, env=made.environ, check=True)
    log = (tmp_path / "processes.log").open("wb")
    running = [
        subprocess.Popen([*manage, "process", name], cwd=ROOT, env=made.environ, stdout=log,
                         stderr=log, start_new_session=True)
        for name in NAMES
    ]  # fmt: skip
    yield made
    for process in running:
        process.send_signal(signal.SIGTERM)
    for process in running:
        process.wait(40)
    log.close()


def healthy(product: Product, name: str) -> bool:
    argv = [sys.executable, "manage.py", "healthy", name]
    done = subprocess.run(argv, cwd=ROOT, env=product.environ, capture_output=True, check=False)
    return done.returncode == 0


def judged(api: httpx.Client, made: dict[str, int]) -> str:
    """What a unit is answered."""
    form = {"station": made["station"], "product_code": "PLATE", "serial": "SN-2"}
    reply = api.post("/inspections", data=form, files={"image": ("a.png", picture(2))})
    return str(reply.json()["verdict"])


def test_the_whole_product_on_servers_of_ones_own(product: Product) -> None:
    until(product._page, 240)
    for name in NAMES:
        until(partial(healthy, product, name), 240)
    with product.client() as api:
        made = plant(api)
        form = {"station": made["station"], "product_code": "PLATE", "serial": "SN-1"}
        answer = api.post("/inspections", data=form, files={"image": ("a.png", picture(1))}).json()
        assert (answer["verdict"], answer["code"]) == ("ERROR", "no_recipe")
        shown = api.get(f"/inspections/{answer['id']}").json()
        assert api.get(shown["images"][0]["url"].removeprefix("/api/v1")).content == picture(1)
        version = dataset(api, plates(20))
        job = job_done(api, training(api, version, epochs=2))
        assert job["state"] == "succeeded", job
        model = api.get(f"/models?job={job['id']}").json()["results"][0]["id"]
        release(api, made, model)
        until(lambda: judged(api, made) in ("OK", "NG"), 120, 0.5)
    assert not (product.var / "pg").exists()
    assert not (product.var / "s3").exists()


def test_prepare_twice_and_a_wrong_name(product: Product) -> None:
    manage = [sys.executable, "manage.py"]
    again = subprocess.run([*manage, "prepare"], cwd=ROOT, env=product.environ, capture_output=True)
    assert again.returncode == 0
    assert PASSWORD not in again.stdout.decode()
    wrong = subprocess.run(
        [*manage, "process", "nothing"], env=os.environ | product.environ, capture_output=True,
        cwd=ROOT, text=True,
    )  # fmt: skip
    assert wrong.returncode == 2
    assert "web, serve, train" in wrong.stderr
    dead = product.environ | {"REDIS_URL": "redis://127.0.0.1:1/0"}
    silent = subprocess.run([*manage, "healthy", "serve"], cwd=ROOT, env=dead, capture_output=True)
    assert silent.returncode == 1
