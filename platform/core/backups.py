"""A whole backup in one folder, and a product made from it again.

    backup.json     what is in it; written last, so that a backup without it is incomplete
    database.dump   pg_dump's custom format
    objects/ab/abcd…  every object of the store under its content hash
    secret_key      the key that signs sessions, where it is kept in the data folder

Objects are only ever added under their hash: the database is taken first, and a backup into the
same folder again copies only what is new.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core import embedded, environment, storage
from core.environment import CannotStart

LIST, DUMP, OBJECTS, SECRET = "backup.json", "database.dump", "objects", "secret_key"


def back_up(folder: Path) -> dict[str, Any]:
    """Write a backup into `folder` and return its list: {made_at, dump_sha256, objects, bytes}."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()) and not (folder / OBJECTS).exists():
        raise CannotStart(f"{folder} holds something else: name an empty folder, or a backup.")
    (folder / LIST).unlink(missing_ok=True)
    _run("pg_dump", "--format=custom", "--no-owner", "--no-acl", "--file", str(folder / DUMP))
    kept = environment.var_dir() / SECRET
    if kept.exists():
        shutil.copyfile(kept, folder / SECRET)
        (folder / SECRET).chmod(0o600)
    count, size = _copy_objects(folder / OBJECTS)
    made: dict[str, Any] = {
        "made_at": datetime.now(UTC).isoformat(),
        "dump_sha256": _sha256(folder / DUMP),
        "objects": count,
        "bytes": size,
    }
    (folder / LIST).write_text(json.dumps(made, indent=2) + "\n")
    return made


def _copy_objects(folder: Path) -> tuple[int, int]:
    count = total = 0
    folder.mkdir(exist_ok=True)
    for sha256, size in storage.stored():
        path = folder / sha256[:2] / sha256
        if not path.exists() or path.stat().st_size != size:
            path.unlink(missing_ok=True)
            storage.fetch(sha256, path)
        count, total = count + 1, total + size
    return count, total


def check(folder: Path) -> dict[str, Any]:
    """The list of a backup whose files are all there and whole; CannotStart says what is not."""
    try:
        made: dict[str, Any] = json.loads((folder / LIST).read_text())
    except (OSError, ValueError):
        raise CannotStart(f"{folder} is no backup, or one that was not finished.") from None
    if not (folder / DUMP).exists() or _sha256(folder / DUMP) != made["dump_sha256"]:
        raise CannotStart(f"{folder / DUMP} is missing or not what was written.")
    count = 0
    for path in _objects(folder):
        count += 1
        if _sha256(path) != path.name:
            raise CannotStart(f"{path} is damaged: its bytes are not those of its name.")
    if count < made["objects"]:
        raise CannotStart(f"{made['objects'] - count} objects are missing in {folder / OBJECTS}.")
    return made


def restore(folder: Path) -> dict[str, Any]:
    """Put a checked backup in place of what the servers hold: objects first, then the database."""
    made = check(folder)
    for path in _objects(folder):
        storage.put_file(path)
    with tempfile.TemporaryDirectory(prefix="kizu-restore-") as aside:
        script = str(Path(aside) / "script.sql")
        _run("pg_restore", "--no-owner", "--no-acl", "--file", script, str(folder / DUMP))
        # One transaction: where anything fails, the database is what it was.
        _run("psql", "--quiet", "--no-psqlrc", "--single-transaction", "--set", "ON_ERROR_STOP=1",
             "--command", EMPTY, "--file", script)  # fmt: skip
    kept = environment.var_dir() / SECRET
    if (folder / SECRET).exists() and not os.environ.get("KIZU_SECRET_KEY"):
        shutil.copyfile(folder / SECRET, kept)
        kept.chmod(0o600)
    return made


EMPTY = "SET lock_timeout = '10s'; DROP SCHEMA public CASCADE; CREATE SCHEMA public"


def _objects(folder: Path) -> Iterator[Path]:
    return (path for path in sorted((folder / OBJECTS).glob("*/*")) if path.name[0] != ".")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(program: str, *words: str) -> None:
    """One of PostgreSQL's programs at our database; CannotStart with what it says."""
    at = environment.database()
    told = {"PGHOST": at["HOST"], "PGPORT": at["PORT"], "PGUSER": at["USER"],
            "PGPASSWORD": at["PASSWORD"], "PGDATABASE": at["NAME"],
            "PGSSLMODE": at["OPTIONS"].get("sslmode", "")}  # fmt: skip
    given = os.environ | {name: value for name, value in told.items() if value}
    argv = [str(_program(program)), *words]
    done = subprocess.run(argv, env=given, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise CannotStart(f"{program} failed: {' '.join(done.stderr.split())[-400:]}")


def _program(name: str) -> Path:
    """The one in our own wheel: it reads servers as new as itself, and any backup that it wrote."""
    return embedded.pg_bin() / name
