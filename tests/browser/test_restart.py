"""The web server dies in the middle of a training; the training does not."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.workspace.events import FILE_NAME
from tests.browser.conftest import PATIENCE_MS, Server
from tests.browser.test_train import begin

pytestmark = pytest.mark.browser


@pytest.fixture
def own(trained_workspace: Path, tmp_path: Path) -> Iterator[Server]:
    workspace = tmp_path / "copy"
    shutil.copytree(trained_workspace, workspace)
    running = Server(workspace)
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
