"""Slices in a browser: a planted weak band is shown and leads to its images, and so does a dot of any column."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROWS, Server, copy, drawn, press_mark, until

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"


@dataclass
class Planted:
    """A server whose data set `planted` has wrong labels in one band of brightness.

    Args:
        rows: Rows of the index with a wrong label.
        camera: The camera of each row.
    """

    server: Server
    address: str
    rows: set[str]
    camera: list[str]
    index: pd.DataFrame


@pytest.fixture(scope="module")
def planted(trained_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    """The digits again, half of the labels wrong in a band of 150 images of brightness."""
    workspace = copy(trained_workspace, tmp_path_factory.mktemp("slices") / "workspace")
    digits = workspace / "datasets/digits"
    index = pd.read_parquet(digits / "v1/index.parquet")
    order = np.argsort(index["brightness"].to_numpy(), kind="stable")
    wrong = set(np.random.default_rng(0).permutation(order[700:850])[:75].tolist())
    camera = [(HOSTILE, "**bold**", "plain")[row % 3] for row in range(len(index))]
    with (workspace / "planted.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["path", "label", "split", "camera"])
        for row, one in enumerate(index.itertuples()):
            label = (int(one.label) + 1) % 10 if row in wrong else one.label
            lines.writerow([digits / one.file, label, "test", camera[row]])
    running = Server(workspace)
    running.command("data", "add", str(workspace / "planted.csv"))
    run = min(path.name for path in (workspace / "runs").iterdir())
    running.command("evaluate", run, "--data", "planted")
    address = f"{running.url}/evaluate?run={run}&data=planted%401&tab=Slices"
    yield Planted(running, address, {str(row) for row in wrong}, camera, index)
    running.stop()


def test_a_planted_weak_band_is_found_and_leads_to_its_images_mistakes_first(page: Page, planted: Planted):
    page.goto(planted.address)
    expect(page.get_by_text("worse than chance would explain")).to_be_visible()
    finding = page.get_by_text(re.compile(r"^Brightness from \d+(\.\d+)? to \d+(\.\d+)?: ")).first
    expect(finding).to_contain_text("under the rest")
    expect(page.get_by_text(re.compile(r"picked by, out of [\d,]+ slices"))).to_be_visible()
    expect(page.get_by_text(re.compile("under images of the same classes elsewhere")).first).to_be_visible()
    page.get_by_role("button", name=re.compile(r"Show its \d+ images")).first.click()
    expect(page).to_have_url(re.compile("slice=brightness"))
    drawn(page)
    tiles = page.locator(".tile")
    shown = until(page, lambda: tiles.evaluate_all(ROWS), lambda rows: len(planted.rows.intersection(rows[:20])) >= 18)
    first = set(shown[:20])
    page.reload()  # the address shows the same
    expect(page.locator(f'.tile[data-id="{min(first)}"]')).to_have_count(1)


def test_a_dot_of_a_manifests_column_leads_to_its_images_and_names_stay_text(page: Page, planted: Planted):
    dialogs = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.dismiss()))
    page.goto(f"{planted.address}&by=column_camera")
    expect(page.get_by_text("That could be chance.")).to_be_visible()
    press_mark(page.get_by_label(re.compile(r"^camera: plain: \d+")), page.get_by_text("Camera: plain", exact=True))
    until(
        page,
        lambda: {planted.camera[int(row)] for row in page.locator(".tile").evaluate_all(ROWS)},
        lambda cameras: cameras == {"plain"},
    )
    page.goto(f"{planted.address}&by=column_camera&slice=column_camera%7C**bold**")
    expect(page.get_by_text("Camera: **bold**", exact=True)).to_be_visible()
    assert dialogs == []


def test_another_column_and_one_class_are_chosen_by_keyboard_and_in_the_address(page: Page, planted: Planted):
    page.goto(planted.address)
    expect(page.locator(".tile").first).to_be_visible()
    for name, value, said in (("Column", "contrast", "by=contrast"), ("Images of", "3", "of=3")):
        drawn(page)
        box = page.get_by_role("combobox", name=name)
        box.focus()
        page.keyboard.type(value)
        expect(page.get_by_role("option")).to_have_count(1)  # the list has heard what was typed
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(f"[&?]{said}(&|$)"))
    expect(page).to_have_url(re.compile("[&?]by=contrast&"))
    expect(page.get_by_text("Of the images of this class, the share that is named so.")).to_be_visible()
    page.get_by_text("No false alarm").click()
    expect(page.get_by_text("Of the images of other classes")).to_be_visible()


def test_where_nothing_is_weak_it_says_what_could_have_been_seen(page: Page, planted: Planted):
    page.goto(planted.address.replace("data=planted%401&", ""))
    expect(page.get_by_text("No slice does worse than chance would explain.")).to_be_visible()
    expect(page.get_by_text(re.compile(r"slices of \d+ columns were looked at"))).to_be_visible()


def test_deleted_data_leaves_findings_and_classes(page: Page, planted: Planted):
    planted.server.command("data", "delete", "planted")
    page.goto(planted.address)
    expect(page.get_by_text("was deleted since: the figures stay")).to_be_visible()
    expect(page.get_by_text("worse than chance would explain")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(0)
