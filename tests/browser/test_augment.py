"""Augment: what the model will see."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_MS, Server, drawn

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
    drawn(page)


def test_with_nothing_on_the_draws_are_the_original(server: Server, page: Page) -> None:
    open_page(server, page, "rotation:0.2")
    page.get_by_role("button", name="None").click()
    first_row(page, "new Set(row).size === 1")
    expect(page.get_by_role("button", name="Use for training")).to_be_disabled()


def test_a_switch_changes_the_draws_and_a_new_draw_changes_them_again(server: Server, page: Page) -> None:
    open_page(server, page, "contrast:0.1")
    unturned = first_row(page, "new Set(row).size === 7")
    page.get_by_text("Geometry", exact=True).click()
    page.get_by_text("Rotate", exact=True).first.click()
    page.wait_for_url(re.compile("rotation"))
    expect(page.get_by_text("Geometry · 1 on")).to_be_visible()
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
    page.get_by_text("Light and colour").click()
    expect(page.get_by_text("Needs colour; these pictures are grey.")).to_have_count(4)
    expect(page.get_by_role("switch", name="Hue").or_(page.get_by_role("checkbox", name="Hue"))).to_be_disabled()


def test_an_operation_can_be_done_to_some_of_the_pictures(server: Server, page: Page) -> None:
    open_page(server, page, "rotation:0.2")
    probability = page.locator(".st-key-operation_rotation").get_by_role("slider", name="Probability")
    probability.press("ArrowLeft")
    page.wait_for_url(re.compile(r"ops=rotation(:|%3A)0\.2(@|%40)0\.95"))
    page.reload()
    expect(probability).to_have_value("0.95")


def test_each_switch_shows_a_picture_before_and_after(server: Server, page: Page) -> None:
    open_page(server, page, "rotation:0.2")
    row = page.locator(".st-key-operation_flip_vertical")
    expect(row.get_by_alt_text("Before")).to_have_attribute("src", re.compile("."))
    before = row.get_by_alt_text("Before").get_attribute("src")
    after = row.get_by_alt_text("After Flip top to bottom")
    expect(after).to_have_attribute("src", re.compile("."))
    expect(after).not_to_have_attribute("src", before)


def test_where_pictures_are_mixed_their_labels_are_shown_with_their_shares(server: Server, page: Page) -> None:
    open_page(server, page, "mixup:1")
    mixed = page.locator(".st-key-draws figcaption").filter(has_text=re.compile(r"\d+\s% \d\d+\s% \d"))
    expect(mixed.first).to_be_visible()
    shares = [int(share) for share in re.findall(r"(\d+)\s%", mixed.first.inner_text())]
    assert sum(shares) in (99, 100, 101)
    assert shares == sorted(shares, reverse=True)
    expect(page.get_by_text(re.compile(r"alone make [\d,]+ images a second"))).to_be_visible()


def test_what_flips_digits_is_warned_of_and_measured_with_a_run(server: Server, page: Page) -> None:
    open_page(server, page, "flip_vertical:1,contrast:0.05")
    expect(page.get_by_text("These classes look like digits or letters. Flip top to bottom can")).to_be_visible()
    page.get_by_role("button", name="Measure with fast").click()
    told = re.compile(r"Of the answers of fast.*[^\d][1-8]?\d\s% survive Flip top to bottom\.")  # fewer than 90 %
    expect(page.get_by_text(told)).to_be_visible()
    expect(page.get_by_text(re.compile(r"^\d+\s% of answers survive .*; \d+\s% survive"))).to_be_visible()
    expect(
        page.locator(".st-key-operation_flip_vertical").get_by_text(re.compile("of answers survive"))
    ).to_be_visible()


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
