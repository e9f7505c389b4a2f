"""Drawn images from the job that made them to the training split of a version, and no further."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.audit.models import Entry
from core.errors import Refused
from inspection.models import (
    Dataset,
    DatasetVersion,
    Job,
    ModelVersion,
    Sample,
    SyntheticBatch,
    SyntheticImage,
    VersionSample,
)
from inspection.selectors import frozen
from inspection.services import batch, splits, sweep, synthetic, versions
from inspection.services.splits import Group
from tests import drawn
from workers.contract import Manifest, ManifestAnnotation
from workers.contract_drawing import DrawnImage, GenerateResult, Stored

API = "/api/v1"
SPLITS = {"splits": {"train": 0.5, "val": 0.25, "test": 0.25}, "seed": 3}


@pytest.fixture
def engineer(make_user: Callable[..., Any]) -> Any:
    return make_user("engineer")


@pytest.fixture
def client(api: Callable[..., Any], engineer: Any) -> Any:
    return api(user=engineer)


@pytest.fixture
def generator(engineer: Any) -> ModelVersion:
    """As a training of one would have left it."""
    return drawn.generator(drawn.version(engineer, images=20))


def stored(data: bytes) -> Stored:
    kept = drawn.blob(data)
    return Stored(sha256=kept.pk, size=kept.size)


def image(number: int, neighbour: int, doubt: Any = "") -> DrawnImage:
    data, box, _ = drawn.plate(2000 + 2 * number)
    return DrawnImage(
        seed=number, image=stored(data), closeup=stored(b"closeup %d" % number), width=drawn.SIZE,
        height=drawn.SIZE, parents=[neighbour], neighbour=neighbour, distance=0.5, doubt=doubt,
        neighbour_closeup=stored(b"real"),
        annotations=[ManifestAnnotation(class_name="dark", kind="box", box=box)],
    )  # fmt: skip


def result(neighbour: int, n: int = 6) -> GenerateResult:
    """The last two are in doubt."""
    doubts = [""] * (n - 2) + ["too_near", "too_far"]
    images = [image(number, neighbour, doubt) for number, doubt in enumerate(doubts)]
    return GenerateResult(
        images=images, features="fixed", real=6, kid=0.01, spread=0.002, near=0.1, far=1.0,
        seconds=1.5, device="cpu",
    )  # fmt: skip


@pytest.fixture
def made(generator: ModelVersion, engineer: Any) -> SyntheticBatch:
    """A batch as its job has left it."""
    job = synthetic.submit({"model": generator.pk, "n": 6, "class_name": "dark"}, engineer)
    neighbour = Sample.objects.filter(split="train").first() or Sample.objects.earliest("pk")
    with transaction.atomic():
        told = synthetic.store(job, result(neighbour.pk))
    return SyntheticBatch.objects.get(pk=told["synthetic"])


def approve(made: SyntheticBatch, by: Any) -> None:
    ids = made.images.filter(state="proposed").values_list("pk", flat=True)
    synthetic.decide(made, list(ids), "approved", by)


def test_drawing_is_asked_for_and_handed_over_whole(client: Any, generator: ModelVersion) -> None:
    ask = {"kind": "generate", "model": generator.pk, "n": 40, "seed": 9, "class_name": "bright"}
    reply = client.post(f"{API}/jobs", ask, format="json")
    assert reply.status_code == 201, reply.content
    order = synthetic.contract(Job.objects.get(pk=reply.json()["id"]))
    assert (order.engine, order.n, order.seed, order.class_name) == ("dcgan", 40, 9, "bright")
    assert order.paste
    assert order.manifest == generator.dataset_version.manifest_id  # type: ignore[union-attr]  # it has one
    assert order.artefact == generator.artefact_id
    wrong = client.post(f"{API}/jobs", ask | {"class_name": "scratch"}, format="json")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["class_name"])
    none = client.post(f"{API}/jobs", {"kind": "generate", "model": generator.pk}, format="json")
    assert (none.status_code, list(none.json()["fields"])) == (400, ["n"])


def test_a_model_that_judges_does_not_draw_and_the_other_way_round(
    engineer: Any, generator: ModelVersion, client: Any
) -> None:
    judges = drawn.model(DatasetVersion.objects.get())
    with pytest.raises(Refused, match="no such generator"):
        synthetic.submit({"model": judges.pk, "n": 1}, engineer)
    with pytest.raises(Refused, match="no such model"):
        batch.submit({"model": generator.pk, "dataset": 1}, engineer)
    ask = {"format": "onnx"}
    reply = client.post(f"{API}/models/{generator.pk}/export", ask, format="json")
    assert reply.status_code == 404
    shown = [row["id"] for row in client.get(f"{API}/models").json()["results"]]
    assert shown == [judges.pk]
    asked = client.get(f"{API}/models?kind=generate").json()["results"]
    assert [row["id"] for row in asked] == [generator.pk]


def test_generators_are_offered_apart_from_engines(client: Any) -> None:
    generators = {row["name"] for row in client.get(f"{API}/generators").json()}
    engines = {row["name"] for row in client.get(f"{API}/engines").json()}
    assert {"dcgan", "wgan_gp", "ddpm"} <= generators
    assert not generators & engines


def test_what_cannot_be_learnt_is_said_before(client: Any, engineer: Any) -> None:
    version = drawn.version(engineer, images=20)
    ask = {"kind": "train", "dataset_version": version.pk, "engine": "dcgan"}

    def check(name: str) -> Any:
        asked = ask | {"params": {"class_name": name}}
        return client.post(f"{API}/jobs/check", asked, format="json").json()

    assert [p["code"] for p in check("scratch")["problems"]] == ["class_not_in_version"]
    few = check("dark")
    assert few["ok"]
    assert [(p["code"], p["params"]["n"]) for p in few["problems"]] == [("few_examples", 6)]


def test_doubtful_images_start_out_rejected_and_nobody_has_approved_any(
    made: SyntheticBatch, client: Any
) -> None:
    shown = client.get(f"{API}/synthetic/{made.pk}").json()
    assert (shown["proposed"], shown["approved"], shown["rejected"], shown["added"]) == (4, 0, 2, 0)
    assert (shown["kid"], shown["near"], shown["far"], shown["real"]) == (0.01, 0.1, 1.0, 6)
    doubted = client.get(f"{API}/synthetic/{made.pk}/images?doubt=too_near").json()["results"]
    assert [(row["position"], row["state"], row["decided_by"]) for row in doubted] == [
        (4, "rejected", None)
    ]
    whole = client.get(f"{API}/synthetic/{made.pk}/images?state=proposed").json()["results"]
    assert [row["seed"] for row in whole] == [0, 1, 2, 3]
    assert whole[0]["parents"] == [whole[0]["neighbour"]]
    for url in (whole[0]["url"], whole[0]["closeup_url"], whole[0]["neighbour_url"]):
        assert client.get(f"{url}?raw=1").status_code == 200
    with pytest.raises(IntegrityError), transaction.atomic():
        SyntheticImage.objects.filter(batch=made).update(state="approved")


def test_approving_and_taking_it_back(made: SyntheticBatch, client: Any, engineer: Any) -> None:
    ids = [row.pk for row in made.images.order_by("position")]

    def decide(some: list[int], state: str) -> Any:
        ask = {"images": some, "state": state}
        return client.post(f"{API}/synthetic/{made.pk}/decide", ask, format="json").json()

    assert decide(ids[:2], "approved")["approved"] == 2
    assert decide(ids[5:], "approved")["approved"] == 3  # in doubt, and yet it may be right
    assert decide(ids[:1], "proposed")["proposed"] == 3
    first, second = SyntheticImage.objects.filter(pk__in=ids[:2]).order_by("position")
    assert (first.decided_by, first.decided_at) == (None, None)
    assert second.decided_by == engineer
    notes = Entry.objects.filter(action="synthetic.decide").order_by("pk")
    assert [(note.new or {})["positions"] for note in notes] == [[0, 1], [5], [0]]
    others = SyntheticImage.objects.exclude(batch=made).count()
    assert decide([10**9], "approved")["approved"] == 2
    assert SyntheticImage.objects.exclude(batch=made).count() == others


def test_what_is_approved_becomes_training_data_once(
    made: SyntheticBatch, client: Any, engineer: Any
) -> None:
    dataset = made.dataset_version.dataset
    assert client.post(f"{API}/synthetic/{made.pk}/add").json()["code"] == "nothing_approved"
    approve(made, engineer)
    assert client.post(f"{API}/synthetic/{made.pk}/add").json() == {"added": 4}
    assert client.post(f"{API}/synthetic/{made.pk}/add").status_code == 409
    rows = client.get(f"{API}/datasets/{dataset.pk}/samples?synthetic=true").json()["results"]
    assert [row["path"] for row in rows][::-1] == [
        f"synthetic/{made.pk}/{position:04}.png" for position in range(4)
    ]
    assert {(row["split"], row["annotated"], row["synthetic"]) for row in rows} == {
        ("train", True, True)
    }
    assert rows[0]["annotations"][0]["class"] == "dark"
    real = client.get(f"{API}/datasets/{dataset.pk}/samples?synthetic=false").json()["results"]
    assert len(real) == 20
    assert client.get(f"{API}/datasets/{dataset.pk}").json()["summary"]["synthetic"] == 4
    ids = [row.pk for row in made.images.filter(sample__isnull=False)]
    with pytest.raises(Refused, match="already"):
        synthetic.decide(made, ids[:1], "rejected", engineer)
    note = Entry.objects.get(action="dataset.add_synthetic")
    assert (note.new or {})["count"] == 4


def test_no_version_has_them_but_in_train(made: SyntheticBatch, engineer: Any) -> None:
    dataset = made.dataset_version.dataset
    before, _ = versions.freeze(dataset, SPLITS, engineer)
    approve(made, engineer)
    synthetic.add(made, engineer)
    version, new = versions.freeze(dataset, SPLITS, engineer)
    assert new
    assert version.synthetic == 4
    held = VersionSample.objects.filter(version=version, sample__synthetic=True)
    assert set(held.values_list("split", flat=True)) == {"train"}
    counts = dict(before.counts)
    assert version.counts == counts | {"train": counts["train"] + 4}
    from core import storage

    manifest = Manifest.model_validate_json(storage.get(version.manifest_id))
    marked = [sample for sample in manifest.samples if sample.synthetic]
    assert [sample.split for sample in marked] == ["train"] * 4
    assert b"synthetic" not in storage.get(before.manifest_id)
    tally = frozen.tally(version.manifest_id)
    assert tally.train["dark"] - tally.real["dark"] == 4
    with pytest.raises(IntegrityError), transaction.atomic():
        Sample.objects.filter(synthetic=True).update(split="test")


def test_many_of_them_take_no_real_image_out_of_train() -> None:
    """A hundred real ones at 70 %: 70, however many were drawn."""
    real = [Group([n]) for n in range(100)]
    synth = [Group([100 + n], synthetic=True) for n in range(500)]
    splits.deal([*real, *synth], {"train": 0.7, "val": 0.15, "test": 0.15}, 1)
    dealt = [group.split for group in real]
    assert [dealt.count(name) for name in splits.SPLITS] == [70, 15, 15]
    assert {group.split for group in synth} == {"train"}


def test_a_manifest_refuses_them_elsewhere() -> None:
    values: dict[str, Any] = {
        "id": 1, "path": "a.png", "images": {"rgb": "0" * 64}, "width": 8, "height": 8,
    }  # fmt: skip
    from workers.contract import ManifestSample

    assert ManifestSample(split="train", synthetic=True, **values).synthetic
    for split in ("val", "test"):
        with pytest.raises(ValueError, match="only be in train"):
            ManifestSample.model_validate(values | {"split": split, "synthetic": True})


def test_the_sweep_keeps_what_a_batch_shows(
    made: SyntheticBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    monkeypatch.setattr(sweep, "AGE", timedelta(0))
    first = made.images.earliest("position")
    names = {first.image_id, first.closeup_id, first.neighbour_closeup_id}
    sweep.sweep()
    from core import storage

    assert all(storage.get(str(name)) for name in names)


def test_a_viewer_sees_none_of_it(api: Callable[..., Any], made: SyntheticBatch) -> None:
    for path in ("synthetic", f"synthetic/{made.pk}", f"synthetic/{made.pk}/images"):
        assert api("viewer").get(f"{API}/{path}").status_code == 403


def test_nothing_is_added_to_an_archived_dataset(made: SyntheticBatch, engineer: Any) -> None:
    from django.utils import timezone

    approve(made, engineer)
    Dataset.objects.update(archived_at=timezone.now())
    with pytest.raises(Refused, match="archived"):
        synthetic.add(SyntheticBatch.objects.get(pk=made.pk), engineer)
