"""What Classify says of many pictures."""

import io

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.predict.predictor import Prediction
from core.predict.table import csv_of
from pages.classify_parts.many import DOUBTFUL, ORDERS, UNLIKE

SURE = Prediction("sure.jpg", "cat", 0.99, (("cat", 0.99),), distance=0.4, unlike=False)
UNSURE = Prediction("unsure.jpg", "cat", 0.5, (("cat", 0.5),), distance=0.9, unlike=False)
OTHER = Prediction("other.jpg", "dog", 0.97, (("dog", 0.97),), distance=3.5, unlike=True)
BROKEN = Prediction("broken.jpg", None, None, (), "broken.jpg is not a picture.")
OLD = Prediction("old.jpg", "cat", 0.9, (("cat", 0.9),))  # of a run that cannot tell


def names(order, *answers):
    return [answer.path.removesuffix(".jpg") for answer in sorted(answers, key=ORDERS[order])]


def test_what_is_unlike_comes_first_however_sure_the_answer_is():
    assert names(DOUBTFUL, SURE, UNSURE, OTHER) == ["other", "unsure", "sure"]
    assert names(UNLIKE, SURE, OTHER, UNSURE) == ["other", "unsure", "sure"]
    assert names(DOUBTFUL, SURE, OLD) == ["old", "sure"]


def test_the_csv_says_of_each_picture_whether_it_is_unlike_and_nothing_where_that_is_not_known():
    table = pd.read_csv(
        io.BytesIO(csv_of([SURE, OTHER, BROKEN, OLD], ("cat", "dog"), "run-1")), dtype=str, keep_default_na=False
    )

    assert table["unlike"].tolist() == ["False", "True", "", ""]
    assert table["distance"].tolist() == ["0.4", "3.5", "", ""]
    assert table["distance_limit"].tolist() == ["1.0", "1.0", "", ""]


def answered(prediction):
    from types import SimpleNamespace

    import numpy as np

    from pages.classify_parts import one
    from pages.classify_parts.answers import Answer

    predictor = SimpleNamespace(threshold=0.98, fit="crop", of_class=None)
    model = SimpleNamespace(predictor=predictor, run=SimpleNamespace(id="run"))
    one._answer(model, Answer(prediction, np.zeros((8, 8, 3), np.uint8), 0.01), "test")


@pytest.mark.parametrize(("prediction", "first"), [(SURE, "cat"), (OTHER, "Unlike anything it was taught")])
def test_where_a_picture_is_unlike_its_data_that_is_read_first(prediction, first, monkeypatch):
    monkeypatch.setattr("streamlit.page_link", lambda *given, **named: None)
    page = AppTest.from_function(answered, args=(prediction,)).run(timeout=60)

    assert not page.exception
    assert [title.value for title in page.title] == [first]
    assert any("the centre square of the picture" in caption.value for caption in page.caption)
    if prediction is OTHER:
        assert any("It answers **dog** with **97.0\u00a0%**" in line.value for line in page.markdown)
