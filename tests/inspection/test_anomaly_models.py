"""What an anomaly model's findings come to on the line: a person looks, unless rules say more."""

from collections.abc import Callable
from typing import Any

import pytest

from core import storage
from inspection.models.inspections import InspectionImage
from inspection.services import registry
from tests.inspection.cell import Cell, image, stored, wait_for
from tests.workers import ground as drawn
from workers import runner, store
from workers.contract import TrainJob, TrainResult

PARAMS = {
    "tile": 64, "margin": 8, "levels": 2, "width": 8, "bottleneck": 4, "crops": 1, "epochs": 6,
    "lr": 0.005,
}  # fmt: skip
GOOD, DARK, BRIGHT = 44, 42, 43  # every third plate is good; even ones are dark


@pytest.fixture(scope="module")
def normal(servers: None) -> TrainResult:
    """A small model that saw good plates alone."""
    manifest = drawn.normal(size=96)
    for sample in manifest.samples:
        storage.put(store.path_of(sample.images["rgb"]).read_bytes())
    order = TrainJob(
        job_id=1, engine="multiscale_dae", params=dict(PARAMS), nice=0, preset="none",
        manifest=store.put(manifest.model_dump_json().encode()),
    )  # fmt: skip
    return runner.train(order, lambda event: None)


def released(cell: Cell, normal: TrainResult, **more: Any) -> Any:
    return cell.release(normal, engine="multiscale_dae", params=PARAMS, **more)


def test_what_it_finds_is_for_a_person(cell: Cell, serve: Any, normal: TrainResult) -> None:
    """REVIEW and not NG; a good plate is OK. What was told of the image is stored with it."""
    assert normal.kind == "anomaly"
    assert normal.classes == ["anomaly"]
    assert normal.evaluation.metrics["image_auroc"] == 1.0
    released(cell, normal)
    for number in (DARK, BRIGHT):
        answer = cell.post(image(number)).json()
        assert answer["verdict"] == "REVIEW", answer
        (reason,) = answer["reasons"]
        assert (reason["code"], reason["class"]) == ("finding", "anomaly")
        assert stored(answer).verdict == "REVIEW"
        (row,) = InspectionImage.objects.filter(inspection_id=answer["id"])
        assert (row.score or 0) > 0.5
    answer = cell.post(image(GOOD)).json()
    assert (answer["verdict"], answer["reasons"]) == ("OK", [])


def test_the_image_score_has_a_threshold_of_its_own(
    cell: Cell, serve: Any, normal: TrainResult
) -> None:
    """Findings are out of the question here: it is the image as a whole that is in doubt."""
    released(cell, normal, default=1.0, image=0.5)
    answer = cell.post(image(DARK)).json()
    assert answer["verdict"] == "REVIEW", answer
    assert [reason["code"] for reason in answer["reasons"]] == ["image_score"]
    assert cell.post(image(GOOD)).json()["verdict"] == "OK"


def test_it_is_ng_only_where_a_rule_says_so(
    cell: Cell, serve: Any, normal: TrainResult, api: Callable[..., Any]
) -> None:
    model = released(cell, normal)
    body = {"station": cell.station.pk, "product": cell.product.pk, "model": model.pk,
            "thresholds": {"default": 0.5},
            "rules": [{"class": "anomaly", "action": "NG"}]}  # fmt: skip
    made = api("engineer").post("/api/v1/recipes", body, format="json")
    assert made.status_code == 201, made.content
    registry.release(made.json()["id"], "rules", cell.user, wait=300)
    answer = wait_for(lambda: (a := cell.post(image(DARK)).json())["recipe"] == made.json()["id"]
                      and a)  # fmt: skip
    assert (answer["verdict"], answer["reasons"][0]["code"]) == ("NG", "rule")


def test_its_scores_of_held_out_images_are_kept(normal: TrainResult) -> None:
    """At 0.5, where its threshold is told, they come to the figures that were measured."""
    found = normal.evaluation
    assert found.scored == len(found.scores) == found.metrics["images"] == 18
    bad = [each.score >= 0.5 for each in found.scores if each.defective]
    good = [each.score >= 0.5 for each in found.scores if not each.defective]
    assert sum(bad) / len(bad) == found.metrics["image_recall"]
    assert sum(good) / len(good) == found.metrics["image_false_alarms"]
