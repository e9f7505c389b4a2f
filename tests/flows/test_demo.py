"""The first minutes of a newcomer: from the page to verdicts on both lines, NG ones among them."""

import logging
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flows.product import Product, until

SILENT = {"idle", "no_data"}
log = logging.getLogger(__name__)


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    running = Product(tmp_path / "var", KIZU_DEMO="1").start()
    running.wait_page()
    yield running
    assert running.stop() == 0, running.said
    assert running.processes() == {}


def verdicts(api: httpx.Client, **ask: Any) -> list[Any]:
    return list(api.get("/inspections", params={"limit": 200, **ask}).json()["results"])


def board(api: httpx.Client) -> list[Any]:
    return list(api.get("/board").json())


def test_the_board_comes_alive(product: Product) -> None:
    began = time.monotonic()

    def note(what: str) -> None:
        log.warning("%s %.0f s after the page", what, time.monotonic() - began)

    with product.client() as api:
        until(lambda: len(board(api)) == 2, 300, 0.5)
        assert {line["state"] for line in board(api)} <= SILENT
        note("both lines are on the board")
        until(lambda: verdicts(api), 900, 1)
        note("the first verdict")
        lines = [line["line"] for line in board(api)]
        for line in lines:
            until(partial(verdicts, api, line=line, verdict="NG"), 300, 0.5)
        note("NG on both lines")
        assert len({each["station"] for line in lines for each in verdicts(api, line=line)}) == 3
        errors = {each["code"] for line in lines for each in verdicts(api, line=line)}
        assert errors <= {"", "deadline"}, "nothing is asked where nothing can answer"
        until(lambda: not SILENT & {line["state"] for line in board(api)}, 120, 0.5)
