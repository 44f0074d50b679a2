import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from core.errors import InputError
from core.predict import novelty


def around(centres, count, spread, seed):
    """(len(centres) * count, D) float32 unit vectors, `count` about each of `centres`."""
    random = np.random.default_rng(seed)
    vectors = np.repeat(centres, count, axis=0)
    vectors = vectors + random.normal(0, spread, vectors.shape)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def centres(count, seed=0, dimensions=24):
    return around(np.zeros((count, dimensions)), 1, 1, seed)


def unlike(fitted, vectors):
    return float((fitted.distances(vectors) > 1).mean())


def test_the_distance_is_that_to_three_nearest_by_what_is_usual_there():
    """Beside scikit-learn's search."""
    taught = around(centres(3), 15, 0.05, 1)
    fitted = novelty.fit(taught, np.arange(45))
    seen = around(centres(3), 2, 0.1, 2)

    search = NearestNeighbors(n_neighbors=4, metric="cosine").fit(taught)
    usual = search.kneighbors(taught)[0][:, 1:].mean(1)  # the first is the image itself
    distances, nearest = search.kneighbors(seen, n_neighbors=3)
    truth = distances.mean(1) / np.sqrt(usual[nearest].mean(1))
    own = usual / np.sqrt(usual[search.kneighbors(taught)[1][:, 1:]].mean(1))

    np.testing.assert_allclose(fitted.usual, usual, rtol=1e-3)
    assert fitted.threshold == pytest.approx(np.sort(own)[43], rel=1e-3)  # of 46 places, 0.95 are 43.7: the 44th
    np.testing.assert_allclose(fitted.distances(seen), truth / np.sort(own)[43], rtol=2e-3)


def test_one_in_twenty_of_the_same_kind_is_called_unlike_and_all_of_another_kind():
    """On 30 draws, a class dense and another not."""
    told = []
    for seed in range(30):
        dense, thin = centres(2, seed)
        taught, same = (
            np.concatenate([around([dense], 60, 0.02, seed + start), around([thin], 60, 0.08, seed + start + 1)])
            for start in (1000, 2000)
        )
        fitted = novelty.fit(taught, np.arange(120))
        told.append((unlike(fitted, same), unlike(fitted, around(centres(20, seed + 5000), 1, 0.02, seed))))
    alarms, caught = np.mean(told, axis=0)

    assert 0.03 < alarms < 0.07
    assert caught > 0.99


def test_images_that_hang_together_do_not_vouch_for_each_other():
    """Bursts: judged by the others of their own burst, next to every new burst would be unlike them."""
    bursts = around(centres(1), 60, 0.1, 1)
    taught, same = around(bursts[:30], 10, 0.005, 2), around(bursts[30:], 10, 0.005, 3)

    assert unlike(novelty.fit(taught, np.repeat(np.arange(30), 10)), same) < 0.15
    assert unlike(novelty.fit(taught, np.arange(300)), same) > 0.9


def test_one_in_twenty_new_bursts_is_called_unlike_however_unlike_their_sizes_are():
    """On 80 draws of 25 bursts; by images instead of bursts it is one in ten."""
    told = []
    for seed in range(80):
        sizes = np.maximum(np.random.default_rng(seed).lognormal(1.5, 1.2, 75).astype(int), 1)
        of_image = np.repeat(np.arange(75), sizes)
        bursts = around(around(centres(1), 75, 0.1, seed), 1, 0.0, 0)[of_image]
        vectors = around(bursts, 1, 0.005, seed + 1000)
        fitted = novelty.fit(vectors[of_image < 25], of_image[of_image < 25])
        alarms = fitted.distances(vectors[of_image >= 25]) > 1
        told.append(np.mean([alarms[of_image[of_image >= 25] == burst].mean() for burst in range(25, 75)]))

    assert 0.01 < np.mean(told) < 0.06


def test_the_images_of_a_burst_count_for_one_together():
    distances, alone = np.arange(30.0), np.arange(30)

    assert novelty._threshold(distances, alone) == 29  # of 31 places, 0.95 are 29.45: the 30th
    assert novelty._threshold(np.repeat(distances, 4), np.repeat(alone, 4)) == 29
    assert novelty._threshold(np.arange(100.0), np.arange(100)) == 95  # 95.95 of 101: the 96th
    assert novelty._threshold(distances[:18], alone[:18]) is None  # 18.05 of 19
    burst = np.r_[np.arange(29), np.full(70, 29)]  # 29 alone, and 70 that are the thirtieth
    assert novelty._threshold(np.arange(99.0), burst) == 29 + 31  # 29.45: 0.45 of the burst, its 32nd


@pytest.mark.parametrize("units", [np.arange(19), np.zeros(300, int), np.arange(300) % 20])
def test_where_little_was_taught_nothing_is_called_unlike(units):
    assert novelty.fit(around(centres(1), len(units), 0.1, 1), units) is None


def test_what_is_kept_is_bounded_and_says_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(novelty, "MOST", 100)
    taught = around(centres(3), 60, 0.05, 1)
    fitted = novelty.fit(taught, np.arange(180))
    seen = around(centres(6), 5, 0.05, 2)

    novelty.write(tmp_path, fitted)

    assert len(fitted.vectors) == 100
    np.testing.assert_allclose(novelty.find(tmp_path).distances(seen), fitted.distances(seen), rtol=0.02)
    novelty.write(tmp_path, None)  # of a run that was trained again on less
    assert novelty.find(tmp_path) is None


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"noise" * 99])
def test_a_damaged_file_is_named(tmp_path, damage):
    """FAULTS 29"""
    novelty.write(tmp_path, novelty.fit(around(centres(3), 30, 0.05, 1), np.arange(90)))
    path = tmp_path / novelty.FILE_NAME
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(InputError, match=r"novelty\.npz is damaged"):
        novelty.find(tmp_path)


def test_a_run_that_cannot_tell_says_why():
    taught = around(centres(3), 15, 0.05, 1)

    assert novelty.fit(taught, np.arange(45) // 5) is None
    assert novelty.why_not("head", {"independent": 9}).endswith(  # `independent` counts those of both splits
        "20 training and validation images that do not hang together (a burst counts as one), and it had 9"
    )
    assert novelty.why_not("all", {}).startswith("only Quick runs")
    assert "this Fovea" in novelty.why_not("head", {})  # of an earlier one
