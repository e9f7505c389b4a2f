"""Several processes learn one network: as one would, and none outlives the others.

On the processor, with gloo: what NCCL does between graphics cards is not seen here.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from workers import catalogue, processes, runner, store, together
from workers.contract import Cancelled, Event, Failure, Manifest, TrainJob
from workers.engines.base import Engine, load_engine

from . import ground as drawn

QUICK: dict[str, dict[str, Any]] = {
    # Of 5 tiles one process learns 3 and the other 2. Its loss is a mean, and no chance is in it.
    "multiscale_dae": {
        "tile": 64,
        "margin": 8,
        "levels": 1,
        "width": 8,
        "bottleneck": 4,
        "crops": 1,
        "noise": 0,
        "batch": 5,
        "epochs": 2,
    },
    "yolo": {"epochs": 1, "image_size": 64, "batch": 9, "version": "v8", "size": "n"},
}


@pytest.fixture(scope="module")
def frozen() -> Manifest:
    """Small plates without a defect, and some to tell."""
    return drawn.normal(15, 4, 4, size=64)


@pytest.fixture(scope="module")
def plates() -> Manifest:
    """Small plates with defects."""
    return drawn.manifest(12, 4, 4, size=64)


def learnt(
    name: str, frozen: Manifest, work: Path, n: int, report: Any, epochs: int = 0, **more: Any
) -> Engine:
    """By one process or by more."""
    params = QUICK[name] | ({"epochs": epochs} if epochs else {})
    engine = load_engine(catalogue.card(name), params, frozen.classes)
    ground = drawn.ground(frozen, work, **more)
    if n == 1:
        engine.fit(ground, report)
    else:
        together.fit(catalogue.card(name), engine, ground, ["cpu"] * n, report)
    return engine


def losses(watch: drawn.Watch) -> list[float]:
    """Of each epoch."""
    return [metric.values["loss"] for metric in watch.of("metric")]


def children() -> list[int]:
    """Living processes whose parent is this one."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def ranks() -> list[int]:
    """Those of them that learn, by rank."""
    found = {}
    for pid in children():
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"workers.rank" in words:
            found[int(words[words.index(b"workers.rank") + 2])] = pid
    return [found[rank] for rank in sorted(found)]


def test_two_learn_what_one_learns_and_one_goes_on_from_their_checkpoint(
    frozen: Manifest, tmp_path: Path
) -> None:
    one, two, rest = drawn.Watch(), drawn.Watch(), drawn.Watch()
    alone = learnt("multiscale_dae", frozen, tmp_path / "1", 1, one)
    both = learnt("multiscale_dae", frozen, tmp_path / "2", 2, two)
    assert losses(two) == pytest.approx(losses(one), rel=1e-3)
    assert losses(one)[0] != losses(one)[1]
    mine, theirs = alone.network.state_dict(), both.network.state_dict()
    means = [name for name in mine if name.endswith("running_mean")]
    assert means
    for name in means:  # of the whole batch, not of a share
        assert theirs[name].numpy() == pytest.approx(mine[name].numpy(), abs=2e-3), name
    assert two.of("progress")[-1].device == "cpu:2"
    assert [event.step for event in two.of("image")] == [event.step for event in one.of("image")]
    learnt("multiscale_dae", frozen, tmp_path / "3", 1, rest, checkpoint=two.checkpoint)
    assert losses(rest) == pytest.approx(losses(one)[1:], rel=1e-3)
    assert not ranks()


def test_two_go_on_from_the_checkpoint_of_one_until_a_cancel_ends_both(
    frozen: Manifest, tmp_path: Path
) -> None:
    one, told, alive = drawn.Watch(), list[float](), list[int]()
    learnt("multiscale_dae", frozen, tmp_path / "1", 1, one, epochs=40)
    first = store.path_of(one.of("artefact")[0].sha256)  # after the first epoch

    def cancel(event: Event) -> None:
        if event.type == "metric":
            told.append(event.values["loss"])
            alive.extend(ranks())
            raise Cancelled

    with pytest.raises(Cancelled):
        learnt("multiscale_dae", frozen, tmp_path / "2", 2, cancel, 40, checkpoint=first)
    assert told == pytest.approx(losses(one)[1:2], rel=1e-3)
    assert len(alive) == 2
    assert not ranks()


def test_a_killed_process_ends_the_training_in_words(frozen: Manifest, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill(event: Event) -> None:
        if event.type == "metric" and not killed:
            killed.append(ranks()[1])
            os.kill(killed[0], signal.SIGKILL)

    with pytest.raises(Failure) as failure:
        learnt("multiscale_dae", frozen, tmp_path / "1", 2, kill, epochs=500)
    assert failure.value.code == "rank_lost"
    assert "Process 2 of 2" in failure.value.message
    assert "SIGKILL" in failure.value.message
    assert not ranks()


WATCHER = """
import sys
from pathlib import Path
from workers.processes import Processes
folder = Path(sys.argv[1])
with Processes(folder, 2) as made:
    print(*[process.pid for process in made._running], flush=True)
    sys.stdin.read()
"""


def test_none_outlives_its_watcher(frozen: Manifest, tmp_path: Path) -> None:
    order = processes.Order(
        engine="multiscale_dae",
        params=QUICK["multiscale_dae"] | {"epochs": 2000},
        classes=frozen.classes,
        manifest=frozen,
        devices=["cpu", "cpu"],
        preset="generic",
        augmentation=None,
        checkpoint=None,
        parent=None,
        base=None,
    )
    (tmp_path / "order.json").write_text(order.model_dump_json())
    # A pipe that nobody closes keeps the watcher; SIGKILL leaves it no last act.
    paths = os.pathsep.join(path for path in sys.path if path)
    with subprocess.Popen(
        [sys.executable, "-c", WATCHER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": paths},
    ) as watcher:
        assert watcher.stdout is not None
        pids = [int(word) for word in watcher.stdout.readline().split()]
        assert len(pids) == 2
        watcher.kill()
    wait(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def wait(there: Any) -> None:
    """Until it is so, for half a minute at most."""
    until = time.monotonic() + 30
    while not there():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_failure_of_a_process_is_the_trainings(plates: Manifest, tmp_path: Path) -> None:
    some = [s for s in plates.samples if s.split != "train" or s.annotations]
    bad = plates.model_copy(update={"samples": some})
    card = catalogue.card("multiscale_dae")
    engine = load_engine(card, QUICK["multiscale_dae"], bad.classes)
    with pytest.raises(Failure) as failure:
        together.fit(card, engine, drawn.ground(bad, tmp_path / "1"), ["cpu"] * 2, drawn.Watch())
    assert failure.value.code == "no_good_images"
    assert failure.value.hint


def test_yolo_learns_in_two_processes(plates: Manifest, tmp_path: Path) -> None:
    watch = drawn.Watch()
    engine = learnt("yolo", plates, tmp_path / "1", 2, watch)
    (metric,) = watch.of("metric")
    assert metric.values["loss_box_loss"] > 0
    assert len(engine.predict([drawn.plate(0, 64)[0]])) == 1
    assert len(watch.of("image")) == 4


def test_devices_by_name() -> None:
    watch = drawn.Watch()
    assert runner.pick_devices("cpu:2", watch) == ["cpu", "cpu"]
    assert runner.pick_devices("cpu", watch) == ["cpu"]
    for wanted in ("cuda:98,99", "cuda:98,x", "cuda:99"):
        with pytest.raises(Failure) as failure:
            runner.pick_devices(wanted, watch)
        assert failure.value.code == "no_device"
    with pytest.raises(Failure) as failure:
        runner.pick_device("cpu:2", watch)
    assert failure.value.code == "one_device"


def test_a_method_of_one_device_is_refused_before_it_starts(frozen: Manifest) -> None:
    manifest = drawn.cached(frozen.model_dump_json().encode())
    order = TrainJob(job_id=1, engine="ssd_cascade", params={}, manifest=manifest, device="cpu:2")
    watch = drawn.Watch()
    with pytest.raises(Failure) as failure:
        runner.train(order, watch)
    assert failure.value.code == "one_device"
    assert not watch.events
