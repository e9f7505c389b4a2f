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
from pathlib import Path
from typing import Any

import websockets

heard: defaultdict[str, list[float]] = defaultdict(list)


async def view(spec: dict[str, Any], ready: asyncio.Semaphore, over: asyncio.Event) -> None:
    """Hear everything of the line until it is over."""
    headers = {"Authorization": f"Token {spec['token']}"}
    async with websockets.connect(spec["url"], additional_headers=headers, proxy=None) as link:
        await link.send(json.dumps({"subscribe": [f"line.{spec['line']}"]}))
        while json.loads(await link.recv())["type"] != "subscribed":
            pass
        ready.release()
        stop = asyncio.create_task(over.wait())
        while not over.is_set():
            get = asyncio.create_task(link.recv())
            await asyncio.wait({get, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not get.done():
                get.cancel()
                return
            now, frame = time.monotonic(), json.loads(get.result())
            for hint in frame.get("inspections", ()):
                heard[hint["id"]].append(now)


async def main(spec: dict[str, Any]) -> None:
    """All viewers, for so many seconds."""
    ready, over = asyncio.Semaphore(0), asyncio.Event()
    viewers = []
    for _ in range(spec["viewers"]):
        viewers.append(asyncio.create_task(view(spec, ready, over)))
        await asyncio.sleep(0.01)
    for _ in viewers:
        await asyncio.wait_for(ready.acquire(), 60)
    print("READY", flush=True)
    await asyncio.sleep(spec["seconds"])
    over.set()
    await asyncio.gather(*viewers)
    print(json.dumps({"first": heard}))


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())))
