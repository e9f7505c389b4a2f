"""Rows are shown as plain values, for speed: the same values that DRF's own fields would show."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from inspection.api.datasets_shown import AnnotationShown, SampleShown
from inspection.api.inspections_shown import Row
from inspection.models.datasets import Sample
from inspection.selectors import datasets
from tests import drawn
from tests.inspection.lines import Line1


def as_sent(value: Any) -> Any:
    return json.loads(JSONRenderer().render(value))


def by_fields(shown: serializers.Serializer[Any], names: set[str]) -> dict[str, Any]:
    """What DRF makes of the fields that a model's column stands behind."""
    row = shown.instance
    found = {}
    for name, field in shown.fields.items():
        if name in names:
            value = field.get_attribute(row)
            found[name] = None if value is None else field.to_representation(value)
    return found


@pytest.mark.parametrize("fields", [{}, {"serial": "S-1", "lot": "ü", "reasons": [{"code": "x"}]}])
def test_an_inspection(line: Line1, fields: dict[str, Any]) -> None:
    shown = Row(line.unit("NG", **fields))
    columns = set(shown.data)
    assert as_sent(shown.data) == as_sent(by_fields(shown, columns))


def test_a_sample_with_its_annotations(make_user: Callable[..., Any]) -> None:
    drawn.version(make_user("engineer"), images=3)
    for sample in datasets.whole(Sample.objects.all()):
        shown = SampleShown(sample)
        columns = {"id", "dataset", "path", "part", "split", "annotated", "created_at"}
        sent = as_sent(shown.data)
        assert {n: sent[n] for n in columns} == as_sent(by_fields(shown, columns))
        assert set(sent) == set(shown.fields)
        assert sent["width"] == sent["images"]["rgb"]["width"] > 0
        assert sent["annotations"]
        for note, told in zip(sample.annotations.all(), sent["annotations"], strict=True):
            plain = {"id", "kind", "polygon", "mask", "reviewed"}
            assert set(told) == set(AnnotationShown().fields)
            assert {n: told[n] for n in plain} == as_sent(by_fields(AnnotationShown(note), plain))
            assert told["class"] == note.defect_class.name
