"""docker-compose.yml and the Dockerfile, read without an engine."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
DOCKERFILE = (ROOT / "platform/Dockerfile").read_text()
OURS = {"web", "serve", "worker-train", "worker-batch", "worker-io", "beat", "prepare"}
REFERENCE = re.compile(r"\$\{(\w+)(?::([-?])([^{}]*(?:\$\{[^{}]*\}[^{}]*)*))?\}")


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    pairs = [line.split("#")[0].strip().partition("=") for line in lines if "=" in line]
    return {name: value or f"{name.lower()}-1" for name, _, value in pairs if name}


def filled(text: str, given: dict[str, str]) -> str:
    """The text with `${NAME:-default}` and `${NAME:?why}` as compose fills them in."""

    def value(found: re.Match[str]) -> str:
        name, how, other = found.groups()
        if given.get(name):
            return given[name]
        assert how == "-", f"{name} is missing from .env.example"
        return filled(other, given)

    return REFERENCE.sub(value, text)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(filled(COMPOSE, example()))["services"]
    return found


def test_every_part_of_the_product_is_there(services: dict[str, Any]) -> None:
    assert set(services) >= OURS | {"db", "broker", "minio", "proxy"}
    assert services["serve-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert services["serve-gpu"]["profiles"] == ["gpu"]


def test_secrets_have_no_default() -> None:
    needed = {m[0] for m in REFERENCE.findall(COMPOSE) if m[1] == "?"}
    assert needed == {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "S3_SECRET_KEY", "KIZU_SECRET_KEY"}


def test_every_lasting_service_is_watched_and_started_again(services: dict[str, Any]) -> None:
    for name, service in services.items():
        if name in ("prepare", "owner"):
            assert service["restart"] == "no"
            continue
        assert service["restart"] == "unless-stopped", name
        assert "healthcheck" in service or name == "beat", name
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
