"""The whole journey on MNIST: Home, training, a refresh in the middle, Evaluate, a cell's images, Classify."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.data.dataset import find, picture_file
from core.workspace import Workspace
from tests.browser.conftest import Server, expect_rows
from tests.browser.test_evaluate import a_cell, click_cell, read_predictions

pytestmark = pytest.mark.browser

LONG_MS = 400_000


def test_from_nothing_to_a_classified_picture(fresh_server: Server, page: Page, tmp_path: Path):
    page.goto(fresh_server.url)
    page.get_by_role("button", name="Train on handwritten digits").click()
    page.wait_for_url(re.compile(r"/train\?.*run="))
    run = re.search(r"run=([^&]+)", page.url)[1]

    expect(page.get_by_text(re.compile(r"Epoch 1 of 1")).first).to_be_visible(timeout=LONG_MS)
    page.reload()
    expect(page.get_by_text(re.compile(r"Epoch 1 of 1|Answering|Saving")).first).to_be_visible(timeout=LONG_MS)
    page.get_by_role("link", name="Evaluate it").click(timeout=LONG_MS)

    page.wait_for_url(re.compile(rf"/evaluate\?.*run={run}"))
    expect(page.get_by_role("heading", name=re.compile("Of 10,000 test images it names 9[89]"))).to_be_visible()
    predictions = read_predictions(fresh_server.workspace)
    assert len(predictions) == 10_000
    true, predicted, rows = a_cell(predictions, 0)
    assert true != predicted
    click_cell(page, true, predicted, len(rows))
    expect_rows(page, rows)

    surest = predictions[predictions["label"] == predictions["predicted"]].nlargest(1, "probability").iloc[0]
    workspace = Workspace(fresh_server.workspace)
    digit = tmp_path / "digit.png"
    Image.open(picture_file(workspace, find(workspace, "mnist"), surest["file"])).save(digit)
    page.goto(f"{fresh_server.url}/classify?run={run}")
    page.locator('input[type="file"]').set_input_files(digit)
    expect(page.get_by_role("heading", name=surest["label"], exact=True)).to_be_visible()
