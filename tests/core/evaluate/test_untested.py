"""Classes that a figure says nothing about."""

import numpy as np

from core.evaluate.metrics import figures
from core.evaluate.untested import no_image_of, untested, weakest_words


def test_classes_without_an_image_are_named_beside_the_figure():
    names = ("banana", "koala", "mug")
    of_koalas = figures(np.ones(4, np.int64), np.eye(3)[[1, 1, 1, 1]], names)
    of_all = figures(np.arange(3), np.eye(3), names)

    assert untested(of_koalas) == ["banana", "mug"]
    assert no_image_of(untested(of_koalas)) == "no test image of banana, mug"
    assert no_image_of(untested(of_all)) == ""
    assert no_image_of(list("abcde"), "validation") == "no validation image of a, b, c and 2 more"


def test_the_weakest_class_is_named_where_classes_are_unbalanced():
    labels = np.repeat([0, 1], [160, 40])
    named = np.where(np.arange(200) < 186, labels, 0)  # 14 of 40 defects are taken for good

    def words(labels, named):
        return weakest_words(figures(labels, np.eye(2)[named], ("good", "defect")))

    assert words(labels, named) == "the weakest class is defect: of its 40 images it finds 65.0 % (49.5 to 77.9)"
    assert words(labels[100:], named[100:]) == "", "60 and 40"
    assert words(labels[:160], named[:160]) == "", "one class alone"
    assert "of its one image it finds 0.0 %" in words(labels[:161], np.zeros(161, int))
