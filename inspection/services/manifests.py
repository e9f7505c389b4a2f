"""An import's files as a tree: blobs by path, zip archives opened, nothing unpacked to disk."""

import posixpath
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from core import storage
from core.errors import Refused
from inspection.formats.tree import Problem, Tree

MAX_FILES = 1_000_000
MAX_PATH = 400
MAX_UNPACKED = 64 * 1024**3  # bytes of all members together
MAX_RATIO = 200  # unpacked to packed, of members above a megabyte
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
IGNORED = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini", ".git/")


def check(files: list[dict[str, str]]) -> None:
    """Refused when a path leads out of the folder, comes twice, or is too long."""
    if not files:
        raise _wrong("Choose some files first.", case="no_files")
    if len(files) > MAX_FILES:
        words = f"At most {MAX_FILES} files an import; send them in several."
        raise _wrong(words, case="too_many_files", most=MAX_FILES)
    seen = set()
    for file in files:
        path = file["path"]
        if not safe(path):
            words = f"{path[:100]!r} is no path inside of a folder."
            raise _wrong(words, case="path_outside", path=path[:100])
        if path in seen:
            raise _wrong(f"{path[:100]!r} is there twice.", case="path_twice", path=path[:100])
        seen.add(path)


def safe(path: str) -> bool:
    """Relative, without `..`, of reasonable length."""
    plain = path.replace("\\", "/")
    parts = plain.split("/")
    rooted = plain.startswith("/") or (len(plain) > 1 and plain[1] == ":")
    odd = any(part in ("", ".", "..") or "\0" in part for part in parts)
    return bool(plain) and not rooted and not odd and len(plain) <= MAX_PATH


def _wrong(words: str, **params: Any) -> Refused:
    return Refused("invalid", words, fields={"files": [words]}, params=params)


class Unreadable(Exception):
    """The bytes at a path cannot be had; the message says why."""


class Sources:
    """Where each path's bytes are: a blob, or a member of a zip that is a blob."""

    def __init__(self, files: list[dict[str, str]], folder: Path) -> None:
        self.problems: list[Problem] = []
        self._blobs: dict[str, str] = {}
        self._members: dict[str, tuple[str, str]] = {}
        self._zips: dict[str, zipfile.ZipFile] = {}
        self._folder = folder
        for file in files:
            path = file["path"].replace("\\", "/")
            if _ignored(path):
                continue
            if path.lower().endswith(".zip"):
                self._open(path, file["sha256"])
            else:
                self._blobs[path] = file["sha256"]

    def tree(self, reading: Callable[[], None]) -> Tree:
        """Everything there is. `reading()` is called before each file that a format reads."""

        def read(path: str) -> bytes:
            reading()
            try:
                return self.read(path)
            except Unreadable as damage:
                self._refuse(path, "unreadable", str(damage))
                return b""

        return Tree([*self._blobs, *self._members], read)

    def read(self, path: str) -> bytes:
        """The bytes at a path; from several threads where wanted. Unreadable when damaged."""
        try:
            if path in self._blobs:
                return storage.get(self._blobs[path])
            archive, member = self._members[path]
            return self._zips[archive].read(member)
        except storage.Missing as error:
            raise Unreadable("Its bytes are gone from the store: send them again.") from error
        except DAMAGE as error:
            words = "It is damaged inside of its archive: pack it again."
            raise Unreadable(words if path in self._members else str(error)) from error

    def blob(self, path: str) -> str | None:
        """The hash of a path that is a blob itself; None for a member of a zip."""
        return self._blobs.get(path)

    def _open(self, path: str, sha256: str) -> None:
        local = storage.fetch(sha256, self._folder / f"{sha256}.zip")
        try:
            archive = zipfile.ZipFile(local)
            members = list(self._checked(path, archive))
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
            self._refuse(path, "broken_zip", "The archive is damaged or not a zip.")
            return
        self._zips[path] = archive
        base = posixpath.splitext(path)[0]
        for info in members:
            self._members[f"{base}/{info.filename}"] = (path, info.filename)

    def _checked(self, path: str, archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
        """Members that are plain files with a safe name, of believable size."""
        total = 0
        for info in archive.infolist():
            if info.is_dir() or _ignored(info.filename):
                continue
            name = f"{path}: {info.filename[:200]}"
            total += info.file_size
            if not safe(info.filename):
                self._refuse(name, "unsafe_path", "The name leads out of the archive.")
            elif stat.S_ISLNK(info.external_attr >> 16):
                self._refuse(name, "link", "It is a link; put the file itself into the archive.")
            elif info.flag_bits & 1:
                self._refuse(name, "encrypted", "It is encrypted; send an open archive.")
            elif info.file_size > 1024**2 and info.file_size > MAX_RATIO * info.compress_size:
                self._refuse(name, "zip_bomb", "It unpacks to more than is believable.")
            elif total > MAX_UNPACKED:
                self._refuse(path, "zip_bomb", f"It unpacks to over {MAX_UNPACKED // 1024**3} GB.")
                return
            else:
                yield info

    def _refuse(self, path: str, code: str, message: str) -> None:
        self.problems.append(Problem("error", path, code, message))


def _ignored(path: str) -> bool:
    lower = path.lower()
    return any(lower.startswith(name) or f"/{name}" in f"/{lower}" for name in IGNORED)
