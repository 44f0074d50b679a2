"""Augment: what the model will see."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_MS, Server

pytestmark = pytest.mark.browser
# Addresses of the first original and its six draws, once they fulfil a condition.
FIRST_ROW = """(old) => {
  const row = [...document.querySelectorAll('.st-key-draws .draws img')].slice(0, 7).map((image) => image.src);
  return row.length === 7 && (CONDITION) && row;
}"""


@pytest.fixture(autouse=True)
def _patience() -> None:
    expect.set_options(timeout=PATIENCE_MS)


def first_row(page: Page, condition: str, old: str = "") -> list[str]:
    """The first row, as soon as `condition` (JavaScript, of `row` and `old`) is true."""
    return page.wait_for_function(FIRST_ROW.replace("CONDITION", condition), arg=old).json_value()


def open_page(server: Server, page: Page, operations: str) -> None:
    page.goto(f"{server.url}/augment?data=digits&ops={operations}")
    expect(page.get_by_text("Draw 6").first).to_be_visible()


def test_with_nothing_on_the_draws_are_the_original(server: Server, page: Page) -> None:
    open_page(server, page, "rotation:0.2")
    page.get_by_role("button", name="None").click()
    first_row(page, "new Set(row).size === 1")
    expect(page.get_by_role("button", name="Use for training")).to_be_disabled()


def test_a_switch_changes_the_draws_and_a_new_draw_changes_them_again(server: Server, page: Page) -> None:
    open_page(server, page, "contrast:0.1")
    unturned = first_row(page, "new Set(row).size === 7")
    page.get_by_text("Rotate", exact=True).first.click()
    page.wait_for_url(re.compile("rotation"))
    before = first_row(page, "row[1] !== old", unturned[1])  # the address changes before the draws do
    page.get_by_role("button", name="New draw").click()
    page.wait_for_url(re.compile("seed="))
    after = first_row(page, "row[1] !== old", before[1])
    assert after[0] == before[0]
    assert not set(after[1:]) & set(before[1:])
    page.reload()
    first_row(page, "row[1] === old", after[1])


def test_colour_operations_are_off_for_grey_pictures(server: Server, page: Page) -> None:
    open_page(server, page, "zoom:0.1")
    expect(page.get_by_text("Needs colour; these pictures are grey.")).to_have_count(2)
    expect(page.get_by_role("switch", name="Hue").or_(page.get_by_role("checkbox", name="Hue"))).to_be_disabled()


def test_the_order_can_be_changed(server: Server, page: Page) -> None:
    open_page(server, page, "rotation:0.05,zoom:0.1")
    page.get_by_role("button", name="Earlier: Zoom").click()
    page.wait_for_url(re.compile(r"ops=zoom(:|%3A)0\.1(,|%2C)rotation"))


def test_what_is_saved_by_name_is_what_train_offers(server: Server, page: Page) -> None:
    open_page(server, page, "rotation:0.11,shear:0.2")
    name = page.get_by_label("Save as")
    name.fill("my **turns**")
    name.press("Tab")
    page.get_by_role("button", name="Use for training").click()
    page.wait_for_url(re.compile(r"/train\?.*augment="))
    expect(page.get_by_text("Augmentation: Rotate 0.11, Shear 0.2.").first).to_be_visible()
    expect(page.get_by_role("combobox", name="Augmentation")).to_have_value("Saved: my **turns**")
