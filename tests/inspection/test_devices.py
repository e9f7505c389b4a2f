"""Which graphics cards a training may ask for, told before it is queued."""

import json
from collections.abc import Callable
from typing import Any

from core import valkey
from core.accounts.models import User
from tests import drawn
from workers import catalogue
from workers.presence import EXPIRY

Api = Callable[..., Any]


def worker(**device: Any) -> None:
    """A training worker that has this device, as its heartbeat tells it."""
    beat = {"kind": "train", "device": device, "job": None, "pid": 1, "at": "2026-01-01T00:00:00Z"}
    valkey.client().set("kizu:worker:drawn:train", json.dumps(beat), ex=EXPIRY)


def told(client: Any, version: int, engine: str, device: str) -> list[str]:
    """What the check says of the device, by code."""
    ask = {"kind": "train", "dataset_version": version, "engine": engine, "device": device}
    found = client.post("/api/v1/jobs/check", ask, format="json").json()
    return [row["code"] for row in found["problems"] if row["path"] == "device"]


def test_of_two_cards(api: Api, make_user: Callable[..., User]) -> None:
    user = make_user("engineer")
    client, version = api(user=user), drawn.version(user, images=6).pk
    worker(cuda=True, count=2, name="drawn")
    several, one = ("patch_cnn", "ssd_cascade")
    assert catalogue.card(several).several
    assert not catalogue.card(one).several
    for device in ("cuda:0,1", "cuda:all", "cuda:1", "cuda"):
        assert told(client, version, several, device) == [], device
    for device in ("cuda:2", "cuda:0,2"):
        assert told(client, version, several, device) == ["few_gpus"], device
    assert told(client, version, one, "cuda:1") == []
    for device in ("cuda:0,1", "cuda:all"):
        assert told(client, version, one, device) == ["one_device"], device
    worker(cuda=True, count=1, name="drawn")  # all of one is that one
    assert told(client, version, one, "cuda:all") == []
    for device in ("cuda:", "cuda:a", "cuda:0,", "gpu", "cuda:0;1"):
        assert told(client, version, several, device) == ["invalid"], device
