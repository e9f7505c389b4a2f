"""multipart/form-data read from an ASGI request, bounded before it is buffered."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from core.errors import Refused

MAX_BODY = 128 * 1024 * 1024  # bytes of a whole request
MAX_FIELD = 4096  # bytes of a field that is no file
MAX_PARTS = 64

Receive = Callable[[], Awaitable[dict[str, Any]]]


@dataclass
class File:
    """A file as it was sent."""

    name: str  # of the field
    data: bytes
    sha256: str


@dataclass
class Form:
    """Fields and files, in the order they came."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)


@dataclass
class _Part:
    name: str = ""
    is_file: bool = False
    chunks: list[bytes] = field(default_factory=list)
    size: int = 0


def check_headers(headers: dict[str, str]) -> bytes:
    """The boundary. Refused by what the headers alone say, before a byte is read."""
    declared = headers.get("content-length", "")
    if declared and (not declared.isdecimal() or int(declared) > MAX_BODY):
        words = f"The request is larger than {MAX_BODY // 2**20} MB: send fewer or smaller images."
        raise Refused("too_large", words, status=413)
    kind, options = parse_options_header(headers.get("content-type", ""))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        words = "Send multipart/form-data with the images in fields named `image`."
        raise Refused("unsupported_media_type", words, status=415)
    return options[b"boundary"]


class _Reader:
    """Collects what the push parser calls back."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self._header: list[bytes] = []
        self._value: list[bytes] = []

    def callbacks(self) -> dict[str, Any]:
        return {
            "on_part_begin": self._begin,
            "on_part_data": self._data,
            "on_header_field": lambda data, start, end: self._header.append(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.append(data[start:end]),
            "on_header_end": self._header_end,
        }

    def _begin(self) -> None:
        if len(self.parts) >= MAX_PARTS:
            raise Refused("too_many_parts", f"Send at most {MAX_PARTS} parts.", status=413)
        self.parts.append(_Part())

    def _header_end(self) -> None:
        name, value = b"".join(self._header).lower(), b"".join(self._value)
        self._header, self._value = [], []
        if name != b"content-disposition":
            return
        _, options = parse_options_header(value)
        part = self.parts[-1]
        part.name = options.get(b"name", b"").decode("utf-8", "replace")
        part.is_file = b"filename" in options or part.name.split(".")[0] == "image"

    def _data(self, data: bytes, start: int, end: int) -> None:
        part = self.parts[-1]
        part.size += end - start
        if not part.is_file and part.size > MAX_FIELD:
            raise Refused("field_too_long", f"The field {part.name!r} is too long.", status=413)
        part.chunks.append(data[start:end])


async def read(headers: dict[str, str], receive: Receive) -> Form:
    """The whole form. Refused (400, 413, 415); ConnectionError when the client goes away."""
    boundary = check_headers(headers)
    reader = _Reader()
    parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type]  # its callbacks are a TypedDict
    total, more = 0, True
    try:
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionError("the client went away")
            total += len(message.get("body", b""))
            if total > MAX_BODY:
                raise Refused("too_large", f"At most {MAX_BODY // 2**20} MB.", status=413)
            parser.write(message.get("body", b""))
            more = message.get("more_body", False)
        parser.finalize()
    except FormParserError as error:
        words = "The multipart body is malformed or cut off: send it again."
        raise Refused("malformed", words, status=400) from error
    return _form(reader.parts)


def _form(parts: list[_Part]) -> Form:
    form = Form()
    for part in parts:
        data = b"".join(part.chunks)
        if part.is_file:
            form.files.append(File(part.name, data, hashlib.sha256(data).hexdigest()))
        elif part.name in form.fields:
            words = f"The field {part.name!r} came twice."
            raise Refused("duplicate_field", words, fields={part.name: ["Came twice."]})
        else:
            form.fields[part.name] = _text(part.name, data)
    return form


def _text(name: str, data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("invalid", f"The field {name!r} is not UTF-8.") from error
    if "\0" in text:
        raise Refused("invalid", f"The field {name!r} has a NUL in it.")
    return text.strip()
