"""What a batch job found: in pages, as CSV, as COCO results."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from core.accounts.models import User
from inspection.models.datasets import BlobClaim, SampleImage
from inspection.models.training import BatchItem, Job

COLUMNS = ("path", "sha256", "image_score", "error", "class", "score", "x0", "y0", "x1", "y1")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COUNTS = """
SELECT count(*), coalesce(sum(jsonb_array_length(answer->'findings')), 0),
       count(*) FILTER (WHERE answer->>'error' IS NOT NULL)
FROM inspection_batchitem WHERE job_id = %s AND answer IS NOT NULL
"""


def answered(job: int) -> QuerySet[BatchItem]:
    """The rows that have their answer, in order."""
    return BatchItem.objects.filter(job=job, answer__isnull=False).order_by("position")


def counts(job: int) -> dict[str, int]:
    """{items, findings, errors} so far."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [job])
        items, findings, errors = cursor.fetchone()
    return {"items": items, "findings": findings, "errors": errors}


def visible_blobs(sha256: Iterable[str], user: User) -> set[str]:
    """Those that the user has sent, or that are images of a dataset."""
    wanted = list(set(sha256))
    mine = BlobClaim.objects.filter(user=user, blob__in=wanted).values_list("blob", flat=True)
    shown = SampleImage.objects.filter(blob__in=wanted).values_list("blob", flat=True)
    return set(mine) | set(shown)


def row(item: BatchItem) -> dict[str, Any]:
    """One row of the results as the API shows it."""
    answer = item.answer or {}
    return {
        "ref": str(item.position),
        "path": item.path,
        "sha256": item.blob_id,
        "url": f"/api/v1/blobs/{item.blob_id}",
        "image_score": answer.get("image_score"),
        "findings": [_finding(finding) for finding in answer.get("findings", [])],
        "error": answer.get("error"),
    }


def as_csv(job: int) -> Iterator[bytes]:
    """One line a finding; an image without one has a line with empty columns."""
    yield _line(COLUMNS)
    for item in answered(job).iterator(chunk_size=1000):
        shown = row(item)
        head = [shown["path"], shown["sha256"], shown["image_score"], shown["error"]]
        for finding in shown["findings"] or [{}]:
            box = finding.get("box") or ["", "", "", ""]
            yield _line([*head, finding.get("class"), finding.get("score"), *box])


def as_coco(job: Job) -> Iterator[bytes]:
    """COCO with `score` on each annotation; boxes in pixels, as COCO has them."""
    classes = job.model.classes if job.model else []
    number = {name: index + 1 for index, name in enumerate(classes)}
    categories = [{"id": index, "name": name} for name, index in number.items()]
    yield b'{"categories": ' + json.dumps(categories).encode() + b', "images": ['
    yield from _listed(_image(item) for item in answered(job.pk).iterator(chunk_size=1000))
    yield b'], "annotations": ['
    yield from _listed(_annotations(job.pk, number))
    yield b"]}"


def _image(item: BatchItem) -> dict[str, Any]:
    answer = item.answer or {}
    size = {"width": answer.get("width", 0), "height": answer.get("height", 0)}
    return {"id": item.position + 1, "file_name": item.path, **size}


def _annotations(job: int, number: dict[str, int]) -> Iterator[dict[str, Any]]:
    count = 0
    for item in answered(job).iterator(chunk_size=1000):
        answer = item.answer or {}
        width, height = answer.get("width", 0), answer.get("height", 0)
        for finding in answer.get("findings", []):
            if finding["box"] is None or finding["class_name"] not in number:
                continue
            count += 1
            x0, y0, x1, y1 = finding["box"]
            box = [x0 * width, y0 * height, (x1 - x0) * width, (y1 - y0) * height]
            yield {
                "id": count,
                "image_id": item.position + 1,
                "category_id": number[finding["class_name"]],
                "bbox": [round(value, 3) for value in box],
                "area": round(box[2] * box[3], 3),
                "iscrowd": 0,
                "score": finding["score"],
            }


def _listed(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    for index, entry in enumerate(rows):
        yield (b",\n" if index else b"") + json.dumps(entry).encode()


def _finding(finding: dict[str, Any]) -> dict[str, Any]:
    shown = {key: finding.get(key) for key in ("score", "box", "polygon", "area")}
    return {"class": finding["class_name"], **shown}


def _line(cells: Iterable[Any]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow([_safe(cell) for cell in cells])
    return out.getvalue().encode()


def _safe(cell: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
