from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.data.checks import Issue
from core.evaluate.overlap import NEAR, NEW, SAME, told
from core.evaluate.undefined import reason
from pages.evaluate_parts.verdict import align_of_guess
from pages.shared import doubtful
from tests.pages.conftest import again
from tests.pages.evaluate_parts.conftest import answers, without_data


def verdict(answered):
    from pages.evaluate_parts import verdict

    verdict.show(answered)


@pytest.mark.parametrize(("had", "is_said"), [([SAME, NEAR], True), ([NEW, NEW], False)])
def test_that_a_run_had_images_before_is_said_as_loudly_as_its_figure(run, had, is_said):
    labels, right = np.arange(20) % 2, np.arange(20) % 5 > 0
    found = without_data(run, labels, answers(labels, right))
    found.evaluation.figures["overlap"] = told(np.array(had + [NEW] * 18), right)

    heads = [head.value for head in again(AppTest.from_function(verdict, args=(found,))).subheader]

    assert len(heads) == 1 + is_said
    assert not is_said or "2 of the 20 images are among those that the run learnt from" in heads[1]


@pytest.mark.parametrize(
    ("split", "caveat"),
    [
        ("train", "The run learnt from these very images, so this says little about new ones."),
        ("val", "These images chose the best epoch, so the figure flatters a little."),
    ],
)
def test_of_the_runs_own_splits_one_thing_is_said_and_not_that_it_had_all_of_them(run, split, caveat):
    labels, right = np.arange(20) % 2, np.arange(20) % 5 > 0
    found = without_data(run, labels, answers(labels, right))
    found = replace(found, evaluation=replace(found.evaluation, dataset=run.dataset, split=split))
    found.evaluation.figures["overlap"] = told(np.array([SAME] * 20), right)

    page = again(AppTest.from_function(verdict, args=(found,)))

    assert len(page.subheader) == 1
    assert [one.value.replace("\\", "") for one in page.caption].count(caveat) == 1


def other_figures(answered):
    from pages.evaluate_parts import verdict

    verdict.other_figures(answered)


def test_a_loss_of_three_groups_says_that_they_are_too_few_and_what_it_takes(run):
    labels = np.arange(21) % 2
    found = without_data(run, labels, answers(labels, np.arange(21) > 3))
    found.evaluation.figures.update(brier_ci95=None, undefined={"brier_ci95": reason("brier_ci95")})

    page = again(AppTest.from_function(other_figures, args=(found,)))

    brier = next(one for one in page.caption if one.value.startswith("Brier"))
    assert brier.value.endswith("** (too few to tell how sure)")
    assert "Without an interval: It takes 4 images, or groups of them" in brier.help


@pytest.mark.parametrize(
    ("baseline", "low", "high", "ends_there", "align"),
    [
        (0.1, 0.95, 0.99, True, "left"),
        (0.5, 0.9, 1.0, True, "right"),  # to its right 18 % of the line would be shared
        (0.1, 0.5, 0.6, True, None),  # both stand left of the middle
        (0.5, 0.42, 0.55, False, None),
        (0.45, 0.0, 0.1, False, "left"),
        (0.97, 0.99, 1.0, True, None),
    ],
)
def test_words_at_the_baseline_and_at_the_interval_never_overlap(baseline, low, high, ends_there, align):
    assert align_of_guess(baseline, low, high, ends_there) == align


@pytest.mark.parametrize(("learnt_from", "is_said"), [("pets@1", True), ("other@1", False)])
def test_series_in_two_splits_are_said_beside_the_figure_of_what_learnt_from_them(
    kept, monkeypatch, learnt_from, is_said
):
    series = Issue("series_in_splits", "warning", ("a", "b"), "", groups=(("a", "b"), ("c", "d")))
    monkeypatch.setattr(doubtful, "issues", lambda reference: [series])
    asked = replace(kept.answered.asked, run=replace(kept.run, dataset=learnt_from))

    page = again(AppTest.from_function(verdict, args=(replace(kept.answered, asked=asked),)))

    told = [line.value.replace("\\", "") for line in page.markdown if "in two splits" in line.value]
    assert told == is_said * [":material/warning: **2 series stand in two splits (2 images): the figure is too high**"]
