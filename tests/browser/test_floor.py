"""The pages of the shop floor: on a phone in Chinese, and a board that lost its server."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.walker import PATIENCE, PHONE, sign_in
from tests.flows import product as flows
from tests.flows.product import Product

pytestmark = pytest.mark.browser
# Names that people gave, words that are the same in every language, and units.
NAMES = {
    "AD", "AOI", "API", "Berlin", "CNN", "ERROR", "GMT", "Kizu", "Line", "NG", "OK", "PLATE",
    "Patch", "Plate", "REVIEW", "SN", "TV", "UTC", "Wilson", "bright", "dark", "job", "mm", "ms",
    "plates", "px",
}  # fmt: skip
# Elements that stick out of the screen, but for those inside of something that scrolls.
STICKING_OUT = """() => {
  const style = (e) => getComputedStyle(e);
  const scrolls = (e) => e && (/auto|scroll|hidden/.test(style(e).overflowX)
    || scrolls(e.parentElement));
  return [...document.querySelectorAll('body *')].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && box.right > innerWidth + 1 && box.left < innerWidth
      && style(e).visibility !== 'hidden' && !scrolls(e.parentElement);
  }).map((e) => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40));
}"""


@dataclass
class Plant:
    """A running plant with a model in force."""

    product: Product
    api: httpx.Client
    station: int

    def submit(self, number: int) -> str:
        """A unit of the line -> the id of its inspection."""
        form = {"station": self.station, "product_code": "PLATE", "serial": f"SN-{number}"}
        files = {"image": ("a.png", flows.picture(number))}
        headers = {"X-Deadline-Ms": "20000"}
        reply = self.api.post("/inspections", data=form, files=files, headers=headers)
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """The product, with a small model released on drawn plates."""
    running = Product(tmp_path_factory.mktemp("up")).start().wait_ready(PATIENCE)
    api = running.client()
    made = flows.plant(api)
    job = flows.training(api, flows.dataset(api, flows.plates()))
    model = flows.job_done(api, job)["model_version"]
    flows.release(api, made, model)
    yield Plant(running, api, made["station"])
    assert running.stop() == 0, running.said


def test_the_shop_floor_reads_chinese_on_a_phone(plant: Plant, browser: Browser) -> None:
    judged = [plant.submit(number) for number in (100, 101, 102)]
    url = plant.product.url
    page = sign_in(browser, url, "admin", locale="zh-CN", viewport=PHONE)
    page.get_by_text("最近一小时").first.wait_for()
    _is_chinese_and_fits(page)
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    verdict = plant.api.get(f"/inspections/{judged[0]}").json()["verdict"]
    page.goto(f"{url}/inspections/{judged[0]}")
    expect(page.get_by_text("判定正确吗？")).to_be_visible()
    if verdict == "NG":
        expect(page.get_by_text(re.compile(r"处，置信度 0\.\d\d ≥ 0\.50"))).to_be_visible()
    _is_chinese_and_fits(page)
    page.goto(f"{url}/review")
    expect(page.get_by_role("button", name=re.compile("过杀"))).to_be_visible()
    _is_chinese_and_fits(page)
    page.goto(f"{url}/inspections")
    expect(page.get_by_role("link", name="SN-101")).to_be_attached()
    _is_chinese_and_fits(page)


def test_a_refusal_is_told_in_chinese(plant: Plant, browser: Browser) -> None:
    page = browser.new_context(locale="zh-CN", viewport=PHONE).new_page()
    page.goto(f"{plant.product.url}/login")
    page.get_by_label("用户名").fill("admin")
    page.locator("input[type=password]").fill("not-the-password")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_text("用户名或密码错误，或账户已停用。")).to_be_visible(timeout=20_000)
    _is_chinese_and_fits(page, "bad_credentials", "English")


def _is_chinese_and_fits(page: Page, *codes: str) -> None:
    said = page.evaluate("document.body.innerText")
    assert not set(re.findall(r"[A-Za-z_]{2,}", said)) - NAMES - set(codes), said
    assert not page.evaluate(STICKING_OUT)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_board_that_lost_its_server_says_so(plant: Plant, browser: Browser) -> None:
    """By itself: nothing tells a page that nothing comes any more."""
    page = sign_in(browser, plant.product.url, "admin")
    plant.submit(103)
    tile = page.locator("[data-line]")
    expect(tile).not_to_contain_text("NO DATA")
    page.context.set_offline(True)
    expect(tile).to_contain_text("NO DATA", timeout=60_000)
    expect(tile).to_contain_text(re.compile(r"since .*\d\d:\d\d"))
    page.context.set_offline(False)
    plant.submit(104)
    expect(tile).not_to_contain_text("NO DATA", timeout=30_000)
