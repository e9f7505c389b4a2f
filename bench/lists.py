"""Lists at 100,000 rows: every page of 50 of the inspections and of a gallery, first to last.

The product runs as `up` runs it; rows are made in the database, pages are asked over HTTP by one
client. The anchor is the same client's time for the smallest answer that the API has.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "platform")]

from bench.parts import report
from tests.flows.product import Product, plant, posted

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
FILL = """
import hashlib, sys
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from inspection.models import *
from inspection.models.ids import new_id
from inspection.models.inspections import Inspection, InspectionImage
rows, line, station, product, dataset = map(int, sys.argv[1:])
now = timezone.now()
made, images = [], []
for n in range(rows):
    at = now - timedelta(seconds=n * 0.2)
    verdict = "NG" if n % 20 == 0 else "OK"
    made.append(Inspection(id=new_id(at), captured_day=at.date(), captured_at=at, received_at=at,
        decided_at=at, line_id=line, station_id=station, product_id=product, client="bench",
        serial=f"S-{n}", verdict=verdict, model_verdict=verdict, latency_ms={"total": 40.0}))
    images.append(InspectionImage(captured_day=at.date(), inspection_id=made[-1].id, position=0,
        sha256=hashlib.sha256(str(n).encode()).hexdigest(), size=1000, width=640, height=640))
Inspection.objects.bulk_create(made, 2000)
InspectionImage.objects.bulk_create(images, 2000)
blobs = [Blob(sha256=hashlib.sha256(b"b%d" % n).hexdigest(), size=1000, touched_at=now)
         for n in range(rows)]
Blob.objects.bulk_create(blobs, 2000)
samples = Sample.objects.bulk_create([Sample(dataset_id=dataset, path=f"{n:06}.jpg",
    split=("train", "val", "test")[n % 3], annotated=n % 2 == 0) for n in range(rows)], 2000)
SampleImage.objects.bulk_create([SampleImage(sample=s, blob=b, thumbnail=b, width=640, height=640)
    for s, b in zip(samples, blobs)], 2000)
from django.db import connection
with connection.cursor() as cursor: cursor.execute("ANALYZE")
"""


def fill(product: Product, ids: dict[str, int], dataset: int) -> None:
    """Rows straight into the product's database."""
    environ = product.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    known = [ROWS, ids["line"], ids["station"], ids["product"], dataset]
    argv = [sys.executable, "-c", FILL, *map(str, known)]
    subprocess.run(argv, check=True, env=environ)


def walk(api: Any, path: str) -> tuple[list[float], int]:
    """Milliseconds of each page to the last, and how many rows came."""
    ms, seen, url = [], 0, f"{path}{'&' if '?' in path else '?'}limit=50"
    while url:
        began = time.perf_counter()
        page = json.loads(api.get(url).content)
        ms.append((time.perf_counter() - began) * 1000)
        seen += len(page["results"])
        url = page["next"] and page["next"].split("/api/v1", 1)[1]
    return ms, seen


def main() -> None:
    """Measure, and write docs/benchmarks/lists.md."""
    folder = Path(tempfile.mkdtemp(prefix="kizu-bench-"))
    folder.chmod(0o755)
    product = Product(folder / "var").start().wait_ready()
    try:
        with product.client() as api:
            ids = plant(api)
            dataset = posted(api, "/datasets", name="large", task="detect")["id"]
            fill(product, ids, dataset)
            asked = {
                "smallest answer": None,
                "inspections": "/inspections",
                "inspections of a line": f"/inspections?line={ids['line']}",
                "inspections, NG": "/inspections?verdict=NG",
                "gallery": f"/datasets/{dataset}/samples",
                "gallery, one split": f"/datasets/{dataset}/samples?split=test",
            }
            rows = [_line(api, name, path) for name, path in asked.items()]
    finally:
        product.stop()
        shutil.rmtree(folder, ignore_errors=True)
    head = ["list", "rows", "pages", "p50 ms", "p95", "p99", "p95 of the last tenth"]
    body = (__doc__ or "").split("\n\n", 1)[1] + "\n" + report.table(head, rows)
    report.write("lists", "Lists at any depth", body)


def _line(api: Any, name: str, path: str | None) -> list[Any]:
    if path is None:
        ms, seen = [], 0
        for _ in range(300):
            began = time.perf_counter()
            api.get("/auth/me")
            ms.append((time.perf_counter() - began) * 1000)
    else:
        ms, seen = walk(api, path)
    deep = ms[-max(len(ms) // 10, 1) :]
    found = [report.percentile(ms, share) for share in (0.5, 0.95, 0.99)]
    return [name, seen, len(ms), *found, report.percentile(deep, 0.95)]


if __name__ == "__main__":
    main()
