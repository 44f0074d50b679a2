"""Train: one training tried with several settings, from the form to the winner's settings in the form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_MS, Server, copy, drawn

pytestmark = pytest.mark.browser
SWEEP_MS = 10 * 60_000


@pytest.fixture
def own(trained_workspace: Path, tmp_path: Path) -> Iterator[Server]:
    """A server on a copy of the trained workspace."""
    workspace = tmp_path / "workspace"
    copy(trained_workspace, workspace)
    running = Server(workspace)
    yield running
    running.stop()


def fill(page: Page, label: str, value: str, last: bool = False) -> None:
    boxes = page.get_by_label(label, exact=True).and_(page.locator("input"))  # a chosen field's tag has its name too
    box = boxes.last if last else boxes.first
    box.fill(value)
    box.press("Tab")
    drawn(page)


def vary(page: Page, *fields: str) -> None:
    """Choose what to vary; once more where the click was lost on what was just being drawn anew."""

    def choose(field: str) -> None:
        drawn(page)
        page.get_by_role("combobox", name="What to vary").click()
        page.keyboard.type(field)
        page.get_by_role("option", name=field, exact=True).click()

    for field in fields:
        values = page.get_by_label(field, exact=True).and_(page.locator("input[type=text]"))
        choose(field)
        try:
            expect(values).to_be_visible(timeout=PATIENCE_MS / 4)
        except AssertionError:
            choose(field)
            expect(values).to_be_visible()
    page.keyboard.press("Escape")


def open_form(server: Server, page: Page, preset: str) -> None:
    page.goto(f"{server.url}/train?data=digits&preset={preset}")
    drawn(page)
    page.get_by_text("Try several settings").click()


@pytest.mark.slow
def test_twelve_settings_are_tried_at_a_click_and_the_winner_fills_the_form(own: Server, page: Page) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    before = len(own.command("runs", "list")["runs"])
    open_form(own, page, "quick")
    vary(page, "Images per class")
    fill(page, "Strength", "1, 10, 100, 1000", last=True)
    fill(page, "Images per class", "10, 20, 40", last=True)
    page.get_by_role("button", name="Train 12 runs").dblclick()
    page.wait_for_url(re.compile(r"[?&]sweep="))
    expect(page.get_by_text(re.compile(r"of 12 runs have ended")).first).to_be_visible()
    assert len(own.command("runs", "list")["runs"]) == before + 12

    page.reload()
    expect(page.get_by_text(re.compile(r"^Best: ")).first).to_be_visible(timeout=SWEEP_MS)
    (sweep,) = own.command("sweeps", "list")["sweeps"]
    assert {one["status"] for one in sweep["runs"]} == {"done"}
    best = next(one for one in sweep["runs"] if one["run"] == sweep["best"])
    assert best["val_accuracy"] == max(one["val_accuracy"] for one in sweep["runs"])
    strength, images = best["values"]["head_strength"], best["values"]["images_per_class"]
    expect(page.get_by_text(f"head strength {strength:g}, images per class {images}").first).to_be_visible()
    expect(page.get_by_text("Validation accuracy by setting")).to_be_visible()

    page.get_by_role("button", name="Use the winner's settings").click()
    expect(page.get_by_text("Settings as in").first).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Strength", exact=True)).to_have_value(f"{strength:g}")
    page.get_by_text("All settings").click()
    expect(page.get_by_role("spinbutton", name="Images per class", exact=True)).to_have_value(str(images))
    assert len(own.command("runs", "list")["runs"]) == before + 12


def test_a_sweep_says_what_it_would_refuse_and_its_rest_is_stopped_at_a_click(own: Server, page: Page) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    open_form(own, page, "fast")
    fill(page, "Learning rate", "0.001..0.1", last=True)
    expect(page.get_by_text("a random search draws from it").first).to_be_visible()
    fill(page, "Learning rate", "0.001, -1", last=True)
    expect(page.get_by_text("With learning rate -1: learning_rate is -1").first).to_be_visible()
    assert own.command("sweeps", "list") == {"sweeps": []}
    page.get_by_text("Random", exact=True).click()
    expect(page.get_by_role("button", name="Train 12 runs")).to_be_visible()
    fill(page, "Runs", "3")
    fill(page, "Name of the sweep", "tried <b>once</b>")
    page.get_by_role("button", name="Train 3 runs").click()
    page.get_by_role("button", name="Stop the rest").click()
    expect(page.get_by_role("button", name="Stop the rest")).to_have_count(0)
    expect(page.get_by_role("heading", name="tried <b>once</b>")).to_be_visible()
    (sweep,) = own.command("sweeps", "list")["sweeps"]
    assert [one["status"] for one in sweep["runs"]].count("stopped") >= 2
    assert all(0.001 <= one["values"]["learning_rate"] <= 0.1 for one in sweep["runs"])

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name=re.compile("Delete [123] runs?")).click()
    expect(page.get_by_role("heading", name="tried <b>once</b>")).to_have_count(0)
    assert own.command("sweeps", "list") == {"sweeps": []}
