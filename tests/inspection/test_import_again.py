"""An import's files taken once more, without naming them again."""

from collections.abc import Callable
from typing import Any

from inspection.models.datasets import Annotation, Import, Sample
from inspection.models.products import DefectClass
from inspection.services import imports
from tests.inspection.test_imports import COCO, bring


def again(client: Any, pk: int, **ask: Any) -> Any:
    reply = client.post(f"/api/v1/imports/{pk}/again", ask, format="json")
    if reply.status_code == 201:
        imports.run(reply.json()["id"])
        return client.get(f"/api/v1/imports/{reply.json()['id']}").json()
    return reply.json()


def test_a_dry_run_is_carried_out_later_with_its_classes_mapped(api: Callable[..., Any]) -> None:
    client = api("engineer")
    DefectClass.objects.create(name="Scratch long")
    dry = bring(client, COCO, dry=True)
    row = again(client, dry["id"], class_map={"scratch": "Scratch long"})
    assert (row["state"], row["dry_run"], row["counts"]["added"]) == ("succeeded", False, 2)
    assert Annotation.objects.get().defect_class.name == "Scratch long"


def test_what_failed_is_tried_again_as_it_was(api: Callable[..., Any]) -> None:
    client = api("engineer")
    dry = bring(client, COCO, dry=True, class_map={"scratch": None})
    Import.objects.filter(pk=dry["id"]).update(state="failed", dry_run=False)
    row = again(client, dry["id"])
    assert (row["state"], row["classes"][0]["ignored"]) == ("succeeded", True)
    assert Sample.objects.count() == 2


def test_what_still_runs_is_not_started_twice(api: Callable[..., Any]) -> None:
    client = api("engineer")
    dry = bring(client, COCO, dry=True)
    Import.objects.filter(pk=dry["id"]).update(state="running")
    assert again(client, dry["id"])["code"] == "import_running"
