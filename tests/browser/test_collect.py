"""Collecting with the webcam, and picture files of one class. Chromium's own fake camera shows a picture that moves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from core.data import collect
from core.data.dataset import Dataset, find, read_index
from core.workspace import Workspace
from pages.shared.addresses import PREFIX
from pages.shared.camera import camera_works
from tests.browser.conftest import OTHER_NAME, PATIENCE_MS, Server, drawn, open_tab, press
from tests.browser.test_server import ask
from tests.making import encoded, png, write_classes

pytestmark = pytest.mark.browser

RECORDED = re.compile(r"^([3-9]|\d\d) in this burst$")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a workspace with the set `pets`, whose pictures stay in their folder."""
    running = Server(tmp_path_factory.mktemp("collect"))
    folder = write_classes(tmp_path_factory.mktemp("source") / "pets", {"cat": 12, "dog": 12})
    running.command("data", "add", str(folder))
    yield running
    running.stop()


def saved(server: Server, reference: str) -> tuple[Dataset, pd.DataFrame]:
    workspace = Workspace(server.workspace)
    dataset = find(workspace, reference)
    return dataset, read_index(workspace, dataset)


def choose_class(page: Page, name: str, meant: str = "") -> None:
    box = page.get_by_role("combobox", name="Class to record")
    box.click()
    box.fill(name)
    page.keyboard.press("Enter")
    expect(record_button(page)).to_have_text(f"Hold to record {meant or name}")
    expect(record_button(page)).to_be_enabled()


def record_button(page: Page) -> Locator:
    return page.locator("button.record")


def hold(page: Page, key: str = "") -> None:
    """Hold the button until three frames or more were recorded."""
    button, counter = record_button(page), page.locator(".counter")
    if key:
        button.focus()
        page.keyboard.down(key)
        expect(counter).to_have_text(RECORDED)
        page.keyboard.up(key)
    else:
        button.hover()
        page.mouse.down()
        expect(counter).to_have_text(RECORDED)
        page.mouse.up()
    expect(button).to_have_text(re.compile("^Hold to record"))


def told(page: Page, label: str, bursts: str) -> int:
    """Waits until the page, drawn to its end, says that the class has so many bursts; gives back how many images."""
    line = page.get_by_text(re.compile(rf"^{label} · \d+ images? in {bursts}$"))
    expect(line).to_be_visible()
    drawn(page)
    return int(re.search(r"· (\d+) image", line.inner_text())[1])  # type: ignore[index]


def test_bursts_are_recorded_sorted_out_kept_through_a_refresh_and_saved_with_each_burst_on_one_side(
    page: Page, fresh_server: Server
) -> None:
    page.goto(f"{fresh_server.url}/explore")
    page.get_by_role("button", name="Add data").click()
    open_tab(page, "Webcam")
    page.get_by_role("button", name="Record with the webcam").click()
    expect(page.get_by_text("Name a class first.")).to_be_visible()
    expect(record_button(page)).to_be_disabled()

    choose_class(page, "cup")
    hold(page)
    told(page, "cup", "1 burst")
    expect(page.get_by_text(re.compile("One burst only: cup. All its frames train"))).to_be_visible()
    hold(page, key=" ")
    expect(page.get_by_text(re.compile("Two bursts: cup. One trains, one validates."))).to_be_visible()
    hold(page)
    recorded = told(page, "cup", "3 bursts")
    expect(page.get_by_text(re.compile("bursts?( only)?: cup"))).to_have_count(0)
    expect(page.locator(".tile")).to_have_count(recorded)

    bad = page.get_by_role("button", name="cup, burst 1, frame 2: leave out")
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text(f"cup · {recorded - 1} images in 3 bursts")).to_be_visible()
    drawn(page)  # until then the button is the one of the change before, and does nothing any more
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: Frame 2 of burst 1 of cup was left out.")).to_be_visible()
    expect(bad).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Redo").click()
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text(f"cup · {recorded - 1} images in 3 bursts")).to_be_visible()

    page.reload()
    expect(page.get_by_text(f"cup · {recorded - 1} images in 3 bursts")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(recorded)
    expect(page.get_by_role("button", name="cup, burst 1, frame 2: leave out")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.locator(".tile img").first).not_to_have_js_property("naturalWidth", 0)

    choose_class(page, "pto")  # a slip: the burst gets another class, and one more is thrown away
    hold(page)
    pots = told(page, "pto", "1 burst")
    change = page.get_by_role("button", name="Change a burst")
    throw = page.get_by_role("button", name="Throw this burst away")
    press(page, change, throw)
    strip = page.get_by_label("Frames of this burst").locator("img")
    expect(strip).to_have_count(min(pots, 4))
    expect(strip.last).not_to_have_js_property("naturalWidth", 0)
    page.get_by_role("combobox", name="Its class").fill("pot")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Move it to pot").click()
    assert told(page, "pot", "1 burst") == pots
    expect(page.locator(".head").first).to_have_text(f"pot · burst 1 · {pots} frames")
    expect(throw).to_have_count(0)  # what is open shows another burst now, so it closed
    expect(record_button(page)).to_have_text("Hold to record pot")  # and not the name that is gone
    record_button(page).click()
    told(page, "pot", "2 bursts")
    expect(page.locator(".head").first).to_have_text(re.compile("pot · burst 2 · . frames?: hold the button down"))
    expect(page.get_by_text("Bursts of fewer than 3 frames: pot. They do not count.")).to_be_visible()
    press(page, change, throw)
    throw.click()
    told(page, "pot", "1 burst")
    expect(page.locator(".tile")).to_have_count(recorded + pots)
    expect(throw).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    told(page, "pot", "2 bursts")
    expect(page.locator(".head").first).to_have_text(re.compile("pot · burst 2 · . frames?: hold the button down"))
    expect(page.get_by_text("Undone: Burst 2 of pot was thrown away.")).to_be_visible()
    press(page, change, throw)
    throw.click()
    assert told(page, "pot", "1 burst") == pots
    expect(page.locator(".tile")).to_have_count(recorded + pots)
    for label in ("cup", "jug"):  # another one than was recorded last, and one that was never recorded
        choose_class(page, label)
        page.wait_for_url(re.compile(f"recording={label}"))
        page.reload()
        expect(record_button(page)).to_have_text(f"Hold to record {label}")
    page.get_by_label("Name of the data set").fill("crockery")
    page.get_by_role("button", name=f"Save {recorded - 1 + pots} images as a data set").click()

    expect(page.get_by_text(f"crockery@1 is here: {recorded - 1 + pots} images.")).to_be_visible()
    page.wait_for_url(re.compile("data=crockery"))
    expect(page).not_to_have_url(re.compile("collect=|recording="))
    dataset, index = saved(fresh_server, "crockery")
    assert dataset.per_class == {"cup": recorded - 1, "pot": pots}
    assert index["group"].nunique() == 4
    assert (index.groupby("group")["split"].nunique() == 1).all()
    assert index.groupby("group")["label"].nunique().eq(1).all()
    assert index.drop_duplicates("group")["label"].value_counts().to_dict() == {"cup": 3, "pot": 1}
    assert (index[["width", "height"]].max(axis=1) == 640).all()
    assert set(index["mode"]) == {"RGB"}
    assert not any(path.is_dir() for path in (fresh_server.workspace / "uploads").iterdir())


def test_what_is_recorded_can_be_added_to_a_data_set_and_is_found_again_on_the_way(page: Page, shelf: Server) -> None:
    page.goto(f"{shelf.url}/explore?data=pets")
    page.get_by_role("button", name="Record", exact=True).click()
    choose_class(page, "hamster")
    hold(page, key="Enter")
    recorded = told(page, "hamster", "1 burst")
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_text(f"{recorded} images from the webcam are not saved yet.")).to_be_visible()
    press(page, page.get_by_role("button", name="Go on"), page.get_by_role("combobox", name="Class to record"))
    expect(page.get_by_role("button", name=f"Add {recorded} images to pets")).to_be_visible()
    page.get_by_text("A new data set").click()
    expect(page.get_by_role("button", name=f"Save {recorded} images as a data set")).to_be_visible()
    expect(page).not_to_have_url(re.compile("into="))
    page.reload()  # must not fall back to adding to what is in hand
    expect(page.get_by_role("button", name=f"Save {recorded} images as a data set")).to_be_visible()
    page.get_by_text("Add to pets").click()
    expect(page.get_by_role("button", name=f"Add {recorded} images to pets")).to_be_visible()
    choose_class(page, " CAT", "cat")
    hold(page)
    cats = told(page, "cat", "1 burst")
    expect(page.get_by_text("One burst only: hamster.")).to_be_visible()  # of cats there are images in all splits

    page.get_by_role("button", name=f"Add {recorded + cats} images to pets").click()

    expect(
        page.get_by_text(f"pets@2 is here: {24 + recorded + cats} images, {recorded + cats} of them new.")
    ).to_be_visible()
    dataset, index = saved(shelf, "pets")
    assert dataset.per_class == {"cat": 12 + cats, "dog": 12, "hamster": recorded}
    assert dataset.change == "Added from the webcam: cat, hamster"
    assert index["split"][:24].tolist() == saved(shelf, "pets@1")[1]["split"].tolist()
    assert (index[24:].groupby("group")["split"].nunique() == 1).all()
    assert set(index.loc[index["label"] == "hamster", "split"]) == {"train"}


def name_class(page: Page, box: Locator, name: str, offered: Locator) -> Locator:
    """Type a class into a box until what that offers is there: what is typed as the box is drawn anew is lost."""
    for patience in (PATIENCE_MS / 4, PATIENCE_MS):
        drawn(page)
        box.fill(name)
        page.keyboard.press("Enter")
        try:
            expect(offered).to_be_visible(timeout=patience)
            break
        except AssertionError:
            if patience == PATIENCE_MS:
                raise
    return offered


def test_bursts_of_a_misspelt_class_are_moved_one_after_the_other_though_each_move_counts_the_others_anew(
    page: Page, shelf: Server
) -> None:
    token = collect.begin(Workspace(shelf.workspace))
    folder = shelf.workspace / "uploads" / token
    for frame in (f"{burst}-{number}" for burst in "abc" for number in range(3)):
        (folder / frame).write_bytes(png(ord(frame[0])))
        collect.note(folder, collect.Frame(frame, "musik"))
    page.goto(f"{shelf.url}/explore?data=pets&collect={token}")
    burst, its_class = (page.get_by_role("combobox", name=name) for name in ("Burst", "Its class"))
    first = "musik · burst 1 · 3 frames"
    for left in "abc":
        press(page, page.get_by_role("button", name="Change a burst"), its_class)
        burst.click()
        page.get_by_role("option", name=first).click()
        shown = page.get_by_label("Frames of this burst").locator("img").first
        expect(shown).to_have_attribute("src", re.compile(f"/{left}-0$"))
        expect(its_class).to_have_value("musik")
        name_class(page, its_class, "music", page.get_by_role("button", name="Move it to music")).click()
        told(page, "music", "1 burst" if left == "a" else f"{'abc'.index(left) + 1} bursts")
    assert {frame.label for frame in collect.frames(folder)} == {"music"}

    press(page, page.get_by_role("button", name="Change a burst"), its_class)
    name_class(page, its_class, "songs", page.get_by_role("button", name="Move all 3 bursts of music to songs")).click()
    told(page, "songs", "3 bursts")
    assert {frame.label for frame in collect.frames(folder)} == {"songs"}


def test_the_browser_that_recorded_finds_it_again_after_it_was_closed_and_no_other_does(
    page: Page, shelf: Server
) -> None:
    page.goto(f"{shelf.url}/explore?data=pets")
    page.get_by_role("button", name="Record", exact=True).click()
    choose_class(page, "fern")
    hold(page)
    told(page, "fern", "1 burst")
    again, other = page.context.new_page(), page.context.browser.new_context().new_page()
    page.close()
    for name, waits in (("explore?data=pets", 1), ("", 1)):
        for visit, found in ((again, waits), (other, 0)):
            visit.goto(f"{shelf.url}/{name}")
            expect(visit.get_by_role("heading", level=1).first).to_be_visible()
            drawn(visit)
            expect(visit.get_by_text("not saved yet")).to_have_count(found)
    other.context.close()
    again.get_by_role("button", name="Go on with them").click()
    told(again, "fern", "1 burst")


def test_nobody_sees_or_changes_frames_without_the_token(page: Page, shelf: Server) -> None:
    page.goto(f"{shelf.url}/explore?data=pets")
    page.get_by_role("button", name="Record", exact=True).click()
    choose_class(page, "secret")
    hold(page)
    recorded = told(page, "secret", "1 burst")
    token = parse_qs(urlsplit(page.url).query)["collect"][0]
    frame = page.locator(".tile").first.get_attribute("data-id")
    ours = f"{PREFIX}/frames/{token}/{frame}"

    other = page.context.browser.new_context().new_page()
    other.goto(f"{shelf.url}/explore?data=pets&collect={'x' * len(token)}")
    expect(other.get_by_role("heading", name="Explore")).to_be_visible()
    expect(other.get_by_role("button", name="Add data")).to_be_visible()
    expect(other.get_by_text("secret")).to_have_count(0)
    drawn(other)
    assert token not in other.content()
    other.context.close()
    assert ask(shelf, "GET", ours) == 200
    for path in (
        f"{PREFIX}/frames/{'x' * 32}/{frame}",
        f"{PREFIX}/frames/..%2fuploads/{frame}",
        ours + "%2f..%2fevents",
    ):
        for method in ("GET", "PUT", "POST"):
            assert ask(shelf, method, path, Origin=shelf.url) in (400, 403, 404, 405, 410), (method, path)
    assert ask(shelf, "GET", f"{PREFIX}/frames/{token}/events.jsonl") == 404
    for method in ("PUT", "POST"):
        assert ask(shelf, method, f"{ours}?label=secret&dropped=true", Origin="http://evil.example") == 403
        assert ask(shelf, method, f"{ours}?label=secret&dropped=true") == 403
    page.reload()
    assert told(page, "secret", "1 burst") == recorded

    over = {"status": 410, "body": "This recording is over."}  # as after another tab threw it away
    page.route("**/frames/*/*?label=*", lambda route: route.fulfill(**over))
    expect(record_button(page)).to_be_enabled()
    record_button(page).hover()
    with page.expect_response(lambda answer: answer.status == 410):
        page.mouse.down()
    page.mouse.up()
    expect(page.locator(".tile")).to_have_count(recorded)
    expect(page.locator(".collect .error")).to_have_text("")

    page.get_by_text("Throw all away").click()
    page.get_by_role("button", name=f"Throw {recorded} images away").click()
    expect(page.get_by_role("button", name="Add data")).to_be_visible()
    assert ask(shelf, "GET", ours) == 404
    assert ask(shelf, "PUT", f"{ours}?label=secret", Origin=shelf.url) == 410
    assert not (shelf.workspace / "uploads" / token).exists()


def test_a_frame_that_is_too_large_or_of_no_class_name_is_refused(shelf: Server, monkeypatch) -> None:
    token = "t" * 32
    folder = shelf.workspace / "uploads" / token
    folder.mkdir()
    address = f"{PREFIX}/frames/{token}/b-0"
    claims = {"Origin": shelf.url, "Content-Length": str(65 << 20)}
    assert ask(shelf, "PUT", address, **claims) == 413
    assert ask(shelf, "PUT", f"{address}?label=%0A", Origin=shelf.url) == 413
    assert list(folder.iterdir()) == []
    assert ask(shelf, "PUT", f"{address}?label=cup", Origin=shelf.url) == 200
    assert (folder / "b-0").read_bytes() == b"x"
    assert ask(shelf, "GET", address) == 404, "what is no picture is shown to nobody"


def test_several_picture_files_become_a_class_of_a_data_set(page: Page, shelf: Server, tmp_path: Path) -> None:
    before, _ = saved(shelf, "pets")
    files = sorted(write_classes(tmp_path, {"owl": 10}, first_seed=900).rglob("*.png"))
    (tmp_path / "owl" / "bad.jpg").write_text("no picture")
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "lime", "blue")]
    files[0].write_bytes(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    page.goto(f"{shelf.url}/explore?data=pets")
    page.get_by_role("button", name="Add data").click()
    open_tab(page, "Upload")
    page.get_by_text("Pictures of one class").click()
    page.get_by_label("Pictures to upload").set_input_files([*files, tmp_path / "owl" / "bad.jpg"])
    box = page.get_by_role("combobox", name="Class of the pictures")
    box.click()
    box.fill("owl")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add 11 images to pets").click()

    expect(
        page.get_by_text(re.compile(rf"{before.images + 10} images, 10 of them new, 1 file left out"))
    ).to_be_visible()
    dataset, index = saved(shelf, "pets")
    assert (dataset.version, dataset.per_class["owl"]) == (before.version + 1, 10)
    owls = index[index["label"] == "owl"]
    assert set(owls["path"]) == {f"owl/{file.name}" for file in files}
    assert set(owls["split"]) == {"train", "val", "test"}

    page.goto(f"{shelf.url}/explore?data=pets&path=owl/000")
    page.locator(".tile").click()
    expect(page.get_by_role("dialog").get_by_text("The first of 3 frames. Only that one is used.")).to_be_visible()


def test_where_browsers_give_no_camera_the_page_says_so(page: Page, shelf: Server) -> None:
    page.goto(f"http://{OTHER_NAME}:{shelf.port}/explore?data=pets")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text("A browser gives its camera only to pages that come by HTTPS")).to_be_visible()
    expect(record_button(page)).to_be_hidden()


@pytest.mark.parametrize(
    ("scheme", "host", "works"),
    [
        ("http", "localhost", True),
        ("http", "127.0.0.1", True),
        ("http", "::1", True),
        ("http", "fovea.localhost", True),
        ("https", "fovea.example", True),
        ("http", "fovea.example", False),
        ("http", "192.168.1.5", False),
        ("http", "localhost.example", False),
    ],
)
def test_where_browsers_give_a_camera(scheme: str, host: str, works: bool) -> None:
    assert camera_works(scheme, host) == works
