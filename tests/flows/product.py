"""The product as `manage.py up` runs it, on a data folder and port of its own."""

import hashlib
import io
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from core import embedded
from tests.conftest import ROOT
from tests.workers.ground import plate

logging.getLogger("httpx").setLevel(logging.WARNING)
PASSWORD = "browser-pass-1"
OWN = ("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_BUCKET")
SIDE = 96


class Product:
    """Started, stopped and killed by a test; `url` and `api` speak to it."""

    def __init__(self, var: Path, **environ: str) -> None:
        self.var, self.port = var, embedded.free_port()
        var.mkdir(exist_ok=True)
        for folder in (var, *var.parents[:3]):
            if os.access(folder, os.W_OK) and folder.owner() == Path.home().owner():
                folder.chmod(folder.stat().st_mode | 0o055)  # Postgres runs as nobody under root
        inherited = {name: value for name, value in os.environ.items() if name not in OWN}
        self.environ = inherited | {"KIZU_VAR": str(var), "KIZU_PORT": str(self.port),
                                    "KIZU_DEMO": "0", "KIZU_ADMIN_PASSWORD": PASSWORD}  # fmt: skip
        self.environ |= environ
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        return (self.var / "up.log").read_text()

    def start(self) -> "Product":
        """Begin, without waiting."""
        with (self.var / "up.log").open("wb") as log:
            argv = [sys.executable, "manage.py", "up"]
            self.process = subprocess.Popen(
                argv, cwd=ROOT, env=self.environ, stdout=log, stderr=log, start_new_session=True
            )
        return self

    def wait_page(self, seconds: float = 240) -> float:
        """Until the page loads -> seconds it took."""
        start = time.monotonic()
        until(lambda: self._ends() or self._page(), seconds)
        return time.monotonic() - start

    def wait_ready(self, seconds: float = 300) -> "Product":
        """Until nothing is missing but a recipe."""
        until(lambda: self._ends() or self._missing() in ([], ["no recipe"]), seconds)
        return self

    def _ends(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.said
        return False

    def _page(self) -> bool:
        try:
            return httpx.get(self.url).status_code == 200
        except httpx.HTTPError:
            return False

    def _missing(self) -> Any:
        try:
            return httpx.get(f"{self.url}/readyz").json()["missing"]
        except (httpx.HTTPError, ValueError, KeyError):
            return None

    def stop(self) -> int:
        """Ctrl-C -> exit status."""
        assert self.process
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def pid(self, name: str) -> int:
        """Of one of its processes; 0 while there is none."""
        try:
            return int((self.var / "run" / f"{name}.pid").read_text())
        except (OSError, ValueError):
            return 0

    def kill(self, name: str) -> int:
        """SIGKILL one of its processes -> its pid."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def processes(self) -> dict[int, str]:
        """Everything alive that was started on this data folder, whoever its parent is now."""
        mark, found = f"KIZU_VAR={self.var}".encode(), {}
        for entry in Path("/proc").iterdir():
            try:
                environ = (entry / "environ").read_bytes().split(b"\0")
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (OSError, ValueError):
                continue
            if mark in environ or str(self.var) in words:
                found[int(entry.name)] = words
        return found

    def client(self, timeout: float = 60) -> httpx.Client:
        """The API as the administrator's program sees it."""
        body = {"username": "admin", "password": PASSWORD}
        reply = httpx.post(f"{self.url}/api/v1/auth/token", json=body, timeout=30)
        headers = {"Authorization": f"Token {reply.json()['token']}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=timeout)


def until(condition: Callable[[], Any], seconds: float = 30, every: float = 0.1) -> Any:
    """Wait for it -> its value."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(every)
    return value


def posted(api: httpx.Client, path: str, **body: Any) -> Any:
    reply = api.post(path, json=body)
    assert reply.status_code in (200, 201, 202), reply.text
    return reply.json()


def plant(api: httpx.Client) -> dict[str, int]:
    """A site, a line, a station and the product PLATE -> their ids."""
    site = posted(api, "/sites", name="Berlin", timezone="Europe/Berlin")["id"]
    line = posted(api, "/lines", site=site, name="Line 1")["id"]
    station = posted(api, "/stations", line=line, name="AOI")["id"]
    product = posted(api, "/products", code="PLATE", name="Plate")["id"]
    return {"site": site, "line": line, "station": station, "product": product}


def picture(number: int) -> bytes:
    """A drawn plate with defects, as PNG."""
    out = io.BytesIO()
    Image.fromarray(plate(number, SIDE)[0]).save(out, "PNG")
    return out.getvalue()


def plates(count: int = 40) -> dict[str, bytes]:
    """Drawn plates with COCO boxes: file name -> bytes."""
    files: dict[str, bytes] = {}
    images: list[Any] = []
    notes: list[Any] = []
    for number in range(count):
        name = f"{number:03}.png"
        files[name] = picture(number)
        images.append({"id": number, "file_name": name, "width": SIDE, "height": SIDE})
        for mark in plate(number, SIDE)[1]:
            x0, y0, x1, y1 = (value * SIDE for value in mark.box or (0, 0, 0, 0))
            category = 1 + ["dark", "bright"].index(mark.class_name)
            box = [x0, y0, x1 - x0, y1 - y0]
            notes.append({"id": len(notes), "image_id": number, "category_id": category,
                          "bbox": box})  # fmt: skip
    kinds = [{"id": 1, "name": "dark"}, {"id": 2, "name": "bright"}]
    coco = {"images": images, "annotations": notes, "categories": kinds}
    return files | {"notes.json": json.dumps(coco).encode()}


def job_done(api: httpx.Client, job: int, seconds: float = 900) -> Any:
    """Wait for a job's end -> the job."""

    def ended() -> Any:
        shown = api.get(f"/jobs/{job}").json()
        return shown if shown.get("state") in ("succeeded", "failed", "cancelled") else None

    return until(ended, seconds, 0.3)


def dataset(api: httpx.Client, files: dict[str, bytes], task: str = "detect") -> int:
    """Upload, import and freeze -> the version's id."""
    made = posted(api, "/datasets", name=f"plates {time.time_ns()}", task=task)["id"]
    digests = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    for path, data in files.items():
        assert api.put(f"/blobs/{digests[path]}", content=data).status_code in (200, 201)
    manifest = [{"path": path, "sha256": digest} for path, digest in digests.items()]
    run = posted(api, f"/datasets/{made}/imports", format="auto", files=manifest, dry_run=False)

    def ended() -> Any:
        shown = api.get(f"/imports/{run['id']}").json()
        return shown if shown["state"] in ("succeeded", "failed") else None

    assert until(ended, 240)["state"] == "succeeded"
    return int(posted(api, f"/datasets/{made}/versions", seed=7)["id"])


def training(api: httpx.Client, version: int, **params: Any) -> int:
    """Queue a small patch_cnn -> the job's id."""
    small = {"image_size": 96, "patch": 32, "width": 8, "epochs": 6} | params
    body = {"kind": "train", "dataset_version": version, "engine": "patch_cnn", "params": small}
    return int(posted(api, "/jobs", **body)["id"])


def release(api: httpx.Client, made: dict[str, int], model: int) -> int:
    """Put a model in force at the plant's station -> the recipe's id."""
    body = {"station": made["station"], "product": made["product"], "model": model}
    recipe = posted(api, "/recipes", **body, thresholds={"default": 0.5}, rules=[])["id"]
    posted(api, f"/recipes/{recipe}/release", reason="first")
    return int(recipe)
