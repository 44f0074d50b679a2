import numpy as np
import pytest
from scipy.stats import hypergeom

from core.evaluate.slice_columns import Column
from core.evaluate.slice_search import Scores, oddity, search, smallest_gap

CAMERAS = np.array(list("abcdefg"), dtype=object)


def columns_for(random, images):
    """Columns as photos have them: a class, three looks of which two go together, sizes with ties, a camera."""
    brightness = random.gamma(4, 25, images)
    return [
        Column("class", "class", random.integers(0, 10, images).astype(str).astype(object)),
        Column("brightness", "brightness", brightness),
        Column("contrast", "contrast", brightness / 2 + random.normal(0, 20, images)),
        Column("sharpness", "sharpness", random.normal(0, 1, images)),
        Column("pixels", "size", random.choice([1.0, 2, 3, 4, 5, 6], images)),
        Column("column_camera", "camera", random.choice(CAMERAS, images)),
    ]


def planted(seed, images, accuracy, points=0.15, size=200):
    """Answers that are worse in a band of `size` images of brightness that begins anywhere. Also its bounds."""
    random = np.random.default_rng(seed)
    columns = columns_for(random, images)
    brightness = columns[1].values
    start = random.integers(0, images - size)
    band = np.argsort(brightness)[start : start + size]
    share = np.full(images, accuracy)
    share[band] -= points
    return random.random(images) < share, columns, brightness[band].min(), brightness[band].max()


@pytest.mark.parametrize(("images", "accuracy", "least"), [(2_000, 0.9, 9), (10_000, 0.9, 9), (10_000, 0.97, 10)])
def test_a_planted_band_of_200_images_15_points_worse_is_found_wherever_it_lies(images, accuracy, least):
    found = 0
    for seed in range(10):
        correct, columns, low, high = planted(seed, images, accuracy)
        hits = search(correct, columns, permutations=199).hits
        found += any(hit.part.column == "brightness" and hit.part.low <= high and hit.part.high >= low for hit in hits)

    assert found >= least


def test_the_found_band_is_about_the_planted_one():
    correct, columns, low, high = planted(3, 10_000, 0.97)
    first = search(correct, columns).hits[0]
    inside = first.part.of(columns[1])
    meant = (columns[1].values >= low) & (columns[1].values <= high)

    assert first.part.column == "brightness"
    assert first.p == pytest.approx(0.001)
    assert (inside & meant).sum() / (inside | meant).sum() > 0.6


def test_of_a_band_that_is_far_worse_than_any_chance_the_band_itself_is_found_not_a_wider_one():
    random = np.random.default_rng(0)
    columns = columns_for(random, 1_800)
    band = np.argsort(columns[1].values)[700:850]
    correct = random.random(1_800) < 0.995
    correct[random.permutation(band)[:90]] = False

    first = search(correct, columns).hits[0]

    assert first.part.column == "brightness"
    assert int(first.part.of(columns[1]).sum()) <= 200


def test_on_shuffled_slices_at_most_18_of_200_draws_report_one():
    reported = 0
    for seed in range(1_000, 1_200):
        random = np.random.default_rng(seed)
        columns = columns_for(random, 2_000)
        reported += bool(search(random.random(2_000) < 0.9, columns, permutations=199, seed=100_000 + seed).hits)

    assert reported <= 18


def test_among_groups_that_are_right_or_wrong_together_nothing_is_found_either():
    alone, by_group = 0, 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        sizes = random.integers(1, 25, 120)
        groups = np.repeat(np.arange(120), sizes)
        cameras = random.choice(CAMERAS, 120)[groups]
        brightness = random.normal(0, 1, 120)[groups] + random.normal(0, 0.1, len(groups))
        correct = random.random(len(groups)) < random.choice([0.5, 0.95], 120, p=[0.2, 0.8])[groups]
        columns = [Column("column_camera", "camera", cameras), Column("brightness", "brightness", brightness)]
        alone += bool(search(correct, columns, permutations=99).hits)
        by_group += bool(search(correct, columns, groups, permutations=99).hits)

    assert by_group <= 8  # 3 expected; 9 or more one time in 300
    assert alone >= 30


def test_a_weak_camera_is_found_among_groups_too():
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(300), 10)
    cameras = random.choice(CAMERAS, 300)[groups]
    correct = random.random(3_000) < np.where(cameras == "c", 0.7, 0.93)

    hits = search(correct, [Column("column_camera", "camera", cameras)], groups).hits

    assert [hit.part.value for hit in hits] == ["c"]


def test_scores_are_the_hypergeometric_tail():
    sizes = np.array([25, 200, 200, 1_000, 30])
    scores = Scores(2_000, 180, sizes)
    for candidate, size in enumerate(sizes):
        usual = int(size * 0.09)
        for mistakes in range(usual + 1, usual + 25):
            chance = hypergeom.pmf(np.arange(mistakes, 181), 2_000, 180, size).sum()
            if chance == 0:
                break
            got = scores.of(np.array([mistakes]), scores.slots[candidate : candidate + 1])[0]
            assert got == pytest.approx(-np.log10(chance), rel=1e-5)
            exact = oddity(np.array([size]), np.array([mistakes]), 2_000, 180)
            assert exact[0] == pytest.approx(-np.log10(chance), rel=1e-9)


def test_two_weak_slices_are_both_found_and_what_only_shares_their_images_is_not():
    random = np.random.default_rng(1)
    columns = columns_for(random, 6_000)
    twin = Column("column_twin", "twin", columns[1].values * 2 + 1)
    dark = columns[1].values < np.quantile(columns[1].values, 0.1)
    correct = random.random(6_000) < np.where(dark, 0.7, np.where(columns[5].values == "b", 0.75, 0.95))

    hits = search(correct, [*columns, twin]).hits

    assert sorted(hit.part.column for hit in hits if hit.part.column != "contrast") == ["brightness", "column_camera"]
    assert next(hit.part.value for hit in hits if hit.part.column == "column_camera") == "b"


def test_the_same_seed_finds_the_same():
    correct, columns, *_ = planted(0, 2_000, 0.9)

    assert search(correct, columns, permutations=99) == search(correct, columns, permutations=99)


@pytest.mark.parametrize("correct", [np.ones(100, bool), np.zeros(100, bool), np.ones(3, bool), np.ones(0, bool)])
def test_where_all_is_right_or_wrong_or_too_little_there_is_no_finding(correct):
    values = np.arange(len(correct), dtype=float)

    assert search(correct, [Column("brightness", "brightness", values)]).hits == ()


def test_what_is_not_known_of_some_images_leaves_the_others_to_be_looked_at():
    random = np.random.default_rng(0)
    values = random.normal(0, 1, 2_000)
    correct = random.random(2_000) < np.where(values < -1, 0.6, 0.95)
    values[1_000:] = np.nan

    hits = search(correct, [Column("column_x", "x", values), Column("column_y", "y", np.full(2_000, np.nan))]).hits

    assert len(hits) == 1
    assert hits[0].part.high == pytest.approx(-1, abs=0.2)


def test_a_gap_of_the_stated_size_is_found_four_times_of_five():
    critical, drawn, images, mistakes = 4.0, 200, 4_000, 400
    gap = smallest_gap(drawn, images, mistakes, critical)
    random = np.random.default_rng(0)
    wrong = random.binomial(drawn, mistakes / images + gap, 2_000)

    found = np.mean(oddity(np.full(len(wrong), drawn), wrong, images, mistakes) > critical)

    assert 0.79 <= found <= 0.9  # counts are whole: a little above 0.8
    assert smallest_gap(drawn, images, mistakes, np.inf) is None
