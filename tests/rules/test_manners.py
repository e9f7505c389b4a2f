"""Manners that a machine can see: reasons, short views, docstrings, engines apart."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.rules.test_house import TRACKED, python_files

IGNORE = re.compile(
    r"(?:#\s*(?:noqa(?:: ?[A-Z]+\d+(?:, ?[A-Z]+\d+)*)?|type: ?ignore(?:\[[^\]]*\])?)"
    r"|//\s*(?:eslint-disable[\w-]*(?: [\w@/-]+)?|@ts-[\w-]+))(.*)$"
)
VIEWS = {"get", "post", "put", "patch", "delete", "list", "create", "retrieve", "update", "destroy"}
PARTS = {"base", "parts"}  # of workers.engines: what engines share


def ignores(text: str) -> Iterator[str]:
    """What follows each ignore on its line."""
    for line in text.splitlines():
        if found := IGNORE.search(line):
            yield found[1]


def has_reason(rest: str) -> bool:
    """Words behind the ignore (and behind a second one, where there are two)."""
    again = IGNORE.search(rest)
    return bool(re.search(r"[^\W\d]{2}", again[1] if again else rest))


@pytest.mark.parametrize(
    ("line", "reasoned"),
    [
        ("x = 1  # noqa: S108", False),
        ("x = 1  # noqa: S108, S101 - the test's own", True),
        ("x = 1  # type: ignore[arg-type]", False),
        ("x = 1  # type: ignore[arg-type]  # untyped", True),
        ("x = 1  # type: ignore[misc]  # noqa: E501", False),
        ("// eslint-disable-next-line", False),
        ("// eslint-disable-next-line -- drawn anew below", True),
    ],
)
def test_what_a_reason_is(line: str, reasoned: bool) -> None:
    assert [has_reason(rest) for rest in ignores(line)] == [reasoned]


def test_every_ignore_carries_its_reason() -> None:
    bare = []
    for name in TRACKED:
        path = ROOT / name
        if path.suffix in {".py", ".ts", ".tsx"} and path.is_file() and path != Path(__file__):
            rests = ignores(path.read_text())
            bare += [f"{name}: {rest}" for rest in rests if not has_reason(rest)]
    assert not bare, "\n".join(bare)


Function = ast.FunctionDef | ast.AsyncFunctionDef


def methods(path: Path) -> Iterator[tuple[str, Function]]:
    """Every method in a file, by its dotted name."""
    for top in ast.parse(path.read_text()).body:
        for node in getattr(top, "body", []) if isinstance(top, ast.ClassDef) else []:
            if isinstance(node, Function) and isinstance(top, ast.ClassDef):
                yield f"{path.relative_to(ROOT)}:{top.name}.{node.name}", node


def is_view(node: Function) -> bool:
    """Whether it answers requests: by its name, or as an action."""
    names = {ast.unparse(each).split("(")[0] for each in node.decorator_list}
    mapped = any(".mapping." in name for name in names)
    asks = any(argument.arg == "request" for argument in node.args.args)
    return asks and (node.name in VIEWS or "action" in names or mapped)


def body_lines(node: Function) -> int:
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_a_views_body_is_at_most_ten_lines() -> None:
    files = [*(ROOT / "inspection/api").glob("*.py"), *(ROOT / "platform/core").rglob("views.py")]
    views = [found for path in files for found in methods(path) if is_view(found[1])]
    assert len(views) > 30, "they are looked for in the wrong place"
    long = {name: body_lines(node) for name, node in views if body_lines(node) > 10}
    assert not long


def public(path: Path) -> Iterator[tuple[str, Function]]:
    """The functions and methods of a file whose names are for others."""
    nodes: list[tuple[str, ast.stmt]] = [("", each) for each in ast.parse(path.read_text()).body]
    for prefix, node in nodes:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            nodes += [(f"{node.name}.", inside) for inside in node.body]
        elif isinstance(node, Function) and not node.name.startswith("_"):
            yield f"{path.relative_to(ROOT)}:{prefix}{node.name}", node


@pytest.mark.parametrize("room", ["inspection/quality", "inspection/api", "workers"])
def test_public_functions_say_what_they_are_for(room: str) -> None:
    found = [each for path in (ROOT / room).rglob("*.py") for each in public(path)]
    silent = [name for name, node in found if not ast.get_docstring(node)]
    assert found
    assert not silent


def imported(path: Path) -> set[str]:
    """The dotted names that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_nobody_imports_an_engine() -> None:
    """Engines share `base` and `parts`; the runner and `serve` load them by the card's name."""
    folder = ROOT / "workers/engines"
    engines = {path.stem for path in folder.glob("*.py")} - PARTS - {"__init__"}
    assert len(engines) >= 2
    closed = {f"workers.engines.{name}" for name in engines}
    for path in python_files():
        reached = {name for name in imported(path) for each in closed
                   if name == each or name.startswith(f"{each}.")}  # fmt: skip
        assert not reached, (path, reached)
