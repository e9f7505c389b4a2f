"""The life of a job: claimed once, kept by its lease, given back, cancelled, never doubled."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from core import storage
from core.accounts.models import User
from core.errors import Refused
from inspection.models.datasets import Blob
from inspection.models.training import Job, JobEvent
from inspection.selectors import jobs as selectors
from inspection.services import jobs, sweep, work
from workers.contract import Artefact, Cancelled, Event, Failure, Log, Metric, Progress

Report = Callable[[Event], None]


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    return make_user("engineer")


def queued(by: User, priority: int = 0) -> Job:
    return jobs.queue(Job(kind="train", title="a job", priority=priority), "job.submit", by)


def claimed(by: User, priority: int = 0) -> Job:
    queued(by, priority)
    job = work.claim("train", "here")
    assert job is not None
    return job


def store(job: Job, result: Any) -> dict[str, Any]:
    return {"said": result}


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def until_told(report: Report) -> None:
    """Work that goes on until `report` says stop."""
    for step in range(400):
        report(Progress(stage="fit", done=step, total=400, share=step / 400))
        time.sleep(0.05)
    raise AssertionError("nobody stopped the work")


def test_a_users_job_goes_before_the_demos(user: User) -> None:
    demo, first, second = queued(user, 10), queued(user), queued(user)
    order = [work.claim("train", "w") for _ in range(4)]
    assert [job and job.pk for job in order] == [first.pk, second.pk, demo.pk, None]


def test_two_workers_never_claim_the_same_job(user: User) -> None:
    wanted = {queued(user).pk for _ in range(6)}
    got: list[int] = []

    def take() -> None:
        while job := work.claim("train", "w"):
            got.append(job.pk)
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == sorted(wanted)


def test_events_are_numbered_and_the_row_follows_them(user: User) -> None:
    job = claimed(user)

    def fit(report: Report) -> str:
        for step in range(5):
            report(Metric(step=step, values={"loss": 1.0 / (step + 1)}))
            report(Progress(stage="fit", done=step, total=5, share=step / 5, device="cpu"))
        report(Log(message="done"))
        return "good"

    work.carry_out(job, fit, store)
    job.refresh_from_db()
    assert (job.state, job.progress, job.device, job.result) == (
        "succeeded",
        1.0,
        "cpu",
        {"said": "good"},
    )
    events = selectors.events(job.pk, 0, 100)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["step"] for event in events if event["type"] == "metric"] == [0, 1, 2, 3, 4]
    assert {"log", "progress"} <= {event["type"] for event in events}
    assert vars(selectors.listed().get(pk=job.pk))["latest"] == {"loss": 0.2}


def test_a_cancel_takes_effect_at_the_next_report(user: User) -> None:
    job = claimed(user)

    def cancel() -> None:
        jobs.cancel(job.pk, user)
        connection.close()

    timer = threading.Timer(0.3, cancel)
    timer.start()
    start = time.monotonic()
    work.carry_out(job, until_told, store)
    assert time.monotonic() - start < 3
    timer.join()
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert job.finished_at is not None


def test_a_queued_job_is_cancelled_at_once_and_an_ended_one_is_not(user: User) -> None:
    job = queued(user)
    assert jobs.cancel(job.pk, user).state == "cancelled"
    assert work.claim("train", "w") is None
    with pytest.raises(Refused) as refused:
        jobs.cancel(job.pk, user)
    assert (refused.value.code, refused.value.status) == ("job_not_running", 409)


def test_a_worker_that_is_stopped_gives_the_job_back_with_its_checkpoint(user: User) -> None:
    job = claimed(user)
    checkpoint = "c" * 64

    def fit(report: Report) -> None:
        report(Artefact(role="checkpoint", sha256=checkpoint, size=7))
        until_told(report)

    end = time.monotonic() + 1
    work.carry_out(job, fit, store, stopping=lambda: time.monotonic() > end)
    job.refresh_from_db()
    assert (job.state, job.checkpoint_id, job.attempt) == ("queued", checkpoint, 0)
    again = work.claim("train", "other")
    assert again is not None
    assert (again.attempt, again.lease) == (1, 2)


def test_the_demo_gives_way_to_a_user(user: User) -> None:
    demo = claimed(user, priority=10)
    mine = queued(user)
    Job.objects.filter(pk=mine.pk).update(dispatched_at=timezone.now() - timedelta(seconds=5))
    work.carry_out(demo, until_told, store)
    demo.refresh_from_db()
    assert demo.state == "queued"
    following = work.claim("train", "w")
    assert following is not None
    assert following.pk == mine.pk


def test_a_worker_that_lost_its_lease_changes_nothing(user: User) -> None:
    job = claimed(user)

    def fit(report: Report) -> str:
        Job.objects.filter(pk=job.pk).update(lease=job.lease + 1)  # another worker took over
        with pytest.raises(Cancelled) as order:
            until_told(report)
        assert order.value.reason == "lost_lease"
        return "too late"

    work.carry_out(job, fit, store)
    job.refresh_from_db()
    assert (job.state, job.result) == ("running", {})


def test_an_expired_lease_queues_the_job_again_three_times(user: User) -> None:
    job = queued(user)
    for attempt in (1, 2, 3):
        assert (taken := work.claim("train", "w")) is not None
        assert taken.attempt == attempt
        work.requeue()
        assert Job.objects.get(pk=job.pk).state == "running", "a live lease is left alone"
        past = timezone.now() - timedelta(seconds=1)
        Job.objects.filter(pk=job.pk).update(lease_until=past)
        work.requeue()
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("failed", "worker_lost")
    assert job.hint


def test_a_failure_says_the_cause_and_what_to_try_and_keeps_the_traceback(user: User) -> None:
    job = claimed(user)

    def fit(report: Report) -> None:
        raise Failure("no_weights", "The base weights are missing.", "Upload them first.")

    work.carry_out(job, fit, store)
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("failed", "no_weights")
    assert (job.error, job.hint) == ("The base weights are missing.", "Upload them first.")
    last = JobEvent.objects.filter(job=job).order_by("-seq")[0]
    assert last.data["level"] == "error"
    assert "Traceback" in last.data["message"]


def kept(seed: str) -> Artefact:
    """A stored checkpoint, taken after the second epoch."""
    return Artefact(role="checkpoint", sha256=storage.put(seed.encode()), size=len(seed), step=2)


def test_epochs_that_are_gone_through_again_are_told_once(user: User) -> None:
    job, end = claimed(user), time.monotonic() + 1

    def first(report: Report) -> None:
        for epoch in (1, 2, 3):
            report(Metric(step=epoch, values={"loss": 1.0}))
            if epoch == 2:
                report(kept("one"))
        until_told(report)

    work.carry_out(job, first, store, stopping=lambda: time.monotonic() > end)
    again = work.claim("train", "other")
    assert again is not None

    def second(report: Report) -> str:
        for epoch in (3, 4):
            report(Metric(step=epoch, values={"loss": 0.5}))
        return "good"

    work.carry_out(again, second, store)
    told = [event for event in selectors.events(job.pk, 0, 100) if event["type"] == "metric"]
    losses = [(event["step"], event["values"]["loss"]) for event in told]
    assert losses == [(1, 1.0), (2, 1.0), (3, 0.5), (4, 0.5)]


def test_of_checkpoints_the_last_is_kept_and_can_be_had(
    user: User, api: Callable[..., Any]
) -> None:
    job, client = claimed(user), api(user=user)
    url = f"/api/v1/jobs/{job.pk}/checkpoint"
    assert client.get(url).json()["code"] == "no_checkpoint"
    old, new = kept("old"), kept("new")

    def fit(report: Report) -> None:
        report(old)
        report(new)
        raise Failure("no_weights", "The base weights are missing.")

    work.carry_out(job, fit, store)
    assert client.get(f"/api/v1/jobs/{job.pk}").json()["has_checkpoint"] is True
    Blob.objects.update(touched_at=timezone.now() - 2 * sweep.AGE)
    assert sweep.sweep() == 1
    assert [Blob.objects.filter(pk=one.sha256).exists() for one in (old, new)] == [False, True]
    reply = client.get(url)
    assert (reply.status_code, b"".join(reply)) == (200, b"new")
    assert "attachment" in reply["Content-Disposition"]


def test_retry_keeps_the_checkpoint_only_when_the_cause_was_outside(user: User) -> None:
    job = queued(user)
    blob = Blob.objects.create(sha256="b" * 64, size=1, touched_at=timezone.now())
    for code, kept in (("worker_lost", blob.pk), ("engine_broke", None)):
        Job.objects.filter(pk=job.pk).update(state="failed", error_code=code, checkpoint=blob)
        again = jobs.retry(job.pk, user)
        assert (again.state, again.checkpoint_id, again.error_code) == ("queued", kept, "")
    with pytest.raises(Refused) as refused:
        jobs.retry(job.pk, user)
    assert refused.value.status == 409


@override_settings(KIZU_LEASE_SECONDS=1.5)
def test_a_long_job_keeps_its_lease(user: User) -> None:
    job = claimed(user)

    def fit(report: Report) -> str:
        end = time.monotonic() + 3
        while time.monotonic() < end:
            time.sleep(0.5)  # no report at all: a long epoch
            work.requeue()
            report(Metric(step=0, values={}))
        return "kept"

    work.carry_out(job, fit, store)
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("succeeded", 1)


def test_a_result_that_cannot_be_stored_is_no_success(user: User) -> None:
    job = claimed(user)

    def broken(row: Job, result: Any) -> dict[str, Any]:
        raise ValueError("half a model")

    work.carry_out(job, lambda report: "fine", broken)
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("failed", "engine_broke")
    assert "half a model" in job.error
