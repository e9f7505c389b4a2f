"""A plant with something of everything, for tests that ask every address."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from core.accounts import tokens
from core.accounts.models import User
from core.audit import trail
from inspection.models import (
    Alignment,
    AllowedPickle,
    BaseWeights,
    BatchItem,
    Camera,
    Dataset,
    DatasetVersion,
    DefectClass,
    Disposition,
    Finding,
    Import,
    Inspection,
    InspectionImage,
    Job,
    JobEvent,
    Line,
    ModelVersion,
    Product,
    Recipe,
    Release,
    Site,
    Station,
    SyntheticBatch,
    SyntheticImage,
)  # fmt: skip
from inspection.models.ids import new_id
from tests import drawn


class Everything:
    """`grow()` adds one more of each; `of` has the newest id by the plural in its address."""

    def __init__(self, by: User) -> None:
        self.by, self.size = by, 0
        self.version = drawn.version(by, images=2)
        self.of: dict[str, Any] = {}
        self.first: dict[str, Any] = {}

    def grow(self) -> None:
        """One more of everything there are lists of."""
        self.size += 1
        model = self._learnt()
        self._drawn()
        station = self._plant(model)
        inspection = self._inspection(station, model)
        user = User.objects.create(username=f"user {self.size}", role="viewer")
        token, _ = tokens.issue(self.by, f"token {self.size}")
        trail.note(self.by, "site.change", station.line.site)
        self.of |= {
            "users": user.pk,
            "tokens": token.pk,
            "inspections": inspection.id,
            "board": station.line_id,
        }

    def at(self, path: str) -> str:
        """A path of the urlconf with a real id in it."""
        plural, _, rest = path.removeprefix("/api/v1/").partition("/1")
        real = f"/api/v1/{plural}/{self.of[plural]}{rest}" if plural in self.of else path
        return real if path.startswith(f"/api/v1/{plural}/1") else path

    def _plant(self, model: ModelVersion) -> Station:
        site = Site.objects.create(name=f"site {self.size}")
        line = Line.objects.create(site=site, name="line")
        station = Station.objects.create(line=line, name="AOI")
        camera = Camera.objects.create(station=station, name="top", mm_per_pixel=0.1)
        aligned = Alignment.objects.create(
            camera=camera, modality="ir", points=[], width=1, height=1, residual_px=0,
            homography=[1, 0, 0, 0, 1, 0, 0, 0, 1], marked_at=timezone.now(),
        )  # fmt: skip
        product = Product.objects.create(code=f"P{self.size}", name="plate")
        recipe = Recipe.objects.create(
            station=station, product=product, revision=1, model=model, created_by=self.by,
            state="released", rules=[{"class": "dark", "action": "NG"}],
        )  # fmt: skip
        now = timezone.now()
        release = Release.objects.create(
            recipe=recipe, line=line, station=station, product=product, by=self.by, at=now,
            asked_at=now, reason="better", kind="release",
        )  # fmt: skip
        self.of |= {
            "sites": site.pk, "lines": line.pk, "stations": station.pk, "cameras": camera.pk,
            "alignments": aligned.pk,
            "products": product.pk, "recipes": recipe.pk, "releases": release.pk,
            "defect-classes": DefectClass.objects.create(name=f"class {self.size}").pk,
        }  # fmt: skip
        return station

    def _learnt(self) -> ModelVersion:
        """One more sample, import and version in the same dataset, a job and its model."""
        data = Dataset.objects.get(pk=self.version.dataset_id)
        drawn.sample(data, 10 + self.size, "train")
        another = Dataset.objects.create(name=f"set {self.size}", task="detect", created_by=self.by)
        done = Import.objects.create(
            dataset=data, dry_run=False, files=[], state="succeeded", created_by=self.by
        )
        frozen = DatasetVersion.objects.create(
            dataset=data, number=1 + self.size, content_hash=f"{self.size:064}", seed=0, shares={},
            manifest=self.version.manifest, counts={}, classes=[], created_by=self.by,
        )  # fmt: skip
        job = Job.objects.create(
            kind="train", engine="patch_cnn", dataset_version=self.version, created_by=self.by
        )
        model = drawn.model(self.version, name=f"model {self.size}", job=job)
        self._base(job)
        newest = data.samples.order_by("-pk").values_list("pk", flat=True)[0]
        self.of |= {
            "datasets": data.pk, "imports": done.pk, "versions": frozen.pk, "samples": newest,
            "models": model.pk, "jobs": self._batch(model).pk, "sets": another.pk,
        }  # fmt: skip
        return model

    def _base(self, job: Job) -> None:
        """A registered pickle, and the base weights of its bytes that the job started from."""
        kept = drawn.blob(f"weights {self.size}".encode())
        said = AllowedPickle.objects.create(sha256=kept.pk, note="n", created_by=self.by)
        weights = BaseWeights.objects.create(
            name=f"weights {self.size}", architecture="net", blob=kept, format="pt", licence="MIT",
            source="here", state="sound", uploaded_by=self.by,
        )  # fmt: skip
        job.base, job.request = weights, {"base": {"id": weights.pk}}
        job.save()
        self.of |= {"base-weights": weights.pk, "base-weights/allow-list": said.pk}

    def _batch(self, model: ModelVersion) -> Job:
        """The same batch job, with an event and a result more."""
        asked = {"kind": "batch", "created_by": self.by, "title": "batch"}
        job = Job.objects.filter(kind="batch").first() or Job.objects.create(model=model, **asked)
        now, at = timezone.now(), self.size
        Job.objects.filter(pk=job.pk).update(last_seq=at)
        JobEvent.objects.create(job=job, seq=at, type="log", at=now, data={"text": "x"})
        answer = {"findings": [], "width": 64, "height": 64, "image_score": None, "ms": {}}
        BatchItem.objects.create(
            job=job, position=at, path=f"{at}.png", blob=model.artefact, answer=answer
        )
        return job

    def _drawn(self) -> None:
        """One more batch of synthetic images, and one more image in the newest."""
        generator = drawn.generator(self.version)
        job = Job.objects.create(kind="generate", model=generator, created_by=self.by)
        made = SyntheticBatch.objects.create(
            job=job, model=generator, dataset_version=self.version, class_name="dark", seed=0,
            pasted=True, real=2, features="fixed", created_by=self.by,
        )  # fmt: skip
        row = self.version.dataset.samples.earliest("pk")
        for position in range(self.size):
            SyntheticImage.objects.create(
                batch=made, position=position, seed=position, width=64, height=64, annotations=[],
                image=generator.artefact, closeup=generator.artefact, neighbour=row,
                decided_by=self.by, state="rejected",
            )  # fmt: skip
        self.of["synthetic"] = made.pk

    def _inspection(self, station: Station, model: ModelVersion) -> Inspection:
        at = datetime.now(UTC) - timedelta(seconds=self.size)
        day = {"captured_day": at.date()}
        row = Inspection.objects.create(
            id=new_id(at), captured_at=at, received_at=at, decided_at=at, line=station.line,
            station=station, product_id=self.of["products"], model=model,
            recipe_id=self.of["recipes"], client="test", verdict="NG", model_verdict="NG",
            serial="unit", lot="lot", **day,
        )  # fmt: skip
        seen = day | {"inspection_id": row.id, "position": 0}
        InspectionImage.objects.create(sha256=drawn.blob(drawn.plate(1)[0]).pk, size=1, **seen)
        kind = DefectClass.objects.get(name="dark")
        Finding.objects.create(defect_class=kind, score=0.9, decisive=True, **seen)
        said = day | {"inspection_id": row.id, "id": new_id(at), "at": at, "undone_at": at}
        Disposition.objects.create(outcome="false_call", by=self.by, **said)
        return row
