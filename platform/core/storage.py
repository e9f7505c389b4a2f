"""Images, manifests and weights in S3: written once under their content hash, never overwritten.

Only the calls that every S3 server keeps honestly are used: make_bucket, put, get (range), stat,
list, copy, remove, multipart, presign. No tags, lifecycle, policies, versions. No Django in here,
so the engine room uses it too.
"""

import hashlib
import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast

import urllib3
from minio import Minio
from minio.error import S3Error

from core import environment

CHUNK = 1024 * 1024


class Missing(Exception):
    """No object under this key."""


@cache
def client() -> Minio:
    """One client a process; thread-safe (urllib3's pool). Short timeouts: a caller has a takt."""
    at = environment.s3()
    pool = urllib3.PoolManager(
        maxsize=32,
        timeout=urllib3.Timeout(connect=3, read=30),
        retries=urllib3.Retry(total=2, backoff_factor=0.1, status_forcelist=[500, 502, 503, 504]),
    )
    return Minio(
        at.endpoint,
        access_key=at.access_key,
        secret_key=at.secret_key,
        secure=at.secure,
        region="us-east-1",
        http_client=pool,
    )


def bucket() -> str:
    """The bucket that everything lies in."""
    return environment.s3().bucket


def ensure_bucket() -> None:
    """Make the bucket when it is not there yet."""
    if not client().bucket_exists(bucket()):
        client().make_bucket(bucket())


def blob_key(sha256: str) -> str:
    """`blobs/ab/abcd…`: images, annotation files, thumbnails, manifests, artefacts alike."""
    return f"blobs/{sha256[:2]}/{sha256}"


def exists(key: str) -> bool:
    """Whether an object lies under this key."""
    return size(key) is not None


def size(key: str) -> int | None:
    """The object's size in bytes, or None when there is none."""
    try:
        return cast(int, client().stat_object(bucket(), key).size)
    except S3Error as error:
        if error.code in ("NoSuchKey", "NoSuchObject"):
            return None
        raise


def put(data: bytes) -> str:
    """Store bytes under their sha256 and return it; what is there already is not sent again."""
    digest = hashlib.sha256(data).hexdigest()
    put_stream(digest, io.BytesIO(data), len(data))
    return digest


def put_file(path: Path) -> str:
    """Store a file under its sha256 and return it."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        put_stream(digest, file, path.stat().st_size)
    return digest


def put_stream(sha256: str, stream: BinaryIO, length: int, new: bool = False) -> None:
    """Store a stream whose hash the caller has verified. OSError when the store kept less.

    `new`: the caller believes that it is not there, so that nobody need ask.
    """
    key = blob_key(sha256)
    if not new and size(key) == length:
        return
    client().put_object(bucket(), key, stream, length)
    if (kept := size(key)) != length:  # not every server notices a full disk
        raise OSError(f"The object store kept {kept} of {length} bytes; its disk may be full.")


def get(sha256: str) -> bytes:
    """The whole object. Missing when there is none."""
    return b"".join(stream(sha256))


def stream(sha256: str, offset: int = 0, length: int = 0) -> Iterator[bytes]:
    """The object in chunks, from `offset`, `length` bytes (0: to the end)."""
    try:
        reply = client().get_object(bucket(), blob_key(sha256), offset, length)
    except S3Error as error:
        if error.code in ("NoSuchKey", "NoSuchObject"):
            raise Missing(sha256) from error
        raise
    try:
        yield from reply.stream(CHUNK)
    finally:
        reply.close()
        reply.release_conn()


def fetch(sha256: str, path: Path) -> Path:
    """Download to `path` unless a file of that name is there; written aside, then renamed."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    with aside.open("wb") as file:
        for chunk in stream(sha256):
            file.write(chunk)
    aside.rename(path)
    return path


def remove(sha256: str) -> None:
    """Delete the object; nothing happens when there is none."""
    client().remove_object(bucket(), blob_key(sha256))


def stored(prefix: str = "") -> Iterator[tuple[str, int]]:
    """(sha256, size) of every object, or of those whose hash begins with these two digits."""
    start = f"blobs/{prefix}/" if prefix else "blobs/"
    for found in client().list_objects(bucket(), start, recursive=True):
        yield str(found.object_name).rpartition("/")[2], int(found.size or 0)
