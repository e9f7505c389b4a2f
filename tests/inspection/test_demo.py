"""The demo plant: what it does next, whatever an earlier start or a person left behind."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from core.accounts import tokens
from core.accounts.models import ApiToken, User
from inspection.demo import plant, show, simulator
from inspection.demo.client import Client
from inspection.demo.plant import Place
from inspection.models import Line, Product, Recipe, Site, Station
from inspection.models.datasets import DatasetVersion, Import
from inspection.models.inspections import Inspection
from inspection.models.training import Job
from inspection.services import imports, jobs
from inspection.services.leases import close
from tests import drawn

Make = Callable[..., User]


@pytest.fixture
def client(db: None, live: str, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The demo's own, on a plant that is small enough for a test."""
    monkeypatch.setattr(plant, "IMAGES", 12)
    return Client(live, show.token())


@pytest.fixture
def places(client: Client) -> list[Place]:
    return plant.build(client)


def filled(client: Client, places: list[Place]) -> DatasetVersion:
    """Up to the first training."""
    assert show.step(client, places)
    imports.run(Import.objects.get().pk)
    assert show.step(client, places)
    return DatasetVersion.objects.get()


def test_both_lines_and_three_stations_are_made_once(client: Client, places: list[Place]) -> None:
    assert plant.build(client) == places
    assert len({place.line for place in places}) == 2
    assert len({place.station for place in places}) == 3
    assert (Site.objects.count(), Line.objects.count(), Station.objects.count()) == (1, 2, 3)


def test_a_dataset_that_stayed_empty_is_filled(client: Client, places: list[Place]) -> None:
    made = client.post("/datasets", {"name": plant.DATASET, "task": "detect"})["id"]
    filled(client, places)
    assert client.get(f"/datasets/{made}")["summary"]["samples"] == 12
    assert [job.priority for job in Job.objects.all()] == [10]


def test_an_import_under_way_is_waited_for(client: Client, places: list[Place]) -> None:
    for _ in range(3):
        assert show.step(client, places)
    assert Import.objects.count() == 1


def test_a_cancelled_import_is_not_begun_again(client: Client, places: list[Place]) -> None:
    assert show.step(client, places)
    imports.cancel(Import.objects.get(), User.objects.get(username=show.ACCOUNT))
    assert not show.step(client, places)
    assert Import.objects.count() == 1


def test_a_cancelled_training_is_not_begun_again(
    client: Client, places: list[Place], caplog: pytest.LogCaptureFixture
) -> None:
    filled(client, places)
    job = Job.objects.get()
    jobs.cancel(job.pk, User.objects.get(username=show.ACCOUNT))
    assert not show.step(client, places)
    assert Job.objects.count() == 1
    assert f"Training {job.pk} was cancelled" in caplog.text


def test_failed_trainings_are_tried_three_times(client: Client, places: list[Place]) -> None:
    filled(client, places)
    while show.step(client, places):
        close(Job.objects.latest("id"), "failed", "it broke")  # type: ignore[arg-type] # a WorkState's value
        assert Job.objects.count() <= show.TRIES
    assert Job.objects.count() == show.TRIES


def force(place: Place, by: User, version: DatasetVersion, state: str = "released") -> Recipe:
    at = {"station_id": place.station, "product_id": place.product, "revision": 1}
    return Recipe.objects.create(**at, model=drawn.model(version), created_by=by, state=state)


def test_a_release_elsewhere_does_not_start_the_lines(
    client: Client, places: list[Place], make_user: Make
) -> None:
    by = make_user("manager")
    version = drawn.version(by, images=5)
    line = Line.objects.create(site=Site.objects.get(), name="of a user")
    station = Station.objects.create(line=line, name="AOI")
    product = Product.objects.create(code="OTHER", name="other")
    force(Place(line.pk, station.pk, product.pk, "plate", 1.0), by, version)
    assert not any(plant.in_force(client, place) for place in places)
    assert show.step(client, places), "there is still something to do"
    for place in places:
        force(place, by, version)
    assert all(plant.in_force(client, place) for place in places)
    assert not show.step(client, places), "somebody's models are in force: nothing left to do"


def test_a_person_of_that_name_keeps_their_tokens(db: None, make_user: Make) -> None:
    person = make_user("engineer", username="demo")
    key = tokens.issue(person, show.TOKEN)[1]
    show.token()
    assert tokens.find(key)


def test_each_start_ends_the_key_of_the_one_before(db: None) -> None:
    first, second = show.token(), show.token()
    assert tokens.find(first) is None
    assert tokens.find(second)
    other = tokens.issue(User.objects.get(username=show.ACCOUNT), "of somebody's program")[1]
    show.token()
    assert tokens.find(other), "only its own keys end"
    assert ApiToken.objects.filter(revoked_at=None).count() == 2


def test_nobody_can_take_the_name(api: Any) -> None:
    body = {"username": show.ACCOUNT, "password": "a-long-pass-1", "role": "viewer"}
    assert api("admin").post("/api/v1/users", body, "json").status_code == 400


def test_a_line_without_a_recipe_makes_no_units(client: Client, places: list[Place]) -> None:
    stop = threading.Event()
    running = threading.Thread(target=simulator.run, args=(client, places, stop))
    running.start()
    stop.wait(3)
    stop.set()
    running.join()
    assert not Inspection.objects.exists()


def test_the_story_is_told_by_the_seconds_since_the_start() -> None:
    for trouble in simulator.TROUBLES.values():
        assert trouble.rate(trouble.first_s - 1) < 0.15
        assert trouble.rate(trouble.first_s + 1) == trouble.step
        assert trouble.rate(trouble.first_s + simulator.STEP_S + 1) < 0.15
        assert trouble.rate(trouble.first_s + simulator.STEP_EVERY_S + 1) == trouble.step
    first = {trouble.first_s for trouble in simulator.TROUBLES.values()}
    assert len(first) == 2, "not on both lines at once"
