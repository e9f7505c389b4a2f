"""Whether the product is well: its servers, queues, workers, disk and versions."""

import platform
import shutil
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

import django
from django.db import DatabaseError, connection
from minio.error import MinioException
from redis.exceptions import RedisError
from urllib3.exceptions import HTTPError

from core import environment, storage, valkey
from inspection.inference import QUEUE
from inspection.selectors import registry, workers

QUEUES = ("train", "batch", "io", "control")
AWAY = (DatabaseError, RedisError, MinioException, HTTPError, OSError)


@dataclass(frozen=True)
class Gauge:
    """A figure for Prometheus."""

    name: str
    words: str
    value: float
    labels: dict[str, str] = field(default_factory=dict)


def missing(station: int | None) -> list[str]:
    """What keeps submissions from being judged and stored; empty when nothing does."""
    down = [server["name"] for server in servers() if not server["ok"]]
    if down:
        return [f"{name} does not answer" for name in down]
    live = workers.serving()
    if not live:
        return ["no inference process is running"]
    if station is None:
        return []
    models = registry.judging(station)
    if not models:
        return ["no recipe is released at this station"]
    return [f"model {model} is not warm" for model in sorted(models - workers.warm_models())]


def servers() -> list[dict[str, Any]]:
    """Each server: {name, ok, detail}."""
    checks = (("database", _database), ("broker", _broker), ("object store", _store))
    return [_checked(name, check) for name, check in checks]


def _checked(name: str, check: Any) -> dict[str, Any]:
    try:
        return {"name": name, "ok": True, "detail": check()}
    except AWAY as error:
        return {"name": name, "ok": False, "detail": " ".join(str(error).split())[:200]}


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0].split()[0]}"


def _broker() -> str:
    info: Any = valkey.client().info("server")
    name = "Valkey" if "valkey_version" in info else "Redis"
    return f"{name} {info.get('valkey_version') or info.get('redis_version')}"


def _store() -> str:
    if not storage.client().bucket_exists(storage.bucket()):
        raise OSError(f"the bucket {storage.bucket()} is missing")
    return f"bucket {storage.bucket()}"


def queues() -> list[dict[str, Any]]:
    """How much waits in each queue."""
    client = valkey.client()
    names = [(name, name) for name in QUEUES] + [("inspections", QUEUE)]
    return [{"name": shown, "length": int(client.llen(key))} for shown, key in names]


def disk() -> dict[str, Any]:
    """Bytes of the disk that holds the data folder."""
    usage = shutil.disk_usage(environment.var_dir())
    return {"path": str(environment.var_dir()), "free": usage.free, "total": usage.total}


def versions() -> dict[str, str]:
    """What runs here."""
    shown = {
        "python": platform.python_version(),
        "django": django.get_version(),
        "platform": f"{platform.system()} {platform.machine()}",
    }
    for name in ("torch", "ultralytics", "openvino"):
        try:
            shown[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return shown


def everything() -> dict[str, Any]:
    """What the System page shows."""
    found = servers()
    broker = next(server["ok"] for server in found if server["name"] == "broker")
    seen = workers.seen() if broker else []
    serving = workers.serving() if broker else []
    return {
        "servers": found,
        "queues": queues() if broker else [],
        "workers": [
            {"name": w.name, "kind": w.kind, "seen_at": w.at, "job": w.job, "device": w.device}
            for w in seen
        ]
        + [
            {"name": s.name, "kind": "serve", "seen_at": s.at, "job": None, "device": {}}
            for s in serving
        ],
        "devices": [w.device for w in seen if w.device.get("name")],
        "disk": disk(),
        "versions": versions(),
        "models_warm": sorted({model for s in serving for model in s.models}),
        "models_broken": {k: v for s in serving for k, v in s.broken.items()},
    }


def gauges() -> list[Gauge]:
    """Counts for Prometheus."""
    found = [
        Gauge("kizu_queue_length", "Waiting work.", queue["length"], {"queue": queue["name"]})
        for queue in queues()
    ]
    found.append(Gauge("kizu_serve_processes", "Live serve processes.", len(workers.serving())))
    found.append(Gauge("kizu_models_warm", "Models held warm.", len(workers.warm_models())))
    found.append(Gauge("kizu_disk_free_bytes", "Free on the data disk.", disk()["free"]))
    with connection.cursor() as cursor:
        cursor.execute(LAST_HOUR)
        for verdict, count in cursor.fetchall():
            words = "Inspections of the last hour."
            found.append(Gauge("kizu_inspections_last_hour", words, count, {"verdict": verdict}))
        cursor.execute("SELECT state, count(*) FROM inspection_job GROUP BY state")
        for state, count in cursor.fetchall():
            found.append(Gauge("kizu_jobs", "Jobs by state.", count, {"state": state}))
    return found


LAST_HOUR = """
SELECT verdict, count(*) FROM inspection_inspection
WHERE captured_day >= (now() at time zone 'utc' - interval '1 hour')::date
  AND captured_at > now() - interval '1 hour' AND mode = 'production'
GROUP BY verdict
"""
