"""What the environment says: where data lies, and which servers to speak to. No Django in here."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

ROOT = Path(__file__).resolve().parents[2]


def var_dir() -> Path:
    """The data folder: KIZU_VAR, else ./var beside manage.py. Absolute."""
    return Path(os.environ.get("KIZU_VAR") or ROOT / "var").resolve()


def secret_key() -> str:
    """KIZU_SECRET_KEY, else a key made once and kept in the data folder, readable by its owner."""
    if key := os.environ.get("KIZU_SECRET_KEY"):
        return key
    path = var_dir() / "secret_key"
    if path.exists() and (key := path.read_text().strip()):
        return key
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(48)
    path.touch(mode=0o600)
    path.write_text(key)
    return key


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
    return f"postgres://postgres@/kizu?host={var_dir() / 'run'}"


def redis_url() -> str:
    """REDIS_URL, else the embedded Valkey's socket in the data folder."""
    return os.environ.get("REDIS_URL") or f"unix://{var_dir() / 'run' / 'valkey.sock'}"


@dataclass(frozen=True)
class S3:
    """How to reach the object store. `endpoint` is host:port; `secure` means TLS."""

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str
    secure: bool


def s3() -> S3:
    """The object store that S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY and S3_BUCKET name."""
    url = os.environ.get("S3_ENDPOINT", "http://127.0.0.1:9000")
    parts = urlsplit(url if "//" in url else f"http://{url}")
    return S3(
        endpoint=parts.netloc,
        access_key=os.environ.get("S3_ACCESS_KEY", "kizu"),
        secret_key=os.environ.get("S3_SECRET_KEY", ""),
        bucket=os.environ.get("S3_BUCKET", "kizu"),
        secure=parts.scheme == "https",
    )
