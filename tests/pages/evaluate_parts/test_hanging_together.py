"""What the tabs say of images that hang together: bursts that are right or wrong as a whole are no more than one image each."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.evaluate import resolution, rule
from core.evaluate.answers import Answers
from core.evaluate.disparity import disparity
from core.evaluate.slice_columns import CLASS, Column, Sliceable
from core.evaluate.slices import find_slices
from pages.evaluate_parts import calibration, slice_findings
from pages.evaluate_parts.slice_bands import gap_sentence as gap_words
from tests.pages.conftest import again
from tests.pages.evaluate_parts.conftest import CLASSES, answers, without_data


def bursts(number, images, right, sure=0.7):
    """Answers to so many bursts of so many images each, of which the first `right` are right as a whole."""
    groups = np.repeat(np.arange(number), images)
    places = groups % 2
    return Answers(CLASSES, np.arange(len(groups)), places, answers(places, groups < right, sure), groups)


def test_three_bursts_are_too_few_to_say_what_a_run_claims():
    three = calibration.sentence(bursts(3, 30, 2, sure=0.55), "test")
    many = calibration.sentence(bursts(60, 3, 54, sure=0.55), "test")

    assert three.endswith(": images that hang together count as one, and 3 are too few to judge by.")
    assert "66.7\u00a0% (" in three
    assert many.endswith(": it claims too little.")


def test_slices_of_few_bursts_are_neither_searched_nor_compared():
    found = bursts(6, 30, 4)
    dark = np.where(found.groups > 3, "dark", "light").astype(object)
    columns = (Column(CLASS, "class", np.array(CLASSES, dtype=object)[found.labels]), Column("folder", "folder", dark))
    images = Sliceable(CLASSES, found.labels, found.predicted, found.groups, columns, True)

    words = slice_findings.none_found(find_slices(images, permutations=99))
    gap = gap_words(disparity(images.correct, columns[1], images.groups))

    assert "the 180 images count as 6; it takes 10" in words
    assert gap == "There are no two parts with enough images to compare: each takes 10 that do not hang together."


def test_bursts_of_unlike_sizes_count_as_the_same_number_wherever_it_is_said():
    """Six bursts, right or wrong as a whole, count as (Σ size)² / Σ size² = 5.895: 5, in whole images."""
    sizes = np.array([17, 13, 13, 17, 17, 13])
    groups = np.repeat(np.arange(6), sizes)
    assert sizes.sum() ** 2 / (sizes**2).sum() == pytest.approx(5.895, abs=1e-3)
    places, rights = groups % 2, groups > 0
    found = Answers(CLASSES, np.arange(90), places, answers(places, rights, 0.7), groups)
    images = Sliceable(CLASSES, found.labels, found.predicted, groups, (Column(CLASS, "class", places),), True)
    figures = {"n": 90, "effective_n": float(sizes.sum() ** 2 / (sizes**2).sum()), "groups": 6}

    assert "tell about as much as 5 that stand alone" in str(resolution.together(figures))
    assert "which tell as much as 5," in str(resolution.of_choice(0.9, sizes, "pets@1"))
    assert "the 90 images count as 5;" in slice_findings.none_found(find_slices(images, permutations=99))
    assert "count as one, and 5 are too few" in calibration.sentence(found, "test")
    assert "of 6 groups count as 5 separate ones" in rule.alike_words(found)


def test_a_gap_is_not_called_sure_beside_a_search_of_all_columns_that_found_none():
    dark = np.arange(200) < 20
    by = disparity(
        np.where(dark, np.arange(200) % 2, 1) > 0, Column("folder", "folder", dark.astype(str).astype(object))
    )

    assert not by.under_rest.may_be_chance
    assert gap_words(by, False).endswith(" under the rest.")
    assert gap_words(by, True).endswith("of all columns together, one may look so by chance.")


def way(name, answered, validation, found):
    import importlib

    importlib.import_module(f"pages.evaluate_parts.{name}").show(answered, validation, found, 1.0)


@pytest.mark.parametrize("name", ["withhold", "class_sets", "one_class"])
def test_all_three_ways_to_decide_say_as_how_many_the_validation_images_count(run, name):
    validation, found = bursts(60, 4, 60, sure=0.9), bursts(20, 5, 20, sure=0.9)
    app = AppTest.from_function(
        way, args=(name, without_data(run, found.labels, found.probabilities), validation, found)
    )
    app.query_params["error"] = "0.2"

    again(app)

    words = [caption.value for caption in app.caption]
    assert any("the 240 validation images of 60 groups count as 60 separate ones" in said for said in words)
    assert any("count as" in said and "there are 240" in said for said in words) == (name == "class_sets")
