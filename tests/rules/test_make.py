"""What `make` says where a tool is missing: one sentence that says what to do."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.conftest import ROOT


def made(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`make` in a folder that holds nothing but the Makefile and what it begins with."""
    for name in ("Makefile", "requirements-uv.txt"):
        shutil.copy(ROOT / name, folder)
    make = shutil.which("make")
    assert make
    # Run by `make test`, it would take itself for a part of that and announce its folder.
    env = {key: value for key, value in os.environ.items() if "MAKE" not in key and key != "MFLAGS"}
    return subprocess.run(
        [make, *words], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def test_no_python_is_one_sentence(tmp_path: Path) -> None:
    done = made(tmp_path, "PYTHON=", "run")
    assert done.returncode == 2
    assert "apt-get install python3-venv" in done.stdout
    assert len(done.stdout.strip().splitlines()) == 1
    assert not (tmp_path / ".venv").exists()


def test_a_python_that_is_too_new_or_too_old_is_passed_over() -> None:
    """The Makefile takes what pyproject.toml takes."""
    text = (ROOT / "Makefile").read_text()
    assert 'requires-python = ">=3.11,<3.14"' in (ROOT / "pyproject.toml").read_text()
    assert "not (3, 11) <= sys.version_info < (3, 14)" in text
    assert "Python 3.11, 3.12 or 3.13" in text
