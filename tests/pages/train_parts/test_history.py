"""Runs are chosen by validation; what one was made with is told for people."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.data.add import add
from core.train.comparing import readable
from core.train.presets import PRESETS
from core.train.runs import Run, save
from core.train.sweeps import Result, Sweep
from tests.making import write_classes
from tests.pages.conftest import again, said

FIGURES = {"val_accuracy": 0.75, "test_accuracy": 0.5, "test_interval": [0.4, 0.6], "val_loss": 0.3, "seconds": 9.0}


@pytest.fixture
def run(workspace):
    made = Run("one", "pets@1", PRESETS["fast"].config, name="first", created_at=1.0, figures=FIGURES)
    save(workspace, made)
    return made


def history():
    from pages.train_parts import history

    history.show(None)


def test_history_ranks_by_validation_and_says_why(run):
    app = again(AppTest.from_function(history))

    (table,) = app.dataframe
    assert table.value["Validation"].tolist() == [75.0]
    assert not [column for column in table.value if "test" in column.lower()]
    assert "Choose by validation accuracy: a run chosen by its test figures would look better than it is" in said(app)


def test_history_suggests_no_ranking_that_chance_explains(workspace, tmp_path, run):
    add(workspace, str(write_classes(tmp_path / "pets", {"cat": 40, "dog": 40})))  # 8 validation images
    alone = said(again(AppTest.from_function(history)))
    save(workspace, replace(run, id="alone", dataset="other@1", created_at=3.0))
    save(workspace, replace(run, id="two", figures={**FIGURES, "val_accuracy": 0.625}))

    assert "8 validation images" not in alone, "there is nothing to rank"
    assert "With the 8 validation images of pets@1 differences under about 73 points may well be chance" in said(
        again(AppTest.from_function(history))
    )


def sweep(sweep, found):
    from pages.train_parts import sweep_panel

    sweep_panel._table(sweep, found)


def test_a_sweeps_table_says_by_which_images_it_ranks_and_shows_no_other_figure(run):
    one = Result("one", {"batch_size": 8}, "done", FIGURES)
    of = Sweep("s", "pets@1", {"batch_size": "8"}, None, None, None, ())

    app = again(AppTest.from_function(sweep, args=(of, [one])))

    assert app.dataframe[0].value["Validation accuracy"].tolist() == [75.0]
    assert not [column for column in app.dataframe[0].value if "test" in column.lower()]
    assert "Ranked by the validation images" in said(app)


def about(run):
    from pages.train_parts import about

    about.show(run, None)


def test_settings_are_told_in_the_words_of_people(run):
    app = again(AppTest.from_function(about, args=(run,)))

    assert app.dataframe[0].value.to_numpy().tolist() == [list(one) for one in readable(run)]
