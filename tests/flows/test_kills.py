"""Processes killed and servers restarted under load: nothing lost or doubled, no false answer."""

import hashlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import pytest

from tests.flows.product import (
    Product,
    dataset,
    job_done,
    picture,
    plant,
    plates,
    posted,
    release,
    training,
    until,
)

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("kills") / "var"
    running = Product(folder, KIZU_LEASE_SECONDS="15").start().wait_ready()
    yield running
    assert running.stop() == 0, running.said
    assert running.processes() == {}


@pytest.fixture(scope="module")
def api(product: Product) -> Iterator[httpx.Client]:
    with product.client() as client:
        yield client


@pytest.fixture(scope="module")
def version(api: httpx.Client) -> int:
    return dataset(api, plates(40))


@pytest.fixture(scope="module")
def line(api: httpx.Client, version: int) -> dict[str, int]:
    """A plant with a model in force."""
    made = plant(api)
    job = job_done(api, training(api, version))
    assert job["state"] == "succeeded", job
    model = api.get(f"/models?job={job['id']}").json()["results"][0]["id"]
    release(api, made, model)
    until(lambda: send(api, made, "warm", 100)["verdict"] in ("OK", "NG"), 240, 0.5)
    return made


def form(line: dict[str, int], serial: str) -> dict[str, Any]:
    return {"station": line["station"], "product_code": "PLATE", "serial": serial}


def send(api: httpx.Client, line: dict[str, int], serial: str, number: int) -> Any:
    """One unit, without a key: each call is an attempt of its own."""
    files = {"image": ("a.png", picture(number))}
    return api.post("/inspections", data=form(line, serial), files=files).json()


@dataclass
class Load:
    """Line computers: each sends units, and the same unit again under its key until answered."""

    url: str
    headers: dict[str, str]
    line: dict[str, int]
    name: str
    over: threading.Event = field(default_factory=threading.Event)
    answers: dict[str, Any] = field(default_factory=dict)
    flying: dict[str, float] = field(default_factory=dict)  # request -> since when
    flown: list[tuple[float, float]] = field(default_factory=list)  # (asked, answered or failed)
    said: list[str] = field(default_factory=list)

    def computer(self, name: int) -> None:
        with httpx.Client(base_url=self.url, headers=self.headers, timeout=15) as api:
            unit = 0
            while not self.over.is_set():
                unit += 1
                serial = f"{self.name}-{name}-{unit}"
                self.answers[serial] = self.unit(api, serial, name * 100 + unit % 20)

    def unit(self, api: httpx.Client, serial: str, number: int) -> Any:
        headers = {"Idempotency-Key": serial, "X-Deadline-Ms": "3000"}
        end = time.monotonic() + 180
        while time.monotonic() < end:
            try:
                files = {"image": ("a.png", picture(number))}
                asked = form(self.line, serial)
                with self.in_flight(serial):
                    reply = api.post("/inspections", data=asked, files=files, headers=headers)
            except httpx.TransportError as error:
                self.said.append(type(error).__name__)
            else:
                if reply.status_code in (200, 201):
                    return reply.json()
                assert reply.status_code in (409, 503), reply.text
                assert "verdict" not in reply.json()
                self.said.append(reply.json()["code"])
            time.sleep(0.2)
        raise AssertionError(f"{serial} was not answered in time: {self.said[-20:]}")

    @contextmanager
    def in_flight(self, serial: str) -> Iterator[None]:
        self.flying[serial] = began = time.monotonic()
        try:
            yield
        finally:
            del self.flying[serial]
            self.flown.append((began, time.monotonic()))

    def __enter__(self) -> "Load":
        self.pool = ThreadPoolExecutor(4)
        self.running = [self.pool.submit(self.computer, name) for name in range(1, 5)]
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for computer in self.running:
            computer.result(200)
        self.pool.shutdown()


def load(api: httpx.Client, line: dict[str, int], name: str) -> Load:
    return Load(str(api.base_url), {"Authorization": api.headers["Authorization"]}, line, name)


def verdicts(asked: Load, after: int = 5, seconds: float = 180) -> None:
    """Wait until so many more units were decided."""

    def decided() -> int:
        return sum(a["verdict"] in ("OK", "NG") for a in list(asked.answers.values()))

    start = decided()
    until(lambda: decided() >= start + after, seconds)


def stored_as(api: httpx.Client, serial: str) -> Any:
    return api.get("/inspections", params={"serial": serial}).json()["results"]


def check(api: httpx.Client, asked: Load) -> None:
    """Every answer is stored once, as it was given, with its image."""
    assert len(asked.answers) >= 10
    for serial, answer in asked.answers.items():
        stored = until(partial(stored_as, api, serial), 90)
        assert len(stored) == 1, (serial, stored, answer)
        # An answer at the deadline carries no id: its row is written right after it.
        assert answer["id"] in (stored[0]["id"], None), (serial, stored, answer)
        assert stored[0]["verdict"] == answer["verdict"]
        if answer["verdict"] == "ERROR":
            assert answer["reasons"], answer
    for answer in [a for a in asked.answers.values() if a["id"]]:
        shown = api.get(f"/inspections/{answer['id']}").json()
        assert len(shown["images"]) == 1
        for image in shown["images"]:
            data = httpx.get(str(api.base_url.join(image["url"])), headers=api.headers).content
            assert hashlib.sha256(data).hexdigest() == image["sha256"]


@pytest.mark.parametrize("victim", ["serve", "web", "valkey", "postgres", "s3"])
def test_killed_under_load(
    product: Product, api: httpx.Client, line: dict[str, int], victim: str
) -> None:
    before = api.get("/inspections", params={"limit": 1}).json()
    assert before["results"]
    with load(api, line, victim) as asked:
        verdicts(asked)
        until(lambda: len(asked.flying) >= 2, 30, 0.001)
        killed, pid = time.monotonic(), product.kill(victim)
        until(lambda: product.pid(victim) not in (0, pid), 120)
        verdicts(asked)
    assert any(began < killed < ended for began, ended in asked.flown), "no request was cut"
    check(api, asked)
    known = [a["id"] for a in asked.answers.values() if a["id"]]
    assert len(known) == len(set(known)), "no unit shares an inspection with another"


def test_a_train_worker_killed_within_an_epoch(
    product: Product, api: httpx.Client, version: int
) -> None:
    job = training(api, version, epochs=10, patches=200)
    until(lambda: within_an_epoch(events(api, job)), 300, 0.2)
    product.kill("train")
    done = job_done(api, job)
    assert done["state"] == "succeeded", done
    told = events(api, job)
    assert [e["seq"] for e in told] == list(range(1, len(told) + 1))
    gone = max(i for i, e in enumerate(told) if "The worker is gone" in e.get("message", ""))
    assert "going on from its last checkpoint" in told[gone]["message"]
    kept = max(i for i in range(gone) if told[i].get("role") == "checkpoint")
    before, after = steps(told[:kept]), steps(told[gone:])
    assert before, "a checkpoint comes after an epoch"
    assert after == list(range(before[-1] + 1, 11)), "it went on behind the checkpoint"
    assert len(api.get(f"/models?job={job}").json()["results"]) == 1


def steps(told: list[Any]) -> list[int]:
    """The epochs that were reported."""
    return [e["step"] for e in told if e["type"] == "metric"]


def within_an_epoch(told: list[Any]) -> bool:
    """Whether a checkpoint is stored, and the training is past it."""
    kept = [i for i, e in enumerate(told) if e.get("role") == "checkpoint"]
    return bool(kept) and any(e["type"] == "progress" for e in told[kept[-1] :])


def large_import(api: httpx.Client, count: int) -> tuple[int, int]:
    """An import that takes a while -> its id and its dataset's. A few images under many names."""
    made = posted(api, "/datasets", name=f"many {time.time_ns()}", task="classify")["id"]
    digests = []
    for data in (picture(number) for number in range(20)):
        digests.append(hashlib.sha256(data).hexdigest())
        assert api.put(f"/blobs/{digests[-1]}", content=data).status_code in (200, 201)
    files = [
        {"path": f"{('dark', 'bright')[n % 2]}/{n:05}.png", "sha256": digests[n % 20]}
        for n in range(count)
    ]
    asked = posted(api, f"/datasets/{made}/imports", format="folders", files=files, dry_run=False)
    return asked["id"], made


@pytest.mark.parametrize("victim", ["valkey", "postgres"])
def test_work_under_way_outlives_a_server(
    product: Product, api: httpx.Client, version: int, victim: str
) -> None:
    job = training(api, version, epochs=12, patches=200)
    bringing, filled = large_import(api, 3000)

    def shown(path: str) -> Any:
        reply = api.get(path)
        return reply.json() if reply.status_code == 200 else {}

    def running() -> bool:
        paths = (f"/jobs/{job}", f"/imports/{bringing}")
        return all(shown(path)["state"] == "running" for path in paths)

    until(lambda: running() and shown(f"/imports/{bringing}")["done"], 240, 0.1)
    pid = product.kill(victim)
    until(lambda: product.pid(victim) not in (0, pid), 120)
    until(lambda: shown(f"/imports/{bringing}").get("state") not in (None, "running", "queued"),
          600, 0.5)  # fmt: skip
    ended = shown(f"/imports/{bringing}")
    assert ended["state"] == "succeeded", ended["error"]
    assert shown(f"/datasets/{filled}")["summary"]["samples"] == 3000
    done = job_done(api, job)
    assert done["state"] == "succeeded", done
    told = events(api, job)
    assert [e["seq"] for e in told] == list(range(1, len(told) + 1))
    assert set(steps(told)) == set(range(1, 13))
    assert len(api.get(f"/models?job={job}").json()["results"]) == 1


def events(api: httpx.Client, job: int) -> list[Any]:
    found: list[Any] = []
    while page := api.get(f"/jobs/{job}/events", params={"after": len(found) and found[-1]["seq"]}
                          ).json()["results"]:  # fmt: skip
        found += page
    return found


def test_the_web_process_killed_within_an_upload(product: Product, api: httpx.Client) -> None:
    data = picture(1) + bytes(24 * MEGABYTE)
    digest = hashlib.sha256(data).hexdigest()

    def slowly() -> Iterator[bytes]:
        for start in range(0, len(data), MEGABYTE):
            if start == 6 * MEGABYTE:
                product.kill("web")
            yield data[start : start + MEGABYTE]
            time.sleep(0.02)

    with pytest.raises(httpx.TransportError):
        api.put(f"/blobs/{digest}", content=slowly(), headers={"Content-Length": str(len(data))})
    until(product._page, 120)
    missing = api.post("/blobs/missing", json={"sha256": [digest]}).json()["missing"]
    assert missing == [digest]
    assert api.put(f"/blobs/{digest}", content=data).status_code in (200, 201)
    assert api.post("/blobs/missing", json={"sha256": [digest]}).json()["missing"] == []
