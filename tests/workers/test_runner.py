"""A job from its order to what comes out, against the real object store."""

import io
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from core import storage
from tests.workers import ground as drawn
from workers import runner, served, store
from workers.contract import (
    Answer,
    BatchInferJob,
    BatchItem,
    EvaluateJob,
    ExportJob,
    Failure,
    Manifest,
    ModelRef,
    Part,
    TrainJob,
    TrainResult,
)
from workers.served import open_model

PARAMS: dict[str, Any] = {"epochs": 4, "patches": 16, "width": 8}


@pytest.fixture(scope="module")
def frozen(servers: None) -> Manifest:
    """A drawn version whose images are in the object store, and in no cache of this machine."""
    made = drawn.manifest(36, 6, 12)
    for sample in made.samples:
        path = store.path_of(sample.images["rgb"])
        storage.put(path.read_bytes())
        path.unlink(missing_ok=True)
    return made


@pytest.fixture(scope="module")
def trained(frozen: Manifest) -> tuple[TrainJob, TrainResult, drawn.Watch]:
    """One training, carried out."""
    manifest, watch = store.put(frozen.model_dump_json().encode()), drawn.Watch()
    order = TrainJob(job_id=1, engine="patch_cnn", params=PARAMS, manifest=manifest, nice=0)
    return order, runner.train(order, watch), watch


def ref(result: TrainResult, **fields: Any) -> ModelRef:
    assert result.export
    export = {"export": result.export.artefact, "export_format": "openvino", "precision": "f32"}
    return ModelRef(
        model_id=1,
        engine="patch_cnn",
        kind=result.kind,
        params=PARAMS,
        classes=result.classes,
        artefact=result.artefact,
        **(export | fields),
    )


def test_training_brings_a_model_with_its_evidence(trained: Any) -> None:
    _, result, watch = trained
    assert result.device in ("cpu", "cuda:0")
    assert storage.size(storage.blob_key(result.artefact)) == result.artefact_size
    assert (result.evaluation.metrics["map50"] or 0) > 0.3
    assert result.evaluation.split == "test"
    assert result.evaluation.confusion["classes"] == [*drawn.CLASSES, "background"]
    assert set(result.evaluation.per_class) == set(drawn.CLASSES)
    assert result.export.parity["ok"]
    assert result.export.precision == "f32"
    assert "torch" in result.code_version
    stages = list(dict.fromkeys(event.stage for event in watch.of("progress")))
    assert stages == ["fetch", "train", "evaluate", "export", "compare"]


def test_the_export_and_the_engine_answer_alike(trained: Any) -> None:
    _, result, _ = trained
    plates = [drawn.plate(number, 96)[0] for number in range(600, 606)]
    exported = open_model(ref(result))
    engine = open_model(ref(result, export=None, export_format=None))
    assert (exported.name, engine.name) == ("openvino f32", "torch f32")
    for a, b in zip(exported.predict(plates), engine.predict(plates), strict=True):
        assert [f.class_name for f in a.findings] == [f.class_name for f in b.findings]
        assert a.image_score == pytest.approx(b.image_score, abs=1e-4)
        assert set(a.ms) == {"prepare", "infer", "find"}


def test_a_batch_answers_each_item_and_names_what_is_broken(trained: Any, frozen: Any) -> None:
    _, result, _ = trained
    broken, gone = store.put(b"no image"), "0" * 64
    shas = [sample.images["rgb"] for sample in frozen.samples[:18]] + [broken, gone]
    items = [BatchItem(ref=str(n), part=Part(images={"rgb": s})) for n, s in enumerate(shas)]
    answers: list[tuple[str, Answer]] = []
    watch = drawn.Watch()
    order = BatchInferJob(job_id=2, model=ref(result), items=items, done=5, nice=0)
    runner.run_batch(order, watch, answers.extend)
    assert [name for name, _ in answers] == [item.ref for item in items]
    assert [answer.error for _, answer in answers[-2:]] == ["not_an_image", "blob_missing"]
    assert all(answer.width == 96 for _, answer in answers[:-2])
    assert watch.of("progress")[-1].share == 1


def _noted(seen: list[Any], images: Any) -> Any:
    seen += images
    return images


def test_a_batch_reads_every_modality(trained: Any, frozen: Any, monkeypatch: Any) -> None:
    _, result, _ = trained
    rgb, template = (sample.images["rgb"] for sample in frozen.samples[:2])
    items = [
        BatchItem(ref="both", part=Part(images={"rgb": rgb, "template": template})),
        BatchItem(ref="half", part=Part(images={"rgb": rgb, "template": store.put(b"no image")})),
        BatchItem(ref="none", part=Part(images={"template": template})),
    ]
    seen: list[Any] = []
    open_model_ = served.open_model

    def watched(*asked: Any, **options: Any) -> Any:
        model = open_model_(*asked, **options)
        predict = model.predict
        monkeypatch.setattr(model, "predict", lambda images: predict(_noted(seen, images)))
        return model

    monkeypatch.setattr(served, "open_model", watched)
    answers: list[tuple[str, Answer]] = []
    order = BatchInferJob(job_id=2, model=ref(result), items=items, nice=0)
    runner.run_batch(order, drawn.Watch(), answers.extend)
    errors = {name: answer.error for name, answer in answers}
    assert errors == {"both": None, "half": "not_an_image", "none": "no_image"}
    (images,) = seen
    assert {name: pixels.shape for name, pixels in images.items()} == {
        "rgb": (96, 96, 3), "template": (96, 96, 3)
    }  # fmt: skip


def test_an_image_that_is_gone_is_named_before_any_training(trained: Any, frozen: Any) -> None:
    order, _, watch = trained
    first = frozen.samples[0].model_copy(update={"images": {"rgb": "0" * 64}})
    lacking = frozen.model_copy(update={"samples": [first, *frozen.samples[1:]]})
    manifest = store.put(lacking.model_dump_json().encode())
    with pytest.raises(Failure) as failure:
        runner.train(order.model_copy(update={"manifest": manifest}), watch)
    assert failure.value.code == "blob_missing"
    assert failure.value.message.startswith(f"{first.path}: ")


def test_export_and_evaluation_of_a_stored_model(trained: Any) -> None:
    order, result, watch = trained
    fields = order.model_dump(include={"engine", "params", "manifest"})
    ask = ExportJob(job_id=3, artefact=result.artefact, format="onnx", **fields, nice=0)
    made = runner.export(ask, watch)
    assert made.format == "onnx"
    assert made.parity["ok"]
    onnx = open_model(ref(result, export=made.artefact, export_format="onnx"))
    assert onnx.predict([np.zeros((40, 50, 3), np.uint8)])[0].width == 50
    job = EvaluateJob(job_id=4, model=ref(result), manifest=order.manifest, nice=0)
    assert runner.evaluate(job, watch).metrics == pytest.approx(result.evaluation.metrics)


def test_failures_say_what_to_do(trained: Any, frozen: Manifest) -> None:
    order, _, watch = trained
    with pytest.raises(Failure) as failure:
        runner.train(order.model_copy(update={"device": "cuda:99"}), watch)
    assert failure.value.code == "no_device"
    assert failure.value.hint
    first = frozen.samples[0].model_copy(update={"images": {"rgb": store.put(b"not a picture")}})
    spoiled = frozen.model_copy(update={"samples": [first, *frozen.samples[1:]]})
    manifest = store.put(spoiled.model_dump_json().encode())
    with pytest.raises(Failure) as failure:
        runner.train(order.model_copy(update={"manifest": manifest}), watch)
    assert failure.value.code == "image_broken"
    assert frozen.samples[0].path in failure.value.message


def test_what_was_damaged_on_the_way_is_not_used(servers: None) -> None:
    sha256 = store.put(b"first words")
    storage.client().put_object(
        storage.bucket(), storage.blob_key(sha256), io.BytesIO(b"other words"), 11
    )
    with pytest.raises(Failure) as failure:
        store.fetch(sha256)
    assert failure.value.code == "blob_damaged"


def test_a_folder_comes_back_as_it_went(servers: None, tmp_path: Any) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.bin").write_bytes(b"x" * 1000)
    (tmp_path / "spec.json").write_text("{}")
    sha256, size = store.put_folder(tmp_path)
    assert store.put_folder(tmp_path) == (sha256, size)
    folder = store.get_folder(sha256)
    assert (folder / "a" / "x.bin").read_bytes() == b"x" * 1000
    store.trim(limit=0)
    assert not folder.exists()
    assert store.get_folder(sha256).exists()


def test_a_segmentation_is_measured_by_its_pixels(frozen: Manifest) -> None:
    params = {"tile": 64, "margin": 8, "epochs": 7, "crops": 1, "lr": 0.003}
    manifest = store.put(frozen.model_dump_json().encode())
    order = TrainJob(job_id=2, engine="segmentation", params=params, manifest=manifest, nice=0)
    result = runner.train(order, drawn.Watch())
    assert result.kind == "segment"
    assert result.export.parity["ok"]  # type: ignore[union-attr]  # there is one, or this fails
    metrics = result.evaluation.metrics
    assert (metrics["iou"] or 0) > 0.4, metrics
    assert (metrics["dice"] or 0) > (metrics["iou"] or 0)
    assert set(result.evaluation.per_class["dark"]) >= {"iou", "dice", "component_recall"}
    known = ref(result).model_copy(update={"engine": "segmentation", "params": params})
    answers = open_model(known).predict([drawn.plate(number, 96)[0] for number in range(700, 706)])
    found = [finding for answer in answers for finding in answer.findings]
    assert found
    assert any(finding.polygon for finding in found)


def test_files_are_fetched_while_others_are_trimmed(
    servers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is being written by one thread is no matter of another that makes room."""
    shas = [store.put(f"blob {number}".encode()) for number in range(120)]
    monkeypatch.setattr(store, "TRIM_EVERY", 1)
    for _ in range(3):
        shutil.rmtree(store.root() / "blobs", ignore_errors=True)
        with ThreadPoolExecutor(8) as pool:
            assert len(list(pool.map(store.read, shas * 2))) == 240


def test_what_a_killed_worker_left_half_written_is_trimmed_in_time(servers: None) -> None:
    left, fresh = (store.path_of("ab" * 32).with_name(name) for name in ("tmpleft", "tmpfresh"))
    left.parent.mkdir(parents=True, exist_ok=True)
    for path in (left, fresh):
        path.write_bytes(b"half")
    os.utime(left, (0, 0))
    store.trim(limit=0)
    assert (left.exists(), fresh.exists()) == (False, True)
    fresh.unlink()
