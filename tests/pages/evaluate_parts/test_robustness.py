"""What robustness says of its images."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.evaluate.conditions import CLEAN, CORRUPTION, Settings
from core.evaluate.robustness import Robustness
from tests.pages.conftest import again
from tests.pages.evaluate_parts.conftest import CLASSES, answers, without_data


def flipped(answered, found, table):
    from pages.evaluate_parts import robustness_heat

    robustness_heat._flipped(answered, found, table, ("fog", 3))


@pytest.mark.parametrize(("now", "is_said"), [(1.0, True), (1.5, False)])
def test_probabilities_of_another_temperature_say_so(run, now, is_said):
    labels = np.array([0, 1, 0, 1])
    answered = replace(without_data(run, labels, answers(labels, [True] * 4)), temperature=now)
    found = Robustness(run.id, "pets@1", "test", CLASSES, Settings(4), 8, 3, temperature=1.5)
    row = {"row": 0, "label": "cat", "probability": 0.8}
    table = pd.DataFrame(
        [
            {**row, "kind": CLEAN, "name": "", "amount": 0.0, "predicted": "cat"},
            {**row, "kind": CORRUPTION, "name": "fog", "amount": 3.0, "predicted": "dog"},
        ]
    )

    app = again(AppTest.from_function(flipped, args=(answered, found, table)))

    assert "turns 1 of 1 image from right to wrong" in app.markdown[0].value
    assert any("of a temperature of 1.50" in caption.value for caption in app.caption) == is_said
