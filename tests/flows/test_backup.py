"""A backup of a running product, restored into an empty one: nothing missing, nobody locked out."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.flows.product import Product, dataset, picture, plant, plates


@pytest.fixture
def products(tmp_path: Path) -> Iterator[tuple[Product, Product]]:
    """One to fill, and an empty one with another first password."""
    first = Product(tmp_path / "one").start()
    second = Product(tmp_path / "two", KIZU_ADMIN_PASSWORD="another-pass-2").start()
    for product in (first, second):
        product.wait_ready()
    yield first, second
    for product in (first, second):
        assert product.stop() == 0, product.said


def manage(product: Product, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=product.environ,
                          capture_output=True, text=True, check=False)  # fmt: skip


def test_back_up_and_restore(products: tuple[Product, Product], tmp_path: Path) -> None:
    first, second = products
    kept = tmp_path / "kept"
    with first.client() as api:
        made = plant(api)
        version = dataset(api, plates(8))
        form = {"station": made["station"], "product_code": "PLATE", "serial": "SN-1"}
        unit = api.post("/inspections", data=form, files={"image": ("a.png", picture(1))}).json()
    done = manage(first, "backup", str(kept))
    assert done.returncode == 0, done.stderr
    assert manage(first, "restore", str(kept)).returncode == 1, "it is not empty"

    (blob,) = list((kept / "objects").rglob("*"))[-1:]
    whole = blob.read_bytes()
    blob.write_bytes(whole + b"!")
    damaged = manage(second, "restore", str(kept))
    assert damaged.returncode == 2
    assert "damaged" in damaged.stderr
    blob.write_bytes(whole)

    done = manage(second, "restore", str(kept))
    assert done.returncode == 0, done.stderr
    assert second.stop() == 0
    second.start().wait_ready()
    with second.client() as api:  # with the first one's password
        assert api.get(f"/lines/{made['line']}").json()["name"] == "Line 1"
        shown = api.get(f"/inspections/{unit['id']}").json()
        image = api.get(shown["images"][0]["url"].removeprefix("/api/v1"))
        assert image.content == picture(1)
        assert api.get("/datasets").json()["results"][0]["summary"]["samples"] == 8
        assert version
    assert manage(second, "check_records").returncode == 0
    audit = manage(second, "audit", "verify")
    assert audit.returncode == 0, audit.stderr
    assert manage(first, "backup", str(kept)).returncode == 0, "into the same folder again"
