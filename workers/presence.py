"""That a worker is alive, what it does, and which device it has: a heartbeat in Valkey.

The device is asked of the driver itself, not of torch: an idle worker need not load torch.
"""

import contextlib
import ctypes
import json
import logging
import os
import re
import threading
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

import redis

from core import valkey

log = logging.getLogger(__name__)

EVERY, EXPIRY = 5.0, 15  # seconds


class Presence:
    """A daemon thread that keeps `kizu:worker:<host>:<queue>` alive."""

    def __init__(self, host: str, kind: str) -> None:
        self._job: int | None = None
        self._key, self._kind = f"kizu:worker:{host}:{kind}", kind
        self._device = device() if kind in ("train", "batch") else {}
        self._over = threading.Event()

    def start(self) -> None:
        """Begin; the first heartbeat is out before this returns, if Valkey is there."""
        self.beat()
        threading.Thread(target=self._run, name="presence", daemon=True).start()

    def show(self, job: int | None) -> None:
        """Say at once which job is worked on, or that none is."""
        self._job = job
        self.beat()

    def stop(self) -> None:
        """Say goodbye: the worker is gone from the list at once."""
        self._over.set()
        with contextlib.suppress(redis.RedisError):
            valkey.client().delete(self._key)

    def beat(self) -> None:
        """One heartbeat; silence is better than an exception while Valkey restarts."""
        body = {
            "kind": self._kind,
            "device": self._device,
            "job": self._job,
            "pid": os.getpid(),
            "at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        }
        try:
            valkey.client().set(self._key, json.dumps(body), ex=EXPIRY)
        except redis.RedisError:
            log.warning("Valkey did not take the heartbeat of %s", self._key)

    def _run(self) -> None:
        while not self._over.wait(EVERY):
            self.beat()


def device() -> dict[str, Any]:
    """{cuda: usable, name, count, driver, problem}: `problem` says why a GPU is not used."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return _report(problem=None)
    if error := driver.cuInit(0):
        return _report(problem=f"the NVIDIA driver does not start (CUDA error {error})")
    version, count = ctypes.c_int(), ctypes.c_int()
    driver.cuDriverGetVersion(ctypes.byref(version))
    driver.cuDeviceGetCount(ctypes.byref(count))
    speaks = f"{version.value // 1000}.{version.value % 1000 // 10}"
    if not count.value:
        return _report(driver=speaks, problem="the NVIDIA driver sees no device")
    name = ctypes.create_string_buffer(128)
    driver.cuDeviceGetName(name, 128, 0)
    seen = {"name": name.value.decode(), "count": count.value, "driver": speaks}
    needs = _torch_cuda()
    if needs is None:
        return _report(problem="the installed torch is built for the CPU only", **seen)
    if version.value // 1000 < needs:
        words = f"its driver is too old: it speaks CUDA {speaks}, torch needs {needs}"
        return _report(problem=words, **seen)
    return _report(cuda=True, problem=None, **seen)


def _report(**known: Any) -> dict[str, Any]:
    empty = {"cuda": False, "name": None, "count": 0, "driver": None, "problem": None}
    return empty | known


def _torch_cuda() -> int | None:
    """The major CUDA version that the installed torch is built for, read without importing it."""
    try:
        files = metadata.files("torch") or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.as_posix() == "torch/version.py":
            found = re.search(r"^cuda\b.*'(\d+)\.", file.read_text(), re.MULTILINE)
            return int(found[1]) if found else None
    return None
