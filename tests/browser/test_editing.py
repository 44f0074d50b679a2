"""Editing in Explore: selecting, the changes that wait, saving, undoing, mending a leak, two people at once, export."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.data import shelf
from core.data.add import add as add_data
from core.data.dataset import Dataset, find, read_index
from core.workspace import Workspace
from tests.browser.conftest import PATIENCE_MS, Server, drawn, open_tab
from tests.making import write_classes

pytestmark = pytest.mark.browser

LEAK = re.compile(r"(Misleading copies|In two splits) \d+$")


@pytest.fixture(scope="module")
def shelf_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on an empty workspace; each test adds a data set of its own."""
    running = Server(tmp_path_factory.mktemp("editing"))
    yield running
    running.stop()


@pytest.fixture
def pets(shelf_server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Dataset:
    """Six cats and eight dogs, under a name that no other test uses."""
    name = re.sub(r"\W", "-", request.node.name)[-40:].strip("-")
    folder = write_classes(tmp_path / "pets", {"cat": 6, "dog": 8}, first_seed=700)
    return add(shelf_server, folder, name)


def add(server: Server, source: Path, name: str) -> Dataset:
    return add_data(Workspace(server.workspace), str(source), name, keep=True)


def open_explore(page: Page, server: Server, dataset: Dataset, more: str = "") -> None:
    page.goto(f"{server.url}/explore?data={dataset.reference}{more}")
    expect(page.locator(".tile").first).to_be_visible()
    drawn(page)


def bar(page: Page) -> Locator:
    return page.locator(".st-key-explore_pending")


def labels(server: Server, reference: str) -> list[str]:
    workspace = Workspace(server.workspace)
    return read_index(workspace, find(workspace, reference))["label"].tolist()


def start_selecting(page: Page) -> None:
    page.get_by_text("Select", exact=True).click()
    expect(page.get_by_text("0 selected")).to_be_visible()
    expect(page.locator(".tiles.selecting")).to_be_visible()


def relabel_selected(page: Page, label: str, images: int) -> None:
    page.get_by_role("button", name="Relabel", exact=False).first.click()
    page.get_by_role("dialog").get_by_role("combobox", name="Class").fill(label)
    page.get_by_role("option", name=re.compile(label)).first.click()
    page.get_by_role("button", name=f"Relabel {images} images to {label}").click()
    expect(bar(page)).to_contain_text(f"{images} images to {label}")


def test_selected_images_are_relabelled_saved_as_the_next_version_and_undone(
    shelf_server: Server, page: Page, pets: Dataset
) -> None:
    open_explore(page, shelf_server, pets)
    start_selecting(page)
    tiles = page.locator(".tile")
    tiles.nth(0).click()
    tiles.nth(2).click(modifiers=["Shift"])
    tiles.nth(1).click()
    expect(page.get_by_text("2 selected")).to_be_visible()
    expect(tiles.nth(2)).to_have_attribute("aria-pressed", "true")
    expect(tiles.nth(1)).to_have_attribute("aria-pressed", "false")
    relabel_selected(page, "dog", 2)
    expect(tiles.nth(2).locator(".badge")).to_have_text("→ dog")
    page.wait_for_url(re.compile("draft="))
    page.reload()
    expect(bar(page)).to_contain_text("1 change, not saved: 2 images to dog")
    expect(tiles.nth(2).locator(".badge")).to_have_text("→ dog")
    stranger = page.context.browser.new_context().new_page()  # has not got the draft
    open_explore(stranger, shelf_server, pets)
    drawn(stranger)
    expect(bar(stranger)).to_have_count(0)
    stranger.context.close()

    page.get_by_role("link", name="Train", exact=True).click()  # what is not saved outlives a look elsewhere
    expect(page.get_by_role("heading", level=1)).to_have_text("Train")
    page.get_by_role("link", name="Explore", exact=True).click()
    bar(page).get_by_role("button", name="Save as version 2").click()
    page.wait_for_url(re.compile(rf"data={pets.name}(@|%40)2"))
    expect(page.get_by_text("Version 2 is saved. 2 images relabelled from cat to dog.")).to_be_visible()
    expect(bar(page)).to_have_count(0)
    assert labels(shelf_server, f"{pets.name}@2") == ["dog", "cat", "dog", "cat", "cat", "cat", *["dog"] * 8]

    open_tab(page, "Versions")
    page.get_by_role("button", name="Undo", exact=False).click()
    page.wait_for_url(re.compile(rf"data={pets.name}(@|%40)3"))
    expect(page.locator(".st-key-explore_v3")).to_contain_text("Back to version 1: 2 images relabelled from dog to cat")
    workspace = Workspace(shelf_server.workspace)
    undone = find(workspace, pets.name)
    assert read_index(workspace, undone).equals(read_index(workspace, pets))
    assert undone.fingerprint == pets.fingerprint


def test_tiles_are_selected_by_keyboard_and_a_page_and_all_that_match_by_button(
    shelf_server: Server, page: Page, tmp_path: Path
) -> None:
    many = add(shelf_server, write_classes(tmp_path / "many", {"cat": 130, "dog": 20}), "many")
    open_explore(page, shelf_server, many)
    start_selecting(page)
    page.locator(".tile").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_text("3 selected")).to_be_visible()
    page.keyboard.press("Control+a")
    expect(page.get_by_text("120 selected")).to_be_visible()
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator(".tile[aria-pressed=true]")).to_have_count(0)
    page.get_by_role("button", name="Select page").click()
    expect(page.locator(".tile[aria-pressed=true]")).to_have_count(120)
    page.get_by_role("button", name="Select all 150 that match").click()
    expect(page.get_by_text("150 selected")).to_be_visible()
    expect(page.get_by_role("navigation", name="Pagination")).to_have_text("chevron_left12chevron_right")
    page.get_by_role("button", name="Page 2").click()
    expect(page.locator(".tile")).to_have_count(30)
    page.locator(".tile").first.click()
    expect(page.get_by_text("149 selected")).to_be_visible()
    page.get_by_role("button", name="Leave out").click()
    expect(bar(page)).to_contain_text("149 images left out")
    bar(page).get_by_role("button", name="Discard").click()
    expect(bar(page)).to_have_count(0)


def test_a_leak_that_is_found_is_mended_in_the_next_version(shelf_server: Server, page: Page, tmp_path: Path) -> None:
    folder = write_classes(tmp_path / "leaky", {"cat": 8, "dog": 8}, first_seed=500)
    rows = [f"{path.relative_to(folder)},{path.parent.name},train" for path in sorted(folder.rglob("*.png"))]
    for number in range(2):
        (folder / f"dog/copy{number}.png").write_bytes((folder / f"dog/00{number}.png").read_bytes())
        rows.append(f"dog/copy{number}.png,dog,test")
    (folder / "list.csv").write_text("\n".join(["path,label,split", *rows]))
    leaky = add(shelf_server, folder / "list.csv", "leaky")

    open_explore(page, shelf_server, leaky)
    page.get_by_text(LEAK).click()
    expect(page.locator(".tile")).to_have_count(4)
    expect(page.locator(".together")).to_have_count(2)
    expect(page.locator(".together").first.locator(".tile .name")).to_have_text(["dog · Train", "dog · Test"])
    page.get_by_role("button", name="Keep them on one side").click()
    expect(page.get_by_text("2 images would leave it;")).to_be_visible()
    page.get_by_role("button", name="Move 2 images").click()
    expect(bar(page)).to_contain_text("2 images moved to training")
    bar(page).get_by_role("button", name="Undo last").click()
    expect(bar(page)).to_have_count(0)
    keep_one = page.get_by_role("button", name="Keep one of each, leave 2 out")
    expect(keep_one).to_have_count(1)  # while the bar goes, what stood below it is there twice for a moment
    keep_one.click()
    expect(bar(page)).to_contain_text("2 images left out")
    expect(page.locator(".tile .badge")).to_have_text(["left out", "left out"])
    bar(page).get_by_role("button", name="Save as version 2").click()

    expect(page.get_by_text("Version 2 is saved. 2 images left out.")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(16)
    expect(page.get_by_text(LEAK)).to_have_count(0)
    open_tab(page, "Left out (2)")
    expect(page.get_by_text("2 images left out by hand.")).to_be_visible()
    page.get_by_role("button", name="Put all 2 back").click()
    expect(bar(page)).to_contain_text("2 images put back")


def test_the_second_of_two_people_is_told_and_applies_theirs_on_top(
    shelf_server: Server, browser: Browser, page: Page, pets: Dataset
) -> None:
    other_context = browser.new_context(viewport={"width": 1280, "height": 900})
    other_context.set_default_timeout(PATIENCE_MS)
    other = other_context.new_page()
    for one in (page, other):
        open_explore(one, shelf_server, pets)
        start_selecting(one)
    page.locator(".tile").nth(0).click()
    page.locator(".tile").nth(1).click()
    expect(page.get_by_text("2 selected")).to_be_visible()
    relabel_selected(page, "dog", 2)
    for place in (1, 2, 3):
        other.locator(".tile").nth(place).click()
    expect(other.get_by_text("3 selected")).to_be_visible()
    other.get_by_role("button", name="Leave out").click()
    bar(other).get_by_role("button", name="Save as version 2").click()
    expect(other.get_by_text("Version 2 is saved. 3 images left out.")).to_be_visible()
    other_context.close()

    bar(page).get_by_role("button", name="Save as version 2").click()
    expect(bar(page)).to_contain_text("A version was saved while you edited version 1 (version 2: 3 images left out).")
    expect(bar(page)).to_contain_text("2 images to dog: 1 of these, cat/001.png is not in it any more.")
    assert find(Workspace(shelf_server.workspace), pets.name).version == 2
    bar(page).get_by_role("button", name="Apply the rest on top of version 2").click()
    expect(page.get_by_text("Version 3 is saved. 1 image relabelled from cat to dog.")).to_be_visible()

    assert labels(shelf_server, f"{pets.name}@3") == ["dog", "cat", "cat", *["dog"] * 8]
    parents = [one.parent for one in shelf.versions(Workspace(shelf_server.workspace), pets.name)]
    assert parents == [None, 1, 2]


def test_the_large_view_changes_one_image_and_classes_are_renamed_in_their_dialog(
    shelf_server: Server, page: Page, pets: Dataset
) -> None:
    open_explore(page, shelf_server, pets)
    tile = page.locator(".tile[aria-label='cat · Train']").first
    tile = page.locator(f".tile[data-id='{tile.get_attribute('data-id')}']")
    tile.click()
    view = page.get_by_role("dialog")
    view.get_by_role("radio", name="Validation").click()
    expect(view.get_by_text("Changed, not saved.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(bar(page)).to_contain_text("1 image moved to validation")
    page.get_by_role("button", name="Classes").click()
    page.get_by_label("New name").fill("moggy")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Rename this class").click()
    expect(bar(page)).to_contain_text("2 changes, not saved: 1 image moved to validation; class cat renamed moggy")
    expect(tile).to_have_attribute("aria-label", "moggy · Validation")

    merge = page.get_by_role("dialog").get_by_test_id("stMultiSelect")
    for _ in range(2):  # a choice that was given up is not there at the next opening
        drawn(page)
        page.get_by_role("button", name="Classes").click()
        open_tab(page, "Merge")
        expect(merge).to_have_count(1)  # the one of the opening before goes a moment later
        expect(merge.get_by_text("dog", exact=True)).to_have_count(0)
        page.get_by_role("combobox", name="Classes to merge").fill("dog")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(merge.get_by_text("dog", exact=True)).to_be_visible()
        drawn(page)
        page.keyboard.press("Escape")


def test_a_version_is_exported_and_fetched(shelf_server: Server, page: Page, pets: Dataset, tmp_path: Path) -> None:
    open_explore(page, shelf_server, pets)
    open_tab(page, "Versions")
    page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="Write the .zip").click()
    link = page.get_by_role("dialog").get_by_role("link", name=re.compile(r"Download .*-v1\.zip"))
    expect(link).to_be_visible()
    with page.expect_download() as fetched:
        link.click()
    fetched.value.save_as(tmp_path / "out.zip")

    assert fetched.value.suggested_filename == f"{pets.name}-v1.zip"
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == pets.images + 1  # manifest.csv lies beside the class folders
    answer = page.request.get(f"{shelf_server.url}/fovea/exports/export_data-000000000000")
    assert answer.status == 404
