"""Blobs by content, datasets of samples, annotations, imports, frozen versions."""

from django.conf import settings
from django.db import models

from inspection.models.products import DefectClass, Product


class Blob(models.Model):
    """Bytes in the object store. `touched_at`: last PUT or `missing` answer that named it."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256[:12]


class BlobClaim(models.Model):
    """Who has sent a blob, and so may name it in a manifest."""

    blob = models.ForeignKey(Blob, models.CASCADE, related_name="claims")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["blob", "user"], name="blob_claim")]

    def __str__(self) -> str:
        return f"{self.blob_id[:12]} by {self.user_id}"


class Task(models.TextChoices):
    CLASSIFY = "classify"
    DETECT = "detect"
    SEGMENT = "segment"
    ANOMALY = "anomaly"


class Dataset(models.Model):
    """Images and annotations that grow; what is trained on is a frozen version of it."""

    name = models.CharField(max_length=200, unique=True)
    task = models.CharField(max_length=16, choices=Task.choices)
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True)
    note = models.CharField(max_length=500, blank=True, default="")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return self.name


class Split(models.TextChoices):
    TRAIN = "train"
    VAL = "val"
    TEST = "test"


class Sample(models.Model):
    """One unit as seen by a camera. `part` groups images of the same part: no split parts them.

    `split` is set by the first version that holds the sample and never changes after. A synthetic
    one was drawn by a generator, and is for training alone.
    """

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="samples")
    path = models.CharField(max_length=500)
    part = models.CharField(max_length=200, blank=True, default="")
    split = models.CharField(max_length=8, choices=Split.choices, blank=True, default="")
    annotated = models.BooleanField(default=False)
    synthetic = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "path"], name="sample_path"),
            models.CheckConstraint(
                condition=models.Q(synthetic=False) | models.Q(split=Split.TRAIN),
                name="synthetic_is_for_training",
            ),
        ]
        indexes = [
            models.Index(fields=["dataset", "-id"], name="sample_newest"),
            models.Index(fields=["dataset", "split", "-id"], name="sample_split"),
            models.Index(fields=["dataset", "annotated", "-id"], name="sample_annotated"),
        ]

    def __str__(self) -> str:
        return self.path


class SampleImage(models.Model):
    """One modality of a sample (rgb, template, ir, depth, …); pixels lie in the blob.

    `thumbnail` holds many thumbnails one after the other: this one is `thumbnail_size` bytes from
    `thumbnail_at`. An image that has one was decoded whole when it was taken in.
    """

    sample = models.ForeignKey(Sample, models.CASCADE, related_name="images")
    modality = models.CharField(max_length=32, default="rgb")
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    thumbnail = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    thumbnail_at = models.PositiveIntegerField(default=0)
    thumbnail_size = models.PositiveIntegerField(null=True)  # null: the whole blob
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bits = models.PositiveSmallIntegerField(default=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sample", "modality"], name="sample_modality")
        ]

    def __str__(self) -> str:
        return f"{self.sample_id}.{self.modality}"


class AnnotationKind(models.TextChoices):
    LABEL = "label"
    BOX = "box"
    POLYGON = "polygon"
    MASK = "mask"


class Annotation(models.Model):
    """What a person or a model says is in a sample. Coordinates are shares of the image (0..1).

    `polygon`: [[x, y], …]; `mask`: COCO RLE {"size": [h, w], "counts": "…"}; `box` is always
    there but for labels.
    """

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="+")
    sample = models.ForeignKey(Sample, models.CASCADE, related_name="annotations")
    defect_class = models.ForeignKey(DefectClass, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=AnnotationKind.choices)
    x0 = models.FloatField(null=True)
    y0 = models.FloatField(null=True)
    x1 = models.FloatField(null=True)
    y1 = models.FloatField(null=True)
    polygon = models.JSONField(null=True)
    mask = models.JSONField(null=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    from_model = models.ForeignKey("ModelVersion", models.PROTECT, null=True)
    reviewed = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["dataset", "defect_class", "sample"], name="annotation_class")
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="label")
                | models.Q(
                    x0__gte=0,
                    y0__gte=0,
                    x1__lte=1,
                    y1__lte=1,
                    x0__lt=models.F("x1"),
                    y0__lt=models.F("y1"),
                ),
                name="annotation_box",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.defect_class_id} on {self.sample_id}"


class WorkState(models.TextChoices):
    """Of jobs and imports alike."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PartBy(models.TextChoices):
    """How an import tells which images are of the same part."""

    FORMAT = "format"
    NONE = "none"
    FOLDER = "folder"
    PREFIX = "prefix"
    STEM = "stem"
    PATTERN = "pattern"


class Import(models.Model):
    """A manifest read into a dataset: dry run first, then all or nothing, in the background."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="imports")
    state = models.CharField(max_length=12, choices=WorkState.choices, default=WorkState.QUEUED)
    dry_run = models.BooleanField()
    format_asked = models.CharField(max_length=32, default="auto")
    format = models.CharField(max_length=32, blank=True, default="")
    files = models.JSONField()  # [{"path", "sha256"}, …]
    class_map = models.JSONField(default=dict)
    part_by = models.CharField(max_length=8, choices=PartBy.choices, default=PartBy.FORMAT)
    part_pattern = models.CharField(max_length=200, blank=True, default="")
    counts = models.JSONField(default=dict)
    classes = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    lease = models.PositiveIntegerField(default=0)  # how often a worker has taken it
    lease_until = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=64, blank=True, default="")
    error = models.TextField(blank=True, default="")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"import {self.pk} ({self.state})"


class DatasetVersion(models.Model):
    """An immutable state of a dataset: same content, same hash, same version.

    `manifest` is the sha256 of the frozen JSON in the object store that the engine room reads.
    """

    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    manifest = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    shares = models.JSONField()
    seed = models.BigIntegerField()
    counts = models.JSONField()  # {"train": n, "val": n, "test": n}
    synthetic = models.PositiveIntegerField(default=0)  # of those in train
    classes = models.JSONField()  # names, in index order
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="version_number"),
            models.UniqueConstraint(fields=["dataset", "content_hash"], name="version_content"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset} v{self.number}"


class VersionSample(models.Model):
    """Which samples a version holds, and so pins, and in which split."""

    version = models.ForeignKey(DatasetVersion, models.CASCADE, related_name="members")
    sample = models.ForeignKey(Sample, models.PROTECT, related_name="+")
    split = models.CharField(max_length=8, choices=Split.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "sample"], name="version_sample")]

    def __str__(self) -> str:
        return f"{self.sample_id} in {self.version_id}"
