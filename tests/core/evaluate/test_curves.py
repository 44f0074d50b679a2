import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve
from statsmodels.stats.proportion import proportion_confint

from core.evaluate.curves import at, cheapest, curves, with_precision, with_recall
from core.evaluate.metrics import figures


def one_class(seed, n=600, digits=2):
    """(is_class, probability) with equal probabilities among them."""
    random = np.random.default_rng(seed)
    is_class = random.random(n) < 0.3
    return is_class, np.clip(random.normal(0.35 + 0.3 * is_class, 0.2), 0, 1).round(digits)


@pytest.mark.parametrize("seed", range(3))
def test_precision_recall_and_false_alarms_are_those_of_scikit_learn(seed):
    is_class, probability = one_class(seed)

    ours = curves(is_class, probability)

    precision, recall, threshold = precision_recall_curve(is_class, probability)
    theirs = {value: (precision[i], recall[i]) for i, value in enumerate(threshold)}
    assert len(ours.threshold) == len(theirs)
    for place, value in enumerate(ours.threshold):
        assert (ours.precision[place], ours.recall[place]) == pytest.approx(theirs[value], abs=1e-9)
    false_alarms, recall, threshold = roc_curve(is_class, probability, drop_intermediate=False)
    np.testing.assert_allclose(ours.false_alarm_rate, false_alarms[1:], atol=1e-9)
    np.testing.assert_allclose(ours.recall, recall[1:], atol=1e-9)
    np.testing.assert_allclose(ours.threshold, threshold[1:])
    assert ours.average_precision == pytest.approx(average_precision_score(is_class, probability), abs=1e-9)
    assert ours.roc_auc == pytest.approx(roc_auc_score(is_class, probability), abs=1e-9)


def test_thinned_curves_are_points_of_the_whole_with_both_ends():
    whole = curves(*one_class(0, n=20_000, digits=6))

    thin = whole.thinned(200)

    assert 100 < len(thin.threshold) <= 200
    places = np.flatnonzero(np.isin(whole.threshold, thin.threshold))
    np.testing.assert_array_equal(thin.hits, whole.hits[places])
    np.testing.assert_array_equal(thin.alarms, whole.alarms[places])
    assert (places[0], places[-1]) == (0, len(whole.threshold) - 1)
    assert np.abs(np.diff(thin.recall)).max() < 0.03
    assert thin.average_precision == whole.average_precision


def test_one_kind_of_image_alone_has_no_curves():
    assert curves(np.ones(5, bool), np.linspace(0, 1, 5)) is None
    assert curves(np.zeros(5, bool), np.linspace(0, 1, 5)) is None


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("miss", "alarm"), [(1, 1), (10, 1), (1, 10), (1, 1000)])
def test_no_threshold_costs_less_than_the_cheapest(seed, miss, alarm):
    is_class, probability = one_class(seed)
    probability = np.where(is_class, probability, np.maximum(probability, 0.01 * (probability == probability.max())))

    chosen = cheapest(curves(is_class, probability), miss, alarm)

    def cost(threshold):
        said = probability >= threshold
        return miss * (is_class & ~said).sum() + alarm * (~is_class & said).sum()

    assert cost(chosen) == min(cost(threshold) for threshold in [*np.unique(probability), np.inf])


def test_where_misses_cost_nothing_it_is_said_of_no_image():
    assert cheapest(curves(*one_class(0)), 0, 1) == np.inf


@pytest.mark.parametrize("wanted", [0.3, 0.6, 0.8, 0.95])
def test_a_wanted_precision_is_had_with_the_most_recall(wanted):
    is_class, probability = one_class(1)

    chosen = with_precision(curves(is_class, probability), wanted)

    def of(threshold):
        said = probability >= threshold
        return is_class[said].mean(), is_class[said].sum()

    best = max(hits for precision, hits in map(of, np.unique(probability)) if precision >= wanted)
    assert of(chosen)[0] >= wanted
    assert of(chosen)[1] == best


def test_a_precision_that_no_threshold_has_is_none():
    is_class = np.array([False, True, True, False])

    assert with_precision(curves(is_class, np.array([0.9, 0.5, 0.4, 0.1])), 0.7) is None


@pytest.mark.parametrize("wanted", [0.1, 0.5, 0.9, 1.0])
def test_a_wanted_recall_is_had_with_the_strictest_threshold(wanted):
    is_class, probability = one_class(2)

    chosen = with_recall(curves(is_class, probability), wanted)

    good = [t for t in np.unique(probability) if (probability[is_class] >= t).mean() >= wanted]
    assert chosen == max(good)


def test_a_share_that_was_given_in_percent_is_had_exactly():
    wanted = 99.9 / 100  # a little above 0.999 in binary
    found = np.append(np.repeat([0.9, 0.1], [999, 1]), 0.5)

    assert with_recall(curves(np.arange(1001) < 1000, found), wanted) == 0.9
    assert with_precision(curves(np.arange(1000) < 999, np.full(1000, 0.5)), wanted) == 0.5


def test_what_a_threshold_gives_is_counted():
    is_class = np.array([True, True, False, False, False])

    given = at(is_class, np.array([0.9, 0.2, 0.8, 0.1, 0.5]), 0.5)

    assert (given.hits, given.misses, given.alarms, given.passed) == (1, 1, 2, 1)
    assert (given.precision, given.recall) == (pytest.approx(1 / 3), 0.5)
    nothing = at(is_class, np.zeros(5), np.inf)
    assert (nothing.precision, nothing.recall) == (None, 0.0)


def test_intervals_at_a_threshold_are_wilsons_and_of_groups_those_of_an_evaluation():
    random = np.random.default_rng(4)
    groups = np.arange(400) // 20  # 20 bursts of 20 images
    is_class = groups % 2 == 0
    probability = np.where(is_class, 0.6, 0.3) + random.normal(0, 0.2, 20)[groups] + random.normal(0, 0.02, 400)
    said = probability >= 0.5

    alone, together = at(is_class, probability, 0.5), at(is_class, probability, 0.5, groups)

    assert alone.recall_interval == pytest.approx(
        proportion_confint((said & is_class).sum(), is_class.sum(), method="wilson")
    )
    assert alone.precision_interval == pytest.approx(
        proportion_confint((said & is_class).sum(), said.sum(), method="wilson")
    )
    answered = np.stack([np.where(said, 0.0, 1.0), np.where(said, 1.0, 0.0)], axis=1)
    of_class = figures(is_class.astype(int), answered, ("other", "class"), groups)["per_class"][1]
    assert together.recall_interval == pytest.approx(of_class["recall_ci95"], abs=0.03)
    assert together.precision_interval == pytest.approx(of_class["precision_ci95"], abs=0.03)
    assert np.diff(together.recall_interval) > 2 * np.diff(alone.recall_interval)
    assert at(is_class, np.zeros(400), np.inf, groups).precision_interval is None
