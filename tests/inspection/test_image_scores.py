"""A model's image scores: what each threshold would do, and the images nearest to one."""

from collections.abc import Callable
from typing import Any

import pytest

from inspection.models.datasets import Sample
from inspection.models.registry import ModelVersion
from inspection.services import artefacts
from tests import drawn
from workers.contract import EvaluationReport, ImageScore

Api = Callable[..., Any]
SCORES = [0.1, 0.2, 0.3, 0.4, 0.45, 0.47, 0.48, 0.55, 0.6, 0.9]  # the last three are bad


@pytest.fixture
def model(make_user: Callable[..., Any]) -> ModelVersion:
    """A model that was measured on ten images of its dataset."""
    version = drawn.version(make_user("engineer"), images=10)
    made = drawn.model(version)
    samples = version.dataset.samples.order_by("pk")
    scores = [
        ImageScore(sample=row.pk, score=score, defective=score > 0.5, nuisance=0.44 < score < 0.46)
        for row, score in zip(samples, SCORES, strict=True)
    ]
    report = EvaluationReport(split="test", metrics={}, scores=scores, scored=40)
    artefacts.add_evaluation(made, version, report)
    return made


def test_the_curve_says_what_each_threshold_does(api: Api, model: ModelVersion) -> None:
    told = api("viewer").get(f"/api/v1/models/{model.pk}/curve").json()
    assert {name: told[name] for name in told if name not in ("chosen", "steps")} == {
        "split": "test", "images": 10, "scored": 40, "good": 6, "nuisances": 1,
        "defective": 3,
    }  # fmt: skip
    assert told["chosen"] == 0.5
    by = {step["at"]: step for step in told["steps"]}
    assert (by[0.5]["called"], by[0.5]["missed"]) == (0, 0)
    assert (by[0.45]["called"], by[0.45]["nuisances"], by[0.6]["missed"]) == (2, 1, 1)
    low, high = by[0.6]["misses_limits"]
    assert by[0.6]["misses"] == pytest.approx(1 / 3)
    assert low < 1 / 3 < high


def test_the_nearest_are_told_on_both_sides(api: Api, model: ModelVersion) -> None:
    client = api("engineer")
    told = client.get(f"/api/v1/models/{model.pk}/nearest?at=0.55").json()
    assert [each["score"] for each in told["above"]] == [0.55, 0.6, 0.9]
    assert [each["score"] for each in told["below"]] == [0.48, 0.47, 0.45, 0.4, 0.3, 0.2]
    assert [each["defective"] for each in told["above"]] == [True] * 3
    assert [each["nuisance"] for each in told["below"]] == [False, False, True] + [False] * 3
    first = told["above"][0]
    row = Sample.objects.get(pk=first["id"])
    assert (first["dataset"], first["path"]) == (row.dataset_id, row.path)
    assert client.get(first["image"]["url"]).status_code == 200
    assert client.get(f"/api/v1/models/{model.pk}/nearest").json()["at"] == 0.5


def test_images_are_for_those_who_may_see_datasets(api: Api, model: ModelVersion) -> None:
    told = api("viewer").get(f"/api/v1/models/{model.pk}/nearest?at=0.55").json()
    assert [each["score"] for each in told["above"]] == [0.55, 0.6, 0.9]
    seen = {(each["dataset"], each["path"], each["image"]) for each in told["above"]}
    assert seen == {(None, None, None)}


def test_an_image_that_is_gone_keeps_its_score(api: Api, model: ModelVersion) -> None:
    version = model.dataset_version
    assert version
    gone = version.dataset.samples.order_by("pk")[7]
    pk = gone.pk
    version.members.filter(sample=gone).delete()
    gone.delete()
    told = api("engineer").get(f"/api/v1/models/{model.pk}/nearest?at=0.5").json()
    assert told["above"][0] | {"score": 0} == {
        "id": pk, "score": 0, "defective": True, "nuisance": False, "dataset": None,
        "path": None, "image": None,
    }  # fmt: skip


def test_a_model_from_before_has_none(api: Api, make_user: Callable[..., Any]) -> None:
    made = drawn.model(drawn.version(make_user("engineer"), images=3))
    client = api("viewer")
    told = client.get(f"/api/v1/models/{made.pk}/curve").json()
    assert (told["steps"], told["images"], told["split"]) == ([], 0, "")
    near = client.get(f"/api/v1/models/{made.pk}/nearest?at=0.3").json()
    assert (near["above"], near["below"]) == ([], [])


def test_a_threshold_is_a_number(api: Api, model: ModelVersion) -> None:
    answer = api("viewer").get(f"/api/v1/models/{model.pk}/nearest?at=high")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_the_model_itself_comes_without_them(api: Api, model: ModelVersion) -> None:
    told = api("viewer").get(f"/api/v1/models/{model.pk}").json()
    assert [set(each) & {"scores", "scored"} for each in told["evaluations"]] == [set()]
