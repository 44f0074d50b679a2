"""Charts of Evaluate: words stay clear of each other, names stand at their bars."""

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import again
from tests.pages.evaluate_parts.conftest import answers, without_data


@pytest.fixture
def charts(monkeypatch):
    """What is drawn, as Vega-Lite."""
    drawn = []
    monkeypatch.setattr(st, "altair_chart", lambda chart, **named: drawn.append(chart.to_dict()) or {})
    return drawn


def verdict(answered):
    from pages.evaluate_parts import verdict

    verdict.show(answered)


@pytest.mark.parametrize(("right", "is_written"), [(99, True), (55, False)])
def test_the_guess_is_written_at_the_line_only_where_it_has_room(run, charts, right, is_written):
    places = np.arange(100) // 60  # 60 cats: guessing gets 60 %
    found = without_data(run, places, answers(places, np.arange(100) < right))

    again(AppTest.from_function(verdict, args=(found,)))

    written = [layer["encoding"]["text"]["field"] for layer in charts[0]["layer"] if layer["mark"]["type"] == "text"]
    assert written == (["guess", "said"] if is_written else ["said"])


def classes(answered):
    from pages.evaluate_parts import classes

    classes.show(answered)


def bars():
    from pages.shared.charts import probability_bars

    probability_bars([("cat", 0.8), ("dog", 0.2)], "tried")


def test_bars_of_two_classes_keep_their_height_so_that_names_stand_at_them(run, charts):
    places = np.arange(10) % 2

    again(AppTest.from_function(classes, args=(without_data(run, places, answers(places, places >= 0)),)))
    again(AppTest.from_function(bars))

    assert [sorted(chart["height"]) for chart in charts] == [["step"], ["step"]]
