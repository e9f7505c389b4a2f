"""Which images show the same part: told by the format, or read from the paths as asked."""

import posixpath
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from inspection.formats.tree import ReadSample, stem

MARK = "{part}"
STARS = 3  # wildcards in a pattern: more would let matching take for ever
LONGEST = 200  # characters of a part's name
# One trailing camera, view, side or bare number: PCB-7_cam2, PCB-7-top, PCB-7_003.
SUFFIX = re.compile(
    r"[ _.-]+(?:(?:cam(?:era)?|view|v|side|img|image|frame|shot|pos|ch)?[ _-]?\d+|"
    r"top|bottom|left|right|front|back|up|down|rgb|ir|depth|[xyz])$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Torn:
    """Samples that belong together and come with several splits."""

    path: str
    splits: tuple[str, ...]


def name(samples: Iterable[ReadSample], by: str, pattern: str = "") -> None:
    """Set `part` of each sample. `by`: format, none, folder, prefix, stem, pattern."""
    if by == "format":
        return
    read = _reader(by, pattern)
    for sample in samples:
        sample.part = read(sample.path)[:LONGEST]


def _reader(by: str, pattern: str) -> Callable[[str], str]:
    if by == "pattern":
        compiled = compiled_pattern(pattern)
        return lambda path: _found(compiled, path)
    readers = {"none": _none, "folder": _folder, "prefix": _prefix, "stem": _plain_stem}
    return readers[by]


def _none(path: str) -> str:
    return ""


def _folder(path: str) -> str:
    return posixpath.dirname(path)


def _prefix(path: str) -> str:
    """The name up to its first underscore; a name without one is a part of its own."""
    return posixpath.join(posixpath.dirname(path), stem(path).partition("_")[0])


def _plain_stem(path: str) -> str:
    return posixpath.join(posixpath.dirname(path), SUFFIX.sub("", stem(path)))


def compiled_pattern(pattern: str) -> re.Pattern[str]:
    """`{part}` names the part, `*` is anything within a folder or file name.

    It fits the end of a path: `{part}_cam*` its file name, `{part}/*` its folder. ValueError says
    what is wrong with it.
    """
    if pattern.count(MARK) != 1:
        raise ValueError("Write {part} once, where the part's name or number stands.")
    if pattern.count("*") > STARS:
        raise ValueError(f"Use * at most {STARS} times.")
    if pattern.startswith("/") or not pattern.isprintable():
        raise ValueError("Write a pattern for the end of a path, without a leading slash.")
    written = re.escape(pattern).replace(re.escape(MARK), "([^/]+?)").replace(r"\*", "[^/]*?")
    return re.compile(rf"(?:^|/){written}(?:\.[^./]*)?$")


def _found(compiled: re.Pattern[str], path: str) -> str:
    found = compiled.search(path)
    return found.group(1) if found else ""


def torn(samples: Sequence[ReadSample], content: Callable[[ReadSample], str]) -> list[Torn]:
    """Parts, and equal images (by `content`), whose samples come with more than one split."""
    groups: dict[str, list[ReadSample]] = {}
    for sample in samples:
        if sample.split:
            for key in filter(None, (sample.part and f"part {sample.part}", content(sample))):
                groups.setdefault(key, []).append(sample)
    found = {}
    for together in groups.values():
        splits = tuple(sorted({sample.split for sample in together}))
        if len(splits) > 1:
            found[together[0].path] = Torn(together[0].path, splits)
    return list(found.values())
