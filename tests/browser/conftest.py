"""A real server on a real workspace, and a real Chromium before it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.making import copy, made_once

PROJECT = Path(__file__).parents[2]
HOST_RULE = "--host-resolver-rules=MAP *.test 127.0.0.1"  # names of no machine (RFC 6761), for a host and for strangers
OTHER_NAME = "fovea.test"  # of every server, beside localhost
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", HOST_RULE]
PATIENCE_MS = 60_000
T = TypeVar("T")
ROWS = "tiles => tiles.map(tile => tile.dataset.id)"
STEADY_BOX = """async (mark) => {
  const look = () => { const {x, y, width, height} = mark.getBoundingClientRect(); return {x, y, width, height}; };
  let box = look();
  for (let still = 0; still < 10;) {
    await new Promise(requestAnimationFrame);
    const now = look();
    still = JSON.stringify(now) === JSON.stringify(box) ? still + 1 : 0;
    box = now;
  }
  return box;
}"""
expect.set_options(timeout=PATIENCE_MS)


class Server:
    """`streamlit run` on a workspace.

    Args:
        warm: Whether it keeps a process waiting for the next training, which takes ten seconds of a core.
        options: Of Streamlit's, on its command line.
        environment: Further variables of its environment.
        path: The path that it is served under.
    """

    def __init__(
        self,
        workspace: Path,
        warm: bool = False,
        options: Sequence[str] = (),
        environment: Mapping[str, str] = MappingProxyType({}),
        path: str = "",
    ) -> None:
        self.workspace = workspace
        self.warm = warm
        self.options = options
        self.environment = environment
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}{path}"
        self.start()

    def start(self) -> None:
        """Start the process and wait until it says that it is well."""
        run = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(self.port)]
        with (self.workspace / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*run, *self.options],
                cwd=PROJECT,
                env={
                    **os.environ,
                    "FOVEA_WORKSPACE": str(self.workspace),
                    "PYTHONPATH": str(PROJECT),
                    "FOVEA_WARM": str(int(self.warm)),
                    "FOVEA_HOSTS": OTHER_NAME,
                    **self.environment,
                },
                stdout=log,
                stderr=log,
            )
        for _ in range(600):
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer,
            ):
                if answer.status == 200:
                    return
            time.sleep(0.1)
        raise AssertionError((self.workspace / "server.log").read_text())

    def kill(self) -> None:
        """SIGKILL, as bad luck would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def command(self, *arguments: str) -> dict:
        """What `python -m core ARGUMENTS --json` answers on the same workspace."""
        return command(self.workspace, *arguments)


def command(workspace: Path, *arguments: str) -> dict:
    """What `python -m core ARGUMENTS --json` answers on `workspace`."""
    done = subprocess.run(
        [sys.executable, "-m", "core", "--workspace", str(workspace), *arguments, "--json"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def until(page: Page, read: Callable[[], T], holds: Callable[[T], bool]) -> T:
    """What `read` gives once that `holds`: what Playwright's own expectations cannot say of a page as it is drawn."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not holds(found := read()):
        assert time.monotonic() < deadline, f"still {found}"
        page.wait_for_timeout(50)
    return found


def expect_rows(page: Page, rows: set[str]) -> None:
    """Wait until the gallery shows the pictures of these index rows and no other."""
    until(page, lambda: page.locator(".tile").evaluate_all(ROWS), lambda shown: sorted(shown) == sorted(rows))


def box_of(mark: Locator) -> dict[str, float]:
    """Where a mark of a chart or a map lies on the page, once nothing moves it any more: what comes above pushes it down."""
    drawn(mark.page)
    mark.scroll_into_view_if_needed()
    return mark.evaluate(STEADY_BOX)


def press_mark(mark: Locator, opens: Locator) -> None:
    """Press the mouse in the middle of a mark of a chart, whatever is written on it, until `opens` is there.

    A click is lost on a chart that is just being drawn anew.
    """

    def clicked() -> None:
        box = box_of(mark)
        mark.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    clicked()
    try:
        expect(opens).to_be_visible(timeout=PATIENCE_MS / 4)
    except AssertionError:
        if mark.count():  # else the click was heard, and what it began takes its time
            clicked()
        expect(opens).to_be_visible()


def drawn(page: Page) -> None:
    """Wait until the server has nothing more to say to the page."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def press(page: Page, button: Locator, opens: Locator) -> None:
    """Click `button` until `opens` is there: a click on what is just being drawn anew is lost, as a person's would be."""
    drawn(page)
    button.click()
    try:
        expect(opens).to_be_visible(timeout=PATIENCE_MS / 4)
    except AssertionError:
        if button.count():  # else the click was heard, and what it began takes its time
            button.click()
        expect(opens).to_be_visible()


def open_tab(page: Page, name: str) -> None:
    """Click a tab until it is the open one: while the page is being drawn anew a tab is disabled, and a click is lost."""
    tab = page.get_by_role("tab", name=name, exact=True)

    def clicked() -> str | None:
        if tab.get_attribute("aria-selected") != "true":
            tab.click()
        return tab.get_attribute("aria-selected")

    until(page, clicked, "true".__eq__)


def _train(workspace: Path, digits: Path) -> None:
    copy(digits / "workspace", workspace / "workspace")
    command(workspace / "workspace", "train", "digits", "--preset", "fast", "--epochs", "20")


@pytest.fixture(scope="session")
def trained_workspace(tmp_path_factory: pytest.TempPathFactory, made_digits: Path) -> Path:
    """A workspace with the digits set and one run trained on it. Tests may add to it, not take from it."""
    made = made_once(tmp_path_factory, "made-workspace", lambda new: _train(new, made_digits))
    return copy(made / "workspace", tmp_path_factory.mktemp("trained") / "workspace")


@pytest.fixture(scope="session")
def server(trained_workspace: Path) -> Iterator[Server]:
    """One server on `trained_workspace` for all tests that only look."""
    running = Server(trained_workspace)
    yield running
    running.stop()


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, on an empty workspace."""
    running = Server(tmp_path)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium with a fake camera."""
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, *camera])
        yield opened
        opened.close()


def chromium() -> str | None:
    """Path of an installed Chromium that runs; None for Playwright's own. As install_chromium.sh looks."""
    installed = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    runs = (
        path
        for path in installed
        if subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0
    )
    return next(runs, None)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A wide, light page."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, permissions=["camera"])
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    yield opened
    context.close()
