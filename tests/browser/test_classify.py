"""Classify in a browser: upload one or many, a picture with the webcam, nothing trained yet."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright
from sklearn.datasets import load_digits

from tests.browser.conftest import FLAGS, PATIENCE_MS, Server, chromium, until

pytestmark = pytest.mark.browser

DIGITS = load_digits()
FILES = "input[type=file]"
LABELS = "tiles => tiles.map(tile => tile.getAttribute('aria-label'))"


def digit(row: int) -> np.ndarray:
    """(8, 8) uint8."""
    return np.round(DIGITS.images[row] / 16 * 255).astype(np.uint8)


def write_digits(folder: Path, rows: range) -> list[Path]:
    paths = [folder / f"digit {row}.png" for row in rows]
    for row, path in zip(rows, paths, strict=True):
        Image.fromarray(digit(row)).save(path)
    return paths


def run_of(server: Server) -> str:
    return min(path.name for path in (server.workspace / "runs").iterdir())


def predict(server: Server, *paths: Path) -> list[dict]:
    """What the command line says."""
    return server.command("predict", run_of(server), *map(str, paths))["predictions"]


def write_video(path: Path, picture: np.ndarray, width: int = 1280, height: int = 720) -> None:
    """A grey picture, scaled up, as three frames of YUV4MPEG2."""
    frame = np.zeros((height, width), np.uint8)
    left = (width - height) // 2
    frame[:, left : left + height] = np.asarray(Image.fromarray(picture).resize((height, height), Image.NEAREST))
    colour = np.full(width * height // 2, 128, np.uint8)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode())
        for _ in range(3):
            file.write(b"FRAME\n" + frame.tobytes() + colour.tobytes())


def test_one_upload_gets_the_label_of_the_command_line(page: Page, server: Server, tmp_path: Path):
    (path,) = write_digits(tmp_path, range(7, 8))
    (said,) = predict(server, path)
    page.goto(f"{server.url}/classify?run={run_of(server)}")
    page.set_input_files(FILES, path)
    expect(page.get_by_role("heading", name=said["label"], exact=True)).to_be_visible()
    expect(page.get_by_text(f"with {said['probability'] * 100:.1f} %")).to_be_visible()
    expect(
        page.get_by_text(
            re.compile(r"What the model saw: the centre square .* \d+ × \d+ pixels, grey. Read and answered in")
        )
    ).to_be_visible()
    expect(page.get_by_role("img", name="What the model saw")).to_be_visible()


def test_of_many_the_bad_one_is_named_and_the_rest_is_answered(page: Page, server: Server, tmp_path: Path):
    paths = write_digits(tmp_path, range(12))
    bad = tmp_path / "=cmd() **b**.jpg"
    bad.write_text("this is no picture")
    said = {Path(one["path"]).name: one for one in predict(server, *paths)}
    page.goto(f"{server.url}/classify?run={run_of(server)}")
    page.set_input_files(FILES, [*paths, bad])
    expect(page.get_by_text("1 file could not be read; the rest is answered")).to_be_visible()
    expect(page.get_by_text(f"{bad.name} is not a picture")).to_be_visible()
    captions = page.locator(".tile")
    expect(captions).to_have_count(len(paths))
    expected = sorted(said.values(), key=lambda one: one["probability"])  # the doubtful first
    percentages = [f"{one['probability'] * 100:.1f}\u00a0%" for one in expected]
    shown = until(
        page,
        lambda: [caption.split(" · ") for caption in captions.evaluate_all(LABELS)],
        lambda parts: [part[1] for part in parts] == percentages,
    )
    assert sorted(part[0] for part in shown) == sorted(one["label"] for one in expected)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    table = pd.read_csv(io.BytesIO(download.value.path().read_bytes()), dtype=str, keep_default_na=False)
    assert set(table["path"]) == {*said, f"'{bad.name}"}
    assert all(said[row.path]["label"] == row.label for row in table.itertuples() if row.label)
    captions.first.click()
    expect(page.get_by_role("dialog").get_by_text("What the model saw")).to_be_visible()
    page.keyboard.press("Escape")
    (one_more,) = write_digits(tmp_path, range(12, 13))
    page.set_input_files(FILES, one_more)
    expect(captions).to_have_count(len(paths) + 1)
    expect(page.get_by_text("Pictures that you add now come beside these 14.")).to_be_visible()
    page.get_by_role("button", name="Begin anew").click()
    expect(captions).to_have_count(0)
    page.set_input_files(FILES, one_more)
    expect(page.get_by_text("What the model saw")).to_be_visible()
    expect(page.get_by_text("Pictures that you add now come beside this one.")).to_be_visible()


def test_two_visitors_get_their_own_answers(page: Page, server: Server, tmp_path: Path):
    three, eight = write_digits(tmp_path, range(3, 4)) + write_digits(tmp_path, range(8, 9))
    other = page.context.browser.new_context().new_page()
    for visitor, path in ((page, three), (other, eight)):
        visitor.goto(f"{server.url}/classify?run={run_of(server)}")
        visitor.set_input_files(FILES, path)
    for visitor, said in ((page, predict(server, three)[0]), (other, predict(server, eight)[0])):
        expect(visitor.get_by_role("heading", name=said["label"], exact=True)).to_be_visible(timeout=PATIENCE_MS)
    other.context.close()


def test_the_webcam_takes_a_picture_and_gets_an_answer(server: Server, tmp_path: Path):
    # No `page` fixture: this Chromium's camera sees a file of our own. Playwright allows one driver
    # a thread, so it is started in a process-wide new thread.
    from concurrent.futures import ThreadPoolExecutor

    video = tmp_path / "digit.y4m"
    write_video(video, digit(0))
    with ThreadPoolExecutor(1) as thread:
        said = thread.submit(_take_picture, f"{server.url}/classify?run={run_of(server)}&by=camera", video).result()
    assert said == "0"


def _take_picture(address: str, video: Path) -> str:
    camera = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, *camera])
        context = browser.new_context(permissions=["camera"])
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(address)
        take = page.get_by_role("button", name="Take Photo")
        take.wait_for()
        page.wait_for_function("document.querySelector('video')?.videoWidth > 0")  # before that there is no picture
        take.click()
        page.get_by_text("What the model saw").wait_for()
        heading = page.get_by_role("heading", level=1).nth(1)
        expect(heading).to_have_text(re.compile(r"^\d$"))
        answer = heading.inner_text()
        browser.close()
    return answer


def test_nothing_trained_yet_leads_home(page: Page, fresh_server: Server):
    page.goto(f"{fresh_server.url}/classify")
    page.get_by_role("main").get_by_role("link", name="Train on handwritten digits").click()
    expect(page).to_have_url(re.compile(rf"{fresh_server.url}/(home)?$"))
