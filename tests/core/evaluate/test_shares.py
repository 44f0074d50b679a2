"""Shares of images that hang together have the intervals of what they are worth, the same wherever they are shown."""

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from core.evaluate import selective
from core.evaluate.calibration import claim, equal_mass, equal_width
from core.evaluate.curves import at
from core.evaluate.disparity import disparity
from core.evaluate.intervals import wilson_interval
from core.evaluate.metrics import figures
from core.evaluate.shares import of_mean, of_share, shares_of, sums_so_far
from core.evaluate.slice_columns import CLASS, Column


def bursts(sizes, right):
    """Groups of these sizes, each right or wrong as a whole."""
    return np.repeat(np.arange(len(sizes)), sizes), np.repeat(right, sizes).astype(bool)


@pytest.fixture
def answered():
    """(labels, probabilities, groups) of 300 images of 4 classes in 60 groups that are of one mind."""
    random = np.random.default_rng(5)
    groups = np.sort(random.integers(0, 60, 300))
    labels = random.integers(0, 4, 300)
    skill = random.normal(2, 2, 60)[groups]
    scores = random.normal(size=(300, 4))
    scores[np.arange(300), labels] += skill
    made = np.exp(scores - scores.max(1, keepdims=True))
    return labels, made / made.sum(1, keepdims=True), groups


def test_the_same_images_have_the_headlines_interval_on_every_tab(answered):
    labels, probabilities, groups = answered
    named, confidence = probabilities.argmax(1), probabilities.max(1)
    correct = named == labels
    headline = figures(labels, probabilities, tuple("abcd"), groups)
    told = tuple(headline["accuracy_ci95"])

    one_bin = equal_width(correct, confidence, 1, groups)
    every = selective.risk_coverage(correct, confidence, groups=groups)
    by_class = disparity(correct, Column(CLASS, "class", np.array(list("abcd"), dtype=object)[labels]), groups)

    assert claim(correct, confidence, groups).interval == told
    assert of_share(correct, groups) == told
    assert tuple(one_bin.interval[0]) == told
    assert (1 - every.interval[-1][::-1]).tolist() == pytest.approx(told, abs=1e-12)
    assert selective.measure(correct, confidence, 0.0, groups).error_interval == tuple(every.interval[-1])
    recalls = {f"class {one['class']}": one["recall_ci95"] for one in headline["per_class"]}
    assert len(by_class.rates) == 4
    for rate in by_class.rates:
        assert (rate.low, rate.high) == pytest.approx(recalls[rate.where], abs=1e-12)


def test_exact_ends_are_those_of_clopper_and_pearson():
    right, part = np.repeat([True, False, True, False], [30, 10, 25, 40]), np.repeat([0, 0, 1, 2], [30, 10, 25, 40])
    of_parts = [(30, 40), (25, 25), (0, 40)]

    for tail in (0.025, 1e-6):
        expected = [proportion_confint(*counts, alpha=2 * tail, method="beta") for counts in of_parts]
        assert shares_of(right, part, 3).exact_ends(tail) == pytest.approx(np.array(expected), abs=1e-9)


def test_exact_ends_of_groups_that_are_of_one_mind_are_at_least_as_wide_as_if_each_were_one_image():
    groups, right = bursts([10] * 40, np.arange(40) < 30)

    low, high = shares_of(right, groups=groups).exact_ends(1e-4)[0]
    least, most = proportion_confint(30, 40, alpha=2e-4, method="beta")

    assert low < least
    assert most < high < 1


def test_images_that_stand_for_themselves_have_wilsons_interval_beside_others_that_hang_together(answered):
    """A class whose images are of as many groups, in a data set with groups elsewhere, was said with two intervals."""
    labels, probabilities, groups = answered
    groups = np.where(labels == 1, 100 + np.arange(300), groups)
    named = probabilities.argmax(1)
    of_class, said = labels == 1, named == 1
    n, hits = int(of_class.sum()), int((of_class & said).sum())
    wilson = proportion_confint(hits, n, method="wilson")

    found = figures(labels, probabilities, tuple("abcd"), groups)["per_class"]

    assert found[1]["recall_ci95"] == pytest.approx(wilson, abs=1e-12)
    assert shares_of(named == labels, labels, 4, groups).interval()[1] == pytest.approx(wilson, abs=1e-12)
    assert at(of_class, said.astype(float), 0.5, groups).recall_interval == pytest.approx(wilson, abs=1e-12)
    assert found[0]["recall_ci95"] != pytest.approx(
        proportion_confint(
            *(int(x) for x in (((labels == 0) & (named == 0)).sum(), (labels == 0).sum())), method="wilson"
        ),
        abs=1e-3,
    )


def test_groups_of_one_image_each_are_no_groups(answered):
    labels, probabilities, _ = answered
    classes = tuple("abcd")
    assert figures(labels, probabilities, classes, np.arange(300)) == figures(labels, probabilities, classes)


def test_without_groups_all_have_wilsons_interval_as_ever():
    random = np.random.default_rng(2)
    correct, confidence = random.random(500) < 0.8, random.random(500)
    ends = of_share(correct)
    assert ends == pytest.approx(proportion_confint(correct.sum(), 500, method="wilson"), abs=1e-12)
    assert claim(correct, confidence).interval == of_share(correct, np.arange(500)) == ends

    curve = selective.risk_coverage(correct, confidence)
    theirs = np.stack(proportion_confint(curve.wrong, curve.answered, method="wilson"), axis=1)
    assert curve.interval == pytest.approx(theirs, abs=1e-12)
    for bins in (equal_width(correct, confidence), equal_mass(correct, confidence)):
        theirs = np.stack(proportion_confint(bins.right, bins.images, method="wilson"), axis=1)
        assert bins.interval == pytest.approx(theirs, abs=1e-12)
    shares = shares_of(correct, random.integers(-1, 3, 500), 3)
    assert (shares.independent == shares.images).all()
    assert (shares.worth(0.999) == shares.images).all()


def test_whole_bursts_are_worth_a_little_less_than_as_many_images():
    groups, right = bursts([7] * 50, np.arange(50) < 40)

    found = shares_of(right, groups=groups)

    # 1,000 draws know the error to 2 %; Student's quantile of 49 and 50 / 49 take off 6.6 %
    assert found.worth()[0] == pytest.approx(50 / (2.0096 / 1.96) ** 2 * 49 / 50, rel=0.1)
    assert (found.images[0], found.groups[0], found.independent[0]) == (350, 50, 50)


def test_parts_up_to_each_are_those_parts_alone(answered):
    labels, probabilities, groups = answered
    right = probabilities.argmax(1) == labels
    step = np.random.default_rng(0).integers(0, 8, 300)

    running = shares_of(right, step, 8, groups, running=True)

    for last in range(8):
        alone = shares_of(right, np.where(step <= last, 0, -1), 1, groups)
        for name in ("images", "right", "groups", "independent"):
            assert getattr(running, name)[last] == getattr(alone, name)[0], name
        assert running.interval()[last] == pytest.approx(alone.interval()[0], abs=1e-12)


def test_a_part_without_images_says_nothing():
    groups, right = bursts([2] * 20, np.arange(20) < 15)

    found = shares_of(right, np.where(groups < 10, 0, 2), 4, groups)

    assert found.images.tolist() == [20, 0, 20, 0]
    assert found.interval()[[1, 3]].tolist() == [[0, 1], [0, 1]]
    assert of_share(right[:0], groups[:0]) is None


def test_sums_over_groups_are_those_of_counting_anew_for_each_number():
    random = np.random.default_rng(1)
    codes, right = random.integers(0, 9, 60), random.random(60) < 0.7

    found = sums_so_far(codes, right)

    for n in range(60):
        groups = [right[: n + 1][codes[: n + 1] == code] for code in np.unique(codes[: n + 1])]
        unlike = sum(one.sum() * (~one).sum() / len(one) for one in groups)
        assert found[:, n] == pytest.approx([len(groups), sum(len(one) ** 2 for one in groups), unlike])


def test_precision_and_recall_of_a_threshold_are_those_of_the_group(answered):
    labels, probabilities, groups = answered
    of_class = labels == 1

    given = at(of_class, probabilities[:, 1], 0.3, groups)

    said = probabilities[:, 1] >= 0.3
    assert given.recall_interval == of_share(said[of_class], groups[of_class])
    assert given.recall_interval != of_share(said[of_class])


@pytest.mark.parametrize("correlation", [0.3, 1.0])
def test_large_groups_beside_single_images_leave_the_share_as_unsure_as_they_are(correlation):
    """By the number of groups the interval held the truth in 87 and 73 of 100 such draws."""
    random, held, draws = np.random.default_rng(4), 0, 120
    spread = (1 - correlation) / correlation
    for _ in range(draws):
        groups = np.repeat(np.arange(20), random.choice([1, 40], 20))
        of_group = random.beta(0.9 * spread, 0.1 * spread, 20) if spread else random.random(20) < 0.9
        low, high = of_share(random.random(len(groups)) < of_group[groups], groups)
        held += low <= 0.9 <= high

    assert held >= 0.9 * draws


def test_groups_of_one_size_have_the_interval_of_their_number_and_standard_error():
    random = np.random.default_rng(6)
    groups = np.repeat(np.arange(25), 12)
    right = random.random(300) < random.beta(4, 1, 25)[groups]

    found = shares_of(right, groups=groups)

    quantile = student.ppf(0.975, 24) * np.sqrt(25 / 24)
    (low, high), share = found.interval()[0], right.mean()
    for end in (low, high):  # Wilson's: the error at the end is the bootstrap's, scaled by the spread there
        error = found.error[0] * np.sqrt(end * (1 - end) / (share * (1 - share)))
        assert abs(share - end) / error == pytest.approx(quantile, rel=1e-9)


def unlike_groups(seed, error=0.06, conditions=40):
    """Mean errors of images under many conditions, groups of 1 or 40 images; how often an image errs is its own and its group's."""
    random = np.random.default_rng(seed)
    groups = np.repeat(np.arange(50), np.where(random.random(50) < 0.2, 40, 1))
    hard = np.sqrt(0.6) * random.standard_normal(50)[groups] + np.sqrt(0.3) * random.standard_normal(len(groups))
    under = hard[:, None] + np.sqrt(0.1) * random.standard_normal((len(groups), conditions))
    return (under > norm.isf(error)).mean(1), groups


def test_the_interval_of_a_mean_holds_it_in_groups_of_unlike_sizes():
    drawn = [of_mean(*unlike_groups(seed)) for seed in range(100)]

    assert np.mean([low <= 0.06 <= high for low, high in drawn]) >= 0.93  # the studentised bootstrap: 0.86


def test_the_mean_of_values_that_are_right_or_wrong_is_a_share():
    right = np.arange(200) < 170

    assert of_mean(right.astype(float)) == pytest.approx(wilson_interval(170, 200), abs=0.002)
    assert of_mean(np.ones(1)) is None
    assert of_mean(np.zeros(50)) == pytest.approx(wilson_interval(0, 50))
    assert of_mean(np.full(50, 0.5))[0] < 0.45, "that all images err alike here is not known of others"
