"""Parts of the training images."""

from itertools import pairwise

import numpy as np
import pytest

from core.train.shares import part

SHARES = (0.05, 0.1, 0.2, 0.5, 0.9, 1.0)


def test_each_class_gives_the_same_share_and_one_image_at_least():
    labels = np.repeat([0, 1, 2], [1_000, 333, 4])
    alone = np.arange(len(labels))

    for share in SHARES:
        counts = np.bincount(labels[part(labels, alone, share, seed=0)], minlength=3)
        assert counts.tolist() == [max(int(size * share + 0.5), 1) for size in (1_000, 333, 4)]


@pytest.mark.parametrize("grouped", [False, True])
def test_a_smaller_share_is_part_of_a_larger_one(grouped):
    random = np.random.default_rng(0)
    labels = random.integers(0, 7, 900)
    groups = random.integers(0, 120, 900) if grouped else np.arange(900)

    taken = [part(labels, groups, share, seed=3) for share in SHARES]

    for smaller, larger in pairwise(taken):
        assert (larger | ~smaller).all()
    assert taken[-1].all()


def test_no_group_is_cut_and_the_share_is_met_as_nearly_as_they_allow():
    random = np.random.default_rng(1)
    labels = random.integers(0, 3, 2_000)
    groups = labels * 1_000 + random.integers(0, 60, 2_000)  # each of one class

    taken = part(labels, groups, 0.3, seed=0)

    for group in np.unique(groups):
        assert len(set(taken[groups == group])) == 1
    for label in range(3):
        assert taken[labels == label].mean() == pytest.approx(0.3, abs=0.02)


def test_another_seed_takes_other_images_and_the_same_one_the_same():
    labels = np.repeat([0, 1], 200)

    first, again, other = (part(labels, np.arange(400), 0.2, seed) for seed in (0, 0, 1))

    assert (first == again).all()
    assert (first & other).sum() < 40
