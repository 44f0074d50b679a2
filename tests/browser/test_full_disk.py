"""FAULTS 27, as a person meets it: a full disk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.data.add import add
from core.workspace import Workspace
from tests.browser.conftest import Server, copy, drawn, open_tab, press
from tests.making import fill, write_classes

pytestmark = pytest.mark.browser

PAGES = ("", "explore?data=pets", "augment?data=pets", "train?data=pets", "evaluate", "classify")


@pytest.fixture
def on_small_disk(small_disk: Callable[..., None], trained_workspace: Path, tmp_path: Path) -> Iterator[Server]:
    """A server that was started before its disk had filled up."""
    small_disk(tmp_path / "disk", "size=200m")
    workspace = copy(trained_workspace, tmp_path / "disk" / "workspace")
    pets = write_classes(tmp_path / "pets", {"cat": 12, "dog": 12}, height=1000, width=1000)
    add(Workspace.open(workspace), str(pets), keep=True)
    running = Server(workspace)
    fill(tmp_path / "disk")
    yield running
    running.stop()


def test_every_page_opens_and_says_so_and_deleting_makes_room(page: Page, on_small_disk: Server):
    full = page.get_by_text("The disk of the workspace is full: 0 bytes are free.")
    for at in PAGES:
        page.goto(f"{on_small_disk.url}/{at}")
        page.get_by_role("heading", level=1).first.wait_for()
        expect(full).to_be_visible()
        drawn(page)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_text("Something in Fovea went wrong")).to_have_count(0)
    assert "Traceback" not in (on_small_disk.workspace / "server.log").read_text()
    page.goto(f"{on_small_disk.url}/train?data=pets")
    page.get_by_role("button", name=re.compile("^Train")).first.click()
    expect(page.get_by_text(re.compile("The disk is full .*Make room"))).to_be_visible()

    page.goto(f"{on_small_disk.url}/explore?data=pets")
    open_tab(page, "Versions")
    confirm = page.get_by_role("button", name=re.compile(r"Delete pets and free [\d.]+ MB"))
    press(page, page.get_by_role("button", name="Delete"), confirm)
    confirm.click()
    expect(full).to_have_count(0)
    assert not (on_small_disk.workspace / "datasets" / "pets").exists()
