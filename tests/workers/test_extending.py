"""A class more for a stored model, from its order to both models' figures."""

from typing import Any

import pytest

from core import storage
from tests.workers import ground as drawn
from tests.workers.test_every_engine import QUICK
from tests.workers.test_few_shot import without
from workers import catalogue, extending, store
from workers.contract import ExtendJob, Failure, Manifest, ModelRef
from workers.engines.base import load_engine
from workers.served import open_model


@pytest.fixture(scope="module")
def whole(servers: None) -> Manifest:
    """Plates of three classes, in the object store."""
    made = drawn.labelled(36, 6, 24, size=64)
    for sample in made.samples:
        storage.put(store.path_of(sample.images["rgb"]).read_bytes())
    return made


@pytest.fixture(scope="module")
def model(whole: Manifest, tmp_path_factory: Any) -> ModelRef:
    """A stored model that tells dark from good."""
    known, work = without("bright"), tmp_path_factory.mktemp("model")
    engine = load_engine(catalogue.card("prototypical"), QUICK["prototypical"], known.classes)
    engine.fit(drawn.ground(known, work), drawn.Watch())
    engine.save(work / "artefact")
    artefact, _ = store.put_folder(work / "artefact")
    return ModelRef(
        model_id=1,
        engine="prototypical",
        kind="classify",
        params=QUICK["prototypical"],
        classes=known.classes,
        artefact=artefact,
    )


def order(whole: Manifest, model: ModelRef, images: list[str], **fields: Any) -> ExtendJob:
    manifest = store.put(whole.model_dump_json().encode())
    asked = {"class_name": "bright", "manifest": manifest, "nice": 0} | fields
    return ExtendJob(job_id=1, model=model, images=images, **asked)


def bright(whole: Manifest, split: str, n: int) -> list[str]:
    found = [s for s in whole.samples if s.split == split]
    return [s.images["rgb"] for s in found if s.annotations[0].class_name == "bright"][:n]


def test_both_models_are_measured_on_the_same_images(whole: Manifest, model: ModelRef) -> None:
    images, watch = bright(whole, "train", 5), drawn.Watch()
    made = extending.extend(order(whole, model, images), watch)
    assert made.classes == ["dark", "good", "bright"]
    n = made.after.per_class["bright"]["n"]
    assert n == made.before.per_class["bright"]["n"] == 8
    assert made.before.per_class["bright"]["recall"] == 0
    assert (made.after.per_class["bright"]["recall"] or 0) > 0.7
    assert made.gained["bright"] == round((made.after.per_class["bright"]["recall"] or 0) * n)
    for name in model.classes:
        change = made.gained[name] - made.lost[name]
        both = [report.per_class[name]["recall"] or 0 for report in (made.before, made.after)]
        total = made.after.per_class[name]["n"] or 0
        assert change == round((both[1] - both[0]) * total)
    assert [each.image for each in made.left_out] == images
    assert sum(each.told == "bright" for each in made.left_out) >= 4
    assert made.export.parity["ok"]
    assert {event.role for event in watch.of("artefact")} == {"weights", "export"}
    stages = list(dict.fromkeys(event.stage for event in watch.of("progress")))
    assert stages == ["fetch", "leave_out", "evaluate", "export", "compare"]
    ref = model.model_copy(
        update={
            "artefact": made.artefact,
            "classes": made.classes,
            "export": made.export.artefact,
            "export_format": "openvino",
        }
    )
    served, engine = open_model(ref), open_model(ref.model_copy(update={"export": None}))
    plates = [drawn.plate(number, 64)[0] for number in range(800, 806)]
    told = [[a.findings[0].class_name for a in each.predict(plates)] for each in (served, engine)]
    assert told[0] == told[1]
    assert "bright" in told[0]


def test_images_of_the_class_do_not_measure_it(whole: Manifest, model: ModelRef) -> None:
    made = extending.extend(order(whole, model, bright(whole, "test", 3)), drawn.Watch())
    assert made.skipped == 3
    assert made.after.per_class["bright"]["n"] == 5


def test_a_single_image_leaves_nothing_out(whole: Manifest, model: ModelRef) -> None:
    made = extending.extend(order(whole, model, bright(whole, "train", 1)), drawn.Watch())
    assert made.left_out == []
    assert made.classes[-1] == "bright"


def test_what_cannot_be_extended_says_so(whole: Manifest, model: ModelRef) -> None:
    image, broken = bright(whole, "train", 1), store.put(b"no image")
    other = model.model_copy(update={"engine": "patch_cnn", "params": {}})
    for ask, code in (
        (order(whole, other, image), "not_extendable"),
        (order(whole, model, [broken]), "image_broken"),
        (order(whole, model, image, class_name="dark"), "class_known"),
    ):
        with pytest.raises(Failure) as failure:
            extending.extend(ask, drawn.Watch())
        assert failure.value.code == code
