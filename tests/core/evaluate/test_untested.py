"""Classes that a figure says nothing about."""

import numpy as np
from statsmodels.stats.proportion import proportion_confint

from core.evaluate.confusion import confusion_counts
from core.evaluate.intervals import wilson_interval
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


def test_the_class_that_is_surely_weaker_is_named_where_it_hardly_moves_the_accuracy():
    def words(*classes):
        """Of classes (images, how many of them are found)."""
        labels = np.repeat(np.arange(len(classes)), [images for images, _ in classes])
        named = np.concatenate([np.where(np.arange(images) < found, place, (place + 1) % len(classes))
                                for place, (images, found) in enumerate(classes)])  # fmt: skip
        return weakest_words(figures(labels, np.eye(len(classes))[named], tuple("abcdefgh"[: len(classes)])))

    low, high = proportion_confint(26, 40, 0.05 / 2, method="beta")  # of two classes at once
    assert words((160, 158), (40, 26)) == (
        f"the weakest class is b: of its 40 images it finds 65.0 % ({low * 100:.1f} to {high * 100:.1f})"
    )
    assert words((100, 100), (30, 30)) == "", "none is weaker"
    assert words((100, 95), (30, 28)) == "", "that may be chance"
    assert words((60, 58), (40, 34)) == "", "its images count as much as the others'"
    assert "class is b" in words((100, 98), (100, 40)), "so far under it that it is said all the same"
    assert "class is a: of its 1,000" in words((1000, 700), (500, 490), (1, 0)), "no single image hides it"


def test_of_many_classes_that_are_equally_good_hardly_ever_one_is_named():
    random, named = np.random.default_rng(0), 0
    for _ in range(60):
        sizes = random.integers(3, 31, 40)
        labels = np.repeat(np.arange(40), sizes)
        right = random.random(len(labels)) < 0.9
        matrix = confusion_counts(labels, np.where(right, labels, (labels + 1) % 40), 40)
        per_class = [
            {
                "class": str(place),
                "support": int(size),
                "recall": hits / size,
                "recall_ci95": wilson_interval(hits, size),
            }
            for place, (size, hits) in enumerate(zip(sizes, np.diag(matrix), strict=True))
        ]
        named += weakest_words({"per_class": per_class, "accuracy": right.mean()}) != ""

    assert named <= 6
