import numpy as np
import pandas as pd
import pytest
import skimage.data
from PIL import Image

from core.data.add import add
from core.data.checks import check
from core.data.dataset import read_index
from core.data.embeddings import embed
from core.data.outliers import find_outliers
from core.data.projection import make_map


def test_the_score_is_the_modified_z_score_of_the_class():
    # 27 distances in class "a", their median 1.0; absolute deviations 0, 0, 12 × 0.1, 12 × 0.2, 1.5: their median is 0.1
    spread = np.tile([0.9, 1.1, 0.8, 1.2], 6)
    distance = np.concatenate([spread, [1.0, 1.0, 2.5], 10 * spread])
    labels = pd.Series(["a"] * 27 + ["b"] * 24)

    found = find_outliers(distance, labels)

    assert found["row"].tolist() == [26]
    assert found["score"][0] == pytest.approx(1.5 / (1.4826 * 0.1))
    assert found["distance"][0] == 2.5


def test_a_small_class_is_compared_with_everything():
    distance = np.concatenate([np.tile([0.9, 1.0, 1.1], 20), [5.0, 5.1]])
    labels = pd.Series(["a"] * 60 + ["small"] * 2)

    assert find_outliers(distance, labels)["row"].tolist() == [61, 60]


def test_pictures_without_an_embedding_are_passed_over():
    distance = np.concatenate([np.tile([0.9, 1.0, 1.1], 20), [np.nan, 9.0]])

    assert find_outliers(distance, pd.Series(["a"] * 62), threshold=5)["row"].tolist() == [61]
    assert find_outliers(np.full(3, np.nan), pd.Series(["a"] * 3)).empty


def test_a_photo_of_something_else_is_found(workspace, tmp_path, embedder):
    cat = Image.fromarray(skimage.data.chelsea())
    (tmp_path / "pets" / "cat").mkdir(parents=True)
    for number in range(24):
        left, top = 7 * (number % 6), 5 * (number // 6)
        cat.crop((left, top, left + 280, top + 280)).save(tmp_path / "pets" / "cat" / f"{number:02d}.png")
    Image.fromarray(skimage.data.coffee()).save(tmp_path / "pets" / "cat" / "odd.png")
    pets = add(workspace, str(tmp_path / "pets"))
    embed(workspace, pets, embedder)

    found = find_outliers(make_map(workspace, pets).neighbour_distance, read_index(workspace, pets)["label"])

    assert read_index(workspace, pets)["path"].iloc[found["row"][0]] == "cat/odd.png"
    (told,) = [issue for issue in check(workspace, pets) if issue.kind == "outlier"]
    assert told.images[0] == "cat/odd.png"
