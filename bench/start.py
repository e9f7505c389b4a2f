"""How long a newcomer waits: the page of a first and of a second start, the demo's first verdicts.

python bench/start.py        -> docs/benchmarks/start.md   (alone on the machine; about 5 min)
"""

import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "platform")]

import httpx

from bench.parts import report
from tests.flows.product import Product, until

LONGEST = 900  # seconds until the demo's first verdict, at most


def started(product: Product) -> float:
    """Seconds from the command to a page that loads."""
    began = time.monotonic()
    product.start()
    product.wait_page()
    return time.monotonic() - began


def verdicts(api: httpx.Client, **ask: Any) -> list[Any]:
    """Inspections that were decided."""
    rows = api.get("/inspections", params={"limit": 200, **ask}).json()["results"]
    return [row for row in rows if row["verdict"] != "ERROR"]


def seen(api: httpx.Client) -> list[tuple[str, float]]:
    """What a newcomer sees when, in seconds after the page answers."""
    began, rows = time.monotonic(), []
    for what, asked in (("first verdict", {}), ("first NG verdict", {"verdict": "NG"})):
        until(partial(verdicts, api, **asked), LONGEST, 0.5)
        rows.append((what, time.monotonic() - began))
    lines = [line["line"] for line in api.get("/board").json()]
    until(lambda: all(verdicts(api, line=line, verdict="NG") for line in lines), LONGEST, 0.5)
    rows.append(("NG on both lines", time.monotonic() - began))
    return rows


def main() -> None:
    """Measure, print, write."""
    with tempfile.TemporaryDirectory(prefix="kizu-start-") as folder:
        plain = Product(Path(folder) / "plain")
        rows = [("first start, to the page", started(plain))]
        plain.stop()
        rows.append(("second start, to the page", started(plain)))
        plain.stop()
        demo = Product(Path(folder) / "demo", KIZU_DEMO="1")
        rows.append(("first start with the demo, to the page", started(demo)))
        with demo.client() as api:
            rows += [(f"demo: {what}, after the page", at) for what, at in seen(api)]
        demo.stop()
    report.write("start", "Starting", report.table(("what", "seconds"), rows))


if __name__ == "__main__":
    main()
