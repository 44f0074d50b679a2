"""Groups are of pictures that are alike to one of them: chains break, whatever order they come in."""

import numpy as np
import pytest

from core.data.stars import stars


def in_a_row(places, reach):
    """What is alike where pictures lie on a line and see as far as `reach`; neighbours were looked at already."""
    places = np.asarray(places, float)
    looked = []

    def look(pairs):
        looked.extend(map(tuple, pairs.tolist()))
        return np.abs(places[pairs[:, 0]] - places[pairs[:, 1]]) <= reach

    order = np.argsort(places)
    pairs = np.column_stack([order[:-1], order[1:]])
    alike = pairs[look(pairs)]
    angle = np.deg2rad(places)
    return alike, np.column_stack([np.cos(angle), np.sin(angle)]), look, looked


@pytest.mark.parametrize("seed", range(3))
def test_a_chain_becomes_groups_no_wider_than_twice_what_is_alike(seed):
    places = np.random.default_rng(seed).permutation(90)
    alike, coarse, look, looked = in_a_row(places, reach=3)
    assert len(alike) == 89, "one chain"

    group = stars(90, alike, coarse, look)

    assert max(np.ptp(places[group == one]) for one in set(group)) <= 2 * 3
    assert len(set(group)) <= 90 / 3
    assert len(looked) < 90 * 90 / 2


def test_copies_of_one_picture_are_one_group_and_pairs_are_not_looked_at_again():
    places = [0.0, 0.1, 0.2, 0.3, 0.4, 50.0, 50.1, 100.0]
    alike, coarse, look, looked = in_a_row(places, reach=1)
    before = len(looked)

    group = stars(8, alike, coarse, look)

    assert group.tolist() == [group[0]] * 5 + [5, 5, 7]
    assert not {(5, 6), (6, 5)} & set(looked[before:])


def test_a_group_of_before_stays_whole_and_takes_what_is_alike_to_half_of_it():
    places = [0.0, 10.0, 0.5, 30.0]  # the first two were called copies
    alike, coarse, look, _ = in_a_row(places, reach=1)

    group = stars(4, alike, coarse, look, former=np.array([[0, 0], [0, 1]]))

    assert group.tolist() == [0, 0, 0, 3]
