import numpy as np
import pytest
from scipy.stats import mannwhitneyu, norm
from sklearn.metrics import average_precision_score, roc_auc_score

from core.evaluate.intervals import score_interval
from core.evaluate.ranking import influences, normal_worth, ranking_intervals


def answers(seed, n=120, share=0.3, ties=False):
    random = np.random.default_rng(seed)
    positive = random.random(n) < share
    scores = random.normal(size=n) + 1.5 * positive
    return positive, np.round(scores, 0) if ties else scores


def naive_weighted_ap(positive, scores, weights):
    return average_precision_score(positive, scores, sample_weight=weights)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_both_figures_are_scikit_learns(seed, ties):
    positive, scores = answers(seed, ties=ties)

    found = influences(positive, scores)

    assert found.average_precision == pytest.approx(average_precision_score(positive, scores), abs=1e-9)
    assert found.roc_auc == pytest.approx(roc_auc_score(positive, scores), abs=1e-9)


@pytest.mark.parametrize("ties", [False, True])
def test_an_images_influence_is_what_a_little_more_of_it_changes(ties):
    positive, scores = answers(0, ties=ties)
    found = influences(positive, scores)
    step = 1e-5
    p, n = positive.sum(), (~positive).sum()

    for place in range(0, len(positive), 7):
        for figure, influence in (
            (average_precision_score, found.of_average_precision),
            (roc_auc_score, found.of_roc_auc),
        ):
            heavier, lighter = np.ones(len(positive)), np.ones(len(positive))
            heavier[place] += step
            lighter[place] -= step
            slope = (
                figure(positive, scores, sample_weight=heavier) - figure(positive, scores, sample_weight=lighter)
            ) / (2 * step)
            if figure is roc_auc_score:  # DeLong divides by one less
                slope *= np.sqrt(p / (p - 1)) if positive[place] else np.sqrt(n / (n - 1))
            assert influence[place] == pytest.approx(slope, abs=1e-9)


@pytest.mark.parametrize("ties", [False, True])
def test_the_variance_of_auc_is_delongs_by_a_naive_double_loop(ties):
    positive, scores = answers(1, ties=ties)
    of_positives, of_negatives = scores[positive], scores[~positive]
    wins = np.array([[1.0 if x > y else 0.5 if x == y else 0.0 for y in of_negatives] for x in of_positives])
    delong = wins.mean(1).var(ddof=1) / len(of_positives) + wins.mean(0).var(ddof=1) / len(of_negatives)

    assert (influences(positive, scores).of_roc_auc ** 2).sum() == pytest.approx(delong, abs=1e-12)


def test_influences_sum_to_nothing():
    found = influences(*answers(2, ties=True))

    assert found.of_average_precision.sum() == pytest.approx(0, abs=1e-12)
    assert found.of_roc_auc.sum() == pytest.approx(0, abs=1e-12)


def test_images_of_a_group_that_are_all_alike_count_once():
    positive, scores = answers(3)
    alone = ranking_intervals(influences(positive, scores), positive)

    repeated = np.repeat(positive, 3)
    found = influences(repeated, np.repeat(scores, 3))
    thrice = ranking_intervals(found, repeated, np.repeat(np.arange(len(positive)), 3))

    for one, other in zip(alone, thrice, strict=True):
        assert other == pytest.approx(one, abs=2e-3)  # DeLong's n - 1


def test_ranking_everything_right_is_no_certainty():
    positive = np.arange(100) < 20

    of_precision, of_auc = ranking_intervals(influences(positive, positive.astype(float)), positive)

    assert of_precision == (pytest.approx(float(score_interval(1.0, 20)[0])), 1.0)
    assert of_auc == (pytest.approx(float(score_interval(1.0, 3 * 20)[0])), 1.0)
    # Of two heaps, with none of 100 images in the wrong one: the share that is there in fact is the AUC below 1.
    assert of_auc[0] ** 100 < 0.025


@pytest.mark.parametrize(("apart", "positives", "negatives"), [(1.0, 30, 70), (2.5, 40, 40)])
def test_an_auc_of_normal_scores_is_worth_what_it_varies(apart, positives, negatives):
    random = np.random.default_rng(5)
    areas = []
    for _ in range(4000):
        above, below = random.normal(size=positives) + apart, random.normal(size=negatives)
        areas.append(mannwhitneyu(above, below).statistic / (positives * negatives))
    area = float(norm.cdf(apart / np.sqrt(2)))

    found = normal_worth(area, positives, negatives)

    assert found == pytest.approx(area * (1 - area) / np.var(areas), rel=0.08)  # 2 to 3 % by chance


def test_of_scores_in_two_heaps_only_the_rarer_kind_tells_how_sure_the_auc_is():
    """No positive among 40 is in the wrong heap, 12 of 600 negatives are: what varies is only what was seen."""
    positive = np.arange(640) < 40
    scores = positive.astype(float)
    scores[40:52] = 1.0
    area = 1 - 12 / 600 / 2

    _, of_auc = ranking_intervals(influences(positive, scores), positive)

    assert of_auc == pytest.approx([float(end) for end in score_interval(area, 3 * 40)])
    # One positive in 50 in the wrong heap as well, as of the negatives, is not ruled out.
    assert of_auc[0] < 0.98 < of_auc[1]
