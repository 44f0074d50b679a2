"""Explore's map: embedding, the lasso and its gallery, the keyboard's way, images most like one."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from core.data.add import add
from core.data.dataset import find, read_index
from core.data.projection import read_map
from core.inference.embedder import Embedder
from core.workspace import Workspace
from tests.browser.conftest import Server, box_of, expect_rows, open_tab, until
from tests.browser.test_classify import LABELS

pytestmark = pytest.mark.browser

EACH = 12


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Server]:
    """A server on a workspace with `photos`: parts of scikit-image's cat and of its coffee, twelve each."""
    workspace, source = tmp_path_factory.mktemp("photos"), tmp_path_factory.mktemp("source") / "photos"
    for name in ("chelsea", "coffee"):
        photo = Image.fromarray(getattr(skimage.data, name)())
        (source / name).mkdir(parents=True)
        for number in range(EACH):
            left, top = 25 * (number % 4), 8 * (number // 4)
            photo.crop((left, top, left + 280, top + 280)).resize((140, 140)).save(source / name / f"{number:02d}.png")
    add(Workspace.open(workspace), str(source), keep=True)
    running = Server(workspace)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def mapped(photos: Server, browser: object) -> Server:
    """The same after somebody pressed the button, from `open_map`."""
    opened = browser.new_page()  # type: ignore[attr-defined]
    open_map(photos, opened)
    expect(opened.get_by_text("The map needs an embedding of each image: less than a minute here.")).to_be_visible()
    opened.get_by_role("button", name="Embed 24 images").click()
    expect(opened.locator("canvas[data-drawn='24']")).to_be_visible()
    opened.close()
    return photos


def open_map(server: Server, page: Page, more: str = "") -> None:
    page.goto(f"{server.url}/explore?data=photos{more}")
    open_tab(page, "Map")


def canvas(page: Page) -> Locator:
    found = page.locator("canvas[data-drawn='24']")
    expect(found).to_be_visible()
    return found


def places(server: Server, page: Page) -> tuple[np.ndarray, list[str], np.ndarray]:
    """The centre of each image's point on the page, in pixels; its class; its row."""
    workspace = Workspace(server.workspace)
    dataset = find(workspace, "photos")
    points = read_map(workspace, dataset).points.astype(float)
    box = box_of(canvas(page))
    scale = min(box["width"], box["height"]) * 0.94
    x = box["x"] + box["width"] / 2 + (points[:, 0] - 0.5) * scale
    y = box["y"] + box["height"] / 2 - (points[:, 1] - 0.5) * scale
    return np.stack([x, y], axis=1), read_index(workspace, dataset)["label"].tolist(), np.arange(len(points))


def lasso(page: Page, centre: np.ndarray, radius: float) -> None:
    """Draw a circle, beginning on the side of the map's middle, so that it begins on the map."""
    box = box_of(canvas(page))
    first = math.atan2(box["y"] + box["height"] / 2 - centre[1], box["x"] + box["width"] / 2 - centre[0])
    page.mouse.move(centre[0] + radius * math.cos(first), centre[1] + radius * math.sin(first))
    page.mouse.down()
    for step in range(1, 41):
        turn = first + step * math.tau / 40
        page.mouse.move(centre[0] + radius * math.cos(turn), centre[1] + radius * math.sin(turn))
    page.mouse.up()


def test_a_lasso_on_the_map_fills_the_gallery_with_exactly_its_images(mapped: Server, page: Page) -> None:
    open_map(mapped, page)
    points, _, rows = places(mapped, page)
    centre = points[3]
    far = np.linalg.norm(points - centre, axis=1)
    order = np.argsort(far)
    gaps = np.diff(far[order][1:11])
    inside = int(gaps.argmax()) + 2  # a circle through the widest gap, so that no point lies on it
    radius = float((far[order][inside - 1] + far[order][inside]) / 2)

    lasso(page, centre, radius)

    expect(page.get_by_text(re.compile(rf"^{inside} images$"))).to_be_visible()
    expect_rows(page, {str(row) for row in rows[order[:inside]]})
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".tile")).to_have_count(0)
    expect(page.get_by_text("Draw around points to see their images here.")).to_be_visible()


def test_filters_hold_for_the_lasso_too(mapped: Server, page: Page) -> None:
    open_map(mapped, page, "&class=coffee")
    canvas(page).scroll_into_view_if_needed()

    page.get_by_role("button", name="Select view").click()

    expect(page.get_by_text(re.compile(rf"^{EACH} images$"))).to_be_visible()
    expect(page.locator(".tile").first).to_have_attribute("aria-label", re.compile("^coffee"))
    expect(page.get_by_role("button", name=re.compile("chelsea"))).to_have_count(0)


def test_the_keyboard_moves_the_map_and_selects_what_is_in_view(mapped: Server, page: Page) -> None:
    open_map(mapped, page)
    canvas(page).focus()

    page.keyboard.press("Enter")
    on_the_map = page.get_by_role("tabpanel", name="Map")  # the gallery, which is hidden, may say so too
    expect(on_the_map.get_by_text(re.compile(r"^24 images$"))).to_be_visible()
    for _ in range(4):
        page.keyboard.press("+")
    page.keyboard.press("Enter")

    expect(page.get_by_text(re.compile(r"^(\d|1\d|2[0-3]) images?$|No image lies in there"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".tile")).to_have_count(0)


def test_hover_shows_the_image_and_a_click_opens_it_and_more_like_it(mapped: Server, page: Page) -> None:
    open_map(mapped, page)
    points, labels, _ = places(mapped, page)
    row = labels.index("coffee")
    nearest = int(np.linalg.norm(points - points[row], axis=1).argsort()[0])

    page.mouse.move(*points[row])
    expect(page.locator(".tip")).to_contain_text("coffee")
    expect(page.locator(".tip img")).to_have_js_property("naturalWidth", 140)
    page.mouse.click(*points[nearest])

    view = page.get_by_role("dialog")
    expect(view.get_by_text(re.compile(r"coffee/\d+\.png"))).to_be_visible()
    view.get_by_text("More like this").click()
    expect(view.locator(".tile")).to_have_count(23)
    until(
        page,
        lambda: [caption.split(" ")[0] for caption in view.locator(".tile").evaluate_all(LABELS)],
        lambda classes: classes == ["coffee"] * 11 + ["chelsea"] * 12,
    )
    view.locator(".tile").last.click()
    expect(view.get_by_text("24 of 24 images")).to_be_visible()
    expect(view.get_by_text(re.compile(r"chelsea/\d+\.png"))).to_be_visible()


def test_a_small_picture_is_served_by_its_row_and_no_other_row_is(mapped: Server, page: Page) -> None:
    address = f"{mapped.url}/fovea/small/photos@1/"

    assert page.request.get(f"{address}23").headers["content-type"] in ("image/png", "image/jpeg")
    assert [page.request.get(address + row).status for row in ("24", "-1", "x")] == [404, 404, 404]


def test_what_is_missing_is_offered_in_the_large_view_too(photos: Server, page: Page, tmp_path: Path) -> None:
    (tmp_path / "other" / "a").mkdir(parents=True)
    for number in range(3):
        Image.new("RGB", (20, 20), (number, 0, 0)).save(tmp_path / "other" / "a" / f"{number}.png")
    add(Workspace(photos.workspace), str(tmp_path / "other"), keep=True)
    page.goto(f"{photos.url}/explore?data=other")
    page.locator(".tile").first.click()

    page.get_by_role("dialog").get_by_text("More like this").click()

    expect(page.get_by_role("dialog").get_by_text("Finding images like this needs an embedding")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Embed 3 images").click()
    expect(page.get_by_role("dialog").get_by_text("Most alike first")).to_be_visible()  # once it is done, by itself
    expect(page.get_by_role("dialog").locator(".tile")).to_have_count(2)
