"""The one bridge: Celery's tasks, each a few lines, between the domain and the engine room.

A task that carries a job has no argument: it takes the best job of its kind that is queued. torch
is loaded by the first job, not by the worker's start.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from celery import Task, shared_task, signals
from celery.worker import state

from inspection.services import artefacts, batch, extensions, registry, synthetic, training, work
from workers.presence import Presence

here: list[Presence] = []  # this worker's heartbeat, once it is ready


@signals.worker_ready.connect
def _appear(sender: Any, **_: Any) -> None:
    queue = next(iter(sender.app.amqp.queues.consume_from), "io")
    here.append(Presence(sender.hostname, queue))
    here[0].start()


@signals.worker_shutting_down.connect
def _leave(**_: Any) -> None:
    for presence in here:
        presence.stop()


def stopping() -> bool:
    """Whether this worker was told to end."""
    return state.should_stop is not None or state.should_terminate is not None


def _carry_out(
    kind: str, worker: str | None, run: Callable[..., Any], store: Callable[..., Any]
) -> None:
    """Take the next job of a kind, if there is one, and see it through to its end."""
    if stopping() or (job := work.claim(kind, worker or "")) is None:
        return
    with _busy(job.pk):
        work.carry_out(job, lambda report: run(job, report), store, stopping)


@contextmanager
def _busy(job: int) -> Iterator[None]:
    for presence in here:
        presence.show(job)
    yield
    for presence in here:
        presence.show(None)


@shared_task(name="workers.train", bind=True)
def train(self: Task[[], None]) -> None:
    """Train: fit, evaluate, export."""

    def run(job: Any, report: Any) -> Any:
        from workers import catalogue, generating, runner

        draws = job.engine in catalogue.generators()
        return (generating if draws else runner).train(training.contract(job), report)

    _carry_out("train", self.request.hostname, run, training.store)


@shared_task(name="workers.batch", bind=True)
def infer(self: Task[[], None]) -> None:
    """Answer for every image set of a batch."""

    def run(job: Any, report: Any) -> Any:
        from workers import runner

        order = batch.contract(job)
        return runner.run_batch(order, report, lambda answers: batch.answer(job, answers))

    _carry_out("batch", self.request.hostname, run, batch.store)


@shared_task(name="workers.export", bind=True)
def export(self: Task[[], None]) -> None:
    """Make a model into another form."""

    def run(job: Any, report: Any) -> Any:
        from workers import runner

        return runner.export(artefacts.contract(job), report)

    _carry_out("export", self.request.hostname, run, artefacts.store_export)


@shared_task(name="workers.extend", bind=True)
def extend(self: Task[[], None]) -> None:
    """Add a class to a few-shot model, and measure both."""

    def run(job: Any, report: Any) -> Any:
        from workers import extending

        return extending.extend(extensions.contract(job), report)

    _carry_out("extend", self.request.hostname, run, extensions.store)


@shared_task(name="workers.generate", bind=True)
def generate(self: Task[[], None]) -> None:
    """Draw synthetic images."""

    def run(job: Any, report: Any) -> Any:
        from workers import generating

        return generating.draw(synthetic.contract(job), report)

    _carry_out("generate", self.request.hostname, run, synthetic.store)


@shared_task(name="workers.read_import")
def read_import(import_id: int) -> None:
    """Read a manifest into its dataset."""
    from inspection.services import imports

    imports.run(import_id)


@shared_task(name="workers.read_weights")
def read_weights(weights_id: int) -> None:
    """Read uploaded base weights as tensors alone."""
    from inspection.services import base_weights
    from workers import weights

    base_weights.read(weights_id, weights.look)


@shared_task(name="workers.requeue")
def requeue() -> None:
    """Pick up what lost its worker, and complete releases whose model is warm by now."""
    from inspection.services import base_weights, imports

    work.requeue()
    imports.requeue()
    base_weights.requeue()
    registry.complete_warming()


@shared_task(name="workers.rollups")
def rollups() -> None:
    """Count the hours that are over."""
    from inspection.services import rollups as service

    service.recompute()


@shared_task(name="workers.partitions")
def partitions() -> None:
    """Make the partitions of the days to come."""
    from inspection.services import partitions as service

    service.ensure()


@shared_task(name="workers.expiry")
def expire() -> None:
    """Forget idempotency keys and attempts whose time is over."""
    from inspection.services import expiry

    expiry.forget()


@shared_task(name="workers.sweep")
def sweep() -> None:
    """Delete bytes that nothing refers to."""
    from inspection.services import sweep as service

    service.sweep()


@shared_task(name="workers.seals")
def seals() -> None:
    """Chain what the machine said since the last time."""
    from inspection.services import seals as service

    service.chain()


@shared_task(name="workers.audit")
def audit() -> None:
    """Write the head of the audit trail where the database cannot change it."""
    from core.audit import chain

    chain.export()
