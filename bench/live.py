"""From an inspection to every viewer's board: 200, 500 and 1,000 viewers, 20 inspections a second.

The delay runs from the moment the line computer sends the image to the frame at a viewer, so that
decoding the request, the commit and the fan-out are all in it; the second line is from the answer,
which follows the commit. Inspections are of a station without a recipe: ERROR, stored and told like
any other, without the time of a model. The anchor is the answer's own time.
"""

import asyncio
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

import httpx

from bench.parts import report
from tests.flows.product import Product, picture, plant

VIEWERS = (200, 500, 1000)
RATE, SECONDS = 20, float(os.environ.get("BENCH_SECONDS", "15"))


async def units(api: httpx.Client, station: int, tag: str) -> dict[str, tuple[float, float]]:
    """Inspections at a steady rate -> id: when sent, when answered."""
    sent: dict[str, tuple[float, float]] = {}
    async with httpx.AsyncClient(base_url=api.base_url, headers=api.headers, timeout=30) as line:

        async def one(number: int) -> None:
            form = {"station": str(station), "product_code": "PLATE", "serial": f"{tag}-{number}"}
            began = time.monotonic()
            reply = await line.post(
                "/inspections", data=form, files={"image": ("a.png", picture(number % 50))}
            )
            sent[reply.json()["id"]] = (began, time.monotonic())

        running = []
        for number in range(int(RATE * SECONDS)):
            running.append(asyncio.create_task(one(number)))
            await asyncio.sleep(1 / RATE)
        await asyncio.gather(*running)
    return sent


def measure(api: httpx.Client, product: Product, folder: Path, viewers: int) -> list[Any]:
    """One line of the table."""
    ids = {"line": api.get("/lines").json()["results"][0]["id"],
           "station": api.get("/stations").json()["results"][0]["id"]}  # fmt: skip
    token = api.headers["Authorization"].split()[1]
    spec = {"url": f"ws://127.0.0.1:{product.port}/ws/live", "token": token, "line": ids["line"],
            "viewers": viewers, "seconds": SECONDS + 4}  # fmt: skip
    path = folder / "viewers.json"
    path.write_text(json.dumps(spec))
    argv = [sys.executable, str(Path(__file__).parent / "parts" / "viewers.py"), str(path)]
    watching = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert watching.stdout
    assert watching.stdout.readline().strip() == "READY"
    busy = report.processor_seconds(product.pid("web"))
    sent = asyncio.run(units(api, ids["station"], f"V{viewers}"))
    busy = (report.processor_seconds(product.pid("web")) - busy) / SECONDS
    heard = json.loads(watching.communicate(timeout=60)[0])["first"]
    whole = [at - sent[pk][0] for pk, times in heard.items() if pk in sent for at in times]
    after = [max(at - sent[pk][1], 0) for pk, times in heard.items() if pk in sent for at in times]
    own = [answered - began for began, answered in sent.values()]
    complete = sum(len(heard.get(pk, ())) for pk in sent) / (len(sent) * viewers)
    rest = {row["id"] for row in _stored(api, f"V{viewers}-", ids["line"])}
    figures = [report.percentile(x, 0.95) * 1000 for x in (own, whole, after)]
    return [viewers, len(sent), *figures, f"{complete:.2%}", rest == set(sent), f"{busy:.0%}"]


def _stored(api: httpx.Client, tag: str, line: int) -> list[Any]:
    """The line's inspections of this run, by REST."""
    found, path = [], f"/inspections?line={line}&limit=200"
    while path:
        page = api.get(path).json()
        found += [row for row in page["results"] if row["serial"].startswith(tag)]
        path = page["next"] and page["next"].split("/api/v1", 1)[1]
    return found


def main() -> None:
    """Measure, and write docs/benchmarks/live.md."""
    folder = Path(tempfile.mkdtemp(prefix="kizu-bench-"))
    folder.chmod(0o755)
    product = Product(folder / "var").start().wait_ready()
    try:
        with product.client() as api:
            plant(api)
            rows = [measure(api, product, folder, viewers) for viewers in VIEWERS]
    finally:
        product.stop()
        shutil.rmtree(folder, ignore_errors=True)
    head = ["viewers", "inspections", "answer p95 ms", "sent to frame p95", "answer to frame p95",
            "delivered", "equals REST", "web, of a core"]  # fmt: skip
    body = (__doc__ or "").split("\n\n", 1)[1] + "\n" + report.table(head, rows)
    report.write("live", "Live boards", body)


if __name__ == "__main__":
    main()
