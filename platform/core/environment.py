"""What the environment says: where data lies, and which servers to speak to. No Django in here."""

import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

ROOT = Path(__file__).resolve().parents[2]
SOCKET_PATH_LIMIT = 100  # the kernel takes 107 bytes (macOS 103) for a socket's whole path


class CannotStart(Exception):
    """The product cannot start here: one sentence that says why and what to do."""


def var_dir() -> Path:
    """The data folder: KIZU_VAR, else ./var beside manage.py. Absolute."""
    return Path(os.environ.get("KIZU_VAR") or ROOT / "var").resolve()


def run_dir() -> Path:
    """Where sockets and pid files lie: <var>/run, or a short folder when that path is too long."""
    run = var_dir() / "run"
    if len(bytes(run / ".s.PGSQL.5432.lock")) <= SOCKET_PATH_LIMIT:
        return run
    name = hashlib.sha256(bytes(var_dir())).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"kizu-{os.geteuid()}-{name}"


def secret_key() -> str:
    """KIZU_SECRET_KEY, else a key made once and kept in the data folder, readable by its owner."""
    return os.environ.get("KIZU_SECRET_KEY") or _kept("secret_key")


def _kept(name: str) -> str:
    """A secret that is made once and kept in the data folder, readable by its owner alone."""
    path = var_dir() / name
    try:
        if path.exists() and (secret := path.read_text().strip()):
            return secret
        path.parent.mkdir(parents=True, exist_ok=True)
        secret = secrets.token_urlsafe(36)
        aside = path.with_name(f".{name}.{os.getpid()}")
        aside.touch(mode=0o600)
        aside.write_text(secret)
        aside.rename(path)
    except OSError as error:
        raise CannotStart(
            f"The data folder {var_dir()} cannot be used ({error.strerror}): "
            "make it writable and free some disk, or name another with KIZU_VAR."
        ) from error
    return secret


def database() -> dict[str, Any]:
    """Django's DATABASES entry for DATABASE_URL: postgres://user:pw@host:port/name?option=value.

    A socket folder is given as `?host=/absolute/folder`. Without a URL: the embedded server's.
    """
    url = urlsplit(os.environ.get("DATABASE_URL") or embedded_database_url())
    query = dict(parse_qsl(url.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.lstrip("/") or "kizu",
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": query.pop("host", None) or url.hostname or "",
        "PORT": query.pop("port", None) or str(url.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


def embedded_database_url() -> str:
    """Where `up` puts the embedded Postgres: a socket in the data folder."""
    return f"postgres://postgres@/kizu?host={run_dir()}"


def redis_url() -> str:
    """REDIS_URL, else the embedded Valkey's socket in the data folder."""
    return os.environ.get("REDIS_URL") or f"unix://{run_dir() / 'valkey.sock'}"


def broker_url() -> str:
    """The same server in Celery's words: it calls a socket `redis+socket`."""
    return redis_url().replace("unix://", "redis+socket://", 1)


@dataclass(frozen=True)
class S3:
    """How to reach the object store. `endpoint` is host:port; `secure` means TLS."""

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str
    secure: bool


def s3() -> S3:
    """The object store that S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY and S3_BUCKET name.

    Without an endpoint: the embedded server, with the secret kept in the data folder.
    """
    embedded = not os.environ.get("S3_ENDPOINT")
    url = os.environ.get("S3_ENDPOINT") or f"http://127.0.0.1:{embedded_s3_port()}"
    parts = urlsplit(url if "//" in url else f"http://{url}")
    return S3(
        endpoint=parts.netloc,
        access_key=os.environ.get("S3_ACCESS_KEY") or "kizu",
        secret_key=os.environ.get("S3_SECRET_KEY") or (_kept("s3_secret") if embedded else ""),
        bucket=os.environ.get("S3_BUCKET") or "kizu",
        secure=parts.scheme == "https",
    )


def embedded_s3_port() -> int:
    """The port that `up` gave the embedded S3 server at its last start; 9000 before the first."""
    try:
        return int((var_dir() / "run" / "s3.port").read_text())
    except (OSError, ValueError):
        return 9000
