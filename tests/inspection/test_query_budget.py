"""What reading an address may cost: a fixed number of queries, however many rows there are."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from inspection.services import partitions
from tests.inspection.everything import Everything
from tests.inspection.routes import routes

BUDGET = Path(__file__).with_name("query_budget.json")
# A look at the whole system and files of bytes are no matter of rows; the review queue hands out
# whole inspections, twenty at most.
APART = ("/api/v1/system", "/api/v1/blobs/", "/api/v1/models/1/artefact", "/images/", "/review",
         "/checkpoint")  # fmt: skip


async def _heard(chunks: Any) -> None:
    async for _ in chunks:
        pass


def costs(client: Any, all_of: Everything) -> dict[str, int]:
    """Queries of each GET by its path."""
    counted = {}
    for route in routes():
        if route.method != "get" or any(part in route.path for part in APART):
            continue
        with CaptureQueriesContext(connection) as asked:
            reply = client.get(all_of.at(route.path))
            assert reply.status_code == 200, (route, reply.content)
            if reply.streaming:
                asyncio.run(_heard(reply.streaming_content))
        counted[route.path] = len(asked)
    return counted


def test_the_number_of_queries_does_not_grow_with_rows(api: Callable[..., Any]) -> None:
    partitions.ensure()
    client = api("admin")
    all_of = Everything(client.handler._force_user)
    for _ in range(2):
        all_of.grow()
    few = costs(client, all_of)
    for _ in range(4):
        all_of.grow()
    many = costs(client, all_of)
    assert {path: (few[path], n) for path, n in many.items() if n != few[path]} == {}
    if os.environ.get("KIZU_WRITE_BUDGET") == "1":
        BUDGET.write_text(json.dumps(many, indent=2) + "\n")
    budget = json.loads(BUDGET.read_text())
    assert many == budget, "KIZU_WRITE_BUDGET=1 writes what each costs now"
