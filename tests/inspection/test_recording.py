"""Group commits, attempts of serials, what is forgotten, and what `serve` is told."""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core import postgres, valkey
from inspection.inference import Inference, Unreachable, clear_shared, share
from inspection.models.ids import new_id
from inspection.models.inspections import IdempotencyKey, Inspection, UnitAttempts
from inspection.selectors.places import Place
from inspection.services import cases, expiry, recording, registry
from inspection.services.cases import Case, Judged, SentImage, Submission
from inspection.services.recording import Record, Writer
from tests.inspection.lines import Line1
from workers.contract import ModelRef


def run(work: Coroutine[Any, Any, None]) -> None:
    """In a loop of its own, whose connections end with it."""

    async def all_of_it() -> None:
        try:
            await work
        finally:
            await (await postgres.pool()).close()

    asyncio.run(all_of_it())


def record(line: Line1, serial: str = "", key: str = "") -> Record:
    """An OK unit as the desk would store it."""
    now = datetime.now(UTC)
    images = [SentImage(b"x", "0" * 64, 1)]
    sent = Submission(
        line.station.pk, str(line.product.pk), images, now, time.monotonic(), serial=serial, key=key
    )
    place = Place(
        line.station.pk, line.line.pk, line.product.pk, 5000, line.line.same_unit_hours, {}
    )
    case = Case(sent, place, "test", time.monotonic() + 5, new_id(now), now)
    case.judged = Judged("OK", [], [], cases.plain_images(case), [])
    return cases.record(case)


def test_what_an_earlier_commit_stored_is_stored(line: Line1) -> None:
    """A group whose commit took effect though its answer was lost: nobody is told otherwise."""
    first, second, twice = record(line), record(line), record(line, key="k")

    async def work() -> None:
        writer, loop = Writer(), asyncio.get_running_loop()
        await writer.commit(first)
        group = [(each, loop.create_future()) for each in (first, second)]
        await writer._store(group)
        await asyncio.gather(*(future for _, future in group))
        with pytest.raises(recording.AlreadyStored):
            await writer.commit(first)
        await writer.commit(twice)
        with pytest.raises(recording.KeyTaken):
            await writer.commit(record(line, key="k"))

    run(work())
    assert Inspection.objects.count() == 3


def test_an_attempt_that_was_too_late_is_taken_back(line: Line1) -> None:
    one, two = record(line, "S"), record(line, "S")

    async def work() -> None:
        writer = Writer()
        await writer.commit(one)
        refusal = one.answer | {"code": "deadline", "verdict": "ERROR", "reasons": []}
        await recording.mark_late(one, refusal)
        await recording.mark_late(one, refusal)
        await writer.commit(two)

    run(work())
    found = Inspection.objects.order_by("decided_at").values_list("verdict", "late", "attempt")
    assert list(found) == [("ERROR", True, 1), ("OK", False, 1)]


def test_a_serial_that_begins_anew_is_another_unit(line: Line1) -> None:
    """Lines whose serials are counters of the day: the second day's 0001 is no re-inspection."""
    line.line.same_unit_hours = 12
    line.line.save()

    async def commit(*records: Record) -> None:
        for each in records:
            await Writer().commit(each)

    run(commit(record(line, "0001"), record(line, "0001")))
    UnitAttempts.objects.update(at=datetime.now(UTC) - timedelta(hours=13))
    run(commit(record(line, "0001")))
    assert sorted(Inspection.objects.values_list("attempt", flat=True)) == [1, 1, 2]


def test_keys_and_attempts_are_forgotten_in_time(
    line: Line1, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "AT_ONCE", 3)
    now = datetime.now(UTC)
    for days in (0, 7, 9, 9, 10, 11, 12):
        at = now - timedelta(days=days, minutes=1)
        name = {"client": "c", "key": f"{days}-{IdempotencyKey.objects.count()}"}
        IdempotencyKey.objects.create(**name, fingerprint="f", answer={}, at=at)
        UnitAttempts.objects.create(station=line.station, serial=name["key"], decided=1, at=at)
    assert expiry.forget(now) == 5 + 6
    assert IdempotencyKey.objects.count() == 2
    assert UnitAttempts.objects.count() == 1


LOST = ModelRef(
    model_id=7, engine="patch_cnn", kind="detect", artefact="0" * 64, classes=["dark"], params={}
)


def test_an_answer_that_never_comes_is_given_up(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the list of questions that nobody takes does not grow for ever."""
    monkeypatch.setattr("inspection.inference.GRACE", 0.2)
    monkeypatch.setattr("inspection.inference.WAITING", 5)

    async def work() -> None:
        inference = Inference()
        asked = [await inference.ask(LOST, [], {}, time.time() + 0.3) for _ in range(9)]
        await asyncio.wait(asked, timeout=10)
        assert all(future.cancelled() for future in asked)
        assert not inference._waiting
        await valkey.aclient().aclose()

    asyncio.run(work())
    assert valkey.client().llen("kizu:infer") == 5
    valkey.client().delete("kizu:infer")


def test_a_question_that_cannot_be_put_is_told_within_its_time(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        await valkey.aclient().execute_command("CLIENT", "PAUSE", "2000", "ALL")  # type: ignore[no-untyped-call]  # redis has no type for it
        began = time.monotonic()
        with pytest.raises(Unreachable):
            await Inference().ask(LOST, [], {}, time.time() + 0.3)
        assert time.monotonic() - began < 1.5  # Valkey answers nobody for two seconds
        await asyncio.sleep(2)
        await valkey.aclient().aclose()

    asyncio.run(work())
    valkey.client().delete("kizu:infer")


def test_shared_bytes_of_the_dead_are_taken_away() -> None:
    path = Path(share(b"left behind") or "")
    clear_shared(older_than=60)
    assert path.read_bytes() == b"left behind"
    os.utime(path, (1, 1))
    clear_shared(older_than=60)
    assert not path.exists()


def test_serve_is_told_again_what_was_lost(db: None, make_user: Callable[..., Any]) -> None:
    from tests.inspection.test_registry import Plant

    plant = Plant(make_user("manager"))
    recipe = plant.recipe()
    recipe.state = "released"
    recipe.save()
    registry.complete_warming()
    told: Any = valkey.client().hgetall(registry.WANTED)
    assert list(told) == [str(recipe.model_id)]
    valkey.client().delete(registry.WANTED)
    registry.complete_warming()
    assert valkey.client().hgetall(registry.WANTED) == told
    recipe.model.exports.update(precision="bf16")
    registry.complete_warming()
    again: Any = valkey.client().hgetall(registry.WANTED)
    assert "bf16" in again[str(recipe.model_id)]
    valkey.client().delete(registry.WANTED)
