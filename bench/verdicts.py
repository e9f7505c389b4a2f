"""Verdicts over HTTP at 1, 4, 8 and 16 clients, beside the bare loop and a plain server.

The bare loop (decode, letterbox, OpenVINO, suppression; same graph, same precision) runs while the
product idles beside it, before and after; its median counts. Images are byte-distinct.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "platform")]

from bench.parts import report
from tests.flows.product import Product, dataset, job_done, plant, posted, release, until
from tests.workers.ground import plate

PARTS = Path(__file__).parent / "parts"
CLIENTS = (1, 4, 8, 16)
SECONDS = float(os.environ.get("BENCH_SECONDS", "12"))
SIDE = 640


def pictures(folder: Path, count: int = 340) -> list[str]:
    """JPEGs of 640 x 640: drawn plates with a fine grain."""
    from PIL import Image

    paths = []
    for number in range(count):
        path = folder / f"{number:02}.jpg"
        Image.fromarray(plate(number, SIDE)[0]).save(path, quality=90)
        paths.append(str(path))
    return paths


def coco(paths: list[str]) -> dict[str, bytes]:
    """The pictures with their boxes, to train on."""
    images: list[Any] = []
    notes: list[Any] = []
    for number, path in enumerate(paths):
        images.append({"id": number, "file_name": Path(path).name, "width": SIDE, "height": SIDE})
        for mark in plate(number, SIDE)[1]:
            x0, y0, x1, y1 = (edge * SIDE for edge in mark.box or (0, 0, 0, 0))
            notes.append({"id": len(notes), "image_id": number, "category_id": 1,
                          "bbox": [x0, y0, x1 - x0, y1 - y0]})  # fmt: skip
    kinds = [{"id": 1, "name": "dark"}]
    text = json.dumps({"images": images, "annotations": notes, "categories": kinds})
    return {Path(p).name: Path(p).read_bytes() for p in paths} | {"notes.json": text.encode()}


def model(api: Any, paths: list[str]) -> int:
    """YOLOv8n at 640 px that knows the plates: what knows nothing has nothing to agree on."""
    version = dataset(api, coco(paths))
    small = trained(api, version, image_size=SIDE // 4, epochs=12, lr=0.003)
    middle = trained(api, version, small, image_size=SIDE // 2, epochs=3, lr=0.002)
    return trained(api, version, middle, image_size=SIDE, epochs=2, lr=0.001)


def trained(api: Any, version: int, parent: int | None = None, **params: Any) -> int:
    """The model of one training, begun with the weights of another where one is named."""
    params |= {"version": "v8", "size": "n", "batch": 8, "optimizer": "AdamW"}
    more = {"parent": parent} if parent else {}
    job = posted(api, "/jobs", kind="train", engine="yolo", dataset_version=version, params=params,
                 **more)  # fmt: skip
    done = job_done(api, job["id"], 1800)
    assert done["state"] == "succeeded", done
    return int(api.get(f"/models?job={job['id']}").json()["results"][0]["id"])


def graph(var: Path) -> Path | None:
    """The graph that is served, as the product keeps it: that of 640 px."""
    for xml in var.glob("cache/**/model.xml"):
        if json.loads((xml.parent / "spec.json").read_text())["shape"][-1] == SIDE:
            return xml
    return None


def precision(xml: Path) -> str:
    """What the product serves this graph in."""
    return str(json.loads((xml.parent / "spec.json").read_text())["precision"])


def precisions(api: Any, pk: int) -> str:
    """What the export says of the precisions that it compared."""
    parity = api.get(f"/models/{pk}").json()["exports"][0]["parity"]
    return "The export's parity report: `" + json.dumps(parity) + "`"


def run(*argv: str) -> Any:
    done = subprocess.run([sys.executable, *argv], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def bare(xml: Path, paths: list[str], seconds: float = SECONDS) -> list[float]:
    """Milliseconds an image."""
    used = precision(xml)
    graph, hint = (xml.with_name("int8.xml"), "f32") if used == "int8" else (xml, used)
    return list(run(str(PARTS / "bare_loop.py"), str(graph), hint, str(seconds), *paths)["ms"])


def load(folder: Path, **spec: Any) -> Any:
    path = folder / "spec.json"
    path.write_text(json.dumps(spec))
    return run(str(PARTS / "load.py"), str(path))


def against_product(folder: Path, paths: list[str], product: Product, xml: Path) -> list[list[Any]]:
    """A line for each number of clients, with the bare loop measured right before and after."""
    rows: list[list[Any]] = []
    with product.client() as api:
        station = api.get("/stations").json()["results"][0]["id"]
        headers = {"Authorization": api.headers["Authorization"], "X-Deadline-Ms": "60000"}
    fields = {"station": str(station), "product_code": "PLATE"}
    before = bare(xml, paths)
    for clients in CLIENTS:
        seen = load(folder, url=f"{product.url}/api/v1/inspections", headers=headers, fields=fields,
                    field="image", images=paths, clients=clients, seconds=SECONDS)  # fmt: skip
        after = bare(xml, paths)
        loop = report.median([*before, *after])
        rate = len(seen["ms"]) / seen["seconds"]
        errors = sum(n for code, n in seen["codes"].items() if code not in ("OK", "NG", "REVIEW"))
        rows.append([clients, rate, 1000 / loop, rate * loop / 1000,
                     *(report.percentile(seen["ms"], p) for p in (0.5, 0.95, 0.99)), loop,
                     errors])  # fmt: skip
        print(rows[-1], flush=True)
        before = after
    return rows


def against_plain(folder: Path, paths: list[str], weights: str) -> list[list[Any]]:
    """The plain server by itself, at the same numbers of clients."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = os.environ | {"WEIGHTS": weights, "YOLO_OFFLINE": "1", "YOLO_CONFIG_DIR": str(folder)}
    argv = [sys.executable, "-m", "uvicorn", "bench.parts.plain_server:app", "--port", str(port)]
    server = subprocess.Popen([*argv, "--log-level", "error"], env=environ, cwd=PARTS.parents[1])
    try:
        until(lambda: not socket.socket().connect_ex(("127.0.0.1", port)), 120)
        rows = []
        for clients in CLIENTS:
            seen = load(folder, url=f"http://127.0.0.1:{port}/predict", headers={}, fields={},
                        field="image", images=paths, clients=clients, seconds=SECONDS)  # fmt: skip
            rate = len(seen["ms"]) / seen["seconds"]
            rows.append([clients, rate, *(report.percentile(seen["ms"], p) for p in (0.5, 0.99))])
        return rows
    finally:
        server.terminate()
        server.wait(30)


def main() -> None:
    """Measure, and write docs/benchmarks/verdicts-PRECISION.md: not every processor has bf16."""
    folder = Path(tempfile.mkdtemp(prefix="kizu-bench-"))
    folder.chmod(0o755)
    paths = pictures(folder)
    product = Product(folder / "var").start().wait_ready()
    try:
        with product.client() as api:
            made = plant(api)
            pk = model(api, paths)
            told = precisions(api, pk)
            print(told, flush=True)
            release(api, made, pk)
            xml = until(lambda: graph(folder / "var"), 60)
            used = precision(xml)
            time.sleep(3)
        rows = against_product(folder, paths, product, xml)
    finally:
        product.stop()
    plain = against_plain(folder, paths, "yolov8n.yaml")
    shutil.rmtree(folder, ignore_errors=True)
    for row, other in zip(rows, plain, strict=True):
        row.append(row[1] / other[1])
    head = ["clients", "product 1/s", "bare 1/s", "of bare", "p50 ms", "p95", "p99", "bare ms",
            "errors", "times plain"]  # fmt: skip
    body = f"YOLOv8n, 640 px, OpenVINO {used}. " + (__doc__ or "").split("\n\n", 1)[1]
    body += (
        "\n"
        + told
        + "\n\n"
        + report.table(head, rows)
        + "\n\nFastAPI with `predict` (torch), alone:\n\n"
    )
    body += report.table(["clients", "1/s", "p50 ms", "p99"], plain)
    report.write("verdicts", f"Verdicts over HTTP, {used}", body, used)


if __name__ == "__main__":
    main()
