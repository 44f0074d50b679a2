"""Train: start, watch, stop, compare."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.jobs.start import start
from core.train.presets import PRESETS
from core.workspace import Workspace
from tests.browser.conftest import PATIENCE_MS, Server, box_of, copy, drawn, press, until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def own(trained_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a copy of the trained workspace, which these tests change."""
    workspace = tmp_path_factory.mktemp("train") / "workspace"
    copy(trained_workspace, workspace)
    running = Server(workspace)
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def _patience() -> None:
    expect.set_options(timeout=PATIENCE_MS)


def runs(server: Server) -> list[dict]:
    return server.command("runs", "list")["runs"]


def fill(page: Page, label: str, value: str) -> None:
    box = page.get_by_label(label, exact=True)
    box.fill(value)
    box.press("Tab")


def compared(page: Page) -> list[str]:
    found = re.search(r"compare=([^&]+)", page.url)
    return found[1].replace("%2C", ",").split(",") if found else []


def choose(page: Page, title: str) -> None:
    """Take another recipe: its button is gone then. Once more where the click was lost on what was just being drawn anew."""
    button = page.get_by_role("button", name=f"Choose {title}", exact=True)
    press(page, page.get_by_text("Other recipes"), button)
    button.click()
    try:
        expect(button).to_have_count(0, timeout=PATIENCE_MS / 4)
    except AssertionError:
        button.click()
        expect(button).to_have_count(0)


def begin(server: Server, page: Page, epochs: int, name: str = "") -> str:
    """Start a training of the digits from the form, by a double click. Gives back the run's id."""
    page.goto(f"{server.url}/train?data=digits&preset=fast")
    fill(page, "Name of the run", name)
    fill(page, "Epochs", str(epochs))
    expect(page.get_by_text(f"{epochs} epochs,").first).to_be_visible()
    page.get_by_role("button", name="Train on 1,439 images").dblclick()
    page.wait_for_url(re.compile(r"[?&]run="))
    return re.search(r"run=([^&]+)", page.url)[1]


def test_a_double_click_is_one_run_which_every_tab_shows_until_stop_keeps_its_best(own: Server, page: Page) -> None:
    before = len(runs(own))
    run = begin(own, page, 900, "long *one* <b>bold</b>")
    expect(page.get_by_text(re.compile(r"Epoch \d+ of 900")).first).to_be_visible()
    expect(page.get_by_text("Validation accuracy").first).to_be_visible()
    expect(page.get_by_role("heading", name="long *one* <b>bold</b>")).to_be_visible()
    assert len(runs(own)) == before + 1

    waits = own.command("train", "digits", "--detach", "--run-name", "second")["run"]
    tab = page.context.new_page()
    tab.goto(f"{own.url}/train?run={waits}")
    expect(tab.get_by_text("Waiting in the queue. 1 training before it.").first).to_be_visible()
    tab.get_by_role("button", name="Stop", exact=True).first.click()
    expect(tab.get_by_text("Stopped before there was anything to keep.").first).to_be_visible()
    tab.goto(page.url)
    expect(tab.get_by_text(re.compile(r"Epoch \d+ of 900")).first).to_be_visible()
    tab.close()

    page.reload()
    expect(page.get_by_text(re.compile(r"Epoch \d+ of 900")).first).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).dblclick()
    expect(page.get_by_text("Stopped. The best weights so far are kept and evaluated.").first).to_be_visible()
    shown = own.command("runs", "show", run)
    assert shown["status"] == "stopped"
    assert shown["test_accuracy"] > 0.5
    page.get_by_role("link", name="Evaluate it").click()
    page.wait_for_url(re.compile(rf"/evaluate\?.*run={run}"))


def test_a_second_click_while_the_first_is_being_written_makes_no_second_run(own: Server, page: Page) -> None:
    before = {one["run"] for one in runs(own)}
    with page.expect_websocket() as connection:
        page.goto(f"{own.url}/train?data=digits&preset=fast")
    button = page.get_by_role("button", name="Train on 1,439 images")
    button.wait_for()
    with contextlib.closing(sqlite3.connect(own.workspace / "catalogue.db", isolation_level=None)) as catalogue:
        catalogue.execute("BEGIN IMMEDIATE")  # the first click's run cannot be listed yet
        button.click()
        until(
            page, lambda: {folder.name for folder in (own.workspace / "runs").iterdir()}, lambda now: not now <= before
        )
        with connection.value.expect_event("framesent"):
            button.click()
        with urllib.request.urlopen(f"{own.url}/_stcore/health", timeout=30) as answer:
            answer.read()  # the server has heard what came before it
        catalogue.execute("ROLLBACK")
    page.wait_for_url(re.compile(r"[?&]run="))
    expect(page.get_by_role("button", name="Stop", exact=True).first).to_be_visible()
    (new,) = {one["run"] for one in runs(own)} - before
    own.command("runs", "stop", new)


def test_what_does_not_fit_is_said_before_anything_starts(own: Server, page: Page) -> None:
    before = len(runs(own))
    page.goto(f"{own.url}/train?data=digits&preset=fast")
    fill(page, "Batch size", "5000")
    expect(page.get_by_text("batch_size is 5,000; the training data has 1,439 images.").first).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    fill(page, "Batch size", "64")
    page.get_by_text("All settings").click()
    fill(page, "Image size in pixels", "7")
    expect(page.get_by_text("image_size is 7;").first).to_be_visible()
    assert len(runs(own)) == before


def test_where_the_last_layer_alone_is_learnt_the_form_asks_for_its_strength_and_nothing_of_steps(
    own: Server, page: Page
) -> None:
    page.goto(f"{own.url}/train?data=digits&preset=quick")
    expect(page.get_by_text("9 strengths are tried, the validation images choose; images of 112").first).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Learning rate")).to_have_count(0)
    strength = page.get_by_role("spinbutton", name="Strength")  # the sweep below has a field of this name too
    strength.fill("100")
    strength.press("Enter")
    expect(page.get_by_text("One strength, 100; images of 112").first).to_be_visible()
    page.get_by_text("All settings").click()
    all_layers = page.get_by_role("option", name="All layers", exact=True)
    press(page, page.get_by_label("What is learnt"), all_layers)
    all_layers.click()
    expect(page.get_by_role("spinbutton", name="Learning rate")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Strength")).to_have_count(0)


def test_a_recipe_brings_its_settings_and_stays_in_the_address(own: Server, page: Page) -> None:
    page.goto(f"{own.url}/train?data=digits")
    expect(page.get_by_text("Suits this data").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d (s|min) here, ")).first).to_be_visible()
    choose(page, "Textbook")
    page.wait_for_url(re.compile("preset=textbook"))
    expect(page.get_by_label("Batch size", exact=True).first).to_have_value("32")
    expect(page.get_by_label("Epochs", exact=True).first).to_have_value("5")
    page.reload()
    expect(page.get_by_label("Batch size", exact=True).first).to_have_value("32")

    choose(page, "Quick")
    expect(page.get_by_text("9 strengths are tried, the validation images choose; images of 112").first).to_be_visible()
    expect(page.get_by_label("Batch size", exact=True)).to_have_count(0)


def test_the_network_being_set_is_drawn_as_its_layers(own: Server, page: Page) -> None:
    page.goto(f"{own.url}/train?data=digits&preset=custom")
    layers = page.get_by_role("region", name="Layers of the network")
    rows = layers.locator("tbody tr")
    expect(rows.last).to_have_text(re.compile(r"Dense\s*10\s*1,290"))  # 128 × 10 + 10
    expect(rows.filter(has_text="Conv2D")).to_have_count(3)
    expect(page.get_by_text("111,146 parameters")).to_be_visible()  # 288 + 18,432 + 73,728 + 4 × 224 + 16,512 + 1,290
    fill(page, "Blocks", "2")
    expect(rows.filter(has_text="Conv2D")).to_have_count(2)
    fill(page, "Dense units", "0")
    expect(rows.last).to_have_text(re.compile(r"Dense\s*10\s*650"))
    fill(page, "Image size in pixels", "3")
    expect(page.get_by_text("image_size is 3; it must be from 4 to 512.").first).to_be_visible()
    fill(page, "Image size in pixels", "")
    expect(page.get_by_text("image_size is 3; it must be from 4 to 512.")).to_have_count(0)

    choose(page, "ResNet")
    expect(layers).to_have_count(0)
    page.get_by_text("All settings").click()
    page.get_by_text("Show the layers").click()
    expect(rows.filter(has_text="Conv2D")).to_have_count(15)


def test_other_recipes_come_when_asked_for_and_fit_a_narrow_screen(own: Server, page: Page) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(f"{own.url}/train?data=digits&preset=fast")
    small = page.get_by_role("button", name="Choose Small", exact=True)
    expect(page.get_by_text(PRESETS["fast"].sentence)).to_be_visible()
    expect(page.get_by_text(PRESETS["small"].sentence)).to_have_count(0)
    press(page, page.get_by_text("Other recipes"), small)
    for recipe in list(PRESETS.values())[1:]:
        expect(page.get_by_role("button", name=f"Choose {recipe.title}", exact=True)).to_be_visible()
        expect(page.get_by_text(recipe.sentence)).to_be_visible()
    page.wait_for_function("document.documentElement.scrollWidth <= 400")
    small.click()
    press(
        page, page.get_by_role("button", name="Take Fast, which suits this data"), page.get_by_text("Suits this data")
    )


def test_a_failed_training_says_why_and_shows_its_log(own: Server, page: Page) -> None:
    options = [
        "--optimizer",
        "adamw",
        "--learning-rate",
        "100",
        "--weight-decay",
        "10",
        "--epochs",
        "3",
    ]  # times -999 a step
    run = own.command("train", "digits", "--preset", "textbook", "--detach", *options)["run"]
    page.goto(f"{own.url}/train?run={run}")
    expect(page.get_by_text(re.compile(r"The training failed\. The loss became")).first).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    expect(page.get_by_test_id("stCode").first).to_be_visible()


def test_a_run_is_opened_from_history_renamed_and_deleted_after_a_question(own: Server, page: Page) -> None:
    run = own.command("train", "digits", "--preset", "fast", "--epochs", "1")["run"]
    page.goto(f"{own.url}/train?data=digits")
    table = page.get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    table.click(position={"x": 80, "y": 52})  # the first row's name: the newest run
    page.wait_for_url(re.compile(rf"run={run}"))
    page.get_by_text("Name, notes and settings").click()
    page.get_by_label("Name", exact=True).fill("to be deleted")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="to be deleted")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="to be deleted")).to_be_visible()
    page.get_by_text("Name, notes and settings").click()
    sure = page.get_by_role("button", name="Delete this run")
    press(page, page.get_by_role("button", name="Delete", exact=True), sure)
    assert run in [one["run"] for one in runs(own)]
    sure.click()
    expect(page.get_by_role("button", name="Train on 1,439 images")).to_be_visible()
    assert run not in [one["run"] for one in runs(own)]


def test_ticked_runs_are_compared_by_curves_and_settings_and_stay_in_the_address(own: Server, page: Page) -> None:
    names = ("rate a", "rate b")
    for name, rate in zip(names, ("0.02", "0.03"), strict=True):
        own.command("train", "digits", "--epochs", "2", "--learning-rate", rate, "--run-name", name)
    accuracies = {one["run"]: one["val_accuracy"] for one in runs(own)[:2]}
    title = dict(zip(accuracies, reversed(names), strict=True))
    page.goto(f"{own.url}/train?data=digits")
    table = page.get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    for row in range(2):
        table.click(position={"x": 17, "y": 52 + 35 * row})
        drawn(page)
    button = page.get_by_role("button", name="Compare 2 runs")
    table.hover()
    expect(page.get_by_test_id("stElementToolbar").last).to_be_visible()
    ours, tools = box_of(button), box_of(page.get_by_test_id("stElementToolbar").last)
    assert tools["y"] >= ours["y"] + ours["height"], "the table's tools do not lie over the button"
    press(page, button, page.get_by_role("heading", name="Comparing 2 runs"))
    until(page, lambda: set(compared(page)), lambda runs_of_address: runs_of_address == set(accuracies))

    page.reload()
    expect(page.get_by_role("heading", name="Comparing 2 runs")).to_be_visible()
    first, second = (f"{title[run]}: {accuracies[run]:.3g} after 2 epochs" for run in compared(page))
    words = re.compile(rf"Validation accuracy by epoch\. A +{re.escape(first)}; B +{re.escape(second)}")
    expect(page.get_by_role("button", name=words).first).to_be_attached()
    expect(page.get_by_role("button", name=re.compile(r"Validation loss by epoch\. A ")).first).to_be_attached()
    page.get_by_text("Settings that differ").scroll_into_view_if_needed()
    cells = page.get_by_test_id("stDataFrame").nth(1).locator("[role=gridcell]")
    rates = ["0.02" if title[run] == "rate a" else "0.03" for run in compared(page)]
    expect(cells).to_have_text(["Learning rate", *rates])

    history = page.get_by_test_id("stDataFrame").nth(2)
    history.scroll_into_view_if_needed()
    drawn(page)
    history.click(position={"x": 17, "y": 52})  # its tick is taken away
    expect(page.get_by_role("heading", name="Comparing 1 run")).to_be_visible()
    page.get_by_role("button", name="New training").click()
    expect(page.get_by_role("button", name="Train on 1,439 images")).to_be_visible()


def test_the_settings_of_a_run_can_be_taken_again(own: Server, page: Page) -> None:
    run, epochs = next((one["run"], one["epochs"]) for one in runs(own) if one["status"] == "done")
    page.goto(f"{own.url}/train?run={run}")
    page.get_by_role("button", name="Train again with these settings").click()
    expect(page.get_by_text("Settings as in").first).to_be_visible()
    expect(page.get_by_label("Epochs", exact=True).first).to_have_value(str(epochs))


def test_an_import_that_fails_before_its_training_says_so_where_the_run_was_expected(own: Server, page: Page) -> None:
    payload = {"source": "no-such-folder", "train": {"preset": "fast", "run": "never-begun"}}
    start(Workspace.open(own.workspace), "import", **payload)
    page.goto(f"{own.url}/train?run=never-begun")
    expect(page.get_by_text("The images could not be imported, so no training began.").first).to_be_visible()


def test_a_run_that_is_not_there_leads_back(own: Server, page: Page) -> None:
    page.goto(f"{own.url}/train?run=nobody")
    expect(page.get_by_text("There is no run 'nobody'.").first).to_be_visible()
    page.get_by_role("button", name="New training").click()
    expect(page.get_by_role("button", name="Train on 1,439 images")).to_be_visible()


def test_a_learning_rate_is_found_and_used(own: Server, page: Page) -> None:
    page.goto(f"{own.url}/train?data=digits&preset=fast")
    use = page.get_by_role("button", name=re.compile(r"^Use 0?\.?\d"))
    search = page.get_by_role("button", name="Try learning rates")
    press(page, page.get_by_text("Find a learning rate"), search)
    search.click()
    expect(use).to_be_visible(timeout=4 * PATIENCE_MS)
    drawn(page)
    found = re.search(r"[\d.e-]+$", use.inner_text())[0]
    page.reload()
    press(page, page.get_by_text("Find a learning rate"), use)

    box_of(use)  # the chart above it is there
    use.click()

    expect(page.get_by_role("spinbutton", name="Learning rate")).to_have_value(found)


def test_a_run_is_trained_further_from_its_weights(own: Server, page: Page) -> None:
    run = runs(own)[-1]["run"]
    page.goto(f"{own.url}/train?run={run}")
    further = page.get_by_text("and it begins with that run's weights")
    press(page, page.get_by_role("button", name="Train further"), further)
    fill(page, "Epochs", "1")
    page.get_by_role("button", name="Train on 1,439 images").click()
    page.wait_for_url(re.compile(rf"[?&]run=(?!{run}(&|$))"))

    expect(page.get_by_role("button", name="Train further")).to_be_visible(timeout=2 * PATIENCE_MS)
    new = re.search(r"run=([^&]+)", page.url)[1]
    assert own.command("runs", "show", new)["config"]["start_from"] == run
