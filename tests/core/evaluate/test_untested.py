"""Classes that a figure says nothing about."""

import numpy as np

from core.evaluate.metrics import figures
from core.evaluate.untested import no_image_of, untested


def test_classes_without_an_image_are_named_beside_the_figure():
    names = ("banana", "koala", "mug")
    of_koalas = figures(np.ones(4, np.int64), np.eye(3)[[1, 1, 1, 1]], names)
    of_all = figures(np.arange(3), np.eye(3), names)

    assert untested(of_koalas) == ["banana", "mug"]
    assert no_image_of(untested(of_koalas)) == "no test image of banana, mug"
    assert no_image_of(untested(of_all)) == ""
    assert no_image_of(list("abcde"), "validation") == "no validation image of a, b, c and 2 more"
