"""Decisions in a browser: an error rate on Evaluate to "I don't know" on Classify; the temperature; sets; one class."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, copy
from tests.browser.test_classify import FILES, write_digits

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def own_server(made_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a run of three epochs, which is often wrong: it may get a temperature and a rule."""
    workspace = copy(made_run / "workspace", tmp_path_factory.mktemp("decide") / "workspace")
    running = Server(workspace)
    yield running
    running.stop()


def run_of(server: Server) -> str:
    return max(path.name for path in (server.workspace / "runs").iterdir())


def doubtful_picture(server: Server, folder: Path, threshold: float) -> tuple[Path, dict]:
    """A picture of noise that the run is unsure about, and what it says."""
    random = np.random.default_rng(0)
    paths = [folder / f"noise {number}.png" for number in range(40)]
    for path in paths:
        Image.fromarray(random.integers(0, 256, (8, 8), np.uint8)).save(path)
    said = server.command("predict", run_of(server), *map(str, paths))["predictions"]
    path, answer = min(zip(paths, said, strict=True), key=lambda pair: pair[1]["probability"])
    assert answer["probability"] < threshold
    return path, answer


def test_an_error_rate_that_is_chosen_leads_to_i_dont_know(page: Page, own_server: Server, tmp_path: Path):
    address = f"{own_server.url}/evaluate?run={run_of(own_server)}"
    page.goto(f"{address}&tab=Decide")
    page.get_by_text("Of what it answers, at most so much may be wrong").wait_for()
    own_server.command("calibrate", run_of(own_server), "--use", "yes")
    expect(page.get_by_role("radio", name="2 %", exact=True)).to_have_count(0)
    expect(page.get_by_text(re.compile("2 % takes 194 validation images .* there are 1[78]"))).to_be_visible()
    page.get_by_role("radio", name="20 %", exact=True).click()
    expect(page).to_have_url(re.compile("error=0.2"))
    page.get_by_role("radio", name="5 %", exact=True).click()
    expect(page).to_have_url(re.compile("error=0.05"))
    expect(
        page.get_by_role("heading", name=re.compile(r"It answers .* of 179 test images; of those answers"))
    ).to_be_visible()
    page.get_by_role("button", name="Use it: at most 5 % wrong").click()
    page.get_by_text("In use: at most 5 % wrong.").wait_for()

    kept = json.loads((own_server.workspace / "runs" / run_of(own_server) / "decision.json").read_text())
    rule = own_server.command("decide", run_of(own_server), "--error-rate", "0.05")
    assert (kept["threshold"], kept["temperature"]) == (rule["threshold"], rule["temperature"])
    assert rule["temperature"] != 1
    doubtful, said = doubtful_picture(own_server, tmp_path, rule["threshold"])
    (sure,) = write_digits(tmp_path, range(7, 8))
    page.get_by_role("link", name="Try it").click()
    expect(page.get_by_text('It says "I don\'t know" under')).to_be_visible()
    page.set_input_files(FILES, doubtful)
    expect(page.get_by_role("heading", name="I don't know")).to_be_visible()
    expect(
        page.get_by_text(f"It would have said {said['label']} with {said['probability'] * 100:.1f} %")
    ).to_be_visible()

    page.reload()
    page.set_input_files(FILES, [sure, doubtful])
    first = page.locator(".tile").first
    expect(first).to_have_attribute("aria-label", re.compile("^I don't know · likeliest"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    table = pd.read_csv(io.BytesIO(download.value.path().read_bytes()))
    assert table.set_index("path")["withheld"].to_dict() == {sure.name: False, doubtful.name: True}

    page.goto(f"{address}&tab=Decide")
    page.get_by_role("button", name="Remove the rule").click()
    expect(page.get_by_role("button", name="Use it: at most")).to_be_visible()
    assert not (own_server.workspace / "runs" / run_of(own_server) / "decision.json").exists()


def test_a_rate_that_cannot_be_promised_says_what_it_takes(page: Page, own_server: Server):
    own_server.command("calibrate", run_of(own_server))
    page.goto(f"{own_server.url}/evaluate?run={run_of(own_server)}&tab=Decide&error=0.001")
    expect(
        page.get_by_text(re.compile(r"cannot be promised on 1\d\d validation images: it takes 3,911"))
    ).to_be_visible()


def test_calibrated_probabilities_are_used_once_that_is_switched_on(page: Page, own_server: Server):
    own_server.command("calibrate", run_of(own_server), "--use", "no")
    page.goto(f"{own_server.url}/evaluate?run={run_of(own_server)}&tab=Calibration&bin=0")
    expect(page.get_by_role("heading", name=re.compile("test images it answers with"))).to_be_visible()
    expect(page.locator(".tile").first).to_be_visible()
    page.get_by_text("Use calibrated probabilities").click()
    page.get_by_text("In use: all probabilities and figures of this run").wait_for()
    assert own_server.command("calibrate", run_of(own_server))["in_use"] is True
    page.goto(f"{own_server.url}/classify?run={run_of(own_server)}")
    expect(page.get_by_text("Probabilities are calibrated (temperature")).to_be_visible()
    own_server.command("calibrate", run_of(own_server), "--use", "no")


def test_sets_and_the_threshold_of_one_class_show_their_images(page: Page, own_server: Server):
    own_server.command("calibrate", run_of(own_server))
    address = f"{own_server.url}/evaluate?run={run_of(own_server)}&tab=Decide"
    page.goto(f"{address}&decide=Sets of classes")
    expect(page.get_by_role("heading", name=re.compile("The sets hold the true class of"))).to_be_visible()
    expect(page.get_by_role("radio", name="99 %", exact=True)).to_be_visible()
    expect(page.get_by_role("radio", name="99.9 %", exact=True)).to_have_count(0)
    expect(page.get_by_text(re.compile(r"99.9\s% takes 999; there are 1[78]"))).to_be_visible()
    expect(page.locator(".tile").first).to_have_attribute("aria-label", re.compile(r"^\d: (\{\d|none)"))
    page.goto(f"{address}&decide=One class&class=8&by=recall&least=100")
    expect(page.get_by_text(re.compile(r"Here it finds .* of \d+ images of the class"))).to_be_visible()
    matrix = np.array(own_server.command("evaluate", run_of(own_server))["confusion"])
    missed, alarms = matrix[8].sum() - matrix[8, 8], matrix[:, 8].sum() - matrix[8, 8]
    beside = rf"Without a threshold, by the likeliest class: {missed} missed, {alarms} false alarm"
    expect(page.get_by_text(re.compile(beside))).to_be_visible()
