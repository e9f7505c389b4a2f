"""Image scores of a held-out split in the API's words."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inspection.api.datasets_shown import SampleImageShown, SampleShown
from inspection.models.datasets import Sample
from inspection.selectors.image_scores import Near


class Limits(serializers.ListField):
    """The 95 % limits of a share by Wilson."""

    child = serializers.FloatField()


class StepShown(serializers.Serializer[Any]):
    """A threshold: good images that it calls, defective ones that it misses, as shares too.

    `nuisances` are the called ones of those that show nuisances alone.
    """

    at = serializers.FloatField()
    called = serializers.IntegerField()
    nuisances = serializers.IntegerField()
    missed = serializers.IntegerField()
    false_calls = serializers.FloatField(allow_null=True)
    false_calls_limits = Limits(min_length=2, max_length=2, allow_null=True)
    nuisance_calls = serializers.FloatField(allow_null=True)
    nuisance_calls_limits = Limits(min_length=2, max_length=2, allow_null=True)
    misses = serializers.FloatField(allow_null=True)
    misses_limits = Limits(min_length=2, max_length=2, allow_null=True)


class CurveShown(serializers.Serializer[Any]):
    """The thresholds from 0 to 1. Without steps: no scores were kept when it was measured."""

    split = serializers.CharField()
    images = serializers.IntegerField()
    scored = serializers.IntegerField()
    good = serializers.IntegerField()
    nuisances = serializers.IntegerField()
    defective = serializers.IntegerField()
    chosen = serializers.FloatField()
    steps = StepShown(many=True)


class NearShown(serializers.Serializer[Any]):
    """An image near the threshold.

    Dataset, path and image are null when it is there no more, or is not for the caller to see.
    """

    id = serializers.IntegerField()
    score = serializers.FloatField()
    defective = serializers.BooleanField()
    nuisance = serializers.BooleanField()
    dataset = serializers.SerializerMethodField()
    path = serializers.SerializerMethodField()
    image = serializers.SerializerMethodField()

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_dataset(self, near: Near) -> int | None:
        """Where it lies."""
        sample = self._seen(near)
        return sample.dataset_id if sample else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_path(self, near: Near) -> str | None:
        """Its name there."""
        sample = self._seen(near)
        return sample.path if sample else None

    @extend_schema_field(SampleImageShown(allow_null=True))
    def get_image(self, near: Near) -> Any:
        """What to show of it."""
        if (sample := self._seen(near)) is None:
            return None
        images = SampleShown(sample).data["images"]
        return images.get("rgb") or next(iter(images.values()), None)

    def _seen(self, near: Near) -> Sample | None:
        """Datasets have a permission of their own."""
        return near.sample if self.context["datasets"] else None


class NearestShown(serializers.Serializer[Any]):
    """Above: called, at the threshold or over it. Below: not. The nearest first."""

    at = serializers.FloatField()
    above = NearShown(many=True)
    below = NearShown(many=True)
