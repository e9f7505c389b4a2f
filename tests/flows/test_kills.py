"""Processes killed and servers restarted under load: nothing lost or doubled, no false answer."""

import hashlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
    release,
    training,
    until,
)

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("kills") / "var"
    running = Product(folder, KIZU_LEASE_SECONDS="5").start().wait_ready()
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
    until(lambda: send(api, made, "warm", 100)["verdict"] in ("OK", "NG"), 60, 0.5)
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
    said: list[str] = field(default_factory=list)

    def computer(self, name: int) -> None:
        with httpx.Client(base_url=self.url, headers=self.headers, timeout=15) as api:
            unit = 0
            while not self.over.is_set():
                unit += 1
                serial = f"{self.name}-{name}-{unit}"
                self.answers[serial] = self.unit(api, serial, name * 100 + unit % 20)
                time.sleep(0.05)

    def unit(self, api: httpx.Client, serial: str, number: int) -> Any:
        headers = {"Idempotency-Key": serial, "X-Deadline-Ms": "3000"}
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                files = {"image": ("a.png", picture(number))}
                asked = form(self.line, serial)
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
        raise AssertionError(f"{serial} was not answered within 60 s: {self.said[-20:]}")

    def __enter__(self) -> "Load":
        self.pool = ThreadPoolExecutor(4)
        self.running = [self.pool.submit(self.computer, name) for name in range(1, 5)]
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for computer in self.running:
            computer.result(90)
        self.pool.shutdown()


def load(api: httpx.Client, line: dict[str, int], name: str) -> Load:
    return Load(str(api.base_url), {"Authorization": api.headers["Authorization"]}, line, name)


def verdicts(asked: Load, after: int = 5, seconds: float = 40) -> None:
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
        stored = until(partial(stored_as, api, serial), 30)
        assert len(stored) == 1, (serial, stored, answer)
        # An answer at the deadline carries no id: its row is written right after it.
        assert answer["id"] in (stored[0]["id"], None), (serial, stored, answer)
        assert stored[0]["verdict"] == answer["verdict"]
        if answer["verdict"] == "ERROR":
            assert answer["reasons"], answer
    for answer in [a for a in asked.answers.values() if a["id"]][::10]:
        shown = api.get(f"/inspections/{answer['id']}").json()
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
        pid = product.kill(victim)
        until(lambda: product.pid(victim) not in (0, pid), 30)
        verdicts(asked)
    check(api, asked)
    known = [a["id"] for a in asked.answers.values() if a["id"]]
    assert len(known) == len(set(known)), "no unit shares an inspection with another"


def test_a_train_worker_killed_within_an_epoch(
    product: Product, api: httpx.Client, version: int
) -> None:
    job = training(api, version, epochs=10, patches=200)
    until(lambda: sum(e["type"] == "metric" for e in events(api, job)) >= 2, 120, 0.2)
    product.kill("train")
    done = job_done(api, job, 240)
    assert done["state"] == "succeeded", done
    numbers = [e["seq"] for e in events(api, job)]
    assert numbers == sorted(set(numbers))
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
        api.put(f"/blobs/{digest}", content=slowly())
    until(product._page, 30)
    missing = api.post("/blobs/missing", json={"sha256": [digest]}).json()["missing"]
    assert missing == [digest]
    assert api.put(f"/blobs/{digest}", content=data).status_code in (200, 201)
    assert api.post("/blobs/missing", json={"sha256": [digest]}).json()["missing"] == []
