"""Starting and stopping the product on one machine."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.flows.product import Product, plant, until


@pytest.fixture
def product(tmp_path: Path) -> Product:
    return Product(tmp_path / "var")


def test_start_stop_start_again_and_a_killed_supervisor(product: Product) -> None:
    product.environ.pop("KIZU_ADMIN_PASSWORD")
    product.start().wait_ready()
    password = re.findall(r"with the password (\S+)", product.said)
    assert len(password) == 1
    body = {"username": "admin", "password": password[0]}
    token = httpx.post(f"{product.url}/api/v1/auth/token", json=body).json()["token"]
    api = httpx.Client(
        base_url=f"{product.url}/api/v1", headers={"Authorization": f"Token {token}"}
    )
    made = plant(api)
    assert product.stop() == 0
    assert product.processes() == {}

    product.start().wait_page()
    assert "password" not in product.said
    assert api.get(f"/lines/{made['line']}").json()["name"] == "Line 1"
    assert product.process
    product.process.send_signal(signal.SIGKILL)
    product.process.wait()
    until(lambda: not product.processes(), 60)

    product.start().wait_page()
    assert api.get(f"/lines/{made['line']}").status_code == 200
    assert product.stop() == 0


def refused(product: Product) -> str:
    """What it says when it will not start."""
    argv = [sys.executable, "manage.py", "up"]
    done = subprocess.run(argv, env=product.environ, capture_output=True, text=True, timeout=240)
    assert done.returncode == 2, done.stdout + done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    assert "Traceback" not in done.stdout + done.stderr
    return lines[0]


def test_a_port_in_use_is_one_sentence(product: Product) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", product.port))
        other.listen()
        words = refused(product)
    assert f"Port {product.port} is in use" in words
    assert "KIZU_PORT=" in words


def test_a_second_start_on_the_same_folder_is_one_sentence(product: Product) -> None:
    product.start().wait_page()
    words = refused(product)
    assert "already" in words or "is running" in words
    assert product.stop() == 0


def test_a_half_written_data_folder_is_one_sentence(product: Product) -> None:
    (product.var / "pg").mkdir()
    (product.var / "pg" / "PG_VERSION").write_text("18\n")
    assert str(product.var) in refused(product)


def test_a_full_disk_is_one_sentence(product: Product, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(small)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk takes the right to mount one")
    try:
        full = Product(small / "var")
        words = refused(full)
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert "free" in words
    assert "KIZU_VAR" in words


def test_a_folder_that_cannot_be_written_is_one_sentence(product: Product, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    product.environ["KIZU_VAR"] = str(tmp_path / "file" / "var")
    assert "KIZU_VAR" in refused(product)
