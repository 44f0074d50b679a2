"""The curves of a training: what is written in them stays clear of the lines, and inside of a narrow page."""

import pytest

from pages.shared.charts import Palette
from pages.train_parts import curves

NARROW = 310  # pixels that a plot has for its lines on a page of 400
LETTER = 6.2  # pixels of a letter, at least as wide as they come out on average


@pytest.mark.parametrize("figure", ["loss", "accuracy"])
@pytest.mark.parametrize(
    ("best", "epochs", "named"),
    [(1, 1, None), (1, 20, None), (7, 20, None), (10, 20, None), (13, 20, None), (20, 20, None)]
    + [(best, 5, ["1", "10", "100", "1,000", "10,000"]) for best in (1, 2, 3, 4, 5)],
)
def test_which_epoch_is_kept_is_written_above_the_plot_and_inside_of_the_page(monkeypatch, figure, best, epochs, named):
    monkeypatch.setattr(curves, "palette", lambda: Palette(*["#000000"] * 5, dark=False))
    history = [
        {"epoch": number, **dict.fromkeys(("loss", "val_loss", "accuracy", "val_accuracy"), 0.5)}
        for number in range(1, epochs + 1)
    ]

    chart = curves._chart(figure, "Title", ".3~g", epochs, best, named).to_dict()
    table = curves._table(history, None, figure, best, named, ())

    (text,) = [layer for layer in chart["layer"] if layer["mark"]["type"] == "text"]
    assert text["encoding"]["y"]["value"] < 0, "no line is above the plot"
    assert text["mark"]["baseline"] == "bottom"
    first, last = chart["layer"][1]["encoding"]["x"]["scale"]["domain"]
    rule = (best - first) / (last - first) * NARROW
    (words,) = set(table["words"])
    begins = rule - {"left": 0, "center": 0.5, "right": 1}[text["mark"]["align"]] * LETTER * len(words)
    assert begins >= -30, "the axis has 30 pixels on the left"
    assert begins + LETTER * len(words) <= NARROW + chart["padding"]["right"]
