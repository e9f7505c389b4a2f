"""Files by their sha256: fetched into a bounded folder on this machine, and put back. No Django.

A folder (weights, a spec, an exported graph) travels as one zip whose bytes depend on its content
alone, so the same artefact is the same blob.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from core import environment, storage
from workers.contract import Failure

LIMIT = 20 * 1024**3  # bytes of cached files on this machine; least recently used go first
TRIM_EVERY = 500  # fetches between two looks at the folder's size
ABANDONED = 3600.0  # seconds after which nobody writes a half-written file any more
NAMED = 64  # characters of a whole one's name, a sha256
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
_fetched = 0


def root() -> Path:
    """Where fetched files lie."""
    return environment.var_dir() / "cache"


def path_of(sha256: str) -> Path:
    """Where this blob lies once it was fetched."""
    return root() / "blobs" / sha256[:2] / sha256


def fetch(sha256: str) -> Path:
    """The blob as a local file, its bytes checked against their name when they are downloaded."""
    path = path_of(sha256)
    with contextlib.suppress(FileNotFoundError):
        os.utime(path)  # the file's age is the time since its last use
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as aside:
        try:
            for chunk in storage.stream(sha256):
                digest.update(chunk)
                aside.write(chunk)
            aside.close()
            _check(sha256, digest.hexdigest())
            Path(aside.name).rename(path)
        except BaseException as error:
            Path(aside.name).unlink(missing_ok=True)
            if isinstance(error, storage.Missing):
                raise _gone(sha256) from error
            raise
    _trim_sometimes()
    return path


def read(sha256: str) -> bytes:
    """The blob's bytes."""
    return fetch(sha256).read_bytes()


def put(data: bytes) -> str:
    """Store bytes; returns their sha256."""
    return storage.put(data)


def put_file(path: Path) -> tuple[str, int]:
    """Store a file; returns its sha256 and size in bytes."""
    return storage.put_file(path), path.stat().st_size


def put_folder(folder: Path) -> tuple[str, int]:
    """Store a folder as one zip; returns its sha256 and size in bytes."""
    with tempfile.TemporaryDirectory() as work:
        packed = Path(work) / "folder.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
                with archive.open(entry, "w", force_zip64=True) as out, path.open("rb") as file:
                    shutil.copyfileobj(file, out)
        return put_file(packed)


def get_folder(sha256: str) -> Path:
    """A stored folder, unpacked on this machine. Failure when the blob is no such folder."""
    folder = root() / "folders" / sha256
    if folder.exists():
        os.utime(folder)
        return folder
    packed = fetch(sha256)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        with zipfile.ZipFile(packed) as archive:
            archive.extractall(aside)
        aside.rename(folder)
    except zipfile.BadZipFile as error:
        hint = "Train the model again, or restore the store from its backup."
        raise Failure("artefact_broken", f"The artefact {sha256[:12]} is damaged.", hint) from error
    except OSError:
        if not folder.exists():  # else another process was faster
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def trim(limit: int = LIMIT) -> None:
    """Delete what was least recently used until the cached files fit into `limit` bytes."""
    entries = sorted(_entries())
    total = sum(size for _, size, _ in entries)
    for _, size, path in entries:
        if total <= limit:
            return
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        total -= size


def _entries() -> Iterator[tuple[float, int, Path]]:
    """(last use, bytes, path) of all that is whole, or was left half written long ago.

    Other threads and processes fetch and trim meanwhile: what goes away is passed over.
    """
    for path in [*(root() / "blobs").glob("*/*"), *(root() / "folders").glob("*")]:
        with contextlib.suppress(FileNotFoundError):
            used = path.stat().st_mtime
            if len(path.name) == NAMED or time.time() - used > ABANDONED:
                yield used, _size(path), path


def _trim_sometimes() -> None:
    global _fetched
    _fetched += 1
    if _fetched % TRIM_EVERY == 0:
        trim()


def _size(path: Path) -> int:
    whole = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(each.stat().st_size for each in whole)


def _check(wanted: str, got: str) -> None:
    if got != wanted:
        hint = "Upload the file again; check the object store's disk."
        raise Failure("blob_damaged", f"The stored file {wanted[:12]} is damaged.", hint)


def _gone(sha256: str) -> Failure:
    hint = "Upload it again, or restore the store from its backup."
    return Failure("blob_missing", f"The file {sha256[:12]} is gone from the store.", hint)
