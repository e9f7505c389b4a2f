"""What a method holds in memory is said before it starts, as its card tells it."""

from collections.abc import Callable
from typing import Any

import pytest

from core.accounts.models import User
from inspection.models import DatasetVersion
from inspection.selectors import frozen
from tests import drawn

Api = Callable[..., Any]
MB = 1024**2


def said(client: Any, version: DatasetVersion, engine: str, **params: Any) -> float:
    ask = {"kind": "train", "dataset_version": version.pk, "engine": engine, "params": params}
    checked = client.post("/api/v1/jobs/check", ask, format="json").json()
    assert checked["estimate"], checked
    return float(checked["estimate"]["memory_mb"])


@pytest.fixture
def version(make_user: Callable[..., User]) -> DatasetVersion:
    return drawn.version(make_user("engineer"), images=10)


def test_the_size_of_the_largest_training_image_is_known(version: DatasetVersion) -> None:
    held, shown = frozen.tally(version.manifest_id), set[tuple[int, int]]()
    for sample in frozen.samples(version.manifest_id):
        if sample["split"] == "train":
            shown.add((sample["width"], sample["height"]))
    assert held.width == max(width for width, _ in shown)
    assert held.height == max(height for _, height in shown)


def test_a_larger_memory_bank_is_said_to_take_more(api: Api, version: DatasetVersion) -> None:
    client, values = api("engineer"), {"backbone": "wide_resnet50_2", "side": 1024}
    few = said(client, version, "patchcore", **values, bank=10, candidates=100)
    many = said(client, version, "patchcore", **values, bank=100_000, coreset=1)
    # 6 images of 128 x 128 places fill the 50,000 candidates, of which all are remembered
    assert version.counts["train"] == 6
    assert many - few == pytest.approx(50_000 * (1536 + 128 + 6 + 1536) * 4 / MB, rel=0.01)


def test_a_method_without_epochs_is_said_to_look_once(api: Api, version: DatasetVersion) -> None:
    client = api("engineer")
    ask = {"kind": "train", "dataset_version": version.pk, "engine": "padim"}
    once = client.post("/api/v1/jobs/check", ask, format="json").json()["estimate"]["minutes"]
    ask |= {"engine": "segmentation", "params": {"epochs": 2000, "image_size": 640}}
    often = client.post("/api/v1/jobs/check", ask, format="json").json()["estimate"]["minutes"]
    assert 0 < once < 2 < often
