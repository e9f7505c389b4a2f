"""Release: warm first, then one transaction; back in one step; the history tells all of it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core import valkey
from core.accounts.models import User
from core.audit import chain
from core.audit.models import Entry
from inspection.models import Line, ModelVersion, Product, Recipe, Release, Site, Station
from inspection.selectors import health
from inspection.selectors import registry as selectors
from inspection.services import registry
from tests import drawn

Api = Callable[..., Any]


class Plant:
    """A station, a product, and recipes for them as asked for."""

    def __init__(self, by: User) -> None:
        self.by, self.version = by, drawn.version(by, images=5)
        site = Site.objects.create(name="S")
        self.line = Line.objects.create(site=site, name="L")
        self.station = Station.objects.create(line=self.line, name="AOI")
        self.product = Product.objects.create(code="P", name="plate")

    def recipe(self, model: ModelVersion | None = None, **fields: Any) -> Recipe:
        """The next revision, with a model of its own."""
        return Recipe.objects.create(
            station=self.station,
            product=self.product,
            revision=Recipe.objects.count() + 1,
            model=model or drawn.model(self.version, **fields),
            created_by=self.by,
        )


@pytest.fixture
def plant(make_user: Callable[..., User]) -> Plant:
    return Plant(make_user("manager"))


@pytest.fixture
def serve(db: None) -> Iterator[Callable[..., None]]:
    """serve(model, …): the heartbeat of a serve process that holds these models warm."""

    def beat(*models: ModelVersion) -> None:
        body = {"models": [model.pk for model in models], "at": "2026-01-01T00:00:00Z"}
        valkey.client().set("kizu:serve:test", json.dumps(body), ex=300)

    yield beat
    valkey.client().delete("kizu:serve:test", registry.WANTED)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "WAIT", 0.3)


def state(recipe: Recipe) -> str:
    return Recipe.objects.get(pk=recipe.pk).state


def test_a_warm_model_takes_over_and_the_history_says_so(
    plant: Plant, serve: Callable[..., None], api: Api
) -> None:
    one, two = plant.recipe(), plant.recipe()
    serve(one.model, two.model)
    client = api(user=plant.by)
    for recipe in (one, two):
        reply = client.post(f"/api/v1/recipes/{recipe.pk}/release", {"reason": "better"}, "json")
        assert (reply.status_code, reply.json()["state"]) == (200, "released"), reply.json()
    assert (state(one), state(two)) == ("retired", "released")
    rows = client.get(f"/api/v1/releases?station={plant.station.pk}").json()["results"]
    assert [(row["recipe"], row["replaced"], row["kind"]) for row in rows] == [
        (two.pk, one.pk, "release"),
        (one.pk, None, "release"),
    ]
    assert (rows[0]["replaced_model"], rows[0]["replaced_revision"]) == (one.model_id, 1)
    assert rows[1]["replaced_model"] is None
    now = client.get(f"/api/v1/releases?now=true&site={plant.line.site_id}").json()["results"]
    assert [row["recipe"] for row in now] == [two.pk]
    assert client.get(f"/api/v1/releases?site={plant.line.site_id + 1}").json()["results"] == []
    assert client.get("/api/v1/releases?now=maybe").status_code == 400
    assert rows[0]["ended_at"] is None
    assert rows[1]["ended_at"] == rows[0]["at"]
    assert Entry.objects.filter(action="recipe.in_force").count() == 2
    assert chain.verify() is None
    used = client.get(f"/api/v1/models/{two.model_id}").json()["in_use"]
    assert [(use["line"], use["recipe"]) for use in used] == [(plant.line.pk, two.pk)]


def test_while_it_warms_the_former_release_stays_in_force(
    plant: Plant, serve: Callable[..., None], api: Api
) -> None:
    one, two = plant.recipe(), plant.recipe()
    serve(one.model)
    registry.release(one.pk, "first", plant.by)
    client = api(user=plant.by)
    reply = client.post(f"/api/v1/recipes/{two.pk}/release", {"reason": "better"}, "json")
    assert (reply.status_code, reply.json()["state"]) == (202, "warming")
    assert selectors.in_force(plant.station.pk, plant.product.pk) == one
    wanted = valkey.client().hgetall(registry.WANTED)
    assert set(wanted) == {str(one.model_id), str(two.model_id)}
    serve(one.model, two.model)
    registry.complete_warming()
    assert selectors.in_force(plant.station.pk, plant.product.pk) == two
    assert (state(one), state(two)) == ("retired", "released")
    assert set(valkey.client().hgetall(registry.WANTED)) == {str(two.model_id)}


def test_a_first_release_lets_inspections_wait(plant: Plant, serve: Callable[..., None]) -> None:
    one = plant.recipe()
    serve()
    assert selectors.in_force(plant.station.pk, plant.product.pk) is None
    assert registry.release(one.pk, "first", plant.by).state == "warming"
    assert selectors.in_force(plant.station.pk, plant.product.pk) == one
    assert [ref.model_id for ref in selectors.models_in_force()] == [one.model_id]


def test_a_station_stays_ready_while_the_next_model_warms(
    plant: Plant, serve: Callable[..., None]
) -> None:
    one, two = plant.recipe(), plant.recipe()
    serve(one.model)
    registry.release(one.pk, "first", plant.by)
    registry.release(two.pk, "second", plant.by)
    assert state(two) == "warming"
    assert health.missing(plant.station.pk) == []
    serve(two.model)
    assert health.missing(plant.station.pk) == [f"model {one.model_id} is not warm"]


def test_a_model_takes_over_when_every_process_holds_it(
    plant: Plant, serve: Callable[..., None]
) -> None:
    """They share one queue: one that still loads would take requests that it cannot answer."""
    recipe = plant.recipe()
    serve(recipe.model)
    other = {"models": [], "at": "2026-01-01T00:00:00Z"}
    valkey.client().set("kizu:serve:second", json.dumps(other), ex=300)
    try:
        assert registry.release(recipe.pk, "first", plant.by).state == "warming"
        broken = other | {"broken": {str(recipe.model_id): "its file is gone"}}
        valkey.client().set("kizu:serve:second", json.dumps(broken), ex=300)
        registry.complete_warming()
        assert state(recipe) == "released"
    finally:
        valkey.client().delete("kizu:serve:second")


def test_a_newer_wish_replaces_one_that_still_warms(
    plant: Plant, serve: Callable[..., None]
) -> None:
    one, two = plant.recipe(), plant.recipe()
    serve()
    registry.release(one.pk, "first", plant.by)
    registry.release(two.pk, "second", plant.by)
    assert (state(one), state(two)) == ("draft", "warming")
    serve(one.model, two.model)
    registry.complete_warming()
    assert (state(one), state(two)) == ("draft", "released")
    assert Release.objects.filter(at__isnull=False).count() == 1


def test_rollback_puts_the_earlier_recipe_in_force_again(
    plant: Plant, serve: Callable[..., None], api: Api
) -> None:
    one, two = plant.recipe(), plant.recipe()
    serve(one.model, two.model)
    registry.release(one.pk, "first", plant.by)
    registry.release(two.pk, "second", plant.by)
    first = Release.objects.get(recipe=one)
    client = api(user=plant.by)
    reply = client.post(f"/api/v1/releases/{first.pk}/rollback", {"reason": "scrap"}, "json")
    assert (reply.status_code, reply.json()["id"]) == (200, one.pk), reply.json()
    assert (state(one), state(two)) == ("released", "retired")
    assert Release.objects.latest("id").kind == "rollback"
    again = client.post(f"/api/v1/releases/{first.pk}/rollback", {"reason": "scrap"}, "json")
    assert (again.status_code, again.json()["code"]) == (409, "already_in_force")


@pytest.mark.parametrize(
    ("fields", "code"), [({"parity_ok": False}, "parity_failed"), ({}, "not_exported")]
)
def test_a_model_that_cannot_serve_is_not_released(
    plant: Plant, api: Api, fields: dict[str, Any], code: str
) -> None:
    recipe = plant.recipe(**fields)
    if not fields:
        recipe.model.exports.all().delete()
    reply = api(user=plant.by).post(
        f"/api/v1/recipes/{recipe.pk}/release", {"reason": "try"}, "json"
    )
    assert (reply.status_code, reply.json()["code"]) == (409, code)
    assert state(recipe) == "draft"
    assert not Release.objects.exists()


def test_only_those_who_may_release_do_and_on_their_lines_only(
    plant: Plant, api: Api, serve: Callable[..., None]
) -> None:
    recipe = plant.recipe()
    path = f"/api/v1/recipes/{recipe.pk}/release"
    assert api("engineer").post(path, {"reason": "x"}, "json").status_code == 403
    reply = api("manager", lines=[plant.line.pk + 1]).post(path, {"reason": "x"}, "json")
    assert (reply.status_code, reply.json()["code"]) == (403, "wrong_line")
    assert api(user=plant.by).post(path, {"reason": " "}, "json").status_code == 400
    assert api(user=plant.by).post(path, {}, "json").status_code == 400
    serve(recipe.model)
    registry.release(recipe.pk, "first", plant.by)
    other = api("viewer", lines=[plant.line.pk + 1])
    assert other.get("/api/v1/releases").json()["results"] == []
    assert other.get(f"/api/v1/models/{recipe.model_id}").json()["in_use"] == []


def test_models_are_listed_filtered_and_downloaded(plant: Plant, api: Api) -> None:
    one = drawn.model(plant.version)
    two = drawn.model(plant.version, engine="yolo", parent=one)
    client = api("viewer")
    rows = client.get("/api/v1/models").json()["results"]
    assert [row["id"] for row in rows] == [two.pk, one.pk]
    assert rows[1]["exports"][0]["format"] == "openvino"
    assert (rows[0]["parent"], rows[0]["dataset_name"]) == (one.pk, plant.version.dataset.name)
    found = client.get("/api/v1/models?engine=yolo").json()["results"]
    assert [row["id"] for row in found] == [two.pk]
    dataset = plant.version.dataset_id
    assert len(client.get(f"/api/v1/models?dataset={dataset}&limit=1").json()["results"]) == 1
    assert client.get("/api/v1/models?job=x").status_code == 400
    reply = client.get(f"/api/v1/models/{one.pk}/artefact")
    assert b"".join(reply) == b"weights"
    assert client.get("/api/v1/models/999/artefact").status_code == 404


def test_an_export_is_a_job_for_those_who_may_train(plant: Plant, api: Api) -> None:
    model = drawn.model(plant.version)
    path = f"/api/v1/models/{model.pk}/export"
    assert api("operator").post(path, {"format": "onnx"}, "json").status_code == 403
    reply = api("engineer").post(path, {"format": "onnx"}, "json")
    assert (reply.status_code, reply.json()["kind"]) == (201, "export")
    assert reply.json()["model"] == model.pk
    assert api("engineer").post(path, {"format": "floppy"}, "json").status_code == 400
