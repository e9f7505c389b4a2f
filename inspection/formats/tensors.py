"""Files of weights, told by how they begin: what a look without running anything can say of them.

safetensors: the length of a JSON header, the header, the numbers (huggingface.co/docs/safetensors).
A file of torch.save is a zip around a pickle, or an old bare pickle: nothing in here opens one.
"""

import io
import json
import math
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Format = Literal["safetensors", "pt"]
Read = Callable[[int, int], bytes]  # from which byte, how many

HEADER = 16 * 1024**2  # bytes of JSON; that of a thousand tensors has about 100,000
DIRECTORY = 64 * 1024**2  # bytes of a zip's list of members
SHOWN = 6  # tensors that a row names
BITS = {"BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "I16": 16, "U16": 16,
        "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "F64": 64, "I64": 64,
        "U64": 64, "C64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6}  # fmt: skip
ZIP = b"PK\x03\x04"
# The number with which torch.save began before it wrote zips, as a pickle of protocol 2.
LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."


@dataclass(frozen=True)
class Tensors:
    """How many, of how many numbers together, and the first few: {name, dtype, shape}."""

    count: int
    parameters: int
    first: list[dict[str, Any]] = field(default_factory=list)


class Unfit(Exception):
    """No file of weights, or a broken one; `case` is which fault, the message says it."""

    def __init__(self, case: str, words: str) -> None:
        super().__init__(words)
        self.case = case


def look(read: Read, size: int) -> tuple[Format, Tensors | None]:
    """What a file of so many bytes is; the tensors of safetensors. Unfit when it is neither."""
    start = read(0, min(size, len(LEGACY)))
    if start.startswith(ZIP):
        _check_zip(read, size)
        return "pt", None
    if start == LEGACY:
        return "pt", None
    if size > 10 and start[8:9] == b"{":
        return "safetensors", _header(read, size)
    raise Unfit("neither", "This is neither a safetensors file nor one that torch has saved.")


def _header(read: Read, size: int) -> Tensors:
    (length,) = struct.unpack("<Q", read(0, 8))
    if length > size - 8:
        raise Unfit("cut", "The safetensors file is cut off: its header is longer than the file.")
    if length > HEADER:
        raise Unfit("header", f"The safetensors header is larger than {HEADER // 1024**2} MB.")
    try:
        rows = json.loads(read(8, length))
        rows.pop("__metadata__", None)
        found = [_tensor(name, row) for name, row in rows.items()]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Unfit("header", "The safetensors header is no list of tensors.") from None
    if not found:
        raise Unfit("empty", "There is no tensor in this file.")
    _check_places(found, size - 8 - length)
    return Tensors(
        count=len(found),
        parameters=sum(math.prod(row["shape"]) for row, _, _ in found),
        first=[row for row, _, _ in found[:SHOWN]],
    )


def _tensor(name: str, row: dict[str, Any]) -> tuple[dict[str, Any], int, int]:
    """One line of the header, and from where to where its bytes lie. ValueError for nonsense."""
    shape, (start, end) = [int(n) for n in row["shape"]], row["data_offsets"]
    bits = math.prod(shape) * BITS[row["dtype"]]
    if min([0, *shape]) < 0 or not 0 <= start <= end or (end - start) * 8 != bits:
        raise ValueError(name)
    return {"name": name, "dtype": row["dtype"], "shape": shape}, start, end


def _check_places(found: list[tuple[dict[str, Any], int, int]], size: int) -> None:
    """The tensors lie one after the other, without holes, and fill the file."""
    at = 0
    for _, start, end in sorted(found, key=lambda each: each[1:]):
        if start != at:
            raise Unfit("places", "The tensors of this file overlap, or leave holes between them.")
        at = end
    if at != size:
        raise Unfit("cut", f"The file is cut off, or longer than it says: {at} of {size} bytes.")


def _check_zip(read: Read, size: int) -> None:
    try:
        names = zipfile.ZipFile(_Window(read, size)).namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
        raise Unfit("zip", "The file is cut off, or no zip as torch writes it.") from None
    if not any(name.endswith("/data.pkl") or name == "data.pkl" for name in names):
        raise Unfit("zip", "This is a zip, but none that torch has saved weights into.")
    if any(name.partition("/")[2].startswith("code/") for name in names):
        words = "This is a program (TorchScript), not weights: save its state dict instead."
        raise Unfit("script", words)


class _Window(io.RawIOBase):
    """A file that is read where it lies, in portions of a bounded size."""

    def __init__(self, read: Read, size: int) -> None:
        self._read, self._size, self._at = read, size, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("before the start")
        self._at = base + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        left = max(self._size - self._at, 0)
        size = left if size < 0 else min(size, left)
        if size > DIRECTORY:
            raise ValueError("too much at once")
        found = self._read(self._at, size) if size else b""
        self._at += len(found)
        return found
