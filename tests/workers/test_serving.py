"""`manage.py serve` at rest and when a model is wished for."""

import threading
import time
from collections.abc import Iterator

import pytest

from core import valkey
from workers.contract import ModelRef
from workers.serving import LOAD, WANTED, Serve

LOST = ModelRef(
    model_id=7, engine="patch_cnn", kind="detect", artefact="0" * 64, classes=["dark"], params={}
)


@pytest.fixture
def serve(db: None) -> Iterator[Serve]:
    """One without a model, its threads begun."""
    one = Serve(hands=1)
    loop = threading.Thread(target=one.run)
    loop.start()
    yield one
    one.stop()
    loop.join()
    valkey.client().delete(WANTED)


def looks() -> int:
    """How often the wishes were read since Valkey's counters were reset."""
    return int(valkey.client().info("commandstats").get("cmdstat_hgetall", {}).get("calls", 0))


def test_rests_while_nothing_is_wished_for(serve: Serve) -> None:
    time.sleep(0.5)
    valkey.client().config_resetstat()
    time.sleep(2)
    assert looks() <= 4  # one a second; a loop that spins makes thousands


def test_hears_a_wish_and_says_why_it_cannot_be_granted(serve: Serve) -> None:
    valkey.client().hset(WANTED, "7", LOST.model_dump_json())
    valkey.client().publish(LOAD, "7")
    end = time.monotonic() + 10
    while 7 not in serve._broken and time.monotonic() < end:
        time.sleep(0.05)
    assert serve._broken[7][0]
