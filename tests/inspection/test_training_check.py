"""What speaks against a training is said before it is queued, and names the file or the class."""

import io
from collections.abc import Callable
from typing import Any

import pytest

from core import storage
from core.accounts.models import User
from inspection.models import DatasetVersion, Job, SampleImage
from inspection.selectors import expectations, soundness
from inspection.selectors import frozen as reading
from inspection.selectors import training as selectors
from tests import drawn
from tests.inspection.test_imports import bring, drawn_set, freeze, header_only
from workers import catalogue
from workers.contract import Manifest, ManifestAnnotation

Api = Callable[..., Any]


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    return make_user("engineer")


def ask(version: DatasetVersion | int) -> dict[str, Any]:
    pk = version if isinstance(version, int) else version.pk
    return {"kind": "train", "dataset_version": pk, "engine": "patch_cnn"}


def refused(client: Any, version: DatasetVersion | int) -> list[dict[str, Any]]:
    """What both the check and the submission say."""
    checked = client.post("/api/v1/jobs/check", ask(version), format="json").json()
    assert checked["ok"] is False, checked
    reply = client.post("/api/v1/jobs", ask(version), format="json")
    assert (reply.status_code, reply.json()["code"]) == (422, "dataset_unfit"), reply.content
    assert not Job.objects.exists()
    errors = [problem for problem in checked["problems"] if problem["level"] == "error"]
    assert reply.json()["problems"] == errors
    return errors


def manifest(version: DatasetVersion) -> Manifest:
    return Manifest.model_validate_json(storage.get(version.manifest_id))


def changed(version: DatasetVersion, by: User, **fields: Any) -> DatasetVersion:
    return drawn.freeze(version.dataset, manifest(version).model_copy(update=fields), by)


def spoil(sha256: str, data: bytes) -> None:
    """Other bytes at the place of these."""
    key = storage.blob_key(sha256)
    storage.client().put_object(storage.bucket(), key, io.BytesIO(data), len(data))


def test_nuisances_are_frozen_and_leave_their_images_good(api: Api, user: User) -> None:
    """The same images are another version once a class is a nuisance; without, as it always was."""
    client = api("engineer")
    dataset = bring(client, drawn_set(10))["dataset"]
    first = DatasetVersion.objects.get(pk=freeze(client, dataset).json()["id"])
    assert b"nuisances" not in storage.get(first.manifest_id)
    (pit,) = [
        row
        for row in client.get("/api/v1/defect-classes").json()["results"]
        if row["name"] == "pit"
    ]
    place = f"/api/v1/defect-classes/{pit['id']}"
    assert client.patch(place, {"severity": "nuisance"}, format="json").status_code == 200
    second = DatasetVersion.objects.get(pk=freeze(client, dataset).json()["id"])
    assert second.pk != first.pk
    known = manifest(second)
    assert (known.nuisances, known.classes) == (["pit"], first.classes)
    before, after = (reading.tally(version.manifest_id) for version in (first, second))
    assert (sum(before.good.values()), sum(after.good.values())) == (0, 5)


def test_a_sound_version_is_queued(api: Api, user: User) -> None:
    version = drawn.version(user, images=10)
    client = api(user=user)
    checked = client.post("/api/v1/jobs/check", ask(version), format="json").json()
    assert checked["ok"]
    assert {problem["level"] for problem in checked["problems"]} == {"info"}  # few images
    assert client.post("/api/v1/jobs", ask(version), format="json").status_code == 201


def test_an_empty_class(api: Api, user: User) -> None:
    version = drawn.version(user, images=10)
    (problem,) = refused(api(user=user), changed(version, user, classes=["dark", "bright", "dent"]))
    assert problem["code"] == "empty_class"
    assert "dent" in problem["message"]


def test_no_boxes(api: Api, user: User) -> None:
    version = drawn.version(user, images=10)
    bare = [row.model_copy(update={"annotations": []}) for row in manifest(version).samples]
    found = refused(api(user=user), changed(version, user, samples=bare))
    assert {problem["code"] for problem in found} == {"no_boxes", "empty_class"}


def anomaly(user: User, bad: set[str]) -> DatasetVersion:
    """An anomaly version whose images have a defect in the splits of `bad`, else a good label."""
    version = drawn.version(user, images=10, task="anomaly")
    fine = [ManifestAnnotation(class_name="fine", kind="label")]
    rows = [
        row if row.split in bad else row.model_copy(update={"annotations": fine})
        for row in manifest(version).samples
    ]
    classes = {"classes": ["dark", "bright", "fine"], "good_classes": ["fine"]}
    return changed(version, user, samples=rows, **classes)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"train", "val", "test"}, [("error", "no_good_images", "splits.train")]),
        ({"train", "test"}, [("error", "no_good_images", "splits.train")]),
        ({"val", "test"}, [("warning", "no_good_val", "splits.val")]),
        ({"test"}, []),
        (set(), []),
    ],
)
def test_what_learns_from_good_images_needs_some(
    api: Api, user: User, bad: set[str], said: list[tuple[str, str, str]]
) -> None:
    client, version = api(user=user), anomaly(user, bad)
    order = ask(version) | {"engine": "multiscale_dae"}
    checked = client.post("/api/v1/jobs/check", order, format="json").json()
    found = [(each["level"], each["code"], each["path"]) for each in checked["problems"]]
    assert [each for each in found if each[0] != "info"] == said
    reply = client.post("/api/v1/jobs", order, format="json")
    refused_here = bool(said) and said[0][0] == "error"
    assert reply.status_code == (422 if refused_here else 201), reply.content
    assert Job.objects.exists() is not refused_here


def test_an_anomaly_model_may_be_gone_on_from_whatever_the_defects_are_called(user: User) -> None:
    """It knows one class, `anomaly`; the version's classes are for measuring."""
    version = anomaly(user, {"test"})
    earlier = drawn.model(version, engine="multiscale_dae", classes=["anomaly"])
    order = ask(version) | {"engine": "multiscale_dae", "parent": earlier.pk}
    found = selectors.problems(selectors.plan(order), patience=20)
    assert [problem.code for problem in found if problem.level == "error"] == []


def test_an_empty_split(api: Api, user: User) -> None:
    version = drawn.version(user, images=10)
    train = [row.model_copy(update={"split": "train"}) for row in manifest(version).samples]
    (problem,) = refused(api(user=user), changed(version, user, samples=train))
    assert (problem["code"], problem["path"]) == ("empty_split", "splits.val")


@pytest.mark.parametrize("decoded", [True, False])
def test_an_image_that_is_gone(api: Api, user: User, decoded: bool) -> None:
    version = drawn.version(user, images=10)
    image = SampleImage.objects.get(sample__path="plates/007.png")
    SampleImage.objects.filter(pk=image.pk).update(thumbnail=image.blob if decoded else None)
    storage.remove(image.blob_id)
    (problem,) = refused(api(user=user), version)
    assert (problem["code"], problem["path"]) == ("image_missing", "plates/007.png")
    assert "plates/007.png" in problem["message"]


def test_an_image_whose_bytes_changed_though_not_their_number(api: Api, user: User) -> None:
    client = api(user=user)
    row = bring(client, drawn_set(12))
    version = freeze(client, row["dataset"]).json()["id"]
    image = SampleImage.objects.select_related("blob").get(sample__path="images/5.png")
    spoil(image.blob_id, bytes(image.blob.size))
    (problem,) = refused(client, version)
    assert (problem["code"], problem["path"]) == ("image_damaged", "images/5.png")


@pytest.mark.parametrize("data", [b"no image at all", header_only(60_000), b""])
def test_an_image_that_nobody_looked_at_is_decoded(api: Api, user: User, data: bytes) -> None:
    version = drawn.version(user, images=10)
    SampleImage.objects.filter(sample__path="plates/002.png").update(blob=drawn.blob(data))
    (problem,) = refused(api(user=user), version)
    assert (problem["code"], problem["path"]) == ("image_unreadable", "plates/002.png")


def test_what_was_found_sound_is_not_read_again(
    api: Api, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    version, client = drawn.version(user, images=10), api(user=user)
    assert client.post("/api/v1/jobs/check", ask(version), format="json").json()["ok"]

    def never(*_: Any) -> Any:
        raise AssertionError("it was read already")

    monkeypatch.setattr(soundness, "_problem", never)
    assert client.post("/api/v1/jobs/check", ask(version), format="json").json()["ok"]


def test_what_there_was_no_time_for_is_said(api: Api, user: User) -> None:
    version = drawn.version(user, images=10)
    plan = selectors.plan(ask(version))
    problem = selectors.problems(plan, patience=-1)[0]
    assert (problem.level, problem.code) == ("warning", "images_unread")
    assert problem.message.startswith("10 images")


def test_a_manifest_is_counted_whatever_the_chunks(user: User) -> None:
    version = drawn.version(user, images=7)
    data = storage.get(version.manifest_id)
    for size in (1, 7, 100, len(data)):
        held = reading.Tally()
        chunks = (data[at : at + size] for at in range(0, len(data), size))
        assert [row["path"] for row in reading._read(chunks, held)] == [
            f"plates/{n:03}.png" for n in range(7)
        ]
        assert held.classes == ["dark", "bright"]


def test_a_version_is_what_pydantic_would_write(api: Api, user: User) -> None:
    client = api(user=user)
    files = drawn_set(12) | {"labels/3.txt": b"0 0.00001 0.5 0.00002 1e-5\n"}
    row = bring(client, files)
    version = DatasetVersion.objects.get(pk=freeze(client, row["dataset"]).json()["id"])
    whole = manifest(version)
    assert len(whole.samples) == 12
    text = whole.model_dump_json().replace(',"synthetic":false', "").replace(',"nuisances":[]', "")
    assert storage.put(text.encode()) == version.content_hash


def many(by: User, counts: dict[tuple[str, str], int]) -> DatasetVersion:
    """So many images of each class and split."""
    version = drawn.version(by, images=2 * sum(counts.values()))
    rows = manifest(version).samples
    of = {name: iter([row for row in rows if row.annotations[0].class_name == name])
          for name in drawn.CLASSES}  # fmt: skip
    samples = [next(of[name]).model_copy(update={"split": split})
               for (name, split), n in counts.items() for _ in range(n)]  # fmt: skip
    return changed(version, by, samples=samples)


def told(version: DatasetVersion, **fields: Any) -> list[dict[str, Any]]:
    """The hints, and nothing beside them."""
    plan = selectors.plan(ask(version) | fields)
    found = selectors.problems(plan, patience=20)
    assert {problem.level for problem in found} <= {"info"}
    return [{"code": problem.code, **problem.params} for problem in found]


@pytest.fixture
def _five_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small sets are quicker to draw."""
    monkeypatch.setattr(expectations, "FEW", 5)


@pytest.mark.usefixtures("_five_are_few")
def test_few_images_of_a_class_are_enough_to_begin_and_it_is_said_what_to_expect(
    api: Api, user: User
) -> None:
    version = many(user, {
        ("dark", "train"): 5, ("bright", "train"): 3,
        ("dark", "val"): 3, ("dark", "test"): 2, ("bright", "val"): 2, ("bright", "test"): 2,
    })  # fmt: skip
    few, measured = told(version)
    assert few == {"code": "few_images", "few": 5, "some": "bright (3)", "case": "other"}
    # Wilson's limits of 2 of 4: 0.150 to 0.850.
    assert measured == {"code": "few_measured", "class": "bright", "n": 4, "within": 35}
    checked = api(user=user).post("/api/v1/jobs/check", ask(version), format="json").json()
    assert (checked["ok"], [each["level"] for each in checked["problems"]]) == (True, ["info"] * 2)


@pytest.mark.usefixtures("_five_are_few")
def test_enough_images_need_no_hint(user: User) -> None:
    counts = {(name, split): 5 for name in drawn.CLASSES for split in ("train", "val", "test")}
    assert told(many(user, counts)) == []


@pytest.mark.usefixtures("_five_are_few")
def test_a_class_that_nothing_measures(user: User) -> None:
    counts = {("dark", "train"): 5, ("dark", "val"): 5, ("dark", "test"): 5}
    version = many(user, counts | {("bright", "train"): 5})
    assert told(version) == [{"code": "few_measured", "class": "bright", "n": 0, "case": "none"}]


def test_a_few_shot_method_is_not_told_of_few_shot_methods() -> None:
    held = reading.Tally(classes=["a"])
    held.images["a"] = held.everywhere["a"] = held.held_out["a"] = 40
    held.images["a"] = 5
    few = list(expectations.hints(held, "classify", catalogue.card("patch_cnn")))
    assert [(problem.code, problem.params["case"]) for problem in few] == [
        ("few_images", "classify")
    ]
    assert "prototypical" in few[0].message
    made = catalogue.card("patch_cnn").model_copy(update={"name": "prototypical"})
    assert list(expectations.hints(held, "classify", made)) == []
    assert list(expectations.hints(held, "anomaly", catalogue.card("patch_cnn"))) == []


def test_the_estimate_is_of_what_is_learnt_at_once(api: Api, user: User) -> None:
    client = api(user=user)
    version = freeze(client, bring(client, drawn_set(12))["dataset"]).json()["id"]
    ask = {"kind": "train", "dataset_version": version, "engine": "patch_cnn"}

    def told(**params: int) -> Any:
        body = ask | {"params": params}
        return client.post("/api/v1/jobs/check", body, format="json").json()["estimate"]

    small = told(patch=32, batch=128)  # 128 patches are less than a third of one image of 640 px
    assert small["memory_mb"] < 1300
    assert told(patch=64, batch=128)["memory_mb"] > small["memory_mb"]
    assert small["minutes"] < 2  # a few small images, left as they are
    assert told(image_size=4096)["minutes"] > 10 * small["minutes"]
