"""One person's walk through the pages, in Chromium, against the product as `up` runs it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.flows.product import PASSWORD, Product, picture, plates

pytestmark = pytest.mark.browser
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
         "--disable-component-update", "--no-first-run"]  # fmt: skip
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`manage.py up` on a data folder of its own, with its embedded servers."""
    running = Product(tmp_path_factory.mktemp("up")).start().wait_ready()
    yield running.url
    assert running.stop() == 0, running.said


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


def sign_in(browser: Browser, url: str, name: str, password: str = PASSWORD) -> Page:
    context = browser.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{url}/login")
    page.get_by_label("Name").fill(name)
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/board**")
    return page


def program(url: str) -> httpx.Client:
    """The same product as a program sees it."""
    body = {"username": "admin", "password": PASSWORD}
    token = httpx.post(f"{url}/api/v1/auth/token", json=body).json()["token"]
    headers = {"Authorization": f"Token {token}"}
    return httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=60)


def folder_of_plates(folder: Path) -> Path:
    """Drawn plates with COCO boxes, as a folder on disk."""
    for name, data in plates(40).items():
        (folder / name).write_bytes(data)
    return folder


def test_from_images_to_a_verdict_on_the_board(
    product: str, browser: Browser, tmp_path: Path
) -> None:
    api = program(product)
    page = sign_in(browser, product, "admin")
    _set_up_plant(page)
    _upload(page, folder_of_plates(tmp_path))
    _train(page)
    _release(page)
    _watch(page, api)
    _dispose(page)
    _look_as_viewer(browser, product, api)


def _set_up_plant(page: Page) -> None:
    expect(page.get_by_text("No line is set up yet")).to_be_visible()
    page.get_by_role("link", name="Set up the plant").click()
    page.get_by_role("button", name="Add a site").first.click()
    for name, button in (("Berlin", "Add a line"), ("Line 1", "Add a station"), ("AOI", "")):
        page.get_by_label("Name").fill(name)
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("button", name=name)).to_be_visible()
        if button:
            page.get_by_role("button", name=button).click()
    page.goto(page.url.split("/plant")[0] + "/products?tab=products")
    page.get_by_role("button", name="New product").click()
    page.get_by_label("Code").fill("PLATE")
    page.get_by_label("Name").fill("Plate")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("cell", name="PLATE", exact=True)).to_be_visible()


def _upload(page: Page, folder: Path) -> None:
    page.get_by_role("link", name="Datasets").first.click()
    page.get_by_role("button", name="New dataset").first.click()
    page.get_by_label("Name").fill("Plates")
    page.get_by_role("button", name="Create").click()
    page.locator("[data-testid=folder]").set_input_files(folder)
    expect(page.get_by_role("button", name="Import 40 images")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Import 40 images").click()
    expect(page.get_by_text("Imported: 40 new")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Done").click()
    page.get_by_role("tab", name=re.compile("Versions")).click()
    page.get_by_role("button", name="Freeze a version").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Freeze a version").click()
    expect(page.get_by_role("cell", name="v1", exact=True)).to_be_visible()


def _train(page: Page) -> None:
    page.get_by_role("link", name="Train", exact=True).click()
    page.get_by_role("radio", name=re.compile("Patch")).click()
    page.get_by_label("Epochs").fill("8")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url("**/jobs/*")
    expect(page.locator("[data-curves]").first.locator("canvas")).to_be_visible(timeout=120_000)
    page.get_by_role("link", name="Open the model").click(timeout=180_000)


def _release(page: Page) -> None:
    page.get_by_role("button", name="Release").click()
    dialog = page.get_by_role("dialog")
    for label, choice in (("Station", "AOI"), ("Product", "PLATE")):
        dialog.get_by_role("combobox", name=label).click()
        page.get_by_role("option", name=re.compile(choice)).click()
    dialog.get_by_label("Reason").fill("First model")
    dialog.get_by_role("button", name="Release").click()
    expect(dialog.get_by_text("Released: the next inspection uses it.")).to_be_visible(
        timeout=60_000
    )
    dialog.get_by_role("button", name="Close").click()


def _submit(api: httpx.Client, number: int, serial: str) -> Any:
    station = api.get("/stations").json()["results"][0]["id"]
    form = {"station": station, "product_code": "PLATE", "serial": serial}
    reply = api.post("/inspections", data=form, files={"image": ("a.png", picture(number))})
    assert reply.status_code == 201, reply.text
    return reply.json()


def _watch(page: Page, api: httpx.Client) -> None:
    """The board changes by itself: nothing is loaded again."""
    page.get_by_role("link", name="Board").first.click()
    tile = page.locator("[data-line]")
    expect(tile).to_contain_text("0 NG of 0 units")
    page.evaluate("window.notReloaded = true")
    verdicts = [_submit(api, number, f"SN-{number}")["verdict"] for number in (100, 101, 102)]
    ng = verdicts.count("NG")
    assert ng, verdicts
    expect(tile).to_contain_text(f"{ng} NG of 3 units", timeout=5000)
    assert page.evaluate("window.notReloaded")


def _dispose(page: Page) -> None:
    page.get_by_role("link", name="Statistics").first.click()
    reviewed = page.locator(".figure", has_text="Reviewed by a person")
    expect(reviewed).to_contain_text("0 false calls")
    page.get_by_role("link", name="Review").first.click()
    page.get_by_role("button", name=re.compile("False call")).click()
    page.get_by_role("link", name="Statistics").first.click()
    expect(reviewed).to_contain_text("1 false calls", timeout=5000)


def _look_as_viewer(browser: Browser, url: str, api: httpx.Client) -> None:
    """Who may only look is offered nothing else."""
    body = {"username": "vera", "password": "first-pass-1", "role": "viewer"}
    assert api.post("/users", json=body).status_code == 201
    page = sign_in(browser, url, "vera", "first-pass-1")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Present password").fill("first-pass-1")
    dialog.get_by_label("New password").fill("second-pass-2")
    dialog.get_by_role("button", name="Change password").click()
    expect(dialog).to_be_hidden()
    for absent in ("Review", "Datasets", "Training", "Plant", "People", "System"):
        expect(page.get_by_role("link", name=absent, exact=True)).to_have_count(0)
    page.goto(f"{url}/models")
    page.get_by_role("link", name=re.compile("#1")).first.click()
    expect(page.get_by_text("By class")).to_be_visible()
    expect(page.get_by_role("button", name="Release")).to_have_count(0)
    page.goto(f"{url}/inspections")
    page.get_by_role("link", name="SN-101").click()
    expect(page.get_by_text("Why")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("False call"))).to_have_count(0)
    page.goto(f"{url}/datasets")
    expect(page.get_by_text("Your role does not open this page")).to_be_visible()
