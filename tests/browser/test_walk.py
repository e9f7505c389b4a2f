"""One person's walk through the pages, in Chromium, against the product as `up` runs it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.walker import PATIENCE, folder_of_images, sign_in
from tests.flows.product import Product, posted, until

pytestmark = pytest.mark.browser
COUNT = 40
EPOCHS = 15


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """`manage.py up` on a data folder of its own, with its embedded servers."""
    running = Product(tmp_path_factory.mktemp("up")).start().wait_ready(PATIENCE)
    yield running
    assert running.stop() == 0, running.said


def test_from_images_to_a_verdict_on_the_board(
    product: Product, browser: Browser, tmp_path: Path
) -> None:
    api = product.client()
    learn, line = folder_of_images(tmp_path, COUNT)
    page = sign_in(browser, product.url, "admin")
    _set_up_plant(page)
    _upload(page, learn)
    _train(page)
    _release(page)
    verdict = _watch(page, api, line)
    _dispose(page, line[0], verdict)
    _release_again(page, api)
    _look_as_viewer(browser, product.url, api)


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
            # The form before it has a name, too: on a slow machine it is still there for a moment.
            expect(page.get_by_role("heading", name=button)).to_be_visible()
    page.goto(page.url.split("/plant")[0] + "/products?tab=products")
    page.get_by_role("button", name="New product").click()
    page.get_by_label("Code").fill("BOARD")
    page.get_by_label("Name").fill("Board")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("cell", name="BOARD", exact=True)).to_be_visible()


def _upload(page: Page, folder: Path) -> None:
    page.get_by_role("link", name="Datasets").first.click()
    page.get_by_role("button", name="New dataset").first.click()
    page.get_by_label("Name").fill("Boards")
    page.get_by_role("button", name="Create").click()
    page.locator("[data-testid=folder]").set_input_files(folder)
    expect(page.get_by_role("button", name=f"Import {COUNT} images")).to_be_visible(timeout=180_000)
    page.get_by_role("button", name=f"Import {COUNT} images").click()
    expect(page.get_by_text(f"Imported: {COUNT} new")).to_be_visible(timeout=180_000)
    page.get_by_role("button", name="Done").click()
    page.get_by_role("tab", name=re.compile("Versions")).click()
    page.get_by_role("button", name="Freeze a version").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Freeze a version").click()
    expect(page.get_by_role("cell", name="v1", exact=True)).to_be_visible()


def _train(page: Page) -> None:
    """Curves grow while the training runs."""
    page.get_by_role("link", name="Train", exact=True).click()
    page.get_by_role("radio", name=re.compile("Patch CNN")).click()
    page.get_by_label("Image size").fill("320")
    page.get_by_label("Epochs").fill(str(EPOCHS))
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url("**/jobs/*")
    expect(page.get_by_text("image_size=320")).to_be_visible()  # what the form showed is asked
    curves = page.locator("[data-points]").first
    expect(curves.locator("canvas")).to_be_visible(timeout=300_000)
    early = _points(page)
    assert 0 < early < EPOCHS
    until(lambda: _points(page) > early, 120)
    page.get_by_role("link", name="Open the model").click(timeout=300_000)


def _points(page: Page) -> int:
    return int(page.locator("[data-points]").first.get_attribute("data-points") or 0)


def _release(page: Page) -> None:
    page.get_by_role("button", name="Release").click()
    dialog = page.get_by_role("dialog")
    for label, choice in (("Station", "AOI"), ("Product", "BOARD")):
        dialog.get_by_role("combobox", name=label).click()
        page.get_by_role("option", name=re.compile(choice)).click()
    dialog.get_by_label("Threshold").fill("0.05")  # a short training is not sure of anything
    dialog.get_by_label("Reason").fill("First model")
    dialog.get_by_role("button", name="Release").click()
    expect(dialog.get_by_text("Released: the next inspection uses it.")).to_be_visible(
        timeout=60_000
    )
    dialog.get_by_role("button", name="Close").click()


def _submit(api: httpx.Client, image: Path) -> Any:
    station = api.get("/stations").json()["results"][0]["id"]
    form = {"station": station, "product_code": "BOARD", "serial": f"SN-{image.stem}"}
    files = {"image": (image.name, image.read_bytes())}
    headers = {"X-Deadline-Ms": "20000"}
    reply = api.post("/inspections", data=form, files=files, headers=headers)
    assert reply.status_code == 201, reply.text
    return reply.json()


def _watch(page: Page, api: httpx.Client, images: list[Path]) -> str:
    """The board changes by itself: nothing is loaded again -> the verdict of the first unit."""
    page.get_by_role("link", name="Board").first.click()
    tile = page.locator("[data-line]")
    expect(tile).to_contain_text("0 NG of 0 units")
    page.evaluate("window.notReloaded = true")
    verdicts = [_submit(api, image)["verdict"] for image in images]
    assert set(verdicts) <= {"OK", "NG"}
    ng = verdicts.count("NG")
    expect(tile).to_contain_text(f"{ng} NG of 3 units", timeout=30_000)
    assert page.evaluate("window.notReloaded")
    return str(verdicts[0])


def _dispose(page: Page, image: Path, verdict: str) -> None:
    """A person overrules the first unit's verdict, and the statistics follow."""
    page.get_by_role("link", name="Statistics").first.click()
    reviewed = page.locator(".figure", has_text="Reviewed by a person")
    expect(reviewed).to_contain_text("0.0 %")
    page.get_by_role("link", name="Inspections").first.click()
    page.get_by_role("link", name=f"SN-{image.stem}").click()
    word = "False call" if verdict == "NG" else "Real defect"
    page.get_by_role("button", name=re.compile(word)).click()
    expect(page.get_by_text("What people said").first).to_be_visible()
    page.get_by_role("link", name="Statistics").first.click()
    expect(reviewed).to_contain_text("33.3 %", timeout=30_000)
    expect(reviewed).to_contain_text(f"{int(verdict == 'NG')} false calls")


def _release_again(page: Page, api: httpx.Client) -> None:
    """A second revision, so that there is something to put back: what may be done is offered."""
    recipe = api.get("/recipes").json()["results"][0]
    ask = {name: recipe[name] for name in ("station", "product", "model")}
    again = posted(api, "/recipes", **ask, thresholds={"default": 0.5}, rules=[])["id"]
    posted(api, f"/recipes/{again}/release", reason="second")
    page.get_by_role("link", name="Models").first.click()
    expect(page.get_by_role("button", name="Put back").first).to_be_visible()
    page.get_by_role("link", name=re.compile("#1")).first.click()
    for offered in ("Release", "Run on images"):
        expect(page.get_by_role("button", name=offered).first).to_be_visible()
    expect(page.get_by_role("link", name="Train further").first).to_be_visible()


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
    expect(page.get_by_text("What was in production when").first).to_be_visible()
    expect(page.get_by_text("First model").first).to_be_visible()
    _offers_nothing(page)
    page.get_by_role("link", name=re.compile("#1")).first.click()
    expect(page.get_by_text("By class").first).to_be_visible()
    _offers_nothing(page)
    page.goto(f"{url}/inspections")
    page.get_by_role("link", name=re.compile("SN-")).first.click()
    expect(page.get_by_text("Why").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("False call"))).to_have_count(0)
    for closed in ("datasets", "datasets/1", "training/new", "review", "plant", "system"):
        page.goto(f"{url}/{closed}")
        expect(page.get_by_text("Your role does not open this page").first).to_be_visible()
        _offers_nothing(page)


def _offers_nothing(page: Page) -> None:
    for word in ("Release", "Put back", "Run on images", "Train further", "Import", "Freeze"):
        for role in ("button", "link"):
            offered = page.get_by_role(role, name=re.compile(word))
            expect(offered).to_have_count(0)
