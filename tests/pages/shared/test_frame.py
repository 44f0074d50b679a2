"""A choice of runs."""

import time

from streamlit.testing.v1 import AppTest

from core.train.config import TrainConfig
from core.train.runs import Run
from pages.shared import frame


def choosing():
    import streamlit as st

    from core.train.config import TrainConfig
    from core.train.runs import Run
    from pages.shared import frame

    run = Run("one", "desk@1", TrainConfig("fast_cnn"), name="first", created_at=1_764_430_000.0)
    other = Run("two", "desk@2", TrainConfig("fast_cnn"), created_at=1_764_430_000.0)
    by_id = {"one": run, "two": other}
    chosen = st.multiselect("Runs", list(by_id), format_func=lambda i: frame.run_line(by_id[i]), key="runs")
    st.text(",".join(chosen))


def test_what_is_chosen_stays_however_long_the_page_is_open(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1_764_430_090.0)
    app = AppTest.from_function(choosing).run()
    app.multiselect[0].select("one").run()
    assert app.text[0].value == "one"

    monkeypatch.setattr(time, "time", lambda: 1_764_430_190.0)
    app.run()

    assert app.text[0].value == "one"


def test_a_run_is_named_with_its_moment_once():
    app = AppTest.from_function(choosing).run()

    moment = time.strftime("%d %b %H:%M", time.localtime(1_764_430_000.0))
    assert [line.count(moment) for line in app.multiselect[0].options] == [1, 1]


def test_a_run_is_picked_by_its_validation_figure():
    run = Run("one", "desk@1", TrainConfig("fast_cnn"), figures={"val_accuracy": 0.64516, "test_accuracy": 0.5})

    assert "validation 64.5\u00a0%" in frame.run_line(run)
    assert "50" not in frame.run_line(run).replace(run.title, "")
