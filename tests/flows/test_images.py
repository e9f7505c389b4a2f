"""The steps of the web image without an engine: its packages, its files, its programs."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

UV = Path(sys.executable).with_name("uv")
DOCKERFILE = (ROOT / "platform/Dockerfile").read_text()


def done(*words: object, **options: object) -> str:
    """Run it -> what it said; the test ends where it fails."""
    run = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False, **options
    )  # type: ignore[call-overload]  # passed on
    assert run.returncode == 0, run.stdout + run.stderr
    return str(run.stdout)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The Python and the folder that the target `web` ends with."""
    folder = tmp_path_factory.mktemp("image")
    python = folder / "venv" / "bin" / "python"
    done(sys.executable, "-m", "venv", folder / "venv")
    locked = ROOT / "requirements-web.lock"
    done(UV, "pip", "sync", "--quiet", "--require-hashes", "--python", python, locked)
    source = folder / "srv"
    stage = re.split(r"(?m)^FROM ", DOCKERFILE.split("FROM web-packages AS web\n")[1])[0]
    for words in re.findall(r"(?m)^COPY (?:--from=pages )?(.+)$", stage):
        *paths, target = words.replace("/src/frontend/dist", "frontend/dist").split()
        for path in paths:
            _copy(ROOT / path, source / target)
    return python, source


def _copy(path: Path, target: Path) -> None:
    if path.is_dir():
        shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def test_the_web_image_runs_without_torch(image: tuple[Path, Path], tmp_path: Path) -> None:
    python, source = image
    environ = {
        "PATH": f"{python.parent}:/usr/bin:/bin", "KIZU_SECRET_KEY": "while-building",
        "KIZU_VAR": str(tmp_path), "PYTHONPATH": f"{source}:{source / 'platform'}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }  # fmt: skip

    def manage(*words: str) -> str:
        return done(python, "manage.py", *words, cwd=source, env=environ)

    manage("collectstatic", "--no-input", "--verbosity", "0")
    assert (tmp_path / "static" / "index.html").exists()
    manage("check")
    program = (
        "import importlib.util as i, django; django.setup(); import config.asgi, config.urls, "
        "config.celery, workers.tasks, inspection.services.imports, inspection.demo.show; "
        "print([n for n in ('torch', 'ultralytics', 'openvino') if i.find_spec(n)])"
    )
    assert done(python, "-c", program, cwd=source, env=environ).split() == ["[]"]


def test_the_wheel_holds_the_rooms(tmp_path: Path) -> None:
    backend = done(UV, "build", "--wheel", "--quiet", "--out-dir", tmp_path, ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if "dist-info" not in name} == {
        "config", "core", "inspection", "workers",
    }, backend  # fmt: skip
    assert "inspection/migrations/0001_first.py" in names
    assert "core/accounts/models.py" in names
