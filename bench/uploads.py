"""Upload and import of many images over HTTP, as the browser does it.

The product runs as `up` runs it. One client hashes drawn 640 x 640 JPEGs, each of other bytes,
asks which are missing, sends them over parallel connections, and imports them with their COCO
boxes: a dry run, then the import. The floor is the same bytes, and as many thumbnails, put one by
one straight into the same S3 server over as many connections. Memory is each process's peak (VmHWM)
and processor time its own, from its start to the end of the import.
"""

import hashlib
import http.client
import io
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "platform")]

import cv2
import httpx
import numpy as np
from minio import Minio

from bench.parts import report
from tests.flows.product import Product, posted, until

IMAGES = int(os.environ.get("BENCH_IMAGES", "10000"))
PARALLEL = 4  # as the page has it
ASK = 500  # hashes a question, as the page has it
SIDE, MARK, TILES = 640, 60, 16  # pixels of a plate and its square; different grounds
THUMBNAIL = 8_000  # bytes
Files = dict[str, bytes]


def drawn(count: int) -> Files:
    """Noisy plates with one dark square each, and their boxes. Seeded; no two are alike."""
    rng = np.random.default_rng(7)
    grounds = rng.normal(128, 12, (TILES, SIDE, SIDE)).clip(0, 255).astype(np.uint8)
    files: Files = {}
    images, notes = list[dict[str, Any]](), list[dict[str, Any]]()
    for number in range(count):
        plate = np.roll(grounds[number % TILES], int(rng.integers(SIDE)), axis=number % 2)
        x, y = (int(edge) for edge in rng.integers(0, SIDE - MARK, 2))
        plate[y : y + MARK, x : x + MARK] = 30
        cv2.putText(plate, str(number), (20, 40), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2)
        colour = cv2.cvtColor(plate, cv2.COLOR_GRAY2BGR)
        data = cv2.imencode(".jpg", colour, [cv2.IMWRITE_JPEG_QUALITY, 75])[1].tobytes()
        files[name := f"{number:05}.jpg"] = data
        images.append({"id": number, "file_name": name, "width": SIDE, "height": SIDE})
        box = {"category_id": 1, "bbox": [x, y, MARK, MARK]}
        notes.append({"id": number, "image_id": number} | box)
    kinds = [{"id": 1, "name": "dark"}]
    coco = {"images": images, "annotations": notes, "categories": kinds}
    return files | {"notes.json": json.dumps(coco).encode()}


class Timed:
    """Seconds of each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def __call__(self, name: str, act: Callable[[], Any]) -> Any:
        """Do it, and note how long it took."""
        began = time.perf_counter()
        value = act()
        self.seconds[name] = time.perf_counter() - began
        return value


def send(api: httpx.Client, digests: dict[str, bytes], names: Sequence[str]) -> None:
    """PUT what is missing, over PARALLEL connections; http.client, as it costs the least."""
    queue = list(names)

    def worker() -> None:
        link = http.client.HTTPConnection(f"{api.base_url.host}:{api.base_url.port}", timeout=60)
        while queue:
            name = queue.pop()
            link.request("PUT", f"/api/v1/blobs/{name}", digests[name], dict(api.headers))
            reply = link.getresponse()
            words = reply.read()
            assert reply.status == 201, words

    with ThreadPoolExecutor(PARALLEL) as pool:
        for worked in [pool.submit(worker) for _ in range(PARALLEL)]:
            worked.result()


def missing(api: httpx.Client, names: Sequence[str]) -> list[str]:
    """What the server lacks."""
    asked = (names[at : at + ASK] for at in range(0, len(names), ASK))
    return [
        name for some in asked for name in posted(api, "/blobs/missing", sha256=some)["missing"]
    ]


def imported(api: httpx.Client, dataset: int, files: dict[str, str], dry: bool) -> Any:
    """An import, waited for."""
    manifest = [{"path": path, "sha256": digest} for path, digest in files.items()]
    row = posted(api, f"/datasets/{dataset}/imports", files=manifest, dry_run=dry)

    def ended() -> Any:
        shown = api.get(f"/imports/{row['id']}").json()
        return shown if shown["state"] not in ("queued", "running") else None

    shown = until(ended, 3600, 0.25)
    assert shown["state"] == "succeeded", shown
    assert shown["counts"]["samples"] == IMAGES, shown["counts"]
    return shown


def upload(product: Product, files: Files) -> tuple[dict[str, float], list[list[Any]]]:
    """The whole walk: seconds by stage, and each process's peak memory in MB."""
    timed = Timed()
    with product.client(timeout=300) as api:
        dataset = posted(api, "/datasets", name="bench", task="detect")["id"]
        names = timed("hash", lambda: {p: hashlib.sha256(d).hexdigest() for p, d in files.items()})
        by_hash = {names[path]: data for path, data in files.items()}
        lacking = timed("ask what is missing", lambda: missing(api, list(by_hash)))
        assert len(lacking) == len(by_hash)
        timed("send", lambda: send(api, by_hash, lacking))
        timed("dry run", lambda: imported(api, dataset, names, dry=True))
        timed("import", lambda: imported(api, dataset, names, dry=False))
    return timed.seconds, _peaks(product)


def _peaks(product: Product) -> list[list[Any]]:
    return [
        [path.stem, _peak(product.pid(path.stem)), report.processor_seconds(product.pid(path.stem))]
        for path in sorted((product.var / "run").glob("*.pid"))
        if product.pid(path.stem)
    ]


def _peak(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(x.split()[1]) / 1024 for x in lines if x.startswith("VmHWM")), 0.0)


def floor(product: Product, images: Sequence[bytes]) -> dict[str, float]:
    """Seconds to put as many bytes, then thumbnails besides, straight into the S3 server."""
    store = _store(product)
    rng = np.random.default_rng(11)
    small = [rng.bytes(THUMBNAIL) for _ in images]

    def put(data: bytes) -> None:
        name = f"floor/{hashlib.sha256(data).hexdigest()}"
        store.put_object("kizu", name, io.BytesIO(data), len(data))

    timed = Timed()
    with ThreadPoolExecutor(PARALLEL) as pool:
        timed("images", lambda: list(pool.map(put, images)))
        timed("thumbnails", lambda: list(pool.map(put, small)))
    return timed.seconds


def _store(product: Product) -> Minio:
    """The product's own S3 server, by the keys that it was started with."""
    port = (product.var / "run" / "s3.port").read_text()
    environ = dict(
        entry.split("=", 1)
        for entry in Path(f"/proc/{product.pid('s3')}/environ").read_text().split("\0")
        if "=" in entry
    )
    keys = environ["NANIO_ACCESS_KEY"], environ["NANIO_SECRET_KEY"]
    return Minio(f"127.0.0.1:{port}", *keys, secure=False, region="us-east-1")


def main() -> None:
    """Measure, and write docs/benchmarks/uploads.md."""
    folder = Path(tempfile.mkdtemp(prefix="kizu-bench-"))
    folder.chmod(0o755)
    files = drawn(IMAGES)
    product = Product(folder / "var").start()
    try:
        product.wait_ready(600)
        seconds, peaks = upload(product, files)
        images = [data for path, data in files.items() if path.endswith(".jpg")]
        puts = floor(product, images)
    finally:
        product.stop()
        shutil.rmtree(folder, ignore_errors=True)
    report.write("uploads", "Upload and import", _body(files, seconds, puts, peaks))


def _body(
    files: Files, seconds: dict[str, float], puts: dict[str, float], peaks: list[list[Any]]
) -> str:
    size = sum(map(len, files.values())) / 2**20
    total = sum(seconds.values())
    rows = [[name, value, IMAGES / value] for name, value in seconds.items()]
    rows.append(["**all**", total, IMAGES / total])
    rows.append(["floor: the images put", puts["images"], IMAGES / puts["images"]])
    both = sum(puts.values())
    rows.append(["floor: images and thumbnails put", both, IMAGES / both])
    said = f"{IMAGES} images of {size * 1024 / IMAGES:.0f} KB, {PARALLEL} connections.\n"
    return "\n".join([
        (__doc__ or "").split("\n\n", 1)[1],
        said,
        report.table(["stage", "seconds", "images a second"], rows),
        "",
        report.table(["process", "peak memory, MB", "processor, s"], peaks),
    ])  # fmt: skip


if __name__ == "__main__":
    main()
