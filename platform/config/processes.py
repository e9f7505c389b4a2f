"""The product's processes: what `up` runs, and how each is started, watched and stopped."""

import os
import signal
import sys
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from core import embedded, environment
from core.environment import ROOT
from core.supervisor import Service

CORES = os.cpu_count() or 1


def export(port: int) -> None:
    """Tell every child where the servers are and where to import from."""
    store = environment.s3()
    scheme = "https" if store.secure else "http"
    paths = [str(ROOT), str(ROOT / "platform"), os.environ.get("PYTHONPATH", "")]
    told = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": environment.embedded_database_url(),
        "REDIS_URL": environment.redis_url(),
        "S3_ENDPOINT": f"{scheme}://{store.endpoint}",
        "S3_ACCESS_KEY": store.access_key,
        "S3_SECRET_KEY": store.secret_key,
        "S3_BUCKET": store.bucket,
        "KIZU_URL": f"http://127.0.0.1:{port}",
        "PYTHONUNBUFFERED": "1",
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that wait must not take the line's cores
    }
    for name, value in told.items():
        if not os.environ.get(name):
            os.environ[name] = value
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)


def servers(var: Path) -> list[Service]:
    """The embedded servers, for whichever of the three no address is given."""
    wanted = []
    if not os.environ.get("DATABASE_URL"):
        wanted.append(embedded.postgres(var / "pg", environment.run_dir()))
    if not os.environ.get("REDIS_URL"):
        sock = environment.run_dir() / "valkey.sock"
        wanted.append(embedded.valkey(var / "valkey", sock))
    if not os.environ.get("S3_ENDPOINT"):
        wanted.append(_objects(var))
    return wanted


def _objects(var: Path) -> Service:
    """The S3 server, at the port it had last time if that is still free."""
    port = environment.embedded_s3_port()
    if port == 9000 or embedded.listens(port):
        port = embedded.free_port()
    (var / "run" / "s3.port").write_text(str(port))
    store = environment.s3()
    return embedded.s3(var / "s3", port, store.access_key, store.secret_key)


def web(host: str, port: int) -> Service:
    """One uvicorn process; more only behind a proxy, each supervised by itself."""
    argv = [sys.executable, "-m", "uvicorn", "config.asgi:application"]
    argv += ["--host", host, "--port", str(port), "--lifespan", "off"]
    argv += ["--http", "httptools", "--ws", "websockets-sansio", "--no-access-log"]
    # Frames are small and one for all viewers: deflating each for each viewer is most of its cost.
    argv += ["--ws-per-message-deflate", "false", "--timeout-graceful-shutdown", "5"]
    address = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    ready = f"http://{f'[{address}]' if ':' in address else address}:{port}/healthz"
    return Service(
        "web",
        argv,
        lambda: _answers(ready),
        env=_threads(1) | {"KIZU_DB_POOL": os.environ.get("KIZU_DB_POOL") or "16"},
        cwd=ROOT,
        vital=True,
        ready_seconds=180,  # a machine that is slow or busy is no reason to give up
    )


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as reply:  # noqa: S310 - our own http address
            return bool(reply.status == 200)
    except (HTTPError, URLError, OSError):
        return False


def workers(demo: bool) -> list[Service]:
    """Everything behind the page, in no order: each waits by itself for what it needs."""
    found = [
        _manage("serve", env=_threads(CORES)),
        _celery("train", "solo", 1, env=_threads(CORES), nice=10, stop_seconds=20),
        _celery("batch", "solo", 1, env=_threads(CORES), nice=10, stop_seconds=20),
        _celery("io", "threads", 2, env=_threads(1), nice=2),
        # What beat asks for: imports, however many, must not hold up the picking up of lost work.
        _celery("control", "threads", 2, env=_threads(1)),
        Service(
            "beat",
            [sys.executable, "-m", "celery", "-A", "config.celery", "beat", "--pidfile="],
            env=_threads(1),
            cwd=ROOT,
        ),
    ]
    if demo:
        found.append(_manage("demo", env=_threads(1), nice=5, once=True))
    return found


def one(name: str, host: str, port: int) -> Service:
    """The process of that name, for servers that run each by itself; KeyError for another name."""
    return {each.name: each for each in [web(host, port), *workers(demo=True)]}[name]


def _manage(command: str, env: dict[str, str], nice: int = 0, once: bool = False) -> Service:
    argv = [sys.executable, str(ROOT / "manage.py"), command]
    return Service(command, argv, env=env, cwd=ROOT, nice=nice, once=once)


def _celery(
    queue: str,
    pool: str,
    concurrency: int,
    env: dict[str, str],
    nice: int = 0,
    stop_seconds: float = 10,
) -> Service:
    """A worker of one queue. The solo pool: a prefork child may not start DataLoader workers."""
    argv = [sys.executable, "-m", "celery", "-A", "config.celery", "worker"]
    argv += ["-Q", queue, "-n", f"{queue}@%h", "-P", pool, "-c", str(concurrency)]
    argv += ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "INFO"]
    return Service(
        queue,
        argv,
        stop_signal=signal.SIGTERM,
        env=env,
        cwd=ROOT,
        nice=nice,
        stop_seconds=stop_seconds,
    )


def _threads(count: int) -> dict[str, str]:
    """How many threads the arithmetic libraries start, unless the environment says so itself.

    A thread that is through waits asleep for the others: spinning, it takes the core from the one
    that it waits for where other processes work too, and a training takes many times as long.
    """
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    wanted = dict.fromkeys(names, str(count)) | {"OMP_WAIT_POLICY": "passive"}
    return {name: os.environ.get(name) or value for name, value in wanted.items()}
