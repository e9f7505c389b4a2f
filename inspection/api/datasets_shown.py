"""Datasets in the API's words."""

import re
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.serializers import Strict, StrictModel
from inspection.models.datasets import (
    Annotation,
    AnnotationKind,
    Dataset,
    DatasetVersion,
    Import,
    PartBy,
    Sample,
    SampleImage,
)  # fmt: skip
from inspection.services.manifests import MAX_FILES as MOST_FILES

LONGEST_PATH = 500
SHA256 = re.compile(r"[0-9a-f]{64}")


def _class_field(**options: Any) -> dict[str, Any]:
    """`class` is a word of Python."""
    return {"class": serializers.CharField(max_length=64, **options)}


class ClassSummary(serializers.Serializer[Any]):
    """A class of a dataset."""

    name = serializers.CharField()
    colour = serializers.CharField()
    severity = serializers.CharField()
    findings = serializers.IntegerField()
    samples = serializers.IntegerField()


class DatasetSummary(serializers.Serializer[Any]):
    """What a dataset's card shows."""

    samples = serializers.IntegerField()
    annotated = serializers.IntegerField()
    synthetic = serializers.IntegerField()
    classes = ClassSummary(many=True)
    problems = serializers.IntegerField()
    versions = serializers.IntegerField()


class DatasetShown(StrictModel):
    """A dataset with its summary."""

    summary = serializers.SerializerMethodField()

    class Meta:
        model = Dataset
        fields = ("id", "name", "task", "product", "note", "created_at", "archived_at", "summary")
        read_only_fields = ("archived_at",)

    @extend_schema_field(DatasetSummary)
    def get_summary(self, dataset: Dataset) -> Any:
        """From the summaries that the view has asked for."""
        return self.context["summaries"][dataset.pk]

    def validate_task(self, task: str) -> str:
        """What a dataset is for is settled when it is made."""
        if self.instance is not None and self.instance.task != task:
            words = "A dataset's task cannot change; make another one."
            raise serializers.ValidationError(words, "task_fixed")
        return task


class AnnotationShown(serializers.ModelSerializer[Annotation]):
    """What is in a sample. Coordinates are shares of the image; a box is x0, y0, x1, y1."""

    box = serializers.ListField(child=serializers.FloatField(), allow_null=True, read_only=True)
    colour = serializers.CharField(read_only=True)

    class Meta:
        model = Annotation
        fields = ("id", "kind", "box", "polygon", "mask", "reviewed", "colour")

    def get_fields(self) -> dict[str, Any]:
        """With `class`."""
        return super().get_fields() | _class_field(read_only=True)

    def to_representation(self, note: Annotation) -> dict[str, Any]:
        """Plain values: see SampleShown."""
        return _annotation(note)


class SampleImageShown(serializers.Serializer[Any]):
    """One modality of a sample."""

    sha256 = serializers.CharField()
    url = serializers.CharField()
    thumbnail_url = serializers.CharField(allow_null=True)
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    bits = serializers.IntegerField()


class SampleShown(serializers.ModelSerializer[Sample]):
    """A sample with its images by modality, its annotations, and the pixels of its rgb image."""

    width = serializers.IntegerField(read_only=True)
    height = serializers.IntegerField(read_only=True)
    bits = serializers.IntegerField(read_only=True)
    images = serializers.DictField(child=SampleImageShown(), read_only=True)
    annotations = AnnotationShown(many=True)

    class Meta:
        model = Sample
        fields = (
            "id", "dataset", "path", "part", "split", "annotated", "synthetic", "width", "height",
            "bits", "images", "annotations", "created_at",
        )  # fmt: skip

    def to_representation(self, sample: Sample) -> dict[str, Any]:
        """Plain values; DRF would make each by a field of its own, which is slow."""
        fetched: Any = sample  # by selectors.datasets.whole, with its images and annotations
        images: list[SampleImage] = fetched.pictures
        first = next((image for image in images if image.modality == "rgb"), images[0])
        return {
            "id": sample.pk,
            "dataset": sample.dataset_id,
            "path": sample.path,
            "part": sample.part,
            "split": sample.split,
            "annotated": sample.annotated,
            "synthetic": sample.synthetic,
            "width": first.width,
            "height": first.height,
            "bits": first.bits,
            "images": {image.modality: _image(image) for image in images},
            "annotations": [_annotation(note) for note in fetched.notes],
            "created_at": sample.created_at,
        }


def _annotation(note: Annotation) -> dict[str, Any]:
    return {
        "id": note.pk,
        "kind": note.kind,
        "box": None if note.x0 is None else [note.x0, note.y0, note.x1, note.y1],
        "polygon": note.polygon,
        "mask": note.mask,
        "reviewed": note.reviewed,
        "colour": note.defect_class.colour,
        "class": note.defect_class.name,
    }


def _image(image: SampleImage) -> dict[str, Any]:
    return {
        "sha256": image.blob_id,
        "url": f"/api/v1/blobs/{image.blob_id}",
        "thumbnail_url": _thumbnail(image),
        "width": image.width,
        "height": image.height,
        "bits": image.bits,
    }


class Point(serializers.ListField):
    """x, y as shares."""

    child = serializers.FloatField(min_value=0, max_value=1)


def _thumbnail(image: SampleImage) -> str | None:
    if image.thumbnail_id is None:
        return None
    url = f"/api/v1/blobs/{image.thumbnail_id}"
    if image.thumbnail_size is None:
        return url
    return f"{url}?at={image.thumbnail_at}&size={image.thumbnail_size}"


class AnnotationAsked(Strict):
    """An annotation by hand."""

    kind = serializers.ChoiceField(choices=[k for k in AnnotationKind.values if k != "mask"])
    box = Point(min_length=4, max_length=4, required=False, allow_null=True)
    polygon = serializers.ListField(
        child=Point(min_length=2, max_length=2), required=False, allow_null=True,
        min_length=3, max_length=2000,
    )  # fmt: skip

    def get_fields(self) -> dict[str, Any]:
        """With `class`."""
        return super().get_fields() | _class_field()


class AnnotationsAsked(Strict):
    """All annotations of a sample."""

    annotations = serializers.ListField(child=AnnotationAsked(), max_length=5000)


class Ids(Strict):
    """Some samples."""

    ids = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=10_000)


class FileNamed(Strict):
    """A file by path and hash."""

    path = serializers.CharField(max_length=500, trim_whitespace=False)
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$")


@extend_schema_field(FileNamed(many=True))
class Files(serializers.Field[Any, Any, Any, Any]):
    """Files by path and hash, checked by hand: there may be a million of them."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "list": "A list of {{path, sha256}}.",
        "most": "At most {most} files.",
        "file": "File {at} is not {{path, sha256}} with a path and a SHA-256 in lower-case hex.",
    }

    def __init__(self, most: int = MOST_FILES, **options: Any) -> None:
        super().__init__(**options)
        self._most = most

    def to_internal_value(self, files: Any) -> list[dict[str, str]]:
        """The files as they were sent."""
        if not isinstance(files, list):
            self.fail("list")
        if len(files) > self._most:
            self.fail("most", most=self._most)
        for at, file in enumerate(files):
            if not _names_file(file):
                self.fail("file", at=at)
        return files

    def to_representation(self, files: Any) -> Any:
        """The same."""
        return files


def _names_file(file: Any) -> bool:
    if not isinstance(file, dict) or file.keys() != {"path", "sha256"}:
        return False
    path, sha256 = file["path"], file["sha256"]
    named = isinstance(path, str) and 0 < len(path) <= LONGEST_PATH and "\0" not in path
    return named and isinstance(sha256, str) and SHA256.fullmatch(sha256) is not None


class ImportAsked(Strict):
    """A manifest. `class_map`: name as read -> name in the catalogue, null leaves it out.

    `part_by` says which images show the same part, so that no split parts them: as the `format`
    has it, `none`, the `folder`, the name up to its first underscore (`prefix`), the name without a
    trailing camera, view or number (`stem`), or a `pattern` such as `{part}_cam*`.
    """

    format = serializers.CharField(max_length=32, default="auto")
    files = Files()
    part_by = serializers.ChoiceField(choices=PartBy.choices, default=PartBy.FORMAT)
    part_pattern = serializers.CharField(max_length=200, allow_blank=True, default="")
    class_map = serializers.DictField(
        child=serializers.CharField(max_length=64, allow_null=True), required=False
    )
    dry_run = serializers.BooleanField(default=True)


class ImportAgain(Strict):
    """What is to be otherwise with the same files."""

    class_map = serializers.DictField(
        child=serializers.CharField(max_length=64, allow_null=True), required=False
    )
    part_by = serializers.ChoiceField(choices=PartBy.choices, required=False)
    part_pattern = serializers.CharField(max_length=200, allow_blank=True, required=False)
    dry_run = serializers.BooleanField(default=False)


class ImportProblem(serializers.Serializer[Any]):
    """A problem by file."""

    level = serializers.ChoiceField(choices=["error", "warning"])
    path = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    params = serializers.DictField(default=dict)


class ImportClass(serializers.Serializer[Any]):
    """A class as it was read, and what it becomes (null: a new one)."""

    name = serializers.CharField()
    findings = serializers.IntegerField()
    mapped_to = serializers.CharField(allow_null=True)
    ignored = serializers.BooleanField()


class ImportShown(serializers.ModelSerializer[Import]):
    """An import and how far it is."""

    classes = ImportClass(many=True)
    problems = ImportProblem(many=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    created_by = serializers.CharField(source="created_by.username")

    class Meta:
        model = Import
        fields = (
            "id", "dataset", "state", "dry_run", "format_asked", "format", "part_by",
            "part_pattern", "counts", "classes", "problems", "done", "total", "error_code", "error",
            "created_by", "created_at", "finished_at",
        )  # fmt: skip


class VersionShown(serializers.ModelSerializer[DatasetVersion]):
    """A frozen state of a dataset; `splits` are counts, `shares` what was asked."""

    splits = serializers.DictField(child=serializers.IntegerField(), source="counts")
    shares = serializers.DictField(child=serializers.FloatField())
    classes = serializers.ListField(child=serializers.CharField())
    created_by = serializers.CharField(source="created_by.username")
    dataset_name = serializers.CharField(source="dataset.name")
    task = serializers.CharField(source="dataset.task")

    class Meta:
        model = DatasetVersion
        fields = (
            "id", "dataset", "dataset_name", "task", "number", "content_hash", "splits",
            "synthetic", "shares", "seed", "classes", "created_by", "created_at",
        )  # fmt: skip


class FreezeAsked(Strict):
    """Shares of the splits, and the seed of the draw."""

    splits = serializers.DictField(
        child=serializers.FloatField(min_value=0, max_value=1),
        default={"train": 0.7, "val": 0.15, "test": 0.15},
    )
    seed = serializers.IntegerField(min_value=0, max_value=2**62, default=0)

    def validate_splits(self, splits: dict[str, float]) -> dict[str, float]:
        """train, val and test."""
        unknown = set(splits) - {"train", "val", "test"}
        if unknown:
            raise serializers.ValidationError("Splits are train, val and test.", "split")
        return splits


class Hashes(Strict):
    """Some hashes."""

    sha256 = serializers.ListField(
        child=serializers.RegexField(r"^[0-9a-f]{64}$"), max_length=20_000
    )


class Missing(serializers.Serializer[Any]):
    """Those to send."""

    missing = serializers.ListField(child=serializers.CharField())
