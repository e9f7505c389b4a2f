"""A load generator of its own process: clients that each wait for an answer, then send the next.

    python bench/parts/load.py SPEC.json    prints {"ms": [...], "seconds": s, "codes": {...}}

SPEC: url, headers, fields, images (paths), clients, seconds, field (the file field's name).
"""

import http.client
import itertools
import json
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

BOUNDARY = "kizu-bench"


def distinct(jpeg: bytes, number: int) -> bytes:
    """The same picture as other bytes: a comment segment behind the start marker."""
    words = f"{number:012d}-{random.getrandbits(64):016x}".encode()
    return jpeg[:2] + b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words + jpeg[2:]


def body(fields: dict[str, str], name: str, data: bytes) -> bytes:
    """multipart/form-data."""
    parts = []
    for key, value in fields.items():
        parts.append(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}')
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="a.jpg"\r\n'
    head += "Content-Type: image/jpeg\r\n\r\n"
    text = "\r\n".join([*parts, head]).encode()
    return text + data + f"\r\n--{BOUNDARY}--\r\n".encode()


class Client(threading.Thread):
    """One line computer."""

    def __init__(self, spec: dict[str, Any], numbers: Any, images: list[bytes], end: float) -> None:
        super().__init__()
        self.spec, self.numbers, self.images, self.end = spec, numbers, images, end
        self.ms: list[float] = []
        self.codes: Counter[str] = Counter()

    def run(self) -> None:
        """Send until the end."""
        at = urlsplit(self.spec["url"])
        link = http.client.HTTPConnection(at.hostname or "", at.port, timeout=60)
        headers = self.spec["headers"] | {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"
        }
        while time.perf_counter() < self.end:
            number = next(self.numbers)
            data = distinct(self.images[number % len(self.images)], number)
            fields = self.spec["fields"] | (
                {"serial": f"B-{number}"} if self.spec["fields"] else {}
            )
            sent = body(fields, self.spec["field"], data)
            began = time.perf_counter()
            link.request("POST", at.path, sent, headers)
            reply = link.getresponse()
            answer = json.loads(reply.read())
            self.ms.append((time.perf_counter() - began) * 1000)
            self.codes[answer.get("code") or answer.get("verdict") or str(reply.status)] += 1


def main(spec: dict[str, Any]) -> None:
    """Run the clients and print what they saw."""
    images = [Path(path).read_bytes() for path in spec["images"]]
    began, numbers = time.perf_counter(), itertools.count(spec.get("start", 0))
    clients = [
        Client(spec, numbers, images, began + spec["seconds"]) for _ in range(spec["clients"])
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    codes: Counter[str] = sum((client.codes for client in clients), Counter())
    ms = [value for client in clients for value in client.ms]
    print(json.dumps({"ms": ms, "seconds": time.perf_counter() - began, "codes": codes}))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
