"""The Robustness tab in a browser: start, watch, see the pictures, the cell and what it turned wrong, the CSV."""

from __future__ import annotations

import io
import re

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from core.evaluate.robustness import find_robustness, read_table
from core.train.runs import find_run
from core.workspace import Workspace
from tests.browser.conftest import Server
from tests.browser.test_evaluate import run_of

pytestmark = pytest.mark.browser


def test_a_measurement_from_the_button_to_what_it_turned_wrong(page: Page, server: Server):
    run_id = run_of(server.workspace)
    page.goto(f"{server.url}/evaluate?run={run_id}&tab=Robustness")
    images = page.get_by_role("spinbutton", name="Images")
    images.fill("40")
    images.press("Enter")
    left_out = {"Damage": ("Noise", "Blur", "Weather", "Shifted", "Scaled"), "Attacks": ("1", "2", "4", "8")}
    for toolbar, names in left_out.items():
        for name in names:
            button = page.get_by_role("toolbar", name=re.compile(toolbar)).get_by_role("button", name=name, exact=True)
            button.click()
            expect(button).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Measure on 40 images").dblclick()

    sentence = page.get_by_role(
        "heading", name=re.compile(r"On damaged pictures it is wrong [\d.]+\s% \([\d.]+ to [\d.]+\) of the time")
    )
    sentence.wait_for()
    page.get_by_text("Measure again").wait_for()
    assert len(list((server.workspace / "jobs").glob("robustness-*"))) == 1
    workspace = Workspace.open(server.workspace)
    run = find_run(workspace, run_id)
    found = find_robustness(workspace, run, "digits@1", "test")
    assert found is not None
    assert found.mean_error is not None
    expect(sentence).to_contain_text(f"wrong {found.mean_error * 100:.1f} %")
    expect(page.locator(".damage figure")).to_have_count(4 * 5)

    table = read_table(workspace, run, found)
    clean = table[table["kind"] == "clean"].set_index("row")
    here = table[(table["name"] == "contrast") & (table["amount"] == 5)].set_index("row")
    label = clean["label"].astype(str)
    flipped = (clean["predicted"].astype(str) == label) & (here["predicted"].astype(str).loc[label.index] != label)
    page.goto(f"{server.url}/evaluate?run={run_id}&tab=Robustness&damage=contrast%7C5")
    expect(
        page.get_by_text(f"Contrast at severity 5 turns {flipped.sum()} of 40 images from right to wrong")
    ).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("button", name="By condition as CSV").click()
    got = pd.read_csv(io.BytesIO(download.value.path().read_bytes()))
    assert got["right"].tolist() == [point.right for point in found.points]
