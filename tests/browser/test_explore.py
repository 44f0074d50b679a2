"""Explore: bringing data in, looking at it, filtering it, what is wrong with it, and throwing it away."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FloatRect, Locator, Page, expect

from core.workspace import Workspace, queue
from tests.browser.conftest import Server, command, drawn, open_tab, press, press_mark

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"
A_CLASS = 6


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a workspace with the set `shapes`: two plain classes, a hostile one, and a pair of copies."""
    workspace = tmp_path_factory.mktemp("shelf")
    folder = make_classes(tmp_path_factory.mktemp("source") / "shapes", ["cat", "dog", HOSTILE])
    (folder / "cat" / "copy.png").write_bytes((folder / "dog" / "0.png").read_bytes())
    command(workspace, "data", "add", str(folder), "--copy")
    running = Server(workspace)
    yield running
    running.stop()


def make_classes(folder: Path, names: list[str]) -> Path:
    """Class folders with `A_CLASS` noisy pictures each."""
    noise = np.random.default_rng(7)
    for name in names:
        (folder / name).mkdir(parents=True)
        for number in range(A_CLASS):
            pixels = noise.integers(0, 256, (40, 50, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


def zip_of(folder: Path) -> Path:
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as out:
        for file in sorted(folder.rglob("*.*")):
            out.write(file, file.relative_to(folder))
    return archive


def open_shapes(server: Server, page: Page, more: str = "") -> None:
    page.goto(f"{server.url}/explore?data=shapes{more}")
    expect(page.locator(".tile").first).to_be_visible()
    drawn(page)


def expect_images(page: Page, number: int) -> None:
    expect(page.get_by_text(re.compile(rf"^{number} images?$"))).to_be_visible()
    expect(page.locator(".tile")).to_have_count(number)


def box_of_first(things: Locator) -> FloatRect:
    """Where the first lies, without scrolling to it."""
    box = things.first.bounding_box()
    assert box
    return box


def test_zip_with_two_bad_files_comes_in_without_them_and_says_why(
    fresh_server: Server, page: Page, tmp_path: Path
) -> None:
    folder = make_classes(tmp_path / "My pets", ["cat", "dog"])
    whole = tmp_path / "whole.jpg"
    Image.effect_mandelbrot((300, 200), (-2, -1, 1, 1), 40).convert("RGB").save(whole)
    (folder / "cat" / "half.jpg").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    (folder / "dog" / "text.jpg").write_text("this is no picture")

    page.goto(fresh_server.url)
    page.get_by_role("button", name="Add your images").click()
    page.get_by_label("File to upload").set_input_files(zip_of(folder))
    expect(page.get_by_role("tabpanel", name="Upload").get_by_label("Name of the data set")).to_have_value("My pets")
    page.get_by_role("button", name="Add My pets.zip").click()

    expect(page.get_by_text("My pets@1 is here: 12 images, 2 files left out.")).to_be_visible()
    expect_images(page, 12)
    open_tab(page, "Left out (2)")
    cells = page.get_by_test_id("stDataFrame").locator("[role=gridcell]")  # beneath the canvas, for screen readers
    for path, reason in (("cat/half.jpg", "damaged or cut off"), ("dog/text.jpg", "not a picture")):
        expect(cells.filter(has_text=re.compile(f"^{path}$"))).to_have_count(1)
        expect(cells.filter(has_text=re.compile(f"{path} .*{reason}"))).to_have_count(1)
    expect(page.locator("button[kind=elementToolbar][aria-label^='Download as CSV']")).to_be_hidden()
    assert not list((fresh_server.workspace / "uploads").glob("*.zip"))


def test_a_folder_on_this_machine_comes_in_and_a_path_to_nothing_is_refused(
    shelf: Server, page: Page, tmp_path: Path
) -> None:
    folder = make_classes(tmp_path / "birds", ["owl", "wren"])
    open_shapes(shelf, page)
    page.get_by_role("button", name="Add data").click()
    open_tab(page, "Folder on this machine")
    page.get_by_label("Path on this machine").fill(str(tmp_path / "nowhere"))
    page.get_by_role("button", name="Look inside").click()
    expect(page.get_by_text("There is nothing at")).to_be_visible()
    page.get_by_label("Path on this machine").fill(str(folder))
    page.get_by_role("button", name="Look inside").click()
    expect(page.get_by_role("dialog").get_by_text("2 classes, 12 images")).to_be_visible()
    page.get_by_role("button", name="Add this folder").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("link", name="Train", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Train")
    page.get_by_role("link", name="Explore", exact=True).click()  # what came meanwhile is in hand, and not what was
    page.wait_for_url(re.compile("data=birds"))
    expect_images(page, 12)


def test_an_import_that_fails_says_why_and_leaves_what_was_there(shelf: Server, page: Page, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    no_picture = tmp_path / "no-picture"
    (no_picture / "cat").mkdir(parents=True)
    (no_picture / "cat/1.png").write_text("no picture")
    open_shapes(shelf, page)
    page.get_by_role("button", name="Add data").click()
    open_tab(page, "Folder on this machine")
    page.get_by_label("Path on this machine").fill(str(tmp_path / "bare"))
    page.get_by_role("button", name="Look inside").click()
    expect(page.get_by_text("holds no pictures in class folders")).to_be_visible()
    expect(page.get_by_role("button", name="Add this folder")).to_have_count(0)
    page.get_by_label("Path on this machine").fill(str(no_picture))
    page.get_by_role("button", name="Look inside").click()
    page.get_by_role("button", name="Add this folder").click()
    expect(page.get_by_text("Not one picture of")).to_be_visible()
    expect(page.locator(".tile").first).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("Not one picture of")).to_have_count(0)


def test_a_known_set_can_be_cancelled_on_its_way_and_two_clicks_begin_one_import(shelf: Server, page: Page) -> None:
    open_shapes(shelf, page)
    page.get_by_role("button", name="Add data").click()
    open_tab(page, "Known sets")
    page.get_by_role("button", name="Add MNIST", exact=True).dblclick()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Adding MNIST was cancelled. Nothing was added.")).to_be_visible()
    begun = [job for job in queue.list_jobs(Workspace(shelf.workspace), "import") if job.payload["source"] == "mnist"]
    assert [job.status for job in begun] == [queue.STOPPED]
    assert not (shelf.workspace / "datasets" / "mnist").exists()


def test_filters_narrow_the_gallery_and_stay_in_the_address(shelf: Server, page: Page) -> None:
    open_shapes(shelf, page)
    expect_images(page, 19)
    page.get_by_label("Path").fill("DOG/")
    page.keyboard.press("Enter")
    expect_images(page, 6)
    page.wait_for_url(re.compile("path=DOG"))
    page.reload()
    expect_images(page, 6)
    page.get_by_label("Path").fill("no such thing")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Clear the filters").click()
    expect_images(page, 19)


def test_a_click_on_a_bar_shows_only_its_images(shelf: Server, page: Page) -> None:
    open_shapes(shelf, page)
    assert box_of_first(page.locator(".tile"))["y"] < 700  # pictures come before the bars, which are asked for
    page.get_by_text("19 images · 3 classes").click()
    bar = page.locator("[aria-roledescription=bar][aria-label*='Class: dog; Split: Train']")
    expect(bar).to_have_attribute("aria-label", re.compile(r"Images: \d+"))
    number = int(re.search(r"Images: (\d+)", bar.get_attribute("aria-label") or "")[1])  # type: ignore[index]
    press_mark(bar, page.get_by_text(re.compile(rf"^{number} images?$")))
    expect_images(page, number)
    expect(page.locator(".tile").first).to_have_attribute("aria-label", "dog · Train")
    for part in ("class=dog", "split=Train"):
        expect(page).to_have_url(re.compile(part))


@pytest.mark.parametrize("more", ["", "&finding=two_labels-error"])
def test_the_first_pictures_are_in_the_first_700_px_of_a_narrow_screen_and_the_filters_one_click_away(
    shelf: Server, page: Page, more: str
) -> None:
    page.set_viewport_size({"width": 400, "height": 700})
    open_shapes(shelf, page, more)
    picture = box_of_first(page.locator(".tile img"))
    assert picture["y"] + picture["height"] <= 700
    page.wait_for_function("document.documentElement.scrollWidth <= 400")
    path = page.get_by_label("Path")
    expect(path).to_be_hidden()
    press(page, page.get_by_role("button", name="Filters"), path)
    path.fill("no such thing")
    path.press("Enter")
    expect(page.get_by_role("button", name="Filters (1)")).to_be_visible()


def test_the_start_of_a_training_is_in_the_first_700_px_of_a_narrow_screen_below_what_is_wrong_with_the_data(
    shelf: Server, page: Page
) -> None:
    page.set_viewport_size({"width": 400, "height": 700})
    page.goto(f"{shelf.url}/train?data=shapes")
    expect(
        page.get_by_text(
            "1 group of copies or near copies stands under two labels (2 images): the figures may be wrong"
        )
    ).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d (s|min) here, "))).to_be_visible()
    drawn(page)
    button = box_of_first(page.get_by_role("button", name=re.compile("^Train on .* images")))
    assert button["y"] + button["height"] <= 700
    page.get_by_role("link", name="See the findings").click()
    expect(page.get_by_text("2 images in 1 group", exact=True)).to_be_visible()


def test_findings_are_chips_that_show_their_images(shelf: Server, page: Page) -> None:
    open_shapes(shelf, page)
    page.get_by_text("Two labels 1").click()
    expect(page.get_by_text("The same picture stands under the labels cat, dog. Keep the right one")).to_be_visible()
    expect(page.get_by_text("2 images in 1 group", exact=True)).to_be_visible()
    expect(page.locator(".together .tile")).to_have_count(2)
    page.locator(".tile").first.click()
    expect(page.get_by_role("dialog").locator(".tile .name")).to_have_text(["dog · Validation"])  # its twin
    expect(page.get_by_role("dialog").get_by_role("button", name="All are cat")).to_be_visible()


def test_what_is_chosen_there_and_on_augment_is_not_mixed_up_on_the_way_between_them(shelf: Server, page: Page) -> None:
    open_shapes(shelf, page, "&class=cat")
    for there in ("Augment", "Explore") * 2:
        page.get_by_test_id("stSidebarNavLink").filter(has_text=there).click()
        page.wait_for_url(re.compile(there.lower()))
        expect(page.get_by_role("combobox", name="Class")).to_be_visible()
        drawn(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
    expect_images(page, 7)  # as they were left


def test_a_tile_opens_a_large_view_that_goes_on_by_button_and_by_key(shelf: Server, page: Page) -> None:
    open_shapes(shelf, page, "&class=cat")
    expect_images(page, 7)
    page.locator(".tile").first.click()
    view = page.get_by_role("dialog")
    expect(view.get_by_text("1 of 7 images")).to_be_visible()
    expect(view.get_by_text("cat/0.png")).to_be_visible()
    expect(view.get_by_text("50 × 40 pixels, colour")).to_be_visible()
    expect(view.get_by_role("button", name="Previous")).to_be_disabled()
    picture = view.locator(".frame img")
    expect(picture).to_have_js_property("naturalWidth", 50)
    view.get_by_role("button", name="Next").click()
    expect(view.get_by_text("cat/1.png")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(view.get_by_text("3 of 7 images")).to_be_visible()
    page.keyboard.press("Escape")
    expect(view).to_have_count(0)

    page.goto(f"{shelf.url}/explore?data=shapes&image=18")  # as other pages lead here
    expect(view.get_by_text("19 of 19 images")).to_be_visible()
    expect(view.get_by_role("button", name="Leave out")).to_be_visible()


def test_a_class_with_markup_for_a_name_is_shown_as_text(shelf: Server, page: Page) -> None:
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    open_shapes(shelf, page)
    tile = page.locator(".tile", has_text="onerror").first
    expect(tile).to_have_attribute("aria-label", re.compile(re.escape(HOSTILE)))
    tile.click()
    expect(page.get_by_role("dialog").get_by_role("combobox", name="Class")).to_have_value(HOSTILE)
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Class").click()
    page.get_by_role("option", name=HOSTILE).click()
    expect_images(page, 6)
    page.keyboard.press("Escape")  # the list stays open for more, above what comes below
    page.get_by_text("Small classes").click()
    expect(page.get_by_text("Classes with fewer than 20 images").filter(has_text=HOSTILE)).to_be_visible()
    expect(page.locator("img[src='x']")).to_have_count(0)
    assert alerts == []


def test_sizes_are_drawn(shelf: Server, page: Page) -> None:
    open_shapes(shelf, page)
    open_tab(page, "Sizes")
    expect(page.get_by_text("All 19 images are 50 × 40 pixels")).to_be_visible()


def test_rename_and_delete_with_a_confirmation_that_says_the_space(shelf: Server, page: Page, tmp_path: Path) -> None:
    shelf.command("data", "add", str(make_classes(tmp_path / "scrap", ["a", "b"])), "--copy")
    page.goto(f"{shelf.url}/explore?data=scrap")
    open_tab(page, "Versions")
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("New name").fill("shapes")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(page.get_by_text("There is a data set 'shapes' already.")).to_be_visible()
    page.get_by_label("New name").fill("rubbish")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    page.wait_for_url(re.compile("data=rubbish"))
    expect(page.get_by_role("combobox", name="Data set")).to_have_value("rubbish")
    drawn(page)

    open_tab(page, "Versions")
    confirm = page.get_by_role("button", name=re.compile(r"Delete rubbish and free [\d.]+ kB"))
    press(page, page.get_by_role("button", name="Delete"), confirm)
    page.keyboard.press("Escape")
    expect(confirm).to_have_count(0)
    assert (shelf.workspace / "datasets" / "rubbish").exists()
    press(page, page.get_by_role("button", name="Delete"), confirm)
    confirm.click()
    expect(page.get_by_text(re.compile(r"rubbish is gone; [\d.]+ kB came free."))).to_be_visible()
    assert not (shelf.workspace / "datasets" / "rubbish").exists()
    expect(page.locator(".tile").first).to_be_visible()


def test_a_threshold_changes_what_is_found_and_stays_in_the_address(shelf, page):
    open_shapes(shelf, page)
    small = page.get_by_text("Small classes")
    expect(small).to_be_visible()

    press(page, page.get_by_role("button", name="Thresholds"), page.get_by_label("Small class: images below"))
    page.get_by_label("Small class: images below").fill("5")
    page.get_by_label("Small class: images below").press("Enter")
    expect(small).to_have_count(0)
    page.reload()
    expect(page.locator(".tile").first).to_be_visible()
    expect(small).to_have_count(0)

    changed = page.get_by_role("button", name="Thresholds (1 changed)")
    press(page, changed, page.get_by_role("button", name="Back to the defaults"))
    page.get_by_role("button", name="Back to the defaults").click()
    expect(small).to_be_visible()


def test_an_address_with_thresholds_that_cannot_be_is_answered_in_words(shelf: Server, page: Page) -> None:
    for text, said in (
        ("few_images:99999999999999999999", "it must be from 0 to 1,000,000,000"),
        ("odd_size:inf", "The threshold odd_size is inf"),
        ("dark:999", "The threshold dark is 999.0"),
        ("gloom:1", "There is no threshold 'gloom'"),
    ):
        open_shapes(shelf, page, f"&limits={text}")
        expect(page.get_by_text(said)).to_be_visible()
    open_shapes(shelf, page, "&limits=interval:0.001")
    expect(page.get_by_role("button", name="Thresholds (1 changed)")).to_be_visible()
