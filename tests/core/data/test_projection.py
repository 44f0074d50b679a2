import dataclasses

import numpy as np
import pytest
from skimage.measure import points_in_poly
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from core.data import projection
from core.data.add import add
from core.data.checks import check
from core.data.embeddings import embed, folder_of
from core.data.projection import busiest_place, inside, make_map, nearest_neighbours, principal_components, project
from core.errors import DamagedError, NotFoundError, Stopped
from tests.core.data.test_embeddings import FakeEmbedder
from tests.making import write_classes


def clusters(sizes, length=60, seed=0):
    """Unit vectors around as many centres as there are `sizes`, and whose each is."""
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    vectors = random.normal(size=(len(sizes), length))[labels] + 0.3 * random.normal(size=(len(labels), length))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16), labels


@pytest.mark.parametrize("length", [60, 400])
def test_components_are_those_of_scikit_learn(monkeypatch, length):
    monkeypatch.setattr(projection, "BLOCK_ROWS", 64)
    vectors, _ = clusters([200, 100], length)
    places = np.random.default_rng(1).permutation(300)[:250]

    ours = principal_components(vectors, places, count=8)

    theirs = PCA(8, svd_solver="full").fit_transform(vectors[places].astype(np.float64))
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=2e-4)


def test_neighbours_are_those_of_a_tree_without_the_point_itself(monkeypatch):
    monkeypatch.setattr(projection, "BLOCK_ROWS", 64)
    points = np.random.default_rng(0).normal(size=(300, 5)).astype(np.float32)

    indices, distances = nearest_neighbours(points)

    expected = NearestNeighbors(algorithm="kd_tree").fit(points).kneighbors(points, 91)
    np.testing.assert_array_equal(indices, expected[1][:, 1:])
    np.testing.assert_allclose(distances, expected[0][:, 1:], atol=1e-3)


def test_among_equal_points_none_is_its_own_neighbour():
    indices, distances = nearest_neighbours(np.ones((120, 4), np.float32))

    assert not (indices == np.arange(120)[:, None]).any()
    assert distances.max() < 1e-3


@pytest.mark.parametrize("grid_from", [projection.SOME, 100])
def test_groups_stay_together_and_the_map_is_the_same_every_time(monkeypatch, grid_from):
    monkeypatch.setattr(projection, "SOME", grid_from)
    monkeypatch.setattr(projection, "EARLY_STEPS", 100)
    monkeypatch.setattr(projection, "STEPS", 50)
    vectors, labels = clusters([60, 80, 40])
    components = principal_components(vectors, np.arange(len(vectors)))
    neighbours, distances = nearest_neighbours(components)

    points = project(components, neighbours, distances)

    near = NearestNeighbors(n_neighbors=6).fit(points).kneighbors(points, return_distance=False)
    assert (labels[near[:, 1:]] == labels[:, None]).mean() > 0.99
    np.testing.assert_array_equal(project(components, neighbours, distances), points)


@pytest.fixture
def few(workspace, tmp_path):
    dataset = add(workspace, str(write_classes(tmp_path / "few", {"a": 9, "b": 9})))
    embed(workspace, dataset, FakeEmbedder())
    return dataset


def test_a_map_has_a_point_for_each_row_and_serves_versions_with_the_same_pictures(workspace, few, tmp_path):
    made = make_map(workspace, few)

    assert made.points.shape == (18, 2)
    assert made.points.min() >= 0 and made.points.max() <= 1
    assert (made.neighbour_distance > 0).all()
    (tmp_path / "few" / "a" / "000.png").rename(tmp_path / "few" / "b" / "moved.png")
    relabelled = add(workspace, str(tmp_path / "few"))
    assert relabelled.reference == "few@2"
    assert len(list(folder_of(workspace, few).glob("map-*.npz"))) == 1
    np.testing.assert_array_equal(
        np.sort(projection.read_map(workspace, relabelled).points, axis=0), np.sort(made.points, axis=0)
    )


def test_pictures_without_a_vector_are_nowhere(workspace, few, tmp_path):
    write_classes(tmp_path / "few", {"b": 11}, first_seed=9)
    grown = add(workspace, str(tmp_path / "few"))

    made = make_map(workspace, grown)

    assert np.isnan(made.points[:, 0]).sum() == np.isnan(made.neighbour_distance).sum() == 2


@pytest.mark.parametrize("images", [1, 2, 5])
def test_very_few_pictures_have_a_map_too(workspace, tmp_path, images):
    dataset = add(workspace, str(write_classes(tmp_path / "few", {"a": images})))
    embed(workspace, dataset, FakeEmbedder())

    made = make_map(workspace, dataset)

    assert made.points.shape == (images, 2)
    assert np.isfinite(made.points).all() and np.isfinite(made.neighbour_distance).all()


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-60], lambda data: data[: len(data) // 2], lambda _: b"", lambda _: b"noise"]
)
def test_a_damaged_map_is_named_and_made_again(workspace, few, damage):
    whole = make_map(workspace, few)
    file = projection.map_file(workspace, few)
    file.write_bytes(damage(file.read_bytes()))

    assert {issue.kind for issue in check(workspace, few)}.isdisjoint({"outlier"})
    with pytest.raises(DamagedError, match=rf"{file.name} is damaged .*Embed the images"):
        projection.read_map(workspace, few)
    np.testing.assert_array_equal(make_map(workspace, few).points, whole.points)


def test_a_stop_leaves_no_map(workspace, few):
    with pytest.raises(Stopped, match="The embeddings are kept"):
        make_map(workspace, few, should_stop=lambda: True)
    with pytest.raises(NotFoundError, match="few@1 has no map yet"):
        projection.read_map(workspace, few)


def test_the_lasso_holds_what_scikit_image_says_it_holds():
    random = np.random.default_rng(3)
    points = random.random((2000, 2)).astype(np.float32)
    star = np.array([[0.5, 0.95], [0.6, 0.1], [0.05, 0.7], [0.95, 0.6], [0.3, 0.05]])  # crosses itself

    held = inside(points, star)

    np.testing.assert_array_equal(held, points_in_poly(points, star))
    assert 100 < held.sum() < 1900
    points[:5] = np.nan
    assert not inside(points, star)[:5].any()


def test_pictures_follow_one_another_from_the_nearest_to_the_farthest_and_those_nowhere_come_last():
    points = np.array([[0.0, 0.0], [np.nan, np.nan], [3.0, 4.0], [1.0, 0.0], [1.0, 0.0]])

    assert projection.nearest_first(points, 3).tolist() == [3, 4, 0, 2, 1]


def test_a_name_is_written_where_most_of_its_points_are():
    points = np.concatenate([np.full((5, 2), 0.2), np.full((9, 2), 0.7), np.random.default_rng(0).random((5, 2))])

    assert busiest_place(points) == pytest.approx((0.7, 0.7), abs=0.05)


def test_a_map_is_plain_arrays(workspace, few):
    names = [field.name for field in dataclasses.fields(make_map(workspace, few))]

    with np.load(projection.map_file(workspace, few), allow_pickle=False) as made:
        assert sorted(made) == sorted(names)
