"""`manage.py serve` at rest and when a model is wished for."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from core import valkey
from workers.contract import InferJob, InferReply, ModelRef
from workers.serving import LOAD, QUEUE, WANTED, Serve

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


def until(come: Callable[[], object]) -> None:
    end = time.monotonic() + 90
    while not come():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def looks() -> int:
    """How often the wishes were read since Valkey's counters were reset."""
    return int(valkey.client().info("commandstats").get("cmdstat_hgetall", {}).get("calls", 0))


def test_rests_while_nothing_is_wished_for(serve: Serve) -> None:
    time.sleep(0.5)
    began = time.monotonic()
    valkey.client().config_resetstat()
    time.sleep(2)
    found = looks()
    # One a second, however long the sleep was in fact; a loop that spins makes thousands.
    assert found <= 2 * (time.monotonic() - began)


def test_hears_a_wish_and_says_why_it_cannot_be_granted(serve: Serve) -> None:
    valkey.client().hset(WANTED, "7", LOST.model_dump_json())
    valkey.client().publish(LOAD, "7")
    until(lambda: 7 in serve._broken)
    assert serve._broken[7][0]


def test_what_cannot_be_read_is_dropped(serve: Serve) -> None:
    """A malformed request and a malformed wish end nothing; the next request is answered."""
    valkey.client().rpush(QUEUE, "{}", "nonsense")
    valkey.client().hset(WANTED, mapping={"8": "nonsense", "7": LOST.model_dump_json()})
    valkey.client().publish(LOAD, "7")
    until(lambda: 7 in serve._broken)
    asked = InferJob(request_id="r", reply_to="kizu:reply:test", deadline=time.time() + 9,
                     model=LOST, parts=[])  # fmt: skip
    valkey.client().rpush(QUEUE, asked.model_dump_json())
    popped = valkey.client().blpop("kizu:reply:test", 10)
    assert popped
    assert InferReply.model_validate_json(popped[1]).error == "no_model"
