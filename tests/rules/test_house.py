"""The rules of the house: who imports whom, how large things are, what must never be there."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

ROOMS = ("platform", "inspection", "workers")
TRACKED = subprocess.run(
    ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
).stdout.split()


def python_files() -> list[Path]:
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return [path for path in found if "migrations" not in path.parts]


def percentile(values: list[int], share: float) -> int:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def run_python(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_imports_follow_the_contracts() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]


def test_the_platform_folder_is_no_package() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_the_web_application_loads_no_torch() -> None:
    program = (
        "import config.asgi, sys; import config.urls, inspection.api.urls; "
        "print([m for m in ('torch', 'torchvision', 'ultralytics', 'openvino', 'cv2') "
        "if m in sys.modules])"
    )
    assert run_python(program).strip().splitlines()[-1] == "[]"


def test_the_line_is_answered_without_torch() -> None:
    program = "import workers.serving, sys; print([m for m in ('torch',) if m in sys.modules])"
    assert run_python(program).strip().splitlines()[-1] == "[]"


def test_migrations_are_complete_and_named(servers: None) -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    names = [path.stem for room in ROOMS for path in (ROOT / room).rglob("migrations/0*.py")]
    assert not [name for name in names if re.search(r"_auto_|_alter_\w+_and_more", name)]


def test_the_api_document_is_valid() -> None:
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.validation import validate_schema

    generator: Any = SchemaGenerator
    check: Any = validate_schema
    schema = generator().get_schema(request=None, public=True)
    check(schema)
    assert "LiveEvent" in schema["components"]["schemas"]


def test_the_pages_types_are_those_of_the_api(tmp_path: Path) -> None:
    document, made = tmp_path / "schema.json", tmp_path / "schema.d.ts"
    spectacular = [sys.executable, "manage.py", "spectacular", "--fail-on-warn"]
    spectacular += ["--format", "openapi-json", "--file", str(document)]
    subprocess.run(spectacular, cwd=ROOT, check=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # node may be there
    tool = ROOT / "frontend/node_modules/openapi-typescript/bin/cli.js"
    subprocess.run(
        ["node", tool, document, "-o", made], cwd=ROOT, check=True, env=os.environ | {"PATH": path}
    )
    kept = (ROOT / "frontend/src/api/schema.d.ts").read_text()
    assert made.read_text() == kept, "run `make types` and commit src/api/schema.d.ts"


def test_functions_and_files_stay_small(capsys: pytest.CaptureFixture[str]) -> None:
    functions: list[tuple[int, str]] = []
    files: list[tuple[int, str]] = []
    for path in python_files():
        text, name = path.read_text(), str(path.relative_to(ROOT))
        files.append((len(text.splitlines()), name))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = (node.end_lineno or 0) - node.lineno + 1
                functions.append((length, f"{name}:{node.name}"))
    with capsys.disabled():
        print("\nlongest functions:", sorted(functions)[-3:], "files:", sorted(files)[-3:])
    assert percentile([size for size, _ in functions], 0.9) <= 25
    assert max(functions)[0] <= 50, max(functions)
    assert percentile([size for size, _ in files], 0.9) <= 250
    assert max(files)[0] <= 400, max(files)


def test_pages_stay_small(capsys: pytest.CaptureFixture[str]) -> None:
    paths = (ROOT / "frontend/src").rglob("*.tsx")
    sizes = sorted((len(path.read_text().splitlines()), path.name) for path in paths)
    with capsys.disabled():
        print("\nlongest pages:", sizes[-3:])
    assert percentile([size for size, _ in sizes], 0.9) <= 150


def keys(tree: object, at: str = "") -> set[str]:
    if not isinstance(tree, dict):
        return {at}
    return {key for name, inside in tree.items() for key in keys(inside, f"{at}.{name}")}


def test_both_languages_say_the_same_things() -> None:
    folder = ROOT / "frontend/src/i18n"
    for path in sorted((folder / "en").glob("*.json")):
        english = json.loads(path.read_text())
        chinese = json.loads((folder / "zh" / path.name).read_text())
        only = {k for k in keys(english) ^ keys(chinese) if not k.startswith(".reason.")}
        assert not only, (path.name, only)


def test_no_registry_and_no_path_of_a_machine_is_committed() -> None:
    forbidden = re.compile(r"https?://(pypi|files\.python|registry\.npm)|/opt/pypi|/work/" + "main")
    wrong = []
    for name in TRACKED:
        path = ROOT / name
        if path.suffix in {".png", ".svg", ".woff2"} or not path.is_file() or name == __file__:
            continue
        if forbidden.search(path.read_text(errors="ignore")) and "test_house" not in name:
            wrong.append(name)
    assert not wrong


def test_storage_uses_only_calls_that_every_server_keeps() -> None:
    text = (ROOT / "platform/core/storage.py").read_text()
    used = set(re.findall(r"client\(\)\.(\w+)", text))
    allowed = {"bucket_exists", "make_bucket", "put_object", "get_object", "stat_object",
               "list_objects", "copy_object", "remove_object", "presigned_get_object"}  # fmt: skip
    assert used <= allowed
