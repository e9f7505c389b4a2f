"""docker-compose.yml, .env.example and the Dockerfile, read without an engine.

Where a compose program is installed, it reads them too, and has to find the same.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
DOCKERFILE = (ROOT / "platform/Dockerfile").read_text()
EXAMPLE = (ROOT / ".env.example").read_text().splitlines()
OURS = {"web", "serve", "worker-train", "worker-batch", "worker-io", "worker-control", "beat",
        "prepare"}  # fmt: skip
NEEDED = {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "S3_SECRET_KEY", "KIZU_SECRET_KEY"}
ADDRESSES = {"DATABASE_URL", "REDIS_URL"}
REFERENCE = re.compile(r"\$\{(\w+)(?::([-?])([^{}$]*))?\}")


def example() -> dict[str, str]:
    """.env.example with its secrets filled in and its references resolved."""
    given: dict[str, str] = {}
    for line in EXAMPLE:
        name, assigned, value = line.partition("=")
        if assigned and not line.startswith("#"):
            wanted = f"{name.lower()}-1" if name in NEEDED else value
            given[name] = REFERENCE.sub(lambda found: given[found[1]], wanted)
    return given


def filled(text: str, given: dict[str, str]) -> str:
    """The text with `${NAME:-default}` and `${NAME:?why}` as compose fills them in."""

    def value(found: re.Match[str]) -> str:
        name, how, other = found.groups()
        if given.get(name):
            return given[name]
        assert how == "-", f"{name} is missing from .env.example"
        return str(other)

    found = REFERENCE.sub(value, text)
    assert "${" not in found, "a reference within a reference is not read by every compose"
    return found


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(filled(COMPOSE, example()))["services"]
    return found


def test_a_comment_in_the_example_is_never_part_of_a_value() -> None:
    """compose trims blanks and ends a value at ` #`: `NAME=  # words` sets it to `# words`."""
    for line in EXAMPLE:
        assert re.fullmatch(r"|#.*|[A-Z][A-Z0-9_]*=[^\s#'\"]*", line), line
    assert "KIZU_ADMIN_PASSWORD=" in EXAMPLE
    for name in NEEDED:
        assert f"{name}=" in EXAMPLE, f"{name} is for the operator to make up"


def compose() -> list[str] | None:
    """The words that run compose here."""
    for words in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(words[0]):
            asked = subprocess.run([*words, "version"], capture_output=True, check=False)
            if asked.returncode == 0:
                return words
    return None


def composed(tmp_path: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`docker compose config` with these lines as .env; skips where there is no compose."""
    if (words := compose()) is None:
        pytest.skip("no compose here: apt-get install docker-compose")
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    shutil.copytree(ROOT / "platform", tmp_path / "platform", dirs_exist_ok=True)
    lines = (f"{name}={value}\n" for name, value in environ.items())
    (tmp_path / ".env").write_text("".join(lines))
    clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    return subprocess.run([*words, "config"], cwd=tmp_path, env=clean, capture_output=True,
                          text=True, check=False)  # fmt: skip


def raw() -> dict[str, str]:
    """.env.example as a person fills it in: the secrets, and nothing else."""
    lines = [line.partition("=") for line in EXAMPLE if line and not line.startswith("#")]
    return {name: f"{name.lower()}-1" if name in NEEDED else value for name, _, value in lines}


def test_compose_reads_the_files_as_they_are_meant(
    tmp_path: Path, services: dict[str, Any]
) -> None:
    done = composed(tmp_path, raw() | {"COMPOSE_PROFILES": "minio,cpu,gpu"})
    assert done.returncode == 0, done.stderr
    read = yaml.safe_load(done.stdout)["services"]
    assert set(read) == set(services)
    for name, service in services.items():
        assert read[name]["image"] == service["image"]
        told = {key: str(value or "") for key, value in service.get("environment", {}).items()}
        heard = {key: value or "" for key, value in read[name].get("environment", {}).items()}
        assert heard == told, name
    assert read["prepare"]["environment"]["KIZU_ADMIN_PASSWORD"] in ("", None)
    assert read["web"]["environment"]["DATABASE_URL"].startswith("postgres://kizu:postgres_pass")


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_compose_refuses_to_start_without_a_secret(tmp_path: Path, name: str) -> None:
    done = composed(tmp_path, raw() | {name: ""})
    assert done.returncode != 0
    assert name in done.stderr


def test_every_part_of_the_product_is_there(services: dict[str, Any]) -> None:
    assert set(services) >= OURS | {"db", "broker", "minio", "proxy"}
    assert services["serve-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert services["serve-gpu"]["profiles"] == ["gpu"]


def test_secrets_have_no_default() -> None:
    needed = {m[0] for m in REFERENCE.findall(COMPOSE) if m[1] == "?"}
    assert needed == NEEDED | ADDRESSES


def test_every_lasting_service_is_watched_and_started_again(services: dict[str, Any]) -> None:
    for name, service in services.items():
        if name in ("prepare", "owner"):
            assert service["restart"] == "no"
            continue
        assert service["restart"] == "unless-stopped", name
        assert "healthcheck" in service, name
        for test in [service.get("healthcheck", {}).get("test", [])]:
            assert test[:1] in ([], ["CMD"])


def test_nothing_that_lasts_runs_as_root(services: dict[str, Any]) -> None:
    for name, service in services.items():
        ours = service.get("image", "").startswith("kizu-")
        if name != "owner":
            assert ours or service["user"] not in ("root", "0"), name
    for target in ("web", "gpu"):
        stage = re.split(r"(?m)^FROM ", DOCKERFILE.split(f" AS {target}\n")[1])[0]
        assert "USER kizu" in stage


def test_images_are_pinned(services: dict[str, Any]) -> None:
    for name, service in services.items():
        image = service["image"]
        assert image.startswith("kizu-") or re.search(r"@sha256:[0-9a-f]{64}$|:\d", image), name
    assert "@sha256:" in services["minio"]["image"]
    for base in re.findall(r"(?m)^FROM (\S+:\S+)", DOCKERFILE):
        assert re.search(r":\d", base), base
    assert DOCKERFILE.count("--require-hashes") == 2
    web = DOCKERFILE.split(" AS web-packages")[1].split("FROM")[0]
    assert "requirements-web.lock" in web
    assert not re.search(
        r"(?m)^(torch|ultralytics|openvino)==", (ROOT / "requirements-web.lock").read_text()
    )


def test_what_is_mounted_waited_for_and_run_exists(services: dict[str, Any]) -> None:
    document = yaml.safe_load(filled(COMPOSE, example()))
    named, used = set(document["volumes"]), set()
    for service in services.values():
        used |= {v.split(":")[0] for v in service.get("volumes", []) if v[0] not in "./"}
        assert set(service.get("depends_on", {})) <= set(services)
    assert named == used
    from config import processes

    for name in OURS - {"prepare"}:
        verb, process = services[name]["command"]
        assert verb == "process"
        processes.one(process, "127.0.0.1", 8000)


def test_copied_paths_exist() -> None:
    for line in re.findall(r"(?m)^COPY (?!--from)(.+)$", DOCKERFILE):
        for path in line.split()[:-1]:
            assert (ROOT / path).exists(), path


def test_the_web_image_holds_every_package_that_its_processes_load() -> None:
    """Importing them with every package hidden that the web image does not install."""
    program = """
import importlib.metadata as md, re, sys
plain = lambda name: re.sub("[-_.]+", "-", name).lower()
lock = {plain(n) for n in re.findall("(?m)^([\\w.-]+)==", open("requirements-web.lock").read())}
lock |= {"pip", "setuptools"}
hidden = {m for m, of in md.packages_distributions().items() if not lock & {plain(d) for d in of}}
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in hidden and name.split(".")[0] not in ours:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
ours = {"config", "core", "inspection", "workers"}
sys.meta_path.insert(0, Hide())
import django; django.setup()
import config.asgi, config.urls, config.celery, workers.tasks
import inspection.services.imports, inspection.services.thumbnails, inspection.demo.show
print(len(hidden), "torch" in hidden)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "True"


def test_the_proxy_speaks_tls_and_knows_the_web_server(services: dict[str, Any]) -> None:
    caddy = Path(ROOT / "platform/proxy/Caddyfile").read_text()
    assert "https://{$KIZU_SITE" in caddy
    assert "reverse_proxy web:8000" in caddy
    assert set(re.findall(r"\{\$(\w+)", caddy)) <= set(services["proxy"]["environment"])
