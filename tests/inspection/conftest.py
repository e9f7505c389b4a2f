"""What tests of the verdict's way share: a small model, a station, a `serve` process."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core import valkey
from inspection.services import partitions
from tests.conftest import ROOT, VAR
from tests.inspection.cell import Cell
from tests.inspection.lines import Line1
from tests.workers import ground as drawn
from workers.contract import Manifest, TrainJob, TrainResult


@pytest.fixture(scope="session")
def trained(servers: None) -> tuple[TrainResult, list[bytes]]:
    """A small model, trained here, and all files that it and its training consist of."""
    from core import storage
    from workers import runner, store

    manifest: Manifest = drawn.manifest(36, 6, 12)
    files = [store.path_of(sample.images["rgb"]).read_bytes() for sample in manifest.samples]
    for data in files:
        storage.put(data)
    order = TrainJob(
        job_id=1, engine="patch_cnn", params={"epochs": 6, "patches": 16, "width": 8}, nice=0,
        manifest=store.put(manifest.model_dump_json().encode()),
    )  # fmt: skip
    result = runner.train(order, lambda event: None)
    assert result.export
    kept = (order.manifest, result.artefact, result.export.artefact)
    return result, [*files, *(storage.get(sha256) for sha256 in kept)]


@pytest.fixture
def learnt(trained: tuple[TrainResult, list[bytes]]) -> TrainResult:
    """The small model, whole in the store: an earlier test may have swept what no row named."""
    from core import storage

    for data in trained[1]:
        storage.put(data)
    return trained[0]


@pytest.fixture
def line(db: None) -> Line1:
    """A line, with the partitions of its inspections."""
    partitions.ensure()
    return Line1()


@pytest.fixture
def cell(live: str, make_user: Callable[..., Any]) -> Cell:
    """A station of a line of its own."""
    return Cell(live, make_user("manager"))


class Running:
    """A real `serve` process, begun again after a test has killed it."""

    process: subprocess.Popen[bytes] | None = None

    def begin(self) -> subprocess.Popen[bytes]:
        """Alive, whatever the last test did."""
        if self.process is None or self.process.poll() is not None:
            with (VAR / "serve.log").open("ab") as log:
                argv = [sys.executable, "manage.py", "serve"]
                self.process = subprocess.Popen(argv, cwd=ROOT, stdout=log, stderr=log)
        return self.process

    def end(self) -> None:
        """Gone, and no heartbeat left of it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
        for key in valkey.client().scan_iter("kizu:serve:*"):
            valkey.client().delete(key)


@pytest.fixture(scope="module")
def running(servers: None) -> Iterator[Running]:
    """The module's."""
    one = Running()
    yield one
    one.end()


@pytest.fixture
def serve(db: None, running: Running) -> subprocess.Popen[bytes]:
    """The process, which a test may kill."""
    return running.begin()
