"""What the product asks of the machine before it starts; each answer that is no is one sentence."""

import errno
import os
import shutil
import socket
import uuid
from pathlib import Path

from core.environment import ROOT, CannotStart

FREE_BYTES = 300 * 1024 * 1024  # less than this and the first upload or training would fail


def host() -> str:
    """KIZU_HOST: the address that the web server listens at; the loopback unless told otherwise."""
    return os.environ.get("KIZU_HOST") or "127.0.0.1"


def port() -> int:
    """KIZU_PORT, 8000 unless told otherwise."""
    words = os.environ.get("KIZU_PORT") or "8000"
    if not words.isdecimal() or not 0 < int(words) < 65536:
        raise CannotStart(f"KIZU_PORT={words} is no port: name one between 1 and 65535.")
    return int(words)


def check_port(address: str, number: int) -> None:
    """CannotStart when we may not listen there, or somebody else does."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, number))
        except OSError as error:
            why = "is in use by another program: stop it, or choose"
            if error.errno != errno.EADDRINUSE:
                why = f"cannot be opened on {address} ({error.strerror}): choose"
            raise CannotStart(
                f"Port {number} {why} another one, for instance KIZU_PORT={_next(number)} make run."
            ) from error


def _next(number: int) -> int:
    return number + 1 if 1024 <= number < 65535 else 8001


def check_folder(var: Path, free_bytes: int = FREE_BYTES) -> None:
    """CannotStart when the data folder cannot be written, its disk is full, or a part is gone."""
    try:
        for folder in (var, var / "run", var / "log"):
            folder.mkdir(parents=True, exist_ok=True)
        probe = var / f".probe-{uuid.uuid4().hex}"
        try:
            probe.write_bytes(bytes(1024 * 1024))
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CannotStart(_full(var, 0)) from error
        raise CannotStart(
            f"The data folder {var} cannot be written ({error.strerror}): "
            "give it to the user that runs Kizu, or name another with KIZU_VAR."
        ) from error
    if (free := shutil.disk_usage(var).free) < free_bytes:
        raise CannotStart(_full(var, free))


def _full(var: Path, free: int) -> str:
    return (
        f"The disk that holds {var} is full ({free // 2**20} MB free): "
        "free some space, or name a data folder on another disk with KIZU_VAR."
    )


def check_objects(database: Path, objects: Path) -> None:
    """CannotStart when the embedded database has data and the embedded object store is gone."""
    if database.exists() and any(database.iterdir()) and not objects.exists():
        raise CannotStart(
            f"The data folder {database.parent} is incomplete: it has a database but no objects "
            f"({objects.name}/): restore the whole folder from a backup, or set S3_ENDPOINT "
            "to the server that holds them."
        )


def check_front_end() -> None:
    """CannotStart when the pages were never built."""
    if not (ROOT / "frontend" / "dist" / "index.html").exists():
        raise CannotStart("The pages are not built yet: run `make build` (or `make run`).")
