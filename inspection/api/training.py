"""Engines, jobs, their events, and what a batch job found."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import storage
from core.errors import Refused
from core.narrowing import Narrowed
from core.paging import CursorPage
from core.resources import routes
from core.serializers import Strict
from core.streaming import in_chunks
from inspection.api import asking
from inspection.api.datasets_shown import Files
from inspection.models.datasets import Split, WorkState
from inspection.models.training import BatchItem, Job, JobKind
from inspection.selectors import batch as batch_results
from inspection.selectors import engines
from inspection.selectors import jobs as listed
from inspection.services import batch, extensions, jobs, synthetic, training

EVENTS = 500  # events a page
FILES = 100_000  # files of one batch
MANIFEST = 64 * 1024 * 1024  # bytes of JSON: so many files with the longest of paths


NEEDED = {
    JobKind.TRAIN: ("dataset_version", "engine"),
    JobKind.BATCH: ("model",),
    JobKind.GENERATE: ("model", "n"),
    JobKind.EXTEND: ("model", "class_name", "files"),
}
SUBMIT = {
    JobKind.TRAIN: training.submit,
    JobKind.BATCH: batch.submit,
    JobKind.GENERATE: synthetic.submit,
    JobKind.EXTEND: extensions.submit,
}


class JobShown(serializers.ModelSerializer[Job]):
    """A job: what was asked, how far it is, what came out."""

    created_by = serializers.CharField(source="created_by.username", read_only=True)
    dataset_name = serializers.CharField(read_only=True, allow_null=True)
    queue_position = serializers.IntegerField(read_only=True, allow_null=True)
    model_version = serializers.IntegerField(read_only=True, allow_null=True)
    latest = serializers.DictField(read_only=True, allow_null=True)
    has_checkpoint = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "id", "kind", "title", "state", "priority", "engine", "dataset_version",
            "dataset_name", "model", "parent", "base", "request", "result", "progress", "stage",
            "seconds_left", "device", "attempt", "error_code", "error", "hint", "created_by",
            "created_at", "started_at", "finished_at", "model_version", "queue_position", "latest",
            "has_checkpoint",
        )  # fmt: skip

    def get_has_checkpoint(self, job: Job) -> bool:
        """Whether GET /jobs/{id}/checkpoint has a file."""
        return job.checkpoint_id is not None


class JobAsked(Strict):
    """A job to queue. `train`: dataset_version, engine, params, …; `batch`: model and a source;
    `generate`: model (a generator), n, class_name, seed, paste;
    `extend`: model, class_name, files (1 to 20 images of the class), good, dataset_version.
    """

    kind = serializers.ChoiceField(choices=[kind for kind in JobKind if kind in SUBMIT])
    dataset_version = serializers.IntegerField(required=False, allow_null=True)
    engine = serializers.CharField(max_length=64, required=False)
    params = serializers.DictField(required=False)
    preset = serializers.CharField(max_length=64, required=False, allow_null=True)
    augmentation = serializers.DictField(required=False)
    parent = serializers.IntegerField(required=False, allow_null=True)  # type: ignore[assignment]  # a field of that name
    base = serializers.IntegerField(required=False, allow_null=True)
    device = serializers.CharField(max_length=64, required=False, allow_null=True)
    model = serializers.IntegerField(required=False)
    dataset = serializers.IntegerField(required=False, allow_null=True)
    split = serializers.ChoiceField(choices=Split.choices, required=False, allow_null=True)
    files = Files(most=FILES, required=False, allow_null=True)
    n = serializers.IntegerField(min_value=1, max_value=synthetic.MOST, required=False)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    paste = serializers.BooleanField(required=False)
    class_name = serializers.CharField(max_length=100, required=False)
    good = serializers.BooleanField(required=False)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """What each kind cannot do without."""
        missing = [name for name in NEEDED[values["kind"]] if values.get(name) is None]
        if missing:
            messages = {name: ["This is needed."] for name in missing}
            raise serializers.ValidationError(messages, "required")
        return values


class Saved(Strict):
    """Why what came out is kept."""

    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class EventShown(serializers.Serializer[Any]):
    """An event; further fields by type, as workers.contract has them."""

    seq = serializers.IntegerField()
    type = serializers.ChoiceField(choices=["progress", "metric", "log", "image", "artefact"])
    at = serializers.DateTimeField()


class EventPage(serializers.Serializer[Any]):
    """Events after a number, oldest first."""

    results = EventShown(many=True)
    next = serializers.CharField(allow_null=True)


class ProblemShown(serializers.Serializer[Any]):
    """Something that speaks against a training."""

    level = serializers.ChoiceField(choices=["error", "warning", "info"])
    path = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    params = serializers.DictField(default=dict)


class Estimate(serializers.Serializer[Any]):
    """About how long and how much."""

    minutes = serializers.FloatField()
    memory_mb = serializers.FloatField()


class Checked(serializers.Serializer[Any]):
    """Whether a training would be queued."""

    ok = serializers.BooleanField()
    problems = ProblemShown(many=True)
    estimate = Estimate(allow_null=True)


class ResultShown(serializers.ModelSerializer[BatchItem]):
    """What was found in one image set of a batch."""

    class Meta:
        model = BatchItem
        fields = ("position",)

    def to_representation(self, item: BatchItem) -> dict[str, Any]:
        """As the selector words it."""
        return batch_results.row(item)


class ResultPage(CursorPage):
    """In the order of the batch."""

    ordering = "position"


def _asked(request: Request) -> dict[str, Any]:
    body = JobAsked(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


class Jobs(
    Narrowed, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Job]
):
    """Jobs of every kind; ?kind= and ?state= narrow, several by comma."""

    needs = "train"
    queryset = Job.objects.all()
    serializer_class = JobShown
    json_limit = MANIFEST
    asks = tuple(OpenApiParameter(name, str) for name in ("kind", "state"))

    def get_queryset(self) -> QuerySet[Job]:
        """What the query asks for."""
        if self.action != "list":
            return listed.listed()
        kinds = asking.choices(self.request, "kind", tuple(JobKind.values))
        return listed.listed(kinds, asking.choices(self.request, "state", tuple(WorkState.values)))

    @extend_schema(request=JobAsked, responses={201: JobShown})
    def create(self, request: Request) -> Response:
        """Queue a job, after everything that can be checked is checked."""
        ask = _asked(request)
        job = SUBMIT[JobKind(ask["kind"])](ask, request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(self._shown(job.pk), status=status.HTTP_201_CREATED)

    @extend_schema(request=JobAsked, responses=Checked)
    @action(detail=False, methods=["post"])
    def check(self, request: Request) -> Response:
        """What submitting would say, and about how long it would take."""
        ask = _asked(request)
        if ask["kind"] != JobKind.TRAIN:
            raise Refused("invalid", "Only a training can be checked beforehand.")
        found = training.check(ask)
        return Response(Checked(found).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel: a queued job at once, a running one within a batch."""
        return Response(self._shown(jobs.cancel(self.get_object().pk, request.user).pk))  # type: ignore[arg-type]  # signed in: see permissions.Can

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Queue a failed or cancelled job again."""
        return Response(self._shown(jobs.retry(self.get_object().pk, request.user).pk))  # type: ignore[arg-type]  # signed in: see permissions.Can

    @extend_schema(request=Saved, responses={201: JobShown})
    @action(detail=True, methods=["post"])
    def save(self, request: Request, pk: str) -> Response:
        """Enter the model with a new class as a candidate: the job's `model_version`."""
        body = Saved(data=request.data)
        body.is_valid(raise_exception=True)
        job = extensions.save(self.get_object().pk, body.validated_data["note"], request.user)  # type: ignore[arg-type]  # signed in: see permissions.Can
        return Response(self._shown(job.pk), status=status.HTTP_201_CREATED)

    @extend_schema(
        parameters=[OpenApiParameter("after", int), OpenApiParameter("limit", int)],
        responses=EventPage,
    )
    @action(detail=True)
    def events(self, request: Request, pk: str) -> Response:
        """Events with seq > after, oldest first; an empty page is the end so far."""
        after = asking.whole(request, "after", 0) or 0
        found = listed.events(self.get_object().pk, after, asking.limit(request, EVENTS, EVENTS))
        return Response({"results": found, "next": None})

    @extend_schema(responses=ResultShown(many=True))
    @action(detail=True)
    def results(self, request: Request, pk: str) -> Response:
        """What a batch found, in pages."""
        pager = ResultPage()
        page = pager.paginate_queryset(batch_results.answered(self.get_object().pk), request, self)
        return pager.get_paginated_response(ResultShown(page, many=True).data)

    @extend_schema(responses={(200, "application/octet-stream"): bytes})
    @action(detail=True)
    def checkpoint(self, request: Request, pk: str) -> StreamingHttpResponse:
        """The file that a training would go on from; 404 when there is none (any more)."""
        job = self.get_object()
        if job.checkpoint is None:
            words = "There is no checkpoint: it is too early, or the training has succeeded."
            raise Refused("no_checkpoint", words, status=404)
        headers = {
            "Content-Disposition": f'attachment; filename="job-{job.pk}-checkpoint.pt"',
            "Content-Length": str(job.checkpoint.size),
        }
        chunks, kind = in_chunks(storage.stream(job.checkpoint.pk)), "application/octet-stream"
        return StreamingHttpResponse(chunks, content_type=kind, headers=headers)

    def _shown(self, pk: int) -> Any:
        return JobShown(listed.listed().get(pk=pk)).data


class Download(APIView):
    """All of a batch's results as one file."""

    needs = "train"

    @extend_schema(responses={(200, "application/octet-stream"): bytes})
    def get(self, request: Request, pk: int, form: str) -> StreamingHttpResponse:
        """CSV (a line a finding) or COCO results."""
        job = get_object_or_404(Job.objects.select_related("model"), pk=pk, kind=JobKind.BATCH)
        chunks: Iterator[bytes]
        if form == "csv":
            chunks, kind = batch_results.as_csv(job.pk), "text/csv; charset=utf-8"
        else:
            chunks, kind = batch_results.as_coco(job), "application/json"
        name = f"job-{job.pk}-results.{form}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingHttpResponse(in_chunks(chunks), content_type=kind, headers=headers)


class EngineShown(serializers.Serializer[Any]):
    """A method with its guidance and its params as JSON schema."""

    name = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    tasks = serializers.ListField(child=serializers.CharField())
    summary = serializers.CharField()
    when = serializers.CharField()
    when_not = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    needs = serializers.ListField(child=serializers.CharField())
    extends = serializers.BooleanField()
    several = serializers.BooleanField()
    base_weights = serializers.ChoiceField(choices=["none", "optional", "needed"])
    modalities = serializers.ListField(child=serializers.CharField())
    presets = serializers.ListField(child=serializers.CharField())
    params = serializers.SerializerMethodField()

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_params(self, card: dict[str, Any]) -> dict[str, Any]:
        """JSON schema."""
        return dict(card["params"])


class Engines(APIView):
    """The catalogue."""

    needs = "view"

    @extend_schema(responses=EngineShown(many=True))
    def get(self, request: Request) -> Response:
        """Every method."""
        return Response(EngineShown(engines.listed(), many=True).data)


urlpatterns = [
    path("engines", Engines.as_view()),
    path("jobs/<int:pk>/results.csv", Download.as_view(), {"form": "csv"}),
    path("jobs/<int:pk>/results.coco.json", Download.as_view(), {"form": "coco.json"}),
    *routes(jobs=Jobs),
]
