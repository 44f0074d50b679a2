"""The web server dies in the middle of a training; the training does not."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from core.jobs.warm import PAUSE_SECONDS
from core.workspace import events
from core.workspace.events import FILE_NAME
from tests.browser.conftest import PATIENCE_MS, Server, copy
from tests.browser.test_train import begin

pytestmark = pytest.mark.browser


@pytest.fixture
def own(trained_workspace: Path, tmp_path: Path) -> Iterator[Server]:
    workspace = tmp_path / "copy"
    copy(trained_workspace, workspace)
    running = Server(workspace, warm=True)
    yield running
    running.stop()


def test_a_training_outlives_the_server_and_the_next_server_shows_it(own: Server, page: Page) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    run = begin(own, page, 900)
    epoch = page.get_by_text(re.compile(r"Epoch \d+ of 900"))
    expect(epoch).to_be_visible()

    own.kill()
    log = own.workspace / "runs" / run / FILE_NAME
    size = log.stat().st_size
    deadline = time.monotonic() + 30
    while log.stat().st_size < size + 1000:
        assert time.monotonic() < deadline, "the training said nothing more after the server was killed"
        time.sleep(0.2)

    own.start()
    page.goto(f"{own.url}/train?run={run}")
    expect(epoch).to_be_visible()
    assert own.command("runs", "show", run)["status"] == "running"
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Stopped. The best weights so far are kept and evaluated.").first).to_be_visible()


def test_a_training_begins_in_the_process_that_waited_for_it_which_is_gone_with_the_server(
    own: Server, page: Page
) -> None:
    waits = wait_for_warm(own)

    run = begin(own, page, 900)
    expect(page.get_by_text(re.compile(r"Epoch \d+ of 900"))).to_be_visible()

    began = events.last(own.workspace / "runs" / run, "started")
    assert began is not None
    assert (began["pid"], began["warm"]) == (waits, True)
    own.command("runs", "stop", run)
    wait_for_warm(own)
    own.kill()
    deadline = time.monotonic() + 30
    while left := jobs_processes(own):
        assert time.monotonic() < deadline, f"{left} outlive the server though nothing is left to do"
        time.sleep(0.2)


def wait_for_warm(server: Server) -> int:
    """The id of the process that has imported TensorFlow and rests."""
    deadline = time.monotonic() + PAUSE_SECONDS + 60
    while time.monotonic() < deadline:
        for process in jobs_processes(server):
            with contextlib.suppress(psutil.NoSuchProcess):
                before = process.cpu_times().user
                time.sleep(1)
                rests = process.cpu_times().user == before and process.memory_info().rss > 300e6
                if rests and "core.jobs.child" in process.cmdline():
                    return process.pid
        time.sleep(0.2)
    raise AssertionError("no process waits for the next training")


def jobs_processes(server: Server) -> list[psutil.Process]:
    """The supervisor of the server's workspace and its children."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            line = process.cmdline()
            if str(server.workspace) in line and any(part.startswith("core.jobs.") for part in line):
                found.append(process)
    return found
