"""Dust and the like: no defect, not learnt as one, and false calls on it told apart. By hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.workers import ground as drawn
from workers import anomalies, catalogue, data, nuisances
from workers.contract import Answer, Finding, Manifest, ManifestAnnotation, ManifestSample
from workers.engines.base import Ground, load_engine
from workers.engines.parts.heads import Classes

BLANK = np.zeros((32, 32), np.float32)
BOX = (0.25, 0.25, 0.5, 0.5)


def sample(number: int, *names: str) -> ManifestSample:
    notes = [ManifestAnnotation(class_name=name, kind="box", box=BOX) for name in names]
    return ManifestSample(
        id=number, path=f"{number}.png", split="test", images={"rgb": "0" * 64}, width=32,
        height=32, annotations=notes,
    )  # fmt: skip


SAMPLES = [
    sample(0), sample(1), sample(2, "dust"), sample(3, "dust"), sample(4, "dust"),
    sample(5, "spot"), sample(6, "dust", "spot"),
]  # fmt: skip
TOLD = [0.1, 0.7, 0.2, 0.6, 0.8, 0.9, 0.4]


def manifest(**fields: Any) -> Manifest:
    classes = ["spot", "dust"]
    return Manifest(task="anomaly", classes=classes, samples=SAMPLES, **fields)


def test_dust_makes_no_image_defective() -> None:
    known = manifest(nuisances=["dust"])
    assert [bool(data.defects(each, known)) for each in SAMPLES] == [False] * 5 + [True] * 2
    alone = [each.id for each in SAMPLES if data.only_nuisances(each, known)]
    assert alone == [2, 3, 4]
    assert all(data.defects(each, manifest()) for each in SAMPLES[2:])


def test_an_anomaly_model_is_measured_apart_on_dust() -> None:
    """Of 2 clean ones 1 is called, of 3 dusty ones 2, of 2 defective ones 1 is missed."""
    answers = [Answer(image_score=score) for score in TOLD]
    found = anomalies.anomaly(
        SAMPLES, answers, [BLANK] * 7, manifest(nuisances=["dust"]), "test"
    ).metrics
    assert found["image_false_alarms"] == 0.5
    assert found["false_calls_nuisance"] == pytest.approx(2 / 3)
    assert found["image_recall"] == 0.5
    before = anomalies.anomaly(SAMPLES, answers, [BLANK] * 7, manifest(), "test").metrics
    assert "false_calls_nuisance" not in before


def test_scores_say_which_images_show_dust_alone() -> None:
    answers = [Answer(image_score=score) for score in TOLD]
    known = manifest(nuisances=["dust"])
    kept = anomalies.anomaly(SAMPLES, answers, [BLANK] * 7, known, "test").scores
    told = [(each.sample, each.nuisance, each.defective) for each in kept]
    assert told == [
        (0, False, False), (1, False, False), (2, True, False), (3, True, False),
        (4, True, False), (6, False, True), (5, False, True),
    ]  # fmt: skip


def test_told_heat_on_dust_is_a_false_call_of_pixels_too() -> None:
    plane = BLANK.copy()
    plane[8:16, 8:16] = 0.9
    answers = [Answer(image_score=0.9)] * 2
    some = [sample(0, "dust"), sample(1, "spot")]
    known = manifest(nuisances=["dust"])
    found = anomalies.anomaly(some, answers, [plane, plane], known, "test").metrics
    assert found["pixel_auroc"] is not None
    assert found["pixel_auroc"] < 1
    clean = anomalies.anomaly(some, answers, [BLANK, plane], known, "test").metrics
    assert clean["pixel_auroc"] == pytest.approx(1.0)


def finding(name: str, score: float) -> Finding:
    return Finding(class_name=name, score=score, box=BOX)


def test_dust_that_is_told_as_dust_is_no_false_call() -> None:
    """Detectors: below 0.25 nothing counts; of whole images only the best-scored class does."""
    known = manifest(nuisances=["dust"])
    answers = [
        Answer(findings=[finding("dust", 0.9)]),
        Answer(findings=[finding("dust", 0.9), finding("spot", 0.3)]),
        Answer(findings=[finding("spot", 0.2)]),
        Answer(),
    ]
    assert nuisances.called(answers, known, "detect") == [False, True, False, False]
    assert nuisances.called(answers, known, "classify") == [False, False, True, False]
    some = [SAMPLES[2], SAMPLES[3], SAMPLES[0], SAMPLES[5]]
    told = nuisances.called(answers, known, "detect")
    assert nuisances.figures(some, told, known) == {
        "image_recall": 0.0, "image_false_alarms": 0.0, "false_calls_nuisance": 0.5,
    }  # fmt: skip
    assert nuisances.figures(some, told, manifest()) == {}


def test_engines_learn_that_dust_is_normal() -> None:
    """Plates with a dark square count as good once dark is a nuisance."""
    version = drawn.normal(train=2, val=2, test=6)
    dark = [each for each in version.samples if _shows(each, "dark")]
    assert dark
    known = version.model_copy(update={"nuisances": ["dark"]})
    before, after = _good(version), _good(known)
    assert after - before == {each.id for each in dark}


def _shows(each: ManifestSample, name: str) -> bool:
    return any(note.class_name == name for note in each.annotations)


def _good(version: Manifest) -> set[int]:
    return {each.id for each in Ground(version, Path()).good("test")}


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("prototypical", {"image_size": 64, "width": 8, "epochs": 1, "episodes": 2}),
        ("yolo", {"image_size": 64, "epochs": 1}),
    ],
)
def test_a_classifier_counts_dust_among_what_is_good(
    name: str, params: dict[str, Any], tmp_path: Path
) -> None:
    known = drawn.labelled().model_copy(update={"nuisances": ["bright"]})
    engine = load_engine(catalogue.card(name), params, known.classes)
    engine.fit(drawn.ground(known, tmp_path), drawn.Watch())
    assert isinstance(engine.head, Classes)
    assert engine.head.good == ["bright", "good"]
    engine.save(tmp_path / "saved")
    again = load_engine(catalogue.card(name), params, known.classes)
    again.load(tmp_path / "saved")
    assert isinstance(again.head, Classes)
    assert again.head.good == ["bright", "good"]
