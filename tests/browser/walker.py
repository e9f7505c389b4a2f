"""A person at the pages, and what lies on their disk."""

import random
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.conftest import ROOT
from tests.flows.product import PASSWORD, plates

DEEPPCB = ROOT.parent / "shared/data/deeppcb/PCBData"  # real boards, where they are at hand
PATIENCE = 240  # seconds for the product to start on a machine that is busy otherwise
DESK: Any = {"width": 1440, "height": 900}
PHONE: Any = {"width": 390, "height": 844}
SIGN_IN = {"en-GB": ("Name", "Sign in"), "zh-CN": ("用户名", "登录")}


def sign_in(
    browser: Browser, url: str, name: str, password: str = PASSWORD,
    locale: str = "en-GB", viewport: Any = DESK,
) -> Page:  # fmt: skip
    """Sign in as somebody -> the page they see first."""
    page = browser.new_context(locale=locale, viewport=viewport).new_page()
    page.set_default_timeout(60_000)
    label, button = SIGN_IN[locale]
    page.goto(f"{url}/login")
    page.get_by_label(label).fill(name)
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name=button).click()
    page.wait_for_url("**/board**")
    return page


def folder_of_images(folder: Path, count: int) -> tuple[Path, list[Path]]:
    """An annotated dataset of so many units -> its folder, and three images that it lacks."""
    learn, line = folder / "learn", folder / "line"
    learn.mkdir()
    line.mkdir()
    if DEEPPCB.is_dir():
        return learn, _boards(learn, line, count)
    for name, data in plates(count + 3).items():
        number = int(Path(name).stem) if name.endswith(".png") else 0
        (line if number >= count else learn).joinpath(name).write_bytes(data)
    return learn, sorted(line.iterdir())


def _boards(learn: Path, line: Path, count: int) -> list[Path]:
    """Boards with their templates and annotations, drawn from all groups."""
    tested = sorted(DEEPPCB.rglob("*_test.jpg"))
    chosen = random.Random(4).sample(tested, count + 3)
    for board in chosen[:count]:
        number = board.name.removesuffix("_test.jpg")
        group = board.parent.name
        notes = board.parent.with_name(f"{group}_not")
        for file in (board, board.with_name(f"{number}_temp.jpg"), notes / f"{number}.txt"):
            shutil.copyfile(file, learn / file.name)
    return [Path(shutil.copyfile(board, line / board.name)) for board in chosen[count:]]
