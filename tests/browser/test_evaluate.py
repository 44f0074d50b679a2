"""Evaluate in a browser: the sentence, a cell and its images, the CSV, many classes, data that went."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.data.dataset import find, read_index
from core.evaluate.evaluation import evaluated_on, find_evaluation, keep_answers, shown_predictions
from core.train.config import TrainConfig
from core.train.runs import Run, find_run, save
from core.workspace import Workspace
from core.workspace.atomic import write_json
from pages.shared.messages import plain
from tests.browser.conftest import Server, command, drawn, expect_rows, open_tab, press_mark, until

DRAWN = ":material_home: :tada: -> x"  # of which Streamlit would draw something else
pytestmark = pytest.mark.browser

MANY = 110


@pytest.fixture(scope="module")
def predictions(server: Server) -> pd.DataFrame:
    """What the trained run answered to its test split, as it lies on disk."""
    return read_predictions(server.workspace)


@pytest.fixture(scope="module")
def address(server: Server, predictions: pd.DataFrame) -> str:
    """Evaluate with the run of `predictions` in hand."""
    return f"{server.url}/evaluate?run={run_of(server.workspace)}"


@pytest.fixture(scope="module")
def many_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a run that knows 110 classes, one of them with a name from a stranger."""
    workspace = tmp_path_factory.mktemp("many")
    random = np.random.default_rng(0)
    means = random.integers(0, 255, (MANY, 8, 8))
    labels = np.repeat(np.arange(MANY), 10)
    pictures = np.clip(means[labels] + random.normal(0, 60, (len(labels), 8, 8)), 0, 255).astype(np.uint8)
    names = np.array(["<img src=x onerror=alert(1)>", "**bold**", DRAWN, *(f"kind {i}" for i in range(3, MANY))])
    np.savez(workspace / "many.npz", x_train=pictures, y_train=names[labels])
    command(workspace, "data", "add", str(workspace / "many.npz"), "--name", "many")
    _answer(Workspace.open(workspace))
    running = Server(workspace)
    yield running
    running.stop()


def _answer(workspace: Workspace) -> None:
    """A run without a training whose answers are right for two images of three."""
    dataset = find(workspace, "many")
    run = Run("many-run", dataset.reference, TrainConfig("fast_cnn"), created_at=1.0, figures={"test_accuracy": 0.7})
    save(workspace, run)
    write_json(run.folder(workspace) / "labels.json", dataset.classes)
    (run.folder(workspace) / "model.tflite").write_bytes(b"")
    index = read_index(workspace, dataset)
    index = index[index["split"] == "test"]
    labels = pd.Categorical(index["label"], categories=dataset.classes).codes
    likely = np.exp(np.random.default_rng(0).normal(0, 1, (len(index), MANY)) + 3 * np.eye(MANY)[labels])
    keep_answers(workspace, run, dataset.reference, "test", index, likely / likely.sum(1, keepdims=True))


def run_of(workspace: Path) -> str:
    """The id of the oldest run, which conftest trained."""
    return min(path.name for path in (workspace / "runs").iterdir())


def read_predictions(workspace: Path) -> pd.DataFrame:
    place = Workspace.open(workspace)
    run = find_run(place, run_of(workspace))
    reference = next(reference for reference, split in evaluated_on(place, run) if split == "test")
    return shown_predictions(place, run, find_evaluation(place, run, reference, "test"))


def a_cell(predictions: pd.DataFrame, place: int) -> tuple[str, str, set[str]]:
    """A cell of the matrix with images: true, predicted, their rows. Small cells, mistakes, come first."""
    cells = predictions.groupby(["label", "predicted"])["row"].agg(list)
    (true, predicted), rows = sorted(cells.items(), key=lambda cell: (len(cell[1]), cell[0]))[place]
    return true, predicted, {str(row) for row in rows}


def click_cell(page: Page, true: str, predicted: str, images: int) -> None:
    """Press the mouse in the middle of a cell, once the chart has found its place."""
    page.locator(".tile").first.wait_for()
    opens = page.get_by_text(f"of {true}, named {'right' if true == predicted else predicted}").first
    press_mark(page.get_by_label(f"{images} of {true} named {predicted}", exact=True), opens)


def test_one_sentence_says_how_good_how_sure_and_beside_what(page: Page, address: str, predictions: pd.DataFrame):
    n = len(predictions)
    right = (predictions["label"] == predictions["predicted"]).sum()
    largest = predictions["label"].value_counts().max()
    page.goto(address)
    sentence = page.get_by_role("heading", name=re.compile(f"Of {n} test images it names"))
    expect(sentence).to_contain_text(f"names {right / n * 100:.1f} % (")
    expect(sentence).to_contain_text(f"largest class would get {largest / n * 100:.1f} %")
    low, high = map(float, re.search(r"\(([\d.]+) to ([\d.]+)\)", sentence.inner_text()).groups())
    assert low < right / n * 100 < high

    page.set_viewport_size({"width": 400, "height": 700})
    drawn(page)
    box = sentence.bounding_box()
    assert box
    assert box["y"] + box["height"] <= 700, "the figure is seen without scrolling"


def test_the_tab_in_the_address_is_in_sight_and_is_the_one_that_is_open_also_after_back(page: Page, address: str):
    def named_and_open() -> tuple[str, str]:
        named = parse_qs(urlsplit(page.url).query).get("tab", ["Confusion"])[0]
        return named, page.get_by_role("tab", selected=True).first.inner_text()

    page.set_viewport_size({"width": 400, "height": 900})
    page.goto(address.partition("/evaluate")[0])
    page.goto(f"{address}&tab=Predictions")
    expect(page.get_by_role("tab", name="Predictions", selected=True)).to_be_in_viewport(ratio=0.9)
    for name in ("Classes", "Mistakes", "Calibration"):
        open_tab(page, name)
        until(page, named_and_open, (name, name).__eq__)
    page.go_back()
    while "/evaluate" in page.url:
        until(page, named_and_open, lambda pair: pair[0] == pair[1])
        page.go_back()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()


@pytest.mark.parametrize("place", [1, -1])
def test_a_click_on_a_cell_shows_its_images(page: Page, address: str, predictions: pd.DataFrame, place: int):
    true, predicted, rows = a_cell(predictions, place)
    page.goto(address)
    click_cell(page, true, predicted, len(rows))
    expect(page).to_have_url(re.compile(rf"cell={true}(%7C|\|){predicted}"))
    expect(page.get_by_role("combobox", name="True class")).to_have_value(true)
    expect_rows(page, rows)
    page.reload()  # the address shows the same
    expect_rows(page, rows)


def test_a_pair_shows_the_images_of_both_directions(page: Page, address: str, predictions: pd.DataFrame):
    wrong = predictions[predictions["label"] != predictions["predicted"]]
    pairs = wrong.groupby(wrong[["label", "predicted"]].apply(frozenset, axis=1))["row"].agg(list)
    most = pairs[pairs.map(len) == pairs.map(len).max()]
    page.goto(address)
    page.get_by_role("radio", name="Most confused pairs").click()
    bar = page.get_by_label(re.compile(r"^\S+ as \S+ \d+, \S+ as \S+ \d+$")).first
    first, second = re.match(r"(\S+) as (\S+) ", bar.get_attribute("aria-label")).groups()
    press_mark(bar, page.get_by_text(re.compile(rf"of {first}, named {second}; \d+ the other way round")))
    expect(page).to_have_url(re.compile(r"both=1"))
    rows = {str(row) for row in most[frozenset((first, second))]}  # none has more mistakes
    expect_rows(page, rows)
    expect(page.get_by_role("combobox", name="Named")).to_have_value(second)
    page.reload()
    expect_rows(page, rows)
    page.get_by_text("And the other way round").click()
    expect_rows(page, {str(row) for row in wrong[(wrong["label"] == first) & (wrong["predicted"] == second)]["row"]})


def test_the_matrix_by_column_in_similar_order_is_taken_away_as_csv_and_png(
    page: Page, address: str, predictions: pd.DataFrame
):
    page.goto(address)
    page.get_by_role("radio", name="By column").click()
    page.get_by_role("radio", name="By similarity").click()
    expect(page.get_by_text("the diagonal is precision")).to_be_visible()
    expect(page).to_have_url(re.compile(r"cells=By\+column.*order=By\+similarity|order=.*cells="))
    page.reload()
    expect(page.get_by_text("the diagonal is precision")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Matrix as CSV").click()
    got = pd.read_csv(io.BytesIO(download.value.path().read_bytes()), dtype={"true_class": str})
    got = got.set_index("true_class").rename(columns=lambda name: name.removeprefix("predicted_"))
    assert got.index.tolist() == got.columns.tolist() != sorted(got.columns)
    truth = pd.crosstab(predictions["label"], predictions["predicted"], normalize="columns")
    assert np.allclose(got.loc[truth.index, truth.columns], truth, rtol=0, atol=1e-9)
    with page.expect_download() as download:
        page.get_by_role("button", name="Matrix as PNG").click()
    with Image.open(download.value.path()) as picture:
        assert (picture.format, min(picture.size) > 600) == ("PNG", True)


def test_images_of_a_cell_come_least_sure_first_where_asked(page: Page, address: str, predictions: pd.DataFrame):
    true, predicted, _ = a_cell(predictions, -1)
    cell = predictions[(predictions["label"] == true) & (predictions["predicted"] == predicted)]
    page.goto(f"{address}&cell={true}|{predicted}")
    for word, row in (
        ("Surest first", cell["probability"].idxmax()),
        ("Least sure first", cell["probability"].idxmin()),
    ):
        page.get_by_role("radio", name=word).click()
        expect(page.locator(".tile").first).to_have_attribute("data-id", str(cell.loc[row, "row"]))


def test_two_lists_choose_a_cell_by_keyboard(page: Page, address: str, predictions: pd.DataFrame):
    page.goto(address)
    for true, predicted, rows in (a_cell(predictions, -1), a_cell(predictions, -2)):
        for name, value in (("True class", true), ("Named", predicted)):
            drawn(page)
            box = page.get_by_role("combobox", name=name)
            box.focus()
            page.keyboard.type(value)
            expect(page.get_by_role("option").first).to_have_text(value)  # the list has heard what was typed
            page.keyboard.press("Enter")
            expect(box).to_have_value(value)
        expect(page.get_by_text(f"of {true}, named {'right' if true == predicted else predicted}")).to_be_visible()
        expect_rows(page, rows)


def test_a_tile_opens_large_with_its_probabilities(page: Page, address: str, predictions: pd.DataFrame):
    wrong = predictions[predictions["label"] != predictions["predicted"]]
    surest = wrong.sort_values("probability", ascending=False).iloc[0]
    page.goto(f"{address}&tab=Mistakes")
    page.locator(".tile").first.click()
    large = page.get_by_role("dialog")
    expect(large.get_by_text(surest["path"])).to_be_visible()
    expect(large.get_by_text(f"named {surest['predicted']} with {surest['probability'] * 100:.1f} %")).to_be_visible()
    expect(large.locator("img")).to_be_visible()
    expect(large.get_by_text(f"{surest['label']} (true)")).to_be_visible()
    large.get_by_role("link", name="Open in Explore").click()
    expect(page).to_have_url(re.compile("/explore"))


def test_classes_come_worst_first_and_show_what_was_missed(page: Page, address: str, predictions: pd.DataFrame):
    recall = (predictions["label"] == predictions["predicted"]).groupby(predictions["label"]).mean()
    worst = recall.min()
    page.goto(f"{address}&tab=Classes")
    chosen = page.get_by_role("combobox", name="Class", exact=True)
    expect(chosen).to_have_value(re.compile("^(" + "|".join(map(re.escape, recall.index[recall == worst])) + ")$"))
    shown = chosen.input_value()
    missed = predictions[(predictions["label"] == shown) & (predictions["predicted"] != shown)]
    expect_rows(page, set(missed["row"].astype(str)))


def test_the_csv_has_every_prediction(page: Page, address: str, predictions: pd.DataFrame):
    page.goto(address)
    open_tab(page, "Predictions")
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Download {len(predictions)} predictions as CSV").click()
    got = pd.read_csv(io.BytesIO(download.value.path().read_bytes()), dtype={"true_class": str, "predicted": str})
    assert got["path"].tolist() == predictions["path"].tolist()
    assert got["true_class"].tolist() == predictions["label"].tolist()
    assert got["predicted"].tolist() == predictions["predicted"].tolist()
    assert np.allclose(got["p_3"], predictions["p_3"])


def test_another_split_is_evaluated_by_one_job(page: Page, server: Server, address: str):
    page.goto(f"{address}&split=val")  # its training answered these already
    expect(page.get_by_text("These images chose the best epoch")).to_be_visible()
    page.goto(f"{address}&split=train")
    page.get_by_role("button", name=re.compile(r"Evaluate on [\d,]+ training images")).dblclick()
    page.get_by_role("heading", name=re.compile(r"Of [\d,]+ training images it names")).wait_for()
    expect(page.get_by_text("The run learnt from these very images")).to_be_visible()
    assert len(list((server.workspace / "jobs").glob("evaluate-*"))) == 1


def test_a_hundred_classes_stay_readable_and_names_stay_text(page: Page, many_server: Server):
    dialogs = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.dismiss()))
    page.goto(f"{many_server.url}/evaluate")
    page.get_by_role("radio", name="All", exact=True).click()
    predictions = read_predictions(many_server.workspace)
    true, predicted, rows = a_cell(predictions, -1)
    click_cell(page, true, predicted, len(rows))
    expect_rows(page, rows)
    page.goto(f"{many_server.url}/evaluate?tab=Classes&class=**bold**")
    expect(page.get_by_text(re.compile(r"of \*\*bold\*\* (missed|(are|is) named right)"))).to_be_visible()
    page.goto(f"{many_server.url}/evaluate?cell=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%7C**bold**")
    expect(page.get_by_text("of <img src=x onerror=alert(1)>, named **bold**")).to_be_visible()
    page.goto(f"{many_server.url}/evaluate?cell={quote(DRAWN)}%7C**bold**")
    expect(page.get_by_text(f"of {plain(DRAWN).replace(chr(92), '')}, named **bold**")).to_be_visible()
    assert dialogs == []


def test_a_block_of_many_classes_opens_by_a_click_and_its_cells_show_images(page: Page, many_server: Server):
    page.goto(f"{many_server.url}/evaluate?classes=Blocks&order=By+similarity")
    block = page.get_by_label(re.compile(r"^[\d,]+ mistakes: ")).first
    press_mark(block, page.get_by_role("button", name="All blocks"))
    expect(page).to_have_url(re.compile("block="))
    cell = page.get_by_label(re.compile(r"^[1-9]\d* of kind \d+ named kind \d+$")).last
    number, true, predicted = re.match(r"(\d+) of (.+) named (.+)", cell.get_attribute("aria-label")).groups()
    named = "right" if true == predicted else predicted
    press_mark(cell, page.get_by_text(re.compile(rf"^{number} images? of {true}, named {named}$")))
    page.get_by_role("button", name="All blocks").click()
    page.get_by_text("on the diagonal those within one").wait_for()


def test_deleted_data_leaves_the_figures(page: Page, many_server: Server):
    many_server.command("data", "delete", "many")
    page.goto(f"{many_server.url}/evaluate")
    page.get_by_role("heading", name=re.compile("test images it names")).wait_for()
    expect(page.get_by_text("was deleted since: the figures stay, the pictures are gone")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(0)


def test_nothing_trained_yet_leads_to_train(page: Page, fresh_server: Server):
    page.goto(f"{fresh_server.url}/evaluate")
    page.get_by_role("link", name="Train a classifier").click()
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
