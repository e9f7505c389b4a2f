"""Viewers of a line's board, each with a websocket of its own, in one process.

    python bench/parts/viewers.py SPEC.json

SPEC: url (ws), token, line, viewers, seconds. Says READY on stdout once all have subscribed, then
{"first": {id: [seconds of CLOCK_MONOTONIC, one a viewer]}}.
"""

import asyncio
import json
import sys
import time
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import websockets

heard: list[tuple[float, str]] = []  # read after the end: reading must not delay hearing


async def view(spec: dict[str, Any], ready: asyncio.Semaphore) -> None:
    """Hear everything of the line until cancelled."""
    headers = {"Authorization": f"Token {spec['token']}"}
    async with websockets.connect(spec["url"], additional_headers=headers, proxy=None) as link:
        await link.send(json.dumps({"subscribe": [f"line.{spec['line']}"]}))
        while json.loads(await link.recv())["type"] != "subscribed":
            pass
        ready.release()
        async for frame in link:
            heard.append((time.monotonic(), str(frame)))


def first_heard() -> dict[str, list[float]]:
    """Inspection -> when each viewer heard of it; equal frames are read once."""
    times: defaultdict[str, list[float]] = defaultdict(list)
    named = cache(lambda frame: [hint["id"] for hint in json.loads(frame).get("inspections", ())])
    for at, frame in heard:
        for pk in named(frame):
            times[pk].append(at)
    return times


async def main(spec: dict[str, Any]) -> None:
    """All viewers, for so many seconds."""
    ready = asyncio.Semaphore(0)
    viewers = []
    for _ in range(spec["viewers"]):
        viewers.append(asyncio.create_task(view(spec, ready)))
        await asyncio.sleep(0.01)
    for _ in viewers:
        await asyncio.wait_for(ready.acquire(), 60)
    print("READY", flush=True)
    await asyncio.sleep(spec["seconds"])
    heard_by_now = len(heard)
    for viewer in viewers:
        viewer.cancel()
    await asyncio.gather(*viewers, return_exceptions=True)
    del heard[heard_by_now:]
    print(json.dumps({"first": first_heard()}))


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())))
