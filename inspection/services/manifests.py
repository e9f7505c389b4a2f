"""An import's files as a tree: blobs by path, zip archives opened, nothing unpacked to disk."""

import hashlib
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
MAX_FILE = 512 * 1024**2  # bytes of an image or an annotation file
MAX_UNPACKED = 64 * 1024**3  # bytes of all members of all archives together
MAX_RATIO = 200  # unpacked to packed, of an archive and of its members above a megabyte
MEGABYTE = 1024**2
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
GONE = "Its bytes are gone from the store: send them again."
TOO_LARGE = f"It has more than {MAX_FILE // MEGABYTE} MB."
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

    def __init__(
        self, files: list[dict[str, str]], folder: Path, alive: Callable[[], None]
    ) -> None:
        """`alive()` is called all along, and may raise to stop."""
        self.problems: list[Problem] = []
        self._alive, self._unpacked = alive, 0
        self._blobs: dict[str, str] = {}
        self._members: dict[str, tuple[str, str]] = {}
        self._zips: dict[str, zipfile.ZipFile] = {}
        self._archives: dict[str, str] = {}  # their hashes
        self._folder = folder
        for file in files:
            path = file["path"].replace("\\", "/")
            if _ignored(path):
                continue
            if path.lower().endswith(".zip"):
                self._open(path, file["sha256"])
            else:
                self._blobs[path] = file["sha256"]

    def tree(self) -> Tree:
        """Everything there is."""

        def read(path: str) -> bytes:
            self._alive()
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
                return _bounded(storage.stream(self._blobs[path]))
            archive, member = self._members[path]
            return self._zips[archive].read(member)  # no more than its header declares
        except storage.Missing as error:
            raise Unreadable(GONE) from error
        except DAMAGE as error:
            words = "It is damaged inside of its archive: pack it again."
            raise Unreadable(words if path in self._members else str(error)) from error

    def blob(self, path: str) -> str | None:
        """The hash of a path that is a blob itself; None for a member of a zip."""
        return self._blobs.get(path)

    def content(self, path: str) -> str:
        """What names the bytes at a path without reading them."""
        if path in self._blobs:
            return self._blobs[path]
        archive, member = self._members[path]
        return hashlib.sha256(f"{self._archives[archive]}/{member}".encode()).hexdigest()

    def size(self, path: str) -> int:
        """Bytes of a member of an archive; 0 for a blob."""
        archive, member = self._members.get(path, ("", ""))
        return self._zips[archive].getinfo(member).file_size if archive else 0

    def _open(self, path: str, sha256: str) -> None:
        try:
            local = self._fetch(sha256)
            archive = zipfile.ZipFile(local)
            members = list(self._checked(path, archive))
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
            self._refuse(path, "broken_zip", "The archive is damaged or not a zip.")
            return
        except storage.Missing:
            self._refuse(path, "unreadable", GONE)
            return
        self._zips[path], self._archives[path] = archive, sha256
        base = posixpath.splitext(path)[0]
        for info in members:
            self._members[f"{base}/{info.filename}"] = (path, info.filename)

    def _fetch(self, sha256: str) -> Path:
        local = self._folder / f"{sha256}.zip"
        with local.open("wb") as file:
            for chunk in storage.stream(sha256):
                self._alive()
                file.write(chunk)
        return local

    def _checked(self, path: str, archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
        """Members that are plain files with a safe name, of believable size."""
        packed = sum(info.compress_size for info in archive.infolist())
        unpacked = 0
        for info in archive.infolist():
            if info.is_dir() or _ignored(info.filename):
                continue
            unpacked += info.file_size
            self._unpacked += info.file_size
            if self._unpacked > MAX_UNPACKED or unpacked > MEGABYTE + MAX_RATIO * packed:
                self._refuse(path, "zip_bomb", "It unpacks to more than is believable.")
                return
            if wrong := _wrong_member(info):
                self._refuse(f"{path}: {info.filename[:200]}", *wrong)
            else:
                yield info

    def _refuse(self, path: str, code: str, message: str) -> None:
        self.problems.append(Problem("error", path, code, message))


def _wrong_member(info: zipfile.ZipInfo) -> tuple[str, str] | None:
    """What is wrong with a member, as code and words."""
    if not safe(info.filename):
        return "unsafe_path", "The name leads out of the archive."
    if stat.S_ISLNK(info.external_attr >> 16):
        return "link", "It is a link; put the file itself into the archive."
    if info.flag_bits & 1:
        return "encrypted", "It is encrypted; send an open archive."
    if info.file_size > MEGABYTE and info.file_size > MAX_RATIO * info.compress_size:
        return "zip_bomb", "It unpacks to more than is believable."
    if info.file_size > MAX_FILE:
        return "too_large", TOO_LARGE
    return None


def _bounded(chunks: Iterator[bytes]) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > MAX_FILE:
            raise Unreadable(TOO_LARGE)
    return bytes(data)


def _ignored(path: str) -> bool:
    lower = path.lower()
    return any(lower.startswith(name) or f"/{name}" in f"/{lower}" for name in IGNORED)
